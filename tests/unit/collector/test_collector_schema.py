"""The migrations build what the room declares."""

from __future__ import annotations

from sqlalchemy import inspect

from collector import bookkeeper, commands, exchanges, inbox, ledger, quarantine
from config.database import open_engine, upgrade

TABLES = [
    bookkeeper.journal_place,
    commands.setpoint_command,
    exchanges.meter_exchange,
    inbox.intake_request,
    ledger.ledger_total,
    ledger.ledger_device,
    ledger.ledger_gap,
    quarantine.quarantine,
]


def test_the_migrated_schema_is_the_declared_one(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path}/caretaker.db")
    upgrade(engine)
    inspector = inspect(engine)
    for table in TABLES:
        migrated = {c["name"]: (str(c["type"]), c["nullable"]) for c in inspector.get_columns(table.name)}
        assert migrated == {c.name: (str(c.type), c.nullable) for c in table.columns}, table.name
        indexes = {i["name"]: i["column_names"] for i in inspector.get_indexes(table.name)}
        assert indexes == {i.name: [c.name for c in i.columns] for i in table.indexes}, table.name
        key = inspector.get_pk_constraint(table.name)["constrained_columns"]
        assert key == [c.name for c in table.primary_key], table.name
    engine.dispose()
