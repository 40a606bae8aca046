"""Lasting point numbers, health of the parts, overrides of settings."""

import sqlalchemy as sa
from alembic import op

revision = "0001_config"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "point_number",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_point_number"),
        sa.UniqueConstraint("id", name="uq_point_number_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "part_health",
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("part", name="pk_part_health"),
    )
    op.create_table(
        "setting_override",
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("area", "name", "version", name="pk_setting_override"),
    )


def downgrade() -> None:
    for table in ("setting_override", "part_health", "point_number"):
        op.drop_table(table)
