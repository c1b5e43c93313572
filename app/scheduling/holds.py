"""Holds: a time is kept for some minutes while somebody decides, and is free again by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import CursorResult, delete, select

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.queries import get_clinic
from app.people.roles import Role
from app.scheduling.busy_time import claim_doctor, ensure_time, keep_time
from app.scheduling.errors import HoldDoesNotMatch, HoldGone
from app.scheduling.models import SlotHold
from app.scheduling.offers import Offer, get_offer
from app.scheduling.requests import HoldRequest
from app.scheduling.waitlist_errors import KeptForAnOffer

BOOKING = "booking"


def hold(
    request: HoldRequest,
    *,
    purpose: str = BOOKING,
    expires_at: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> SlotHold:
    """Keep a time with a doctor for the clinic's `hold_minutes`, or until `expires_at`; nobody is told.

    Refuses: NotFound (clinic), NotAllowed, ClinicShut, ServiceNotOffered, DoctorNotOffering, StartsInThePast,
    TooSoon, TooFar, OutsideAvailability, SlotTaken, DailyMaximumReached.
    """
    clinic = get_clinic(request.clinic_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic.id)
    claim_doctor(request.doctor_id, now=now)
    offer = get_offer(clinic, request.doctor_id, request.service_id)
    ensure_time(offer, request.starts_at, now=now)
    starts_at = request.starts_at.astimezone(UTC)
    held = SlotHold(
        clinic=clinic,
        doctor_id=offer.doctor_id,
        service_id=offer.service.id,
        starts_at=starts_at,
        ends_at=starts_at + offer.slots.duration,
        expires_at=expires_at or now + timedelta(minutes=offer.hold_minutes),
        held_by=actor.user_id,
        purpose=purpose,
    )
    db.session.add(held)
    db.session.flush()
    keep_time(held, offer.slots)
    return held


def release(hold_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Give a held time back before it expires. Refuses: NotFound, NotAllowed, KeptForAnOffer."""
    held = scope.get(SlotHold, hold_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=held.clinic_id)
    _ensure_no_offer(held)
    _let_go(held)


def take_over(hold_id: int, offer: Offer, starts_at: datetime, *, actor: Actor, now: datetime) -> Offer:
    """End a hold so that its time can be booked at once, under `claim_doctor`: the offer, as it is for its holder.

    Who was in time when the time was held is so still: the clinic's notice no longer counts.
    Refuses: HoldGone, HoldDoesNotMatch, KeptForAnOffer.
    """
    held = scope.find(SlotHold, hold_id, actor=actor, lock=True)
    if held is None or held.expires_at <= now or held.clinic_id != offer.clinic.id:
        raise HoldGone(field="hold_id")
    if (held.doctor_id, held.service_id, held.starts_at) != (offer.doctor_id, offer.service.id, starts_at):
        raise HoldDoesNotMatch(field="hold_id")
    _ensure_no_offer(held)
    _let_go(held)
    return replace(offer, slots=replace(offer.slots, notice_minutes=0))


def forget_expired(*, now: datetime) -> int:
    """Delete the holds that have expired; how many. Those that a booking is about to delete are left to it."""
    expired = select(SlotHold.id).where(SlotHold.expires_at <= now).with_for_update(skip_locked=True)
    gone = db.session.execute(
        delete(SlotHold).where(SlotHold.id.in_(expired)), execution_options={"synchronize_session": False}
    )
    return gone.rowcount if isinstance(gone, CursorResult) else 0


def _ensure_no_offer(held: SlotHold) -> None:
    """What the waiting list keeps is given away by the answer to its offer alone."""
    if held.offer_id is not None:
        raise KeptForAnOffer(field="hold_id")


def _let_go(held: SlotHold) -> None:
    db.session.delete(held)  # its busy time goes with it
    db.session.flush()
