"""The consultation: the doctor begins it, and completes it, which signs its record and drafts the invoice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from app.billing.drafting import DraftRequest, draft_invoice
from app.frontdesk import effects, records
from app.frontdesk.models import Visit
from app.frontdesk.records import take_own
from app.frontdesk.requests import visit_changes
from app.frontdesk.rules import ensure_can_complete, ensure_can_start
from app.frontdesk.states import VisitStatus
from app.frontdesk.visits import mark_completed, mark_started
from app.kernel.actor import Actor
from app.kernel.errors import Stale
from app.people.patients import change_counters
from app.scheduling import progress


def start(visit_id: int, *, expected_status: VisitStatus | None = None, actor: Actor, now: datetime) -> Visit:
    """The doctor begins. Refuses: NotFound, NotTheTreatingDoctor, StateChanged, AlreadyWithDoctor, VisitOver."""
    visit = take_own(visit_id, expected_status=expected_status, actor=actor)
    ensure_can_start(visit.status)
    previous = visit.status
    mark_started(visit, now=now)
    effects.visit_moved(visit, previous)
    return visit


def complete(
    visit_id: int,
    *,
    notes: str | None = None,
    written: Mapping[str, object] = MappingProxyType({}),
    revision: int | None = None,
    expected_status: VisitStatus | None = None,
    actor: Actor,
    now: datetime,
) -> Visit:
    """The treating doctor ends the consultation: visit, appointment, counters and draft invoice in one transaction.

    The record is signed, with the fields of it in `written` as `records.save_record` takes them, and `notes` where they
    are given; `revision` is the record's that was seen. Refuses: NotFound, NotTheTreatingDoctor, StateChanged,
    NotWithDoctor, VisitOver, RecordChanged, Invalid with every problem of every field.
    """
    visit = take_own(visit_id, expected_status=expected_status, actor=actor)
    ensure_can_complete(visit.status)
    records.write(visit, {**written, **({} if notes is None else {"notes": notes})}, revision=revision)
    records.sign(visit, now=now)
    previous = visit.status
    mark_completed(visit, now=now)
    if visit.appointment_id is not None:
        progress.complete(visit.appointment_id, actor=actor, now=now)
    change_counters(visit.patient_id, visits=1, visit_day=visit.business_date)
    draft_invoice(_bill(visit), actor=actor, now=now)
    effects.visit_moved(visit, previous)
    return visit


def _bill(visit: Visit) -> DraftRequest:
    return DraftRequest(
        clinic_id=visit.clinic_id,
        patient_id=visit.patient_id,
        doctor_id=visit.doctor_id,
        service_id=visit.service_id,
        visit_id=visit.id,
        appointment_id=visit.appointment_id,
    )


def change_visit(
    visit_id: int,
    values: Mapping[str, object],
    *,
    revision: int | None = None,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Visit:
    """The treating doctor writes the notes, during the consultation.

    Refuses: NotFound, NotTheTreatingDoctor, Stale, NotWithDoctor, Signed, VisitOver, Invalid (notes).
    """
    visit = take_own(visit_id, actor=actor)
    if revision is not None and revision != visit.revision:
        raise Stale
    records.write_alone(visit, visit_changes(values))
    return visit
