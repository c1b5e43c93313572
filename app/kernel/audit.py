"""Who changed what and when: a row for each change of an audited table, in the same transaction."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar

from sqlalchemy import event, insert, inspect
from sqlalchemy.orm import Session

from app.kernel import clock
from app.kernel.actor import NOBODY, Actor
from app.kernel.db import current_unit, db
from app.kernel.models import AuditEntry

HIDDEN = "(hidden)"


class Audited:
    """Mark a table whose changes are recorded. `audit_hidden` columns are named, their contents are not kept."""

    audit_hidden: ClassVar[frozenset[str]] = frozenset()


# Past the mapper, and without asking for the ids: nobody wants an entry back.
_ADD = insert(AuditEntry.__table__).inline()

QUIET = frozenset({"created_at", "updated_at", "revision", "record_revision"})


def record(
    action: str, entity: str, entity_id: object, *, clinic_id: int | None = None, after: dict[str, Any] | None = None
) -> None:
    """Record an act that is not the change of one audited row (an import, an export, a sign-in)."""
    unit = current_unit()
    entry = _entry(
        unit.actor, action, entity=entity, entity_id=str(entity_id), clinic_id=clinic_id, before=None, after=after
    )
    db.session.execute(_ADD, entry)


def _entry(
    actor: Actor,
    action: str,
    *,
    entity: str,
    entity_id: str,
    clinic_id: int | None,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
) -> dict[str, Any]:
    return {
        "at": clock.now(),
        "user_id": actor.user_id,
        "actor_name": actor.name[:130],
        "request_id": actor.request_id,
        "action": action,
        "entity": entity,
        "entity_id": entity_id,
        "clinic_id": clinic_id,
        "before": before,
        "after": after,
    }


def _plain(row: Audited, name: str, value: Any) -> Any:
    if name in row.audit_hidden and value is not None:
        return HIDDEN
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _columns(row: Any) -> list[str]:
    return [attribute.key for attribute in inspect(row).mapper.column_attrs if attribute.key not in QUIET]


def _snapshot(row: Any) -> dict[str, Any]:
    return {name: _plain(row, name, getattr(row, name)) for name in _columns(row) if getattr(row, name) is not None}


def _difference(row: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    before, after = {}, {}
    state = inspect(row)
    for name in _columns(row):
        history = state.attrs[name].history
        if history.has_changes() and (history.added or [None]) != (history.deleted or [None]):
            before[name] = _plain(row, name, (history.deleted or [None])[0])
            after[name] = _plain(row, name, (history.added or [None])[0])
    return before, after


@event.listens_for(Session, "before_flush")
def _collect(session: Session, _context: object, _instances: object) -> None:
    changed = [(row, "update", *_difference(row)) for row in session.dirty if isinstance(row, Audited)]
    gone = [(row, "delete", _snapshot(row), None) for row in session.deleted if isinstance(row, Audited)]
    fresh = [(row, "create", None, None) for row in session.new if isinstance(row, Audited)]
    session.info["audit"] = [one for one in changed if one[3]] + gone + fresh


@event.listens_for(Session, "after_flush")
def _write(session: Session, _context: object) -> None:
    seen = session.info.pop("audit", [])
    if not seen:
        return
    unit = session.info.get("unit")
    actor = unit.actor if unit else NOBODY
    session.execute(_ADD, [_row_entry(actor, *one) for one in seen])


def _row_entry(
    actor: Actor, row: Any, action: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> dict[str, Any]:
    key = ",".join(str(part) for part in inspect(row).mapper.primary_key_from_instance(row))
    after = _snapshot(row) if action == "create" else after
    clinic_id = getattr(row, "clinic_id", None)
    return _entry(
        actor, action, entity=row.__tablename__, entity_id=key, clinic_id=clinic_id, before=before, after=after
    )
