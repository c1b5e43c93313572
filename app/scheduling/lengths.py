"""The length of one appointment: as its service has it, until somebody gives it one of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.kernel.actor import Actor
from app.people.roles import Role
from app.people.settings import get_settings
from app.scheduling import booking, rules
from app.scheduling.appointment_book import change_time
from app.scheduling.busy_time import claim_doctor, is_overbooked
from app.scheduling.models import Appointment
from app.scheduling.offers import Offer, lasting, slot_settings


def change_length(
    appointment_id: int,
    ends_at: datetime,
    *,
    overbook_reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Let an appointment end earlier or later, also while it takes place; it begins as agreed, so nobody is written to.

    Refuses: NotFound, NotAllowed, LengthIsFixed, EndsBeforeItBegins, LastsTooLong; where it becomes longer,
    OutsideAvailability and SlotTaken unless there is a reason to overbook.
    """
    appointment = booking.get_locked(appointment_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=appointment.clinic_id)
    rules.ensure_can_change_length(appointment.status)
    claim_doctor(appointment.doctor_id, now=now)
    offer = lasting(_offer_of(appointment), appointment.starts_at, ends_at)
    reason = appointment.overbook_reason
    if ends_at > appointment.ends_at:
        reason = overbook_reason or reason
        reason = reason if _needs_overbooking(appointment, offer, reason) else None
    change_time(appointment, offer, appointment.starts_at, ends_at, overbook_reason=reason)
    return appointment


def rearrange(
    appointment_id: int,
    starts_at: datetime,
    *,
    ends_at: datetime | None = None,
    doctor_id: int | None = None,
    overbook_reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> Appointment:
    """Move an appointment, or where nothing but its end is another one, change its length.

    Refuses as `booking.reschedule` and `change_length` do.
    """
    found = booking.get_locked(appointment_id, actor=actor)
    stays = starts_at == found.starts_at and doctor_id in {None, found.doctor_id}
    if stays and ends_at is not None:
        return change_length(appointment_id, ends_at, overbook_reason=overbook_reason, actor=actor, now=now)
    return booking.reschedule(
        appointment_id,
        starts_at,
        ends_at=ends_at,
        doctor_id=doctor_id,
        overbook_reason=overbook_reason,
        actor=actor,
        now=now,
    )


def _offer_of(appointment: Appointment) -> Offer:
    """What was agreed, whether or not it is offered today; the notice has been given."""
    service = appointment.service
    slots = slot_settings(service, service.duration_minutes, get_settings(appointment.clinic_id))
    return Offer(appointment.clinic, service, appointment.doctor_id, replace(slots, notice_minutes=0))


def _needs_overbooking(appointment: Appointment, offer: Offer, reason: str | None) -> bool:
    """Asked as of the moment it begins: an appointment of this morning may still become longer."""
    starts_at = appointment.starts_at
    return is_overbooked(offer, starts_at, reason, now=starts_at, without_appointment=appointment.id)
