"""What is asked about the waiting list: who may be offered a time, what is on offer, and what would suit somebody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import Exists, and_, exists, or_, select
from sqlalchemy.orm import aliased, joinedload

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.columns import is_in
from app.kernel.db import db
from app.people.models import Clinic
from app.people.patient_models import Patient
from app.scheduling.models import Appointment, SlotHold
from app.scheduling.queries import free_slots
from app.scheduling.slots import OfferedSlot, Slot
from app.scheduling.states import OCCUPYING, OPEN, OfferStatus, WaitStatus
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from app.scheduling.waitlist_rules import Gap, Wish, suits

MOST_ASKED: Final = 200
"""No more of those who wait are looked at for one freed time, the first of the list."""
DAYS_AHEAD: Final = 28
MOST_SUITING: Final = 20


def list_wishes(clinic: Clinic, gap: Gap, *, now: datetime) -> list[Wish]:
    """Those of the clinic who may be offered a doctor's freed time, in the order of the list.

    Nobody whose patient is archived or busy then, to whom another time is being offered, or whose own appointment is no
    later.
    """
    own = aliased(Appointment)
    query = (
        select(WaitlistEntry, own.starts_at)
        .join(Patient, Patient.id == WaitlistEntry.patient_id)
        .outerjoin(own, and_(own.id == WaitlistEntry.appointment_id, own.status.in_(OPEN)))
        .where(
            WaitlistEntry.clinic_id == clinic.id,
            WaitlistEntry.status == WaitStatus.WAITING,
            or_(WaitlistEntry.doctor_id.is_(None), WaitlistEntry.doctor_id == gap.doctor_id),
            or_(WaitlistEntry.appointment_id.is_(None), own.starts_at > max(gap.start, now)),
            Patient.is_active,
            ~_has_open_offer(),
            ~_is_busy(gap),
        )
        .order_by(WaitlistEntry.urgency.desc(), WaitlistEntry.waiting_since, WaitlistEntry.id)
        .limit(MOST_ASKED)
    )
    rows = db.session.execute(query).all()
    refused = _refused_times([entry.id for entry, _before in rows], gap.doctor_id)
    return [_wish(entry, before, refused[entry.id]) for entry, before in rows]


def list_open_offers(clinic_ids: Collection[int], *, actor: Actor) -> list[WaitlistOffer]:
    """What is on offer now, the first to expire first."""
    related = (
        joinedload(WaitlistOffer.entry).joinedload(WaitlistEntry.patient),
        joinedload(WaitlistOffer.entry).joinedload(WaitlistEntry.service),
        joinedload(WaitlistOffer.clinic),
        joinedload(WaitlistOffer.doctor),
    )
    query = scope.rows(WaitlistOffer, actor).where(
        WaitlistOffer.clinic_id.in_(clinic_ids), WaitlistOffer.status == OfferStatus.OPEN
    )
    ordered = query.options(*related).order_by(WaitlistOffer.expires_at, WaitlistOffer.id).limit(MOST_ASKED)
    return list(db.session.scalars(ordered))


def list_lapsed(clinic_id: int, today: date, *, now: datetime) -> list[WaitlistEntry]:
    """Entries that wait for nothing any more and that nobody is being asked about, locked, some at a time."""
    own = aliased(Appointment)
    query = (
        select(WaitlistEntry)
        .join(Patient, Patient.id == WaitlistEntry.patient_id)
        .outerjoin(own, and_(own.id == WaitlistEntry.appointment_id, own.status.in_(OPEN), own.starts_at > now))
        .where(
            WaitlistEntry.clinic_id == clinic_id,
            WaitlistEntry.status == WaitStatus.WAITING,
            or_(
                WaitlistEntry.to_day < today,
                and_(WaitlistEntry.appointment_id.is_not(None), own.id.is_(None)),
                Patient.is_active.is_(False),
            ),
            ~_has_open_offer(),
        )
        .order_by(WaitlistEntry.id)
        .limit(MOST_ASKED)
        .with_for_update(of=WaitlistEntry, key_share=True, skip_locked=True)
    )
    return list(db.session.scalars(query))


def find_offer(offer_id: int) -> WaitlistOffer | None:
    """The offer with all that its patient is shown; whoever asks has proved to know of it."""
    entry = joinedload(WaitlistOffer.entry)
    related = (
        joinedload(WaitlistOffer.clinic),
        joinedload(WaitlistOffer.doctor),
        *(entry.joinedload(one) for one in (WaitlistEntry.patient, WaitlistEntry.service)),
        entry.joinedload(WaitlistEntry.appointment).joinedload(Appointment.doctor),
    )
    query = select(WaitlistOffer).where(WaitlistOffer.id == offer_id).options(*related)
    offer: WaitlistOffer | None = db.session.scalars(query).one_or_none()
    return offer


def find_open_offer_id(entry_id: int) -> int | None:
    """The offer that an entry has to answer, where it has one."""
    query = select(WaitlistOffer.id).where(
        WaitlistOffer.entry_id == entry_id, is_in(WaitlistOffer.status, OfferStatus.OPEN)
    )
    offer_id: int | None = db.session.scalar(query)
    return offer_id


def find_hold_id(offer_id: int) -> int | None:
    """The hold that keeps an offer's time, while there is one."""
    hold_id: int | None = db.session.scalar(select(SlotHold.id).where(SlotHold.offer_id == offer_id))
    return hold_id


