"""What is agreed on appointments: book, confirm, move, cancel, mark as missed.

Locks are taken in one order: the appointment's row, then its doctor, then the patient. An appointment may begin at any
minute of the doctor's hours: the grid is how slots are offered, not a limit to what is typed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import joinedload

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import Invalid, Stale
from app.people.models import Clinic
from app.people.patient_models import Patient
from app.people.patient_queries import find_patient_by_phone
from app.people.patients import change_counters, register_patient, treat
from app.people.queries import get_clinic
from app.people.roles import Role
from app.scheduling import effects, rules
from app.scheduling.appointment_book import change_time, enter, retake_time
from app.scheduling.busy_time import claim_doctor, free_time, is_overbooked
from app.scheduling.errors import PatientArchived, PatientNotNamed, ReasonMissing, UnknownPatient
from app.scheduling.follow_ups import ensure_type_fits
from app.scheduling.holds import take_over
from app.scheduling.models import Appointment
from app.scheduling.offers import get_offer, lasting
from app.scheduling.requests import BookingRequest, appointment_changes
from app.scheduling.states import AppointmentStatus, CancelledBy


def book(request: BookingRequest, *, actor: Actor, now: datetime) -> Appointment:
    """Give a patient a time with a doctor, and the doctor the patient; requested, or confirmed at once.

    Refuses: NotFound (clinic), NotAllowed, ClinicShut, ServiceNotOffered, DoctorNotOffering, StartsInThePast,
    TooSoon, TooFar, OutsideAvailability, SlotTaken and DailyMaximumReached unless there is a reason to overbook,
    HoldGone, HoldDoesNotMatch, PatientNotNamed, UnknownPatient, PatientArchived, NotAFollowUp, and as
    `register_patient` does.
    """
    clinic = get_clinic(request.clinic_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic.id)
    claim_doctor(request.doctor_id, now=now)
    offer = get_offer(clinic, request.doctor_id, request.service_id)
    if request.hold_id is not None:
        offer = take_over(request.hold_id, offer, request.starts_at, actor=actor, now=now)
    overbooked = is_overbooked(offer, request.starts_at, request.overbook_reason, now=now)
    patient = _patient_of(request, clinic, actor=actor, now=now)
    reason = request.overbook_reason if overbooked else None
    [appointment] = enter(offer, patient, [request.starts_at], request, overbook_reason=reason)
    if appointment.status is AppointmentStatus.CONFIRMED:
        effects.appointment_confirmed(appointment)
    return appointment


def confirm(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:  # noqa: ARG001 - as all commands
    """Say yes to a requested appointment; the patient is told. Refuses: NotFound, NotAllowed, NotRequested."""
    appointment = get_locked(appointment_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, Role.DOCTOR)
    rules.ensure_can_confirm(appointment.status)
    appointment.status = AppointmentStatus.CONFIRMED
    db.session.flush()
    effects.appointment_updated(appointment)
    effects.appointment_confirmed(appointment)
    return appointment


def cancel(
    appointment_id: int,
    *,
    reason: str,
    by: CancelledBy | None = None,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Appointment:
    """Call an appointment off and give its time back. `by` defaults to the doctor for a doctor, else to the clinic.

    Refuses: NotFound, NotAllowed, ReasonMissing, NoLongerOpen.
    """
    appointment = get_locked(appointment_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, Role.DOCTOR)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    rules.ensure_can_cancel(appointment.status)
    write_off(appointment, reason=reason, by=by or _side_of(actor, appointment.clinic_id))
    return appointment


def reschedule(
    appointment_id: int,
    starts_at: datetime,
    *,
    ends_at: datetime | None = None,
    doctor_id: int | None = None,
    overbook_reason: str | None = None,
    hold_id: int | None = None,
    doctor_away: bool = False,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Move an open appointment to another time, perhaps another doctor; it stays the same appointment.

    The patient of a confirmed one is told; with `doctor_away`, the reason to move it, of a requested one as well.
    `hold_id` names the hold whose time it takes over.
    Without `ends_at` it takes as long as the service takes now. Refuses as `book` does for the time, the doctor and the
    hold; NoLongerOpen, EndsBeforeItBegins, LastsTooLong.
    """
    appointment = get_locked(appointment_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=appointment.clinic_id)
    rules.ensure_can_reschedule(appointment.status)
    previous_id = appointment.doctor_id
    was = appointment.starts_at, previous_id
    claim_doctor(doctor_id or previous_id, now=now)
    offer = lasting(get_offer(appointment.clinic, doctor_id or previous_id, appointment.service_id), starts_at, ends_at)
    if hold_id is not None:
        offer = take_over(hold_id, offer, starts_at, actor=actor, now=now)
    overbooked = is_overbooked(offer, starts_at, overbook_reason, now=now, without_appointment=appointment.id)
    appointment.no_show_undone = False
    reason = overbook_reason if overbooked else None
    change_time(appointment, offer, starts_at, starts_at + offer.slots.duration, overbook_reason=reason)
    treat(appointment.doctor_id, appointment.patient_id)
    if doctor_away or appointment.status is AppointmentStatus.CONFIRMED:
        effects.appointment_moved(appointment, was, doctor_away=doctor_away)
    if previous_id != appointment.doctor_id:
        effects.appointment_left_doctor(appointment, previous_id)
    return appointment


