"""What becomes of an appointment once the patient is there; the front desk calls it, and has asked who may.

Visits count a patient's attendance: completing an appointment that has a visit leaves the counters to the visit.
"""

from __future__ import annotations

from datetime import datetime

from app.kernel.actor import Actor
from app.scheduling import effects, rules
from app.scheduling.booking import get_locked, write_off
from app.scheduling.busy_time import free_time
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus, CancelledBy

LEFT = "left"


def check_in(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:
    """The patient has come, on the clinic's day of the appointment.

    Refuses: NotFound, NotConfirmed, NotTheAppointmentDay.
    """
    appointment = get_locked(appointment_id, actor=actor)
    zone = appointment.clinic.timezone
    rules.ensure_can_check_in(appointment.status, appointment.starts_at, now=now, zone=zone)
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


def leave(appointment_id: int, *, actor: Actor, now: datetime) -> Appointment:  # noqa: ARG001 - as all commands
    """The patient went away unseen: cancelled by the patient, and counted so. Refuses: NotFound, NotCheckedIn."""
    appointment = get_locked(appointment_id, actor=actor)
    rules.ensure_can_cancel_as_left(appointment.status)
    write_off(appointment, reason=LEFT, by=CancelledBy.PATIENT)
    return appointment
