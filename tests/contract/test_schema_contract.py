"""The migrations build exactly the tables that the rooms declare, on SQLite and on PostgreSQL."""

import importlib
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from config.database import metadata, open_engine, upgrade
from tests import postgresql

ROOT = Path(__file__).parents[2]
ROOMS = ("config", "collector", "analytics", "api")
DECLARES = "from config.database import metadata"


def import_every_table():
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if DECLARES in path.read_text(encoding="utf-8"):
                importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=postgresql.needs_postgresql)])
def engine(request, tmp_path):
    if request.param == "sqlite":
        engine = open_engine(f"sqlite:///{tmp_path}/caretaker.db")
        yield engine
        engine.dispose()
        return
    with postgresql.running() as url:
        engine = open_engine(url)
        yield engine
        engine.dispose()


def test_the_migrated_schema_is_the_declared_one(engine):
    import_every_table()
    upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