@dataclass(frozen=True)
class Suiting:
    """The first free times that would suit an entry, in order; `more` says that there are others."""

    times: list[OfferedSlot]
    more: bool


def list_suiting(entry: WaitlistEntry, *, actor: Actor, now: datetime) -> Suiting:
    """The free times of the next weeks that an entry would take, whatever was offered to it before.

    Refuses: ServiceNotOffered.
    """
    first, last = _days_asked(entry, now)
    if last < first:
        return Suiting([], more=False)
    before = entry.appointment.starts_at if entry.appointment and entry.appointment.status in OPEN else None
    wish, zone = _wish(entry, before, ()), entry.clinic.timezone
    found = free_slots(entry.clinic_id, entry.service_id, entry.doctor_id, first, last, actor=actor, now=now)
    suiting = [slot for slot in found.slots if suits(wish, Slot(slot.start, slot.end), zone=zone)]
    return Suiting(suiting[:MOST_SUITING], more=len(suiting) > MOST_SUITING)


def _days_asked(entry: WaitlistEntry, now: datetime) -> tuple[date, date]:
    """The days to look at: from today or the first wished for, for some weeks, no later than what is of use."""
    zone = entry.clinic.timezone
    first = max(clinic_day(now, zone), entry.from_day or date.min)
    last = first + timedelta(days=DAYS_AHEAD - 1)
    if entry.appointment is not None and entry.appointment.status in OPEN:
        last = min(last, clinic_day(entry.appointment.starts_at, zone))
    return first, min(last, entry.to_day or date.max)


def _has_open_offer() -> Exists:
    is_open = is_in(WaitlistOffer.status, OfferStatus.OPEN)
    return exists().where(WaitlistOffer.entry_id == WaitlistEntry.id, is_open)


def _is_busy(gap: Gap) -> Exists:
    """Whether the patient has another open appointment in the gap than the one that would be moved."""
    other = aliased(Appointment)
    return exists().where(
        other.patient_id == WaitlistEntry.patient_id,
        other.id.is_distinct_from(WaitlistEntry.appointment_id),
        other.starts_at < gap.end,
        other.ends_at > gap.start,
        other.status.in_(OCCUPYING),
    )


def _refused_times(entry_ids: Collection[int], doctor_id: int) -> Mapping[int, list[Slot]]:
    """The times of this doctor that each entry was offered before, in one statement."""
    found: dict[int, list[Slot]] = defaultdict(list)
    query = select(WaitlistOffer.entry_id, WaitlistOffer.starts_at, WaitlistOffer.ends_at).where(
        WaitlistOffer.entry_id.in_(entry_ids), WaitlistOffer.doctor_id == doctor_id
    )
    for entry_id, *times in db.session.execute(query):
        found[entry_id].append(Slot(*times))
    return found


def _wish(entry: WaitlistEntry, before: datetime | None, refused: Sequence[Slot]) -> Wish:
    return Wish(
        entry_id=entry.id,
        service_id=entry.service_id,
        urgency=entry.urgency,
        since=entry.waiting_since,
        doctor_id=entry.doctor_id,
        from_day=entry.from_day,
        to_day=entry.to_day,
        weekdays=tuple(entry.weekdays),
        from_time=entry.from_time,
        to_time=entry.to_time,
        before=before,
        refused=refused,
    )