def mark_no_show(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:
    """Record that the patient did not come. Refuses: NotFound, NotAllowed, NotConfirmed, NotBegun."""
    appointment = get_locked(appointment_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=appointment.clinic_id)
    rules.ensure_can_mark_no_show(appointment.status, appointment.starts_at, now=now)
    record_missed(appointment)
    return appointment


def undo_no_show(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:
    """The patient came after all. Refuses: NotFound, NotAllowed, NotNoShow, SlotTaken where the time is given away."""
    appointment = get_locked(appointment_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=appointment.clinic_id)
    rules.ensure_can_undo_no_show(appointment.status)
    appointment.status, appointment.no_show_undone = AppointmentStatus.CONFIRMED, True
    retake_time(appointment, now=now)
    change_counters(appointment.patient_id, no_shows=-1)
    effects.appointment_updated(appointment)
    return appointment


def update_appointment(
    appointment_id: int,
    values: Mapping[str, object],
    *,
    revision: int | None = None,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Appointment:
    """Change notes and type; everything else has an act of its own.

    Refuses: NotFound, NotAllowed, Stale, Invalid with all problems, NotAFollowUp.
    """
    appointment = get_locked(appointment_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=appointment.clinic_id)
    if revision is not None and revision != appointment.revision:
        raise Stale
    before = appointment.type
    for name, value in appointment_changes(values).items():
        setattr(appointment, name, value)
    if appointment.type != before:
        ensure_type_fits(appointment)
    db.session.flush()
    effects.appointment_updated(appointment)
    return appointment


def get_locked(appointment_id: int, *, actor: Actor) -> Appointment:
    """The appointment in reach, held until the transaction ends. Refuses: NotFound."""
    options = (joinedload(Appointment.clinic), joinedload(Appointment.patient))
    return scope.get(Appointment, appointment_id, actor=actor, lock=True, options=options)


def write_off(appointment: Appointment, *, reason: str, by: CancelledBy) -> None:
    """Cancel a locked appointment that may be cancelled: its time, the patient's counter and the screens follow."""
    effects.time_freed(appointment)
    appointment.status = AppointmentStatus.CANCELLED
    appointment.cancelled_by, appointment.cancel_reason = by, reason.strip()
    free_time(appointment)
    change_counters(appointment.patient_id, cancellations=1)
    effects.appointment_cancelled(appointment)


def record_missed(appointment: Appointment) -> None:
    """Make a no-show of a locked appointment that may be one: its time, the counter and the screens follow."""
    appointment.status = AppointmentStatus.NO_SHOW
    free_time(appointment)
    change_counters(appointment.patient_id, no_shows=1)
    effects.appointment_updated(appointment)


def get_patient(patient_id: int, clinic: Clinic, *, actor: Actor) -> Patient:
    """The patient of the clinic, to whom appointments are given. Refuses: UnknownPatient, PatientArchived."""
    patient = scope.find(Patient, patient_id, actor=actor)
    if patient is None or patient.clinic_id != clinic.id:
        raise UnknownPatient(field="patient_id")
    return _ensure_current(patient)


def _ensure_current(patient: Patient) -> Patient:
    if not patient.is_active:
        raise PatientArchived(field="patient_id")
    return patient


def _patient_of(request: BookingRequest, clinic: Clinic, *, actor: Actor, now: datetime) -> Patient:
    """The patient the request names, else whoever has the phone, else a new one."""
    by_phone = bool(request.patient_name and request.patient_phone)
    if by_phone == (request.patient_id is not None):
        raise PatientNotNamed(field="patient_id")
    if request.patient_id is not None:
        return get_patient(request.patient_id, clinic, actor=actor)
    return _ensure_current(_patient_with_phone(request, clinic, actor=actor, now=now))


def _patient_with_phone(request: BookingRequest, clinic: Clinic, *, actor: Actor, now: datetime) -> Patient:
    """Whoever has the phone at the clinic, else a new patient. Refusals name the fields of the request."""
    contact = {"name": request.patient_name, "phone": request.patient_phone}
    try:
        known = find_patient_by_phone(request.patient_phone or "", clinic_id=clinic.id, actor=actor)
        return known or register_patient(contact, clinic_id=clinic.id, actor=actor, now=now)
    except Invalid as refusal:
        raise Invalid({f"patient_{name}": reasons for name, reasons in refusal.errors.items()}) from None


def _side_of(actor: Actor, clinic_id: int) -> CancelledBy:
    if actor.is_system:
        return CancelledBy.SYSTEM
    desk = actor.has_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic_id)
    return CancelledBy.CLINIC if desk else CancelledBy.DOCTOR
