"""Runs the migrations inside the transaction that `config.database.upgrade` holds open."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"], render_as_batch=True)
context.run_migrations()
