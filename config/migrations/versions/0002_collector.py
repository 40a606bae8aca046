"""What the collector keeps beside its journal: ledger, quarantine, requests, commands, meter exchanges."""

import sqlalchemy as sa
from alembic import op

revision = "0002_collector"
down_revision = "0001_config"

_COUNTED = ("received", "stored", "duplicate", "quarantined", "missing")


def upgrade() -> None:
    _ledger()
    _quarantine()
    _requests()
    _commands()
    op.create_table(
        "journal_place",
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("segment", sa.BigInteger, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("reader", name="pk_journal_place"),
    )


def _ledger() -> None:
    op.create_table(
        "ledger_total",
        sa.Column("id", sa.Integer, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _COUNTED),
        sa.Column("in_flight", sa.BigInteger, nullable=False),
        sa.Column("stores", sa.JSON, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_total"),
    )
    op.create_table(
        "ledger_device",
        sa.Column("device", sa.Text, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _COUNTED),
        sa.Column("last_ns", sa.BigInteger, nullable=False),
        sa.Column("boot", sa.Text),
        sa.Column("sequence", sa.BigInteger),
        sa.Column("online", sa.Boolean),
        sa.Column("online_ns", sa.BigInteger),
        sa.PrimaryKeyConstraint("device", name="pk_ledger_device"),
    )
    op.create_table(
        "ledger_gap",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("boot", sa.Text, nullable=False),
        sa.Column("first", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_gap"),
        sqlite_autoincrement=True,
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quarantine"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quarantine_device", "quarantine", ["device"])


def _requests() -> None:
    op.create_table(
        "intake_request",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("outcome", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_intake_request"),
    )
    op.create_index("ix_intake_request_state", "intake_request", ["state", "at_ns"])
    op.create_table(
        "meter_exchange",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("old_end", sa.Float, nullable=False),
        sa.Column("new_start", sa.Float, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meter_exchange"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_meter_exchange_point", "meter_exchange", ["point", "at_ns"])


def _commands() -> None:
    op.create_table(
        "setpoint_command",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("asset", sa.Text, nullable=False),
        sa.Column("point", sa.Text, nullable=False),
        sa.Column("value", sa.Float, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("issued_ns", sa.BigInteger, nullable=False),
        sa.Column("expires_ns", sa.BigInteger, nullable=False),
        sa.Column("sent_ns", sa.BigInteger),
        sa.Column("answered_ns", sa.BigInteger),
        sa.Column("answer_value", sa.Float),
        sa.Column("answer_reason", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_setpoint_command"),
    )
    op.create_index("ix_setpoint_command_state", "setpoint_command", ["state"])
    op.create_index("ix_setpoint_command_asset", "setpoint_command", ["asset", "issued_ns"])


def downgrade() -> None:
    tables = ("journal_place", "setpoint_command", "meter_exchange", "intake_request", "quarantine")
    for table in (*tables, "ledger_gap", "ledger_device", "ledger_total"):
        op.drop_table(table)
