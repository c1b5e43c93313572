"""Times are kept for those who wait, and offered to them: freed ones by themselves, others as the desk chooses.

Whoever looks for somebody to offer a freed time to holds the doctor and waits for nobody's entry: one that is being
dealt with is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import select

from app.kernel import db as database
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.people.models import Clinic
from app.people.queries import get_clinic
from app.people.roles import Role
from app.people.settings import ClinicSettings, get_settings
from app.scheduling import holds
from app.scheduling import waitlist_effects as effects
from app.scheduling.availability import Timetable
from app.scheduling.booking import get_locked
from app.scheduling.busy_time import claim_doctor
from app.scheduling.calendars import load_taken, load_timetables
from app.scheduling.models import LONGEST_NAME
from app.scheduling.offers import Offer, list_offers_of_doctor
from app.scheduling.queries import list_days
from app.scheduling.requests import HoldRequest
from app.scheduling.slots import Slot, free_slots
from app.scheduling.states import OfferStatus, WaitStatus
from app.scheduling.waitlist_errors import EntriesBusy, HasAnOffer, NoLongerWaiting
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from app.scheduling.waitlist_queries import find_open_offer_id, list_wishes
from app.scheduling.waitlist_rules import Gap, answer_until, best_match, first_to_offer

PURPOSE: Final = "waitlist"
MOST_OFFERS: Final = 10
"""So many are asked at once for the parts of one long freed time."""
MOST_GAP_DAYS: Final = 4
"""An appointment lasts a day at most, and may begin on the day before the part of it that was freed."""

_DAY = timedelta(days=1)

database.refuses("uq_waitlist_offer_live", HasAnOffer)


def offer_freed_time(clinic_id: int, gap: Gap, *, actor: Actor, now: datetime) -> list[WaitlistOffer]:
    """Keep what is free of a doctor's freed time for those who come first on the clinic's waiting list, and ask them.

    Nobody is asked where the clinic makes no offers by itself, nor so late that they could not come.
    Refuses: NotAllowed; EntriesBusy where nobody could be asked because somebody is just dealing with their entries.
    """
    actor.require_role(Role.ADMIN)
    clinic, limits = get_clinic(clinic_id, actor=actor), get_settings(clinic_id)
    offers = {offer.service.id: offer for offer in list_offers_of_doctor(clinic, gap.doctor_id)}
    if not limits.waitlist_offer_minutes or gap.end <= now or not list_wishes(clinic, gap, offers, now=now):
        return []
    claim_doctor(gap.doctor_id, now=now)
    return _ask(clinic, gap, offers, limits, actor=actor, now=now)


def _ask(
    clinic: Clinic, gap: Gap, offers: Mapping[int, Offer], limits: ClinicSettings, *, actor: Actor, now: datetime
) -> list[WaitlistOffer]:
    """Offer the parts of a gap, under `claim_doctor`, one after the other."""
    made: list[WaitlistOffer] = []
    passed = False
    wishes = list_wishes(clinic, gap, offers, now=now)
    days = _days_around(clinic, gap)
    timetable = load_timetables(clinic, [gap.doctor_id], days[0], days[-1])[gap.doctor_id]
    while wishes and len(made) < MOST_OFFERS:
        wanted = {wish.service_id for wish in wishes}
        slots = _free_slots({one: offers[one] for one in wanted}, days, timetable, limits, now)
        match = best_match(wishes, slots, gap, zone=clinic.timezone)
        if match is None:
            break
        entry = _find_waiting(match.wish.entry_id)
        if entry is None:
            passed = True
            wishes = [wish for wish in wishes if wish.entry_id != match.wish.entry_id]
            continue
        until = _answer_until(match.slot.start, limits, now)
        made.append(_offer(entry, gap.doctor_id, match.slot.start, until, actor=actor, now=now))
        wishes = [wish for wish in wishes if wish.patient_id != match.wish.patient_id]
    if passed and not made:
        raise EntriesBusy
    return made


def offer_time(entry_id: int, doctor_id: int, starts_at: datetime, *, actor: Actor, now: datetime) -> WaitlistOffer:
    """Offer somebody on the list a time that the desk has chosen, whoever else waits.

    Refuses: NotFound, NotAllowed, NoLongerWaiting, HasAnOffer, and as `holds.hold` does.
    """
    entry = get_waiting(entry_id, actor=actor)
    if find_open_offer_id(entry.id) is not None:
        raise HasAnOffer
    if entry.appointment_id is not None:  # before its doctor, as whoever moves it does
        get_locked(entry.appointment_id, actor=actor)
    minutes = get_settings(entry.clinic_id).waitlist_offer_minutes or ClinicSettings().waitlist_offer_minutes
    until = answer_until(starts_at, now=now, offer_minutes=minutes, lead_minutes=0)
    return _offer(entry, doctor_id, starts_at, until, actor=actor, now=now)


def get_waiting(entry_id: int, *, actor: Actor) -> WaitlistEntry:
    """The entry in reach, locked, while it waits. Refuses: NotFound, NotAllowed, NoLongerWaiting."""
    entry = scope.get(WaitlistEntry, entry_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=entry.clinic_id)
    if entry.status is not WaitStatus.WAITING:
        raise NoLongerWaiting
    return entry


def _days_around(clinic: Clinic, gap: Gap) -> list[date]:
    """The clinic's days on which times may begin that take something of the gap."""
    first, last = clinic_day(gap.start - _DAY, clinic.timezone), clinic_day(gap.end, clinic.timezone)
    return list_days(first, last, most=MOST_GAP_DAYS)


