"""Where readings are kept."""

from __future__ import annotations

from collector import folders
from collector.stores.base import Store
from collector.stores.embedded.store import EmbeddedStore
from collector.stores.split import SplitStore
from config.clock import Clock
from config.plant import Plant
from config.settings_model import Settings


def open_store(settings: Settings, plant: Plant, clock: Clock) -> Store:
    """The store that the settings name, for asking."""
    if settings.store == "influx":
        from collector.stores.influx import InfluxStore, RefusedLines, Schema, Server

        refused = RefusedLines(settings.data_dir, clock)
        return InfluxStore(Server(settings.influx), Schema.of(plant), refused.keep)
    measured, derived = folders.measured(settings.data_dir), folders.derived(settings.data_dir)
    return SplitStore(
        EmbeddedStore(measured.readings, measured.journal, clock=clock),
        EmbeddedStore(derived.readings, derived.journal, clock=clock),
        plant.columns.derived,
    )
