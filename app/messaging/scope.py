"""Who sees which notifications: the desk its clinics', administrators all."""

from __future__ import annotations

from sqlalchemy import ColumnElement

from app.kernel import scope
from app.kernel.actor import Actor
from app.messaging.models import Notification
from app.people.roles import Role
from app.people.scope import within_reach


@scope.policy(Notification)
def _notifications(actor: Actor) -> ColumnElement[bool]:
    return within_reach(Notification.clinic_id.expression, actor, Role.RECEPTIONIST)
