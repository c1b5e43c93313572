"""Visits as the board, the events and the API show them: one row with the names around it, in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, or_, select, text, union
from sqlalchemy.orm import joinedload, undefer, undefer_group

from app.billing.models import Invoice
from app.billing.states import InvoiceStatus
from app.frontdesk.models import Visit
from app.frontdesk.rules import QueuedVisit
from app.frontdesk.states import Priority, VisitStatus
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.people.models import Clinic, Doctor, DoctorClinic, DoctorService, Service
from app.people.patient_models import Patient
from app.people.roles import Role
from app.scheduling.models import Appointment

LONGEST_HISTORY: Final = 100


@dataclass(frozen=True, slots=True)
class Entry:
    """One visit with the names of patient, service, doctor and room; holds nothing clinical.

    `zone` is the clinic's, `duration_minutes` what the service takes the doctor, `appointment_time` None for a walk-in.
    """

    id: int
    clinic_id: int
    doctor_id: int
    service_id: int
    patient_id: int
    appointment_id: int | None
    queue_number: int
    priority: Priority
    priority_reason: str | None
    status: VisitStatus
    business_date: date
    check_in_time: datetime
    called_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    created_at: datetime
    updated_at: datetime
    appointment_time: datetime | None
    patient_name: str
    service_name: str
    doctor_name: str
    room: str | None
    zone: str
    duration_minutes: int

    @property
    def queued(self) -> QueuedVisit:
        """What the order of the queue depends on."""
        return QueuedVisit(
            self.id, self.status, self.priority, self.appointment_time, self.check_in_time, self.queue_number
        )


_COLUMNS = (
    Visit.id,
    Visit.clinic_id,
    Visit.doctor_id,
    Visit.service_id,
    Visit.patient_id,
    Visit.appointment_id,
    Visit.queue_number,
    Visit.priority,
    Visit.priority_reason,
    Visit.status,
    Visit.business_date,
    Visit.check_in_time,
    Visit.called_time,
    Visit.start_time,
    Visit.end_time,
    Visit.created_at,
    Visit.updated_at,
    Appointment.starts_at,
    Patient.name,
    Service.name,
    Doctor.name,
    DoctorClinic.room,
    Clinic.timezone,
    func.coalesce(DoctorService.duration_minutes, Service.duration_minutes),
)


# Written out as in the partial indexes, which a database does not recognise behind bound values.
IS_OPEN: Final = text("visit.status IN ('waiting', 'called', 'in_progress')")


def _entries(among: Subquery | None = None) -> Any:
    """Begins with the few ids that are asked for: PostgreSQL does not change the order of so many joins."""
    workplace = and_(DoctorClinic.doctor_id == Visit.doctor_id, DoctorClinic.clinic_id == Visit.clinic_id)
    own_terms = and_(DoctorService.doctor_id == Visit.doctor_id, DoctorService.service_id == Visit.service_id)
    query: Any = select(*_COLUMNS)
    return (
        (query.select_from(Visit) if among is None else query.select_from(among).join(Visit, Visit.id == among.c.id))
        .join(Patient, Patient.id == Visit.patient_id)
        .join(Service, Service.id == Visit.service_id)
        .join(Doctor, Doctor.id == Visit.doctor_id)
        .join(Clinic, Clinic.id == Visit.clinic_id)
        .outerjoin(Appointment, Appointment.id == Visit.appointment_id)
        .outerjoin(DoctorClinic, workplace)
        .outerjoin(DoctorService, own_terms)
    )


def list_entries(
    *criteria: ColumnElement[bool], among: Subquery | None = None, newest: int | None = None
) -> list[Entry]:
    """The visits that meet the criteria, in order of arrival; with `newest` only that many, the newest first.

    `among` has the ids of those that come into question.
    """
    query = _entries(among).where(*criteria)
    if newest is None:
        query = query.order_by(Visit.id)
    else:
        query = query.order_by(Visit.check_in_time.desc(), Visit.id.desc()).limit(newest)
    return [Entry(*row) for row in db.session.execute(query)]


def list_on_board(clinic_id: int, day: date) -> list[Entry]:
    """The clinic's visits of its `day`, and those of earlier days that have not ended; nobody who left."""
    of_clinic = select(Visit.id).where(Visit.clinic_id == clinic_id)
    ids = union(of_clinic.where(Visit.business_date == day), of_clinic.where(IS_OPEN)).subquery()
    return list_entries(Visit.status != VisitStatus.LEFT, among=ids)


