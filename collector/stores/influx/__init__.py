"""Readings in InfluxDB 2 (`docs/influxdb.md` says how they stand there)."""

from __future__ import annotations

from collector.stores.influx.away import Away, StoreAway
from collector.stores.influx.refused import RefusedLines
from collector.stores.influx.schema import Place, Schema
from collector.stores.influx.server import Server
from collector.stores.influx.store import InfluxStore
from collector.stores.influx.writer import InfluxWriter

__all__ = ["Away", "InfluxStore", "InfluxWriter", "Place", "RefusedLines", "Schema", "Server", "StoreAway"]
