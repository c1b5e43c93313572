"""Runs migrations on the application's own engine, in one transaction each."""

from __future__ import annotations

from typing import Any

from alembic import context
from flask_appbuilder import Model
from sqlalchemy import Table, TypeDecorator

from app.kernel.db import db


def is_ours(thing: Any, _name: str | None, kind: str, reflected: bool, _compare_to: Any) -> bool:  # noqa: FBT001 - Alembic calls it
    """Leave alone what only the database knows: constraints and triggers laid by hand, tables of others."""
    return not (reflected and kind == "table" and isinstance(thing, Table))


def plain_type(kind: str, thing: Any, _autogen: Any) -> str | bool:
    """Write our own column types as the plain ones they are stored in, so that old migrations outlive their code."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl_instance!r}"
    return False


def run_migrations() -> None:
    engine = db.engine
    with engine.connect().execution_options(write=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=Model.metadata,
            render_as_batch=connection.dialect.name == "sqlite",
            transaction_per_migration=True,
            compare_type=True,
            include_object=is_ours,
            render_item=plain_type,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
