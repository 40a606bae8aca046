"""The database of operational state: SQLite in the data folder by default, PostgreSQL by URL.

Every room declares its tables on the one `metadata`; times are UTC nanoseconds in BigInteger columns.
`engine.begin()` is for writing, `engine.connect()` for reading: SQLite then takes the write lock at the start
of a writing transaction, where it can wait for it, and not in its middle, where it could only fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from config.mistakes import RefusedError

MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_MS = 30_000
_UPGRADE_LOCK = 0x0CA7E7A3
_ANSWERS_WITHIN_S = 10
_URL_FORM = "Write sqlite:////folder/caretaker.db or postgresql://user:password@host/name"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def database_url(written: str) -> URL:
    """A supported database URL with its driver filled in. Raises RefusedError (a ValueError)."""
    try:
        url = make_url(written)
    except ArgumentError:
        raise RefusedError("is no database URL", _URL_FORM) from None
    match url.get_backend_name():
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case "sqlite":
            return url.set(drivername="sqlite+pysqlite")
    raise RefusedError("is no database that is supported", _URL_FORM)


class HasDatabase(Protocol):
    """Settings that say where operational state lives."""

    @property
    def database(self) -> URL:
        """The URL, driver and all."""


def open_engine(where: str | URL | HasDatabase) -> Engine:
    """An engine for a URL. SQLite gets its folder, WAL, foreign keys, and patience with other writers.

    SQLite syncs every commit to disk: an acknowledged alarm survives a power cut.
    """
    target = database_url(where) if isinstance(where, str) else where
    target = target if isinstance(target, URL) else target.database
    if target.get_backend_name() == "postgresql":
        return create_engine(target, pool_pre_ping=True, connect_args={"connect_timeout": _ANSWERS_WITHIN_S})
    if target.database and target.database != ":memory:":
        Path(target.database).parent.mkdir(parents=True, exist_ok=True)
    plain = create_engine(target)
    engine = _SqliteEngine(plain.pool, plain.dialect, plain.url)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class _SqliteEngine(Engine):
    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self.connect().execution_options(caretaker_writes=True) as connection, connection.begin():
            yield connection


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Off, because the driver would begin only at the first write; _begin_sqlite begins at the start.
    connection.isolation_level = None
    for pragma in (f"busy_timeout={_BUSY_MS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("caretaker_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def upgrade(engine: Engine) -> None:
    """Bring the schema up to date: all of it or, if a step fails, nothing. Does nothing when it is.

    Processes that start together wait for one another.
    """
    from alembic import command
    from alembic.config import Config

    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")
