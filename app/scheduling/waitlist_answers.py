"""What becomes of an offer of the waiting list: accepted, declined, taken back, or left unanswered.

Locks are taken in one order: the offer, its entry, then as `booking` takes them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.roles import Role
from app.scheduling import booking, effects
from app.scheduling.models import Appointment, SlotHold
from app.scheduling.requests import BookingRequest
from app.scheduling.states import OPEN, AppointmentStatus, OfferStatus, WaitStatus
from app.scheduling.waitlist_effects import waitlist_changed
from app.scheduling.waitlist_errors import OfferOver
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from app.scheduling.waitlist_queries import find_open_offer_id, is_answerable

OFF = frozenset({AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW})
SOURCE = "waitlist"
"""Where an appointment comes from that was booked so."""


def accept(offer_id: int, *, actor: Actor, now: datetime) -> Appointment:
    """The patient takes the time: their appointment is moved there, or a new one is booked, confirmed either way.

    Refuses: NotFound, NotAllowed, OfferOver, and as `booking.book` and `booking.reschedule` do.
    """
    offer = _get_answerable(offer_id, actor, now)
    entry = scope.get(WaitlistEntry, offer.entry_id, actor=actor, lock=True)
    if entry.status is not WaitStatus.WAITING:
        raise OfferOver
    hold_id = _take_hold(offer.id)
    appointment = _moved(entry, offer, hold_id, actor, now) or _booked(entry, offer, hold_id, actor, now)
    _settle(offer, OfferStatus.ACCEPTED, now, appointment_id=appointment.id)
    entry.status = WaitStatus.BOOKED
    db.session.flush()
    return appointment


def decline(offer_id: int, *, leave_list: bool = False, actor: Actor, now: datetime) -> WaitlistOffer:
    """The patient does not want the time, which goes to the next; with `leave_list` they want no other either.

    Refuses: NotFound, NotAllowed, OfferOver.
    """
    offer = _get_answerable(offer_id, actor, now)
    _settle(offer, OfferStatus.DECLINED, now)
    if leave_list:
        entry = scope.get(WaitlistEntry, offer.entry_id, actor=actor, lock=True)
        entry.status = WaitStatus.REMOVED if entry.status is WaitStatus.WAITING else entry.status
    _pass_on(offer)
    return offer


def withdraw(offer_id: int, *, actor: Actor, now: datetime) -> WaitlistOffer:
    """The desk wants the time for something else: it is free, and nobody is asked.

    Refuses: NotFound, NotAllowed, OfferOver.
    """
    offer = _get_locked(offer_id, actor)
    if offer.status is not OfferStatus.OPEN:
        raise OfferOver
    _settle(offer, OfferStatus.WITHDRAWN, now)
    return offer


def give_up(offer_id: int, *, actor: Actor, now: datetime) -> WaitlistOffer | None:
    """End an offer that nobody can take any more, and ask the next; None where it is over by now.

    Refuses: NotFound, NotAllowed.
    """
    offer = _get_locked(offer_id, actor)
    if offer.status is not OfferStatus.OPEN:
        return None
    _settle(offer, OfferStatus.WITHDRAWN, now)
    _pass_on(offer)
    return offer


def withdraw_from(entry_id: int, *, actor: Actor, now: datetime) -> None:
    """Take back what is being offered to an entry, where something is, and ask the next.

    Refuses: NotFound, NotAllowed.
    """
    entry = scope.get(WaitlistEntry, entry_id, actor=actor)
    offer_id = find_open_offer_id(entry.id)
    if offer_id is not None:
        give_up(offer_id, actor=actor, now=now)


def expire(offer_id: int, *, actor: Actor, now: datetime) -> WaitlistOffer | None:
    """Nobody answered in time: the next is asked. None where the offer is over, or is not due yet.

    Refuses: NotFound, NotAllowed.
    """
    actor.require_role(Role.ADMIN)
    offer = scope.get(WaitlistOffer, offer_id, actor=actor, lock=True)
    if offer.status is not OfferStatus.OPEN or now < offer.expires_at:
        return None
    _settle(offer, OfferStatus.EXPIRED, now)
    _pass_on(offer)
    return offer


def _get_locked(offer_id: int, actor: Actor) -> WaitlistOffer:
    """The offer in reach, held until the transaction ends. Refuses: NotFound, NotAllowed."""
    offer = scope.get(WaitlistOffer, offer_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=offer.clinic_id)
    return offer


def _get_answerable(offer_id: int, actor: Actor, now: datetime) -> WaitlistOffer:
    """The offer, locked, while the patient may still answer it. Refuses: NotFound, NotAllowed, OfferOver."""
    offer = _get_locked(offer_id, actor)
    if not is_answerable(offer, now):
        raise OfferOver
    return offer


def _moved(
    entry: WaitlistEntry, offer: WaitlistOffer, hold_id: int | None, actor: Actor, now: datetime
) -> Appointment | None:
    """The patient's own appointment at the offered time; None where there is none any more.

    Refuses: OfferOver where the patient came to it, or would come later than they do.
    """
    if entry.appointment_id is None:
        return None
    appointment = booking.get_locked(entry.appointment_id, actor=actor)
    if appointment.status in OFF:
        return None
    if appointment.status not in OPEN or appointment.starts_at <= offer.starts_at:
        raise OfferOver
    moved = booking.reschedule(
        appointment.id, offer.starts_at, doctor_id=offer.doctor_id, hold_id=hold_id, actor=actor, now=now
    )
    if moved.status is AppointmentStatus.REQUESTED:
        booking.confirm(moved.id, actor=actor, now=now)
    return moved


def _booked(
    entry: WaitlistEntry, offer: WaitlistOffer, hold_id: int | None, actor: Actor, now: datetime
) -> Appointment:
    request = BookingRequest(
        clinic_id=offer.clinic_id,
        doctor_id=offer.doctor_id,
        service_id=entry.service_id,
        patient_id=entry.patient_id,
        starts_at=offer.starts_at,
        status=AppointmentStatus.CONFIRMED,
        source=SOURCE,
        hold_id=hold_id,
    )
    return booking.book(request, actor=actor, now=now)


def _settle(offer: WaitlistOffer, status: OfferStatus, now: datetime, *, appointment_id: int | None = None) -> None:
    """Close an offer: its time is no longer kept."""
    offer.status, offer.settled_at, offer.appointment_id = status, now, appointment_id
    kept = delete(SlotHold).where(SlotHold.offer_id == offer.id)
    db.session.execute(kept, execution_options={"synchronize_session": False})
    db.session.flush()
    waitlist_changed(offer.clinic_id)


def _take_hold(offer_id: int) -> int | None:
    """The hold that keeps an offer's time, from now on for a booking; None where there is none any more."""
    freed = update(SlotHold).where(SlotHold.offer_id == offer_id).values(offer_id=None).returning(SlotHold.id)
    hold_id: int | None = db.session.scalar(freed, execution_options={"synchronize_session": False})
    return hold_id


def _pass_on(offer: WaitlistOffer) -> None:
    """Have the next asked."""
    effects.post_freed_time(f"offer:{offer.id}", offer, offer.starts_at, offer.ends_at)
