"""Readings in a plain folder of Parquet files, one folder a day, that DuckDB and pandas open too."""

from collector.stores.embedded.store import EmbeddedStore
from collector.stores.embedded.writer import EmbeddedWriter, Pace

__all__ = ["EmbeddedStore", "EmbeddedWriter", "Pace"]
