"""Somebody comes: checks in for an appointment or walks in, and gets a number in the queue."""

from __future__ import annotations

from datetime import datetime

from app.frontdesk import effects
from app.frontdesk.day_end import post_day_over
from app.frontdesk.errors import AlreadyCheckedIn, AlreadyInQueue
from app.frontdesk.models import Visit
from app.frontdesk.numbering import next_queue_number
from app.frontdesk.requests import WalkIn
from app.frontdesk.rules import ensure_can_undo_check_in, ensure_urgency_explained
from app.frontdesk.states import Priority, VisitStatus
from app.frontdesk.visits import mark_left, take_visit, written_reason
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.db import db, refuses
from app.people.models import Clinic
from app.people.patient_models import Patient
from app.people.patients import hold_active, treat
from app.people.queries import get_clinic, offers
from app.people.roles import Role
from app.scheduling import progress
from app.scheduling.errors import DoctorNotOffering, PatientArchived, UnknownPatient
from app.scheduling.models import Appointment
from app.scheduling.offers import get_service

refuses("uq_visit_active", AlreadyInQueue)
refuses("uq_visit_appointment", AlreadyCheckedIn)

UNDONE = "check-in undone"


def check_in(appointment_id: int, *, actor: Actor, now: datetime) -> Visit:
    """Give the patient of a confirmed appointment of today a number in the queue.

    Refuses: NotFound, NotAllowed, NotConfirmed, NotTheAppointmentDay, ClinicShut, PatientArchived,
    AlreadyInQueue, AlreadyCheckedIn.
    """
    found = scope.get(Appointment, appointment_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=found.clinic_id)
    appointment = progress.check_in(appointment_id, actor=actor, now=now)
    visit = Visit(
        clinic_id=appointment.clinic_id,
        doctor_id=appointment.doctor_id,
        service_id=appointment.service_id,
        patient_id=appointment.patient_id,
        appointment_id=appointment.id,
    )
    return _admit(visit, appointment.clinic, now=now)


def walk_in(request: WalkIn, *, actor: Actor, now: datetime) -> Visit:
    """Give somebody without an appointment a number in the queue, and put them in the doctor's reach.

    Refuses: NotFound (clinic), NotAllowed, ClinicShut, UnknownPatient, ServiceNotOffered, DoctorNotOffering,
    PatientArchived, ReasonMissing (of who is urgent), AlreadyInQueue.
    """
    clinic = get_clinic(request.clinic_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic.id)
    _ensure_may_walk_in(request, clinic, actor)
    reason = written_reason(request.priority_reason)
    ensure_urgency_explained(request.priority, reason=reason)
    visit = Visit(
        clinic_id=clinic.id,
        doctor_id=request.doctor_id,
        service_id=request.service_id,
        patient_id=request.patient_id,
        priority=request.priority,
        priority_reason=reason if request.priority is Priority.URGENT else None,
    )
    _admit(visit, clinic, now=now)
    treat(visit.doctor_id, visit.patient_id)  # after the visit: who hands the patient over meanwhile has come first
    return visit


def _ensure_may_walk_in(request: WalkIn, clinic: Clinic, actor: Actor) -> None:
    get_service(clinic, request.service_id)
    if not offers(request.doctor_id, request.service_id):
        raise DoctorNotOffering(field="doctor_id")
    patient = scope.find(Patient, request.patient_id, actor=actor)
    if patient is None or patient.clinic_id != clinic.id:
        raise UnknownPatient(field="patient_id")
    is_active = hold_active(patient.id)
    if is_active is None:  # deleted at this moment
        raise UnknownPatient(field="patient_id")
    if not is_active:
        raise PatientArchived(field="patient_id")


def _admit(visit: Visit, clinic: Clinic, *, now: datetime) -> Visit:
    visit.business_date = clinic_day(now, clinic.timezone)
    visit.queue_number = next_queue_number(clinic.id, visit.business_date)
    visit.check_in_time = now
    visit.status, visit.priority = VisitStatus.WAITING, visit.priority or Priority.NORMAL
    db.session.add(visit)
    db.session.flush()
    if visit.queue_number == 1:  # with the day's first number comes the end of its queue
        post_day_over(clinic, visit.business_date)
    effects.patient_arrived(visit)
    return visit


def undo_check_in(
    visit_id: int, reason: str | None, *, expected_status: VisitStatus | None = None, actor: Actor, now: datetime
) -> Visit:
    """Take back an arrival that was a mistake: the appointment is confirmed again and may be checked in anew.

    The visit stays with its number, as one that left, without the appointment: nobody gets that number a second time.
    Refuses: NotFound, NotAllowed, StateChanged, AlreadyWithDoctor, VisitOver, ReasonMissing.
    """
    visit = take_visit(visit_id, Role.ADMIN, Role.RECEPTIONIST, expected_status=expected_status, actor=actor)
    reason = written_reason(reason)
    ensure_can_undo_check_in(visit.status, reason=reason)
    previous, appointment_id = visit.status, visit.appointment_id
    mark_left(visit, reason=f"{UNDONE}: {reason}", now=now)
    visit.appointment_id = None
    if appointment_id is not None:
        db.session.flush()
        progress.undo_check_in(appointment_id, actor=actor, now=now)
    effects.visit_moved(visit, previous)
    return visit
