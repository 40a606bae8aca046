"""Why a setpoint is what it is."""

from __future__ import annotations

from enum import StrEnum


class Setpoint(StrEnum):
    """Why a zone's setpoint is what it is, the strongest reason first."""

    FROST_GUARD = "frost_guard"
    SENSOR_LOST = "sensor_lost_fixed_lead"
    OCCUPIED = "occupied"
    OPTIMUM_STOP = "optimum_stop"
    OPTIMUM_START = "optimum_start"
    SETBACK = "setback"


class Supply(StrEnum):
    """Why the boilers' supply setpoint is what it is."""

    NO_REQUEST = "no_zone_asks"
    WEATHER_AND_REQUESTS = "curve_trimmed_by_requests"
    FROST_GUARD = "frost_guard"
    OUTDOOR_UNKNOWN = "outdoor_sensor_lost"


class Stage(StrEnum):
    """Why so many boilers run."""

    HELD = "held"
    UP_LOAD = "load_above_stage"
    UP_COLD_SUPPLY = "supply_below_setpoint"
    DOWN_LOAD = "load_fits_fewer"
    LOCKED_OUT = "boiler_locked_out"
    DISABLED = "plant_not_needed"