def get_entry(visit_id: int) -> Entry:
    """The visit's entry, for whoever has found the visit in reach."""
    (entry,) = list_entries(Visit.id == visit_id)
    return entry


def get_doctor_of_queue(doctor_id: int, clinic_id: int, *, actor: Actor) -> Doctor:
    """A doctor in reach, or one who works there no longer and has people left at this clinic, which is in reach.

    Refuses: NotFound.
    """
    left_behind = exists().where(Visit.clinic_id == clinic_id, Visit.doctor_id == doctor_id, IS_OPEN)
    query = select(Doctor).where(Doctor.id == doctor_id, or_(scope.visible(Doctor, actor), left_behind))
    found: Doctor | None = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def list_visits_with(
    doctor_id: int, patient_id: int, *, limit: int = 10, whole: bool = False, until: Visit | None = None
) -> list[Visit]:
    """The doctor's completed visits with the patient, newest first, with their notes; `whole` with all of the record.

    With `until` only those that came before this one.
    """
    query = (
        select(Visit)
        .options(joinedload(Visit.service), joinedload(Visit.clinic))
        .options(undefer_group("record") if whole else undefer(Visit.notes))
        .where(Visit.doctor_id == doctor_id, Visit.patient_id == patient_id, Visit.status == VisitStatus.COMPLETED)
        .order_by(Visit.check_in_time.desc(), Visit.id.desc())
        .limit(limit)
    )
    if until is not None:
        query = query.where(Visit.check_in_time <= until.check_in_time, Visit.id != until.id)
    return list(db.session.scalars(query))


def list_open_locked(*criteria: ColumnElement[bool]) -> list[Visit]:
    """The visits that have not ended and meet the criteria, locked in order of id.

    Whoever comes second waits for the first, and then gets those that still meet them.
    """
    query = (
        select(Visit)
        .options(joinedload(Visit.appointment))
        .where(IS_OPEN, *criteria)
        .order_by(Visit.id)
        .with_for_update(of=Visit, key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def notes_by_visit(visits: Iterable[Visit], *, doctor_id: int | None) -> dict[int, str | None]:
    """The notes of those of these visits that are the doctor's own."""
    own = [visit.id for visit in visits if visit.doctor_id == doctor_id]
    found = db.session.execute(select(Visit.id, Visit.notes).where(Visit.id.in_(own)))
    return {row.id: row.notes for row in found}


def visits_of_patient(patient_id: int, *, actor: Actor) -> Select[tuple[Visit]]:
    """The patient's visits in reach, to be sorted and paged. Refuses: NotFound (patient)."""
    scope.get(Patient, patient_id, actor=actor)
    return scope.rows(Visit, actor).where(Visit.patient_id == patient_id)


def list_history(patient_id: int, doctor_id: int, *, actor: Actor) -> list[Visit]:
    """The doctor's visits with the patient in reach, newest first, with service and appointment.

    A doctor who is not at the desk as well asks for their own alone. Refuses: NotFound.
    """
    scope.get(Doctor, doctor_id, actor=actor)
    if doctor_id != actor.doctor_id and not actor.has_role(Role.ADMIN, Role.RECEPTIONIST):
        raise NotFound
    query = (
        visits_of_patient(patient_id, actor=actor)
        .where(Visit.doctor_id == doctor_id)
        .options(
            joinedload(Visit.service),
            joinedload(Visit.appointment).options(joinedload(Appointment.clinic), joinedload(Appointment.patient)),
        )
        .order_by(Visit.check_in_time.desc(), Visit.id.desc())
        .limit(LONGEST_HISTORY)
    )
    return list(db.session.scalars(query))


def billed_states(visit_ids: list[int]) -> dict[int, str]:
    """The state of the invoice of each of these visits, or of its appointment; one that was given up does not count."""
    bills = (Invoice.visit_id == Visit.id, Invoice.appointment_id == Visit.appointment_id)
    billed = union(
        *(
            select(Visit.id, Invoice.id.label("invoice_id")).join(Invoice, each).where(Visit.id.in_(visit_ids))
            for each in bills
        )
    ).subquery()
    query = select(billed.c.id, Invoice.status).join(Invoice, Invoice.id == billed.c.invoice_id)
    query = query.where(Invoice.status != InvoiceStatus.DISCARDED).order_by(Invoice.id)
    return {visit_id: status.value for visit_id, status in db.session.execute(query)}
