"""A doctor's own templates for notes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import func, select

from app.frontdesk.errors import TemplateNameTaken, TooManyTemplates
from app.frontdesk.models import NoteTemplate
from app.frontdesk.requests import template_fields
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db, refuses
from app.kernel.errors import NotAllowed, Stale

MOST_TEMPLATES: Final = 200

refuses("uq_note_template_name", TemplateNameTaken)


def add_template(values: Mapping[str, object], *, actor: Actor, now: datetime) -> NoteTemplate:  # noqa: ARG001
    """Refuses: NotAllowed (who is no doctor), TemplateNameTaken, TooManyTemplates, Invalid."""
    if actor.doctor_id is None:
        raise NotAllowed
    fields = template_fields(values, new=True)
    own = select(func.count()).select_from(NoteTemplate).where(NoteTemplate.doctor_id == actor.doctor_id)
    if (db.session.scalar(own) or 0) >= MOST_TEMPLATES:
        raise TooManyTemplates(most=MOST_TEMPLATES)
    template = NoteTemplate(doctor_id=actor.doctor_id, **fields)
    db.session.add(template)
    return template


def change_template(
    pk: int,
    values: Mapping[str, object],
    *,
    revision: int | None = None,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> NoteTemplate:
    """Refuses: NotFound, Stale, TemplateNameTaken, Invalid."""
    template = scope.get(NoteTemplate, pk, actor=actor, lock=True)
    if revision is not None and revision != template.revision:
        raise Stale
    for name, value in template_fields(values, new=False).items():
        setattr(template, name, value)
    return template


def delete_template(pk: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Refuses: NotFound."""
    db.session.delete(scope.get(NoteTemplate, pk, actor=actor, lock=True))


def list_template_names(*, actor: Actor) -> list[tuple[int, str]]:
    """The own templates, by name."""
    query = select(NoteTemplate.id, NoteTemplate.name).where(scope.visible(NoteTemplate, actor))
    return [(key, name) for key, name in db.session.execute(query.order_by(NoteTemplate.name).limit(MOST_TEMPLATES))]
