"""What becomes of an appointment once the patient is there; the front desk calls it, and has asked who may.

Visits count a patient's attendance: completing an appointment that has a visit leaves the counters to the visit.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import joinedload

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.patients import hold_active
from app.scheduling import effects, rules
from app.scheduling.booking import get_locked, write_off
from app.scheduling.busy_time import free_time, free_times
from app.scheduling.errors import PatientArchived
from app.scheduling.models import Appointment
from app.scheduling.offers import ensure_open
from app.scheduling.states import AppointmentStatus, CancelledBy

LEFT = "left"
HANDED_OVER = "handed over in the queue"


def check_in(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:
    """The patient has come, on the clinic's day of the appointment.

    Refuses: NotFound, NotConfirmed, NotTheAppointmentDay, ClinicShut, PatientArchived.
    """
    appointment = get_locked(appointment_id, actor=actor)
    zone = appointment.clinic.timezone
    rules.ensure_can_check_in(appointment.status, appointment.starts_at, now=now, zone=zone)
    ensure_open(appointment.clinic)
    if not hold_active(appointment.patient_id):
        raise PatientArchived
    appointment.status = AppointmentStatus.CHECKED_IN
    effects.appointment_updated(appointment)
    return appointment


def undo_check_in(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:  # noqa: ARG001 - as all commands
    """The patient was checked in by mistake. Refuses: NotFound, NotCheckedIn."""
    appointment = get_locked(appointment_id, actor=actor)
    rules.ensure_can_undo_check_in(appointment.status)
    appointment.status = AppointmentStatus.CONFIRMED
    effects.appointment_updated(appointment)
    return appointment


def complete(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:  # noqa: ARG001 - as all commands
    """The patient has been seen; what is left of the time is free again. Refuses: NotFound, NotCheckedIn."""
    appointment = get_locked(appointment_id, actor=actor)
    rules.ensure_can_complete(appointment.status)
    appointment.status = AppointmentStatus.COMPLETED
    free_time(appointment)
    effects.appointment_updated(appointment)
    return appointment


def hand_over(
    appointment_ids: Collection[int],
    from_doctor_id: int,
    doctor_id: int,
    *,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> None:
    """Patients who are there are seen by another doctor: their appointments become that doctor's.

    So the doctor who sees the patient reaches the appointment and may complete it, and who was booked no longer does.
    It takes nothing of the other doctor's time, as one that is overbooked: the queue decides when it is, and no time is
    booked twice. The first doctor's time is free for the desk again; it is not offered to those who
    wait for one, as most often that doctor is leaving. Refuses: NotCheckedIn.
    """
    if not appointment_ids:
        return
    query = (
        scope.rows(Appointment, actor)
        .where(Appointment.id.in_(appointment_ids))
        .options(joinedload(Appointment.clinic), joinedload(Appointment.patient))
        .order_by(Appointment.id)
        .with_for_update(of=Appointment, key_share=True)
        .execution_options(populate_existing=True)
    )
    appointments = list(db.session.scalars(query))
    for appointment in appointments:
        rules.ensure_can_hand_over(appointment.status)
        appointment.doctor_id, appointment.overbook_reason = doctor_id, HANDED_OVER
    free_times(appointment_ids)
    effects.appointments_handed_over(appointments, from_doctor_id)


def leave(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:  # noqa: ARG001 - as all commands
    """The patient went away unseen: cancelled by the patient, and counted so. Refuses: NotFound, NotCheckedIn."""
    appointment = get_locked(appointment_id, actor=actor)
    rules.ensure_can_cancel_as_left(appointment.status)
    write_off(appointment, reason=LEFT, by=CancelledBy.PATIENT)
    return appointment
