"""Accounts, sessions, tokens, the audit log, and deliveries of what the outbox holds."""

import sqlalchemy as sa
from alembic import op

revision = "0004_api"
down_revision = "0003_alarms"


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("language", sa.String(2)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("disabled_at", sa.BigInteger),
        sa.Column("demo", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
        sa.UniqueConstraint("name", name="uq_account_name"),
    )
    _of_account(
        "account_grant",
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("site", sa.String(63), nullable=False),
        sa.Column("family", sa.String(16), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "role", "site", "family", name="pk_account_grant"),
    )
    _of_account(
        "account_session",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_account_session"),
    )
    op.create_index("ix_account_session_account_id", "account_session", ["account_id"])
    _of_account(
        "api_token",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("account_id", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("revoked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_api_token"),
        sa.UniqueConstraint("hash", name="uq_api_token_hash"),
    )
    op.create_index("ix_api_token_account_id", "api_token", ["account_id"])
    _sign_in_tables()
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "delivery",
        sa.Column("event_id", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(100), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due", sa.BigInteger, nullable=False),
        sa.Column("first_tried", sa.BigInteger),
        sa.Column("finished", sa.BigInteger),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("event_id", "channel", name="pk_delivery"),
    )
    waiting = sa.text("finished IS NULL")
    op.create_index("ix_delivery_due", "delivery", ["due"], sqlite_where=waiting, postgresql_where=waiting)


def _of_account(table: str, *parts: sa.Column[object] | sa.Constraint) -> None:
    name = f"fk_{table}_account_id_account"
    owner = sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=name, ondelete="CASCADE")
    op.create_table(table, *parts, owner)


def _sign_in_tables() -> None:
    op.create_table(
        "sign_in_failure",
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_failure"),
    )
    op.create_index("ix_sign_in_failure_last_at", "sign_in_failure", ["last_at"])
    op.create_table(
        "admin_link",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("hash", name="pk_admin_link"),
    )


def downgrade() -> None:
    for table in (
        "delivery",
        "audit",
        "admin_link",
        "sign_in_failure",
        "api_token",
        "account_session",
        "account_grant",
        "account",
    ):
        op.drop_table(table)
