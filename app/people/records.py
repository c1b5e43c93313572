"""What commands on any kind of record share: noticing a stale form, storing values, taking a record away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

from sqlalchemy.exc import IntegrityError

from app.kernel.db import db
from app.kernel.errors import Stale

R = TypeVar("R")


class Revisable(Protocol):
    revision: Any


class Archivable(Protocol):
    is_active: Any


def ensure_current(row: Revisable, revision: int | None) -> None:
    """Refuses: Stale where a form was made from another revision of the row."""
    if revision is not None and revision != row.revision:
        raise Stale


def store(row: R, values: Mapping[str, Any]) -> R:
    """Write the values into the row, and the row into the database."""
    for name, value in values.items():
        setattr(row, name, value)
    db.session.add(row)
    db.session.flush()
    return row


def delete_or_archive(row: Archivable, *parts: object) -> None:
    """Delete the row with its `parts`, or, where anything else refers to it, keep all and set `is_active` to false.

    The foreign keys know what history is, in domains that this one does not.
    """
    try:
        with db.session.begin_nested():
            for part in parts:
                db.session.delete(part)
            db.session.flush()
            db.session.delete(row)
    except IntegrityError:
        row.is_active = False
        db.session.flush()
