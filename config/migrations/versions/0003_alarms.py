"""Alarms: occurrences, their transitions, what keeps them quiet, the outbox, the place read up to."""

import sqlalchemy as sa
from alembic import op

revision = "0003_alarms"
down_revision = "0002_collector"

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    _alarm()
    _alarm_transition()
    _alarm_hold()
    _outbox()
    op.create_table(
        "analytics_position",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("segment", sa.BigInteger, nullable=False),
        sa.Column("offset", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_analytics_position"),
    )


def _alarm() -> None:
    op.create_table(
        "alarm",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("asset", sa.String(130), nullable=False),
        sa.Column("site", sa.String(64), nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(130), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("shelving", sa.String(16), nullable=False),
        sa.Column("suppressed", sa.Boolean, nullable=False),
        sa.Column("suppressed_by", sa.String(36)),
        sa.Column("out_of_service", sa.Boolean, nullable=False),
        sa.Column("priority", sa.String(16), nullable=False),
        sa.Column("latched", sa.Boolean, nullable=False),
        sa.Column("title", sa.JSON, nullable=False),
        sa.Column("likely_cause", sa.JSON),
        sa.Column("guidance", sa.JSON),
        sa.Column("consequence", sa.JSON),
        sa.Column("evidence", sa.JSON, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("changed", sa.BigInteger, nullable=False),
        sa.Column("cleared", sa.BigInteger),
        sa.Column("acknowledged_by", sa.String(64)),
        sa.Column("acknowledged", sa.BigInteger),
        sa.Column("realarm_at", sa.BigInteger),
        sa.Column("release_at", sa.BigInteger),
        sa.Column("transitions", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alarm"),
    )
    _partial("ix_alarm_open", "alarm", ["asset", "rule"], "open")
    op.create_index("ix_alarm_since", "alarm", ["since", "id"])
    op.create_index("ix_alarm_asset", "alarm", ["asset", "since"])


def _alarm_transition() -> None:
    op.create_table(
        "alarm_transition",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("alarm_id", sa.String(36), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("event", sa.String(24), nullable=False),
        sa.Column("from_state", sa.String(16), nullable=False),
        sa.Column("to_state", sa.String(16), nullable=False),
        sa.Column("shelving", sa.String(16), nullable=False),
        sa.Column("suppressed", sa.Boolean, nullable=False),
        sa.Column("out_of_service", sa.Boolean, nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("quiet", sa.String(40)),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alarm_transition"),
        sa.ForeignKeyConstraint(["alarm_id"], ["alarm.id"], name="fk_alarm_transition_alarm_id_alarm"),
    )
    op.create_index("ix_alarm_transition_alarm", "alarm_transition", ["alarm_id", "number"], unique=True)
    op.create_index("ix_alarm_transition_at", "alarm_transition", ["at"])


def _alarm_hold() -> None:
    op.create_table(
        "alarm_hold",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("what", sa.String(24), nullable=False),
        sa.Column("asset", sa.String(130), nullable=False),
        sa.Column("rule", sa.String(130)),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("one_shot", sa.Boolean, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("ended", sa.BigInteger),
        sa.Column("ended_by", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_alarm_hold"),
    )
    _partial("ix_alarm_hold_current", "alarm_hold", ["asset"], "ended IS NULL")


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _SERIAL, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("topic", sa.String(24), nullable=False),
        sa.Column("quiet", sa.String(40)),
        sa.Column("payload", sa.JSON, nullable=False),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("done", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("event_id", name="uq_outbox_event_id"),
    )
    _partial("ix_outbox_waiting", "outbox", ["id"], "done IS NULL")


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for table in ("analytics_position", "outbox", "alarm_hold", "alarm_transition", "alarm"):
        op.drop_table(table)
