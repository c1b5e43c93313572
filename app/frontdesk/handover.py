"""A doctor's patients go to a colleague: one of them, or all who wait when the doctor has to leave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists, or_, select

from app.frontdesk import effects
from app.frontdesk.clinical_models import Attachment, Prescription, VisitDiagnosis
from app.frontdesk.errors import AlreadyInQueue, NobodyWaiting, RecordBegun, SameDoctor, StateChanged
from app.frontdesk.models import Visit
from app.frontdesk.queries import IS_OPEN, get_doctor_of_queue, list_open_locked
from app.frontdesk.records import with_something_written
from app.frontdesk.rules import ensure_can_hand_over, ensure_reason
from app.frontdesk.states import VisitStatus
from app.frontdesk.visits import mark_handed_over, take_visit, written_reason
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import Refusal
from app.people.patients import treat_all, treat_no_more
from app.people.queries import get_clinic, list_services_with
from app.people.roles import Role
from app.scheduling import progress
from app.scheduling.busy_time import lock_doctor
from app.scheduling.errors import DoctorNotOffering
from app.scheduling.models import Appointment

DESK = (Role.ADMIN, Role.RECEPTIONIST)
_NOT_INSIDE = Visit.status != VisitStatus.IN_PROGRESS


@dataclass(frozen=True)
class HandedOver:
    """Who waits for the other doctor now, and who could not go, each with the reason."""

    given: list[Visit]
    kept: list[tuple[Visit, Refusal]] = field(default_factory=list)


def hand_over(
    visit_id: int,
    doctor_id: int,
    *,
    reason: str | None = None,
    expected_status: VisitStatus | None = None,
    expected_doctor_id: int | None = None,
    actor: Actor,
    now: datetime,
) -> Visit:
    """Have somebody who waits seen by another doctor of the clinic who offers the service.

    The place in the queue stays: number, arrival and priority. Whoever was called waits again. The appointment becomes
    the other doctor's (see `progress.hand_over`), and so does what is billed: a draft at completion, while an invoice
    that was issued before stays as it is. The first doctor no longer reaches the visit, nor the patient where nothing
    else was between them.
    Refuses: NotFound, NotAllowed, StateChanged, AlreadyWithDoctor, VisitOver, SameDoctor, DoctorNotOffering,
    AlreadyInQueue, RecordBegun.
    """
    visit = take_visit(visit_id, *DESK, expected_status=expected_status, actor=actor)
    if expected_doctor_id is not None and visit.doctor_id != expected_doctor_id:
        raise StateChanged
    ensure_can_hand_over(visit.status, visit.doctor_id, doctor_id)
    can, kept = _who_can_go([visit], visit.clinic_id, doctor_id)
    if kept:
        raise kept[0][1]
    _give(can, doctor_id, reason=written_reason(reason) or None, actor=actor, now=now)
    return visit


def hand_over_all(
    clinic_id: int, from_doctor_id: int, to_doctor_id: int, *, reason: str | None, actor: Actor, now: datetime
) -> HandedOver:
    """Have all who wait for a doctor at a clinic seen by another, but for those whom the other cannot take.

    Who is with the doctor stays there. Where nobody can go, the first one's refusal is told.
    Refuses: NotFound, NotAllowed, ReasonMissing, SameDoctor, NobodyWaiting, DoctorNotOffering, AlreadyInQueue,
    RecordBegun.
    """
    clinic = get_clinic(clinic_id, actor=actor)
    get_doctor_of_queue(from_doctor_id, clinic.id, actor=actor)
    actor.require_role(*DESK, at=clinic.id)
    if from_doctor_id == to_doctor_id:
        raise SameDoctor
    reason = written_reason(reason)
    ensure_reason(reason)
    waiting = list_open_locked(Visit.clinic_id == clinic.id, Visit.doctor_id == from_doctor_id, _NOT_INSIDE)
    if not waiting:
        raise NobodyWaiting
    can, kept = _who_can_go(waiting, clinic.id, to_doctor_id)
    if not can:
        raise kept[0][1]
    _give(can, to_doctor_id, reason=reason, actor=actor, now=now)
    return HandedOver(can, kept)


def _who_can_go(
    visits: Sequence[Visit], clinic_id: int, doctor_id: int
) -> tuple[list[Visit], list[tuple[Visit, Refusal]]]:
    """Those whom the doctor can take, and the others with the reason. Two at once are left to the constraint."""
    offered = {service.id for service, _ in list_services_with(doctor_id, clinic_id)}
    patients = [visit.patient_id for visit in visits]
    there = select(Visit.patient_id).where(IS_OPEN, Visit.doctor_id == doctor_id, Visit.patient_id.in_(patients))
    present, begun = set(db.session.scalars(there)), _begun(visits)
    can: list[Visit] = []
    kept: list[tuple[Visit, Refusal]] = []
    for visit in visits:
        if visit.service_id not in offered:
            kept.append((visit, DoctorNotOffering(field="doctor_id")))
        elif visit.patient_id in present:
            kept.append((visit, AlreadyInQueue()))
        elif visit.id in begun:
            kept.append((visit, RecordBegun()))
        else:
            can.append(visit)
    return can, kept


def _begun(visits: Sequence[Visit]) -> set[int]:
    """Those of whose consultation the doctor has put something down, before the patient was sent back to wait."""
    ids = [visit.id for visit in visits]
    added = or_(*(exists().where(table.visit_id == Visit.id) for table in (VisitDiagnosis, Prescription, Attachment)))
    return with_something_written(ids) | set(db.session.scalars(select(Visit.id).where(Visit.id.in_(ids), added)))


def _give(visits: Sequence[Visit], doctor_id: int, *, reason: str | None, actor: Actor, now: datetime) -> None:
    """Visits of one doctor, locked, become another doctor's, in a fixed number of reads."""
    from_doctor_id = visits[0].doctor_id
    moved = [(visit, visit.status) for visit in visits]
    patients = [visit.patient_id for visit in visits]
    for visit in visits:
        mark_handed_over(visit, doctor_id, reason=reason)
    treat_all(doctor_id, patients)
    appointments = [visit.appointment_id for visit in visits if visit.appointment_id is not None]
    progress.hand_over(appointments, from_doctor_id, doctor_id, actor=actor, now=now)
    db.session.flush()
    lock_doctor(from_doctor_id)  # a booking under way is a ground to reach the patient as soon as it is made
    treat_no_more(from_doctor_id, _without_ground(from_doctor_id, patients))
    for visit in visits:
        db.session.expire(visit, ["doctor"])
    effects.visits_handed_over(moved, from_doctor_id)


def _without_ground(doctor_id: int, patient_ids: Sequence[int]) -> list[int]:
    """Those of the patients who have neither a visit nor an appointment with the doctor."""
    seen = select(Visit.patient_id).where(Visit.doctor_id == doctor_id, Visit.patient_id.in_(patient_ids))
    booked = select(Appointment.patient_id).where(
        Appointment.doctor_id == doctor_id, Appointment.patient_id.in_(patient_ids)
    )
    known = set(db.session.scalars(seen.union(booked)))
    return [patient_id for patient_id in patient_ids if patient_id not in known]
