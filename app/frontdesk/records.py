"""The record of a consultation: written by the treating doctor, locked when it is signed, then only added to."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import undefer_group
from sqlalchemy.orm.attributes import flag_modified

from app.frontdesk.errors import RecordBegun, RecordChanged, Signed
from app.frontdesk.models import Visit, VisitAmendment
from app.frontdesk.requests import amendment, record_changes
from app.frontdesk.rules import (
    ensure_can_amend,
    ensure_can_write_record,
)
from app.frontdesk.states import VisitStatus
from app.frontdesk.treating import take_own_visit
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db, refuses
from app.kernel.errors import NotFound

WITH_RECORD = undefer_group("record")

refuses("ck_visit_record_signed", Signed)
refuses("ck_visit_record_of_its_doctor", RecordBegun)


@dataclass(frozen=True, slots=True)
class Record:
    """What is written of a consultation; `revision` counts its saves, `signed_by` is the doctor's name."""

    notes: str
    private_notes: str
    vitals: dict[str, Decimal]
    revision: int
    signed_at: datetime | None
    signed_by: str | None

    @property
    def is_empty(self) -> bool:
        return not (self.notes or self.private_notes or self.vitals)


def record_of(visit: Visit) -> Record:
    """The record of a visit that was loaded `WITH_RECORD`, for whoever may read it."""
    return Record(
        visit.notes or "",
        visit.private_notes or "",
        readings_in(visit.vitals),
        visit.record_revision,
        visit.signed_at,
        visit.signed_by,
    )


def readings_in(kept: str | None) -> dict[str, Decimal]:
    """The vital signs as a visit keeps them."""
    return {name: Decimal(value) for name, value in json.loads(kept or "{}").items()}


def get_own(visit_id: int, *, actor: Actor) -> Visit:
    """The visit with its record, for the doctor who treats. Refuses: NotFound for everybody else."""
    visit = scope.get(Visit, visit_id, actor=actor, options=(WITH_RECORD,))
    if visit.doctor_id != actor.doctor_id:
        raise NotFound
    return visit


def take_own(visit_id: int, *, expected_status: VisitStatus | None = None, actor: Actor) -> Visit:
    """The visit with its record, locked. Refuses: NotFound, NotTheTreatingDoctor, StateChanged."""
    return take_own_visit(visit_id, expected_status=expected_status, options=(WITH_RECORD,), actor=actor)


def write(visit: Visit, values: Mapping[str, object], *, revision: int | None = None) -> None:
    """Put these fields into the record of a visit in hand; `revision` is what the writer has seen.

    Refuses: RecordChanged, Invalid with every problem of every field.
    """
    if revision is not None and revision != visit.record_revision:
        raise RecordChanged
    before = readings_in(visit.vitals)
    changes = record_changes(values, readings=before)
    if changes.get("vitals", before) != before:
        readings = {name: str(value) for name, value in changes["vitals"].items()}
        changes["vitals"] = json.dumps(readings) if readings else None
    else:
        changes.pop("vitals", None)
    changes = {name: value for name, value in changes.items() if value != getattr(visit, name)}
    for name, value in changes.items():
        setattr(visit, name, value)
    if changes:
        visit.record_revision += 1


def save_record(
    visit_id: int,
    values: Mapping[str, object],
    *,
    revision: int,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Visit:
    """The treating doctor writes, during the consultation: what is not sent stays as it is.

    Refuses: NotFound, NotTheTreatingDoctor, NotWithDoctor, Signed, VisitOver, RecordChanged, Invalid.
    """
    visit = take_own(visit_id, actor=actor)
    write_alone(visit, values, revision=revision)
    return visit


def write_alone(visit: Visit, values: Mapping[str, object], *, revision: int | None = None) -> None:
    """Write where nothing else of the visit changes: no board does, so `updated_at`, which is on it, stays as it is.

    Refuses: NotWithDoctor, Signed, VisitOver, RecordChanged, Invalid.
    """
    ensure_can_write_record(visit.status)
    write(visit, values, revision=revision)
    if db.session.is_modified(visit):
        flag_modified(visit, "updated_at")


def sign(visit: Visit, *, now: datetime) -> None:
    """From here on the record is as it is."""
    visit.signed_at, visit.signed_by = now, visit.doctor.name


def amend(visit_id: int, values: Mapping[str, object], *, actor: Actor, now: datetime) -> VisitAmendment:
    """The treating doctor adds to a signed record.

    Refuses: NotFound, NotTheTreatingDoctor, NotSignedYet, VisitOver, Invalid.
    """
    visit = take_own(visit_id, actor=actor)
    ensure_can_amend(visit.status)
    added = VisitAmendment(
        visit_id=visit.id, doctor_id=visit.doctor_id, author=visit.doctor.name, created_at=now, **amendment(values)
    )
    db.session.add(added)
    return added


def with_something_written(visit_ids: Iterable[int]) -> set[int]:
    """Those of these visits whose record was begun: they stay with their doctor."""
    written = or_(Visit.notes.is_not(None), Visit.private_notes.is_not(None), Visit.vitals.is_not(None))
    return set(db.session.scalars(select(Visit.id).where(Visit.id.in_(list(visit_ids)), written)))


def amendments_of(visit_ids: Iterable[int], *, private: bool) -> dict[int, list[VisitAmendment]]:
    """What was added to each of these visits, the oldest first, for whoever found them their own."""
    query = select(VisitAmendment).where(VisitAmendment.visit_id.in_(list(visit_ids))).order_by(VisitAmendment.id)
    if not private:
        query = query.where(~VisitAmendment.is_private)
    found: dict[int, list[VisitAmendment]] = defaultdict(list)
    for each in db.session.scalars(query):
        found[each.visit_id].append(each)
    return found