def _free_slots(
    offers: Mapping[int, Offer], days: Sequence[date], timetable: Timetable, limits: ClinicSettings, now: datetime
) -> dict[int, list[Slot]]:
    """The free times of one doctor on these days, by service, that are not too late to be offered."""
    doctor_id = next(iter(offers.values())).doctor_id
    taken = load_taken(offers.values(), days[0], days[-1], now=now)[doctor_id]
    earliest = first_to_offer(now, lead_minutes=limits.waitlist_lead_minutes)
    return {
        service_id: [
            slot
            for slot in free_slots(days, timetable, taken.busy, offer.slots, now=now, full=taken.full)
            if slot.start >= earliest
        ]
        for service_id, offer in offers.items()
    }


def _find_waiting(entry_id: int) -> WaitlistEntry | None:
    """The entry, locked, while it waits; None where somebody else is just dealing with it."""
    query = select(WaitlistEntry).where(WaitlistEntry.id == entry_id, WaitlistEntry.status == WaitStatus.WAITING)
    locked = query.with_for_update(key_share=True, skip_locked=True).execution_options(populate_existing=True)
    entry: WaitlistEntry | None = db.session.scalars(locked).one_or_none()
    return entry


def _answer_until(starts_at: datetime, limits: ClinicSettings, now: datetime) -> datetime:
    minutes, lead = limits.waitlist_offer_minutes, limits.waitlist_lead_minutes
    return answer_until(starts_at, now=now, offer_minutes=minutes, lead_minutes=lead)


def _offer(
    entry: WaitlistEntry, doctor_id: int, starts_at: datetime, until: datetime, *, actor: Actor, now: datetime
) -> WaitlistOffer:
    """Keep a time for a waiting entry, which has no other offer, and tell the patient."""
    kept = HoldRequest(clinic_id=entry.clinic_id, doctor_id=doctor_id, service_id=entry.service_id, starts_at=starts_at)
    held = holds.hold(kept, purpose=PURPOSE, expires_at=until, actor=actor, now=now)
    offer = WaitlistOffer(
        entry=entry,
        clinic_id=entry.clinic_id,
        doctor_id=doctor_id,
        starts_at=held.starts_at,
        ends_at=held.ends_at,
        expires_at=until,
        status=OfferStatus.OPEN,
        offered_by=actor.name[:LONGEST_NAME],
    )
    db.session.add(offer)
    db.session.flush()
    held.offer_id = offer.id
    db.session.flush()
    effects.time_offered(offer)
    return offer
