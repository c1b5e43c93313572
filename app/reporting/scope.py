"""Who reads the audit log: administrators all of it, accountants what concerns money at their clinics."""

from __future__ import annotations

from typing import Final

from sqlalchemy import ColumnElement

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.models import AuditEntry
from app.people.roles import Role
from app.people.scope import within_reach

MONEY_TABLES: Final = ("invoice", "payment")


@scope.policy(AuditEntry)
def _entries(actor: Actor) -> ColumnElement[bool]:
    mine = within_reach(AuditEntry.clinic_id.expression, actor, Role.ACCOUNTANT)
    return mine if actor.everywhere else mine & AuditEntry.entity.in_(MONEY_TABLES)
