"""What the collector keeps beside its journal."""

revision = "0002_collector"
down_revision = "0001_config"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
