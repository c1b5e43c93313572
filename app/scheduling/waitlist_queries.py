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
from app.people.models import Clinic, Service
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from app.scheduling.queries import free_slots
from app.scheduling.slots import OfferedSlot, Slot
from app.scheduling.states import OCCUPYING, OPEN, OfferStatus, WaitStatus
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from app.scheduling.waitlist_rules import Gap, Wish, suits

MOST_ASKED: Final = 200
"""So many are looked at for one freed time: the first of those for whom doctor, service and days are right."""
MOST_SHOWN: Final = 100
BATCH: Final = 200
DAYS_AHEAD: Final = 28
FARTHEST: Final = timedelta(days=1000)  # farther than any clinic books; a slip of the keyboard names any day
MOST_SUITING: Final = 20

_DAY: Final = timedelta(days=1)


def list_wishes(clinic: Clinic, gap: Gap, service_ids: Collection[int], *, now: datetime) -> list[Wish]:
    """Those of the clinic who may be offered a doctor's freed time for one of these services, in the order of the list.

    Nobody whose patient is archived or is being offered another time, or whose own appointment is no later.
    """
    own = aliased(Appointment)
    days = [clinic_day(moment, clinic.timezone) for moment in gap[1:]]
    query = (
        select(WaitlistEntry, own.starts_at)
        .join(Patient, Patient.id == WaitlistEntry.patient_id)
        .outerjoin(own, and_(own.id == WaitlistEntry.appointment_id, own.status.in_(OPEN)))
        .where(
            WaitlistEntry.clinic_id == clinic.id,
            WaitlistEntry.status == WaitStatus.WAITING,
            WaitlistEntry.service_id.in_(service_ids),
            or_(WaitlistEntry.doctor_id.is_(None), WaitlistEntry.doctor_id == gap.doctor_id),
            or_(WaitlistEntry.from_day.is_(None), WaitlistEntry.from_day <= days[1]),
            or_(WaitlistEntry.to_day.is_(None), WaitlistEntry.to_day >= days[0] - _DAY),
            or_(WaitlistEntry.appointment_id.is_(None), own.starts_at > max(gap.start, now)),
            Patient.is_active,
            ~_is_being_asked(),
        )
        .order_by(WaitlistEntry.urgency.desc(), WaitlistEntry.waiting_since, WaitlistEntry.id)
        .limit(MOST_ASKED)
    )
    rows = db.session.execute(query).all()
    taken = _times_not_wanted([entry for entry, _before in rows], gap)
    return [_wish(entry, before, taken[entry.id]) for entry, before in rows]


def list_open_offers(clinic_ids: Collection[int], *, actor: Actor) -> list[WaitlistOffer]:
    """What is on offer now, the first to expire first."""
    related = (
        joinedload(WaitlistOffer.entry).joinedload(WaitlistEntry.patient),
        joinedload(WaitlistOffer.entry).joinedload(WaitlistEntry.service),
        joinedload(WaitlistOffer.clinic),
        joinedload(WaitlistOffer.doctor),
    )
    query = scope.rows(WaitlistOffer, actor).where(
        WaitlistOffer.clinic_id.in_(clinic_ids), is_in(WaitlistOffer.status, OfferStatus.OPEN)
    )
    ordered = query.options(*related).order_by(WaitlistOffer.expires_at, WaitlistOffer.id).limit(MOST_SHOWN)
    return list(db.session.scalars(ordered))


def list_lapsed(clinic_id: int, today: date, *, now: datetime) -> list[WaitlistEntry]:
    """Entries that wait for nothing any more and that nobody is being asked about, locked, some at a time."""
    own = aliased(Appointment)
    query = (
        select(WaitlistEntry)
        .join(Patient, Patient.id == WaitlistEntry.patient_id)
        .join(Service, Service.id == WaitlistEntry.service_id)
        .outerjoin(own, and_(own.id == WaitlistEntry.appointment_id, own.status.in_(OPEN), own.starts_at > now))
        .where(
            WaitlistEntry.clinic_id == clinic_id,
            WaitlistEntry.status == WaitStatus.WAITING,
            or_(
                WaitlistEntry.to_day < today,
                and_(WaitlistEntry.appointment_id.is_not(None), own.id.is_(None)),
                Patient.is_active.is_(False),
                Service.is_active.is_(False),
            ),
            ~_is_being_asked(),
        )
        .order_by(WaitlistEntry.id)
        .limit(BATCH)
        .with_for_update(of=WaitlistEntry, key_share=True, skip_locked=True)
    )
    return list(db.session.scalars(query))


def list_overdue_offers(*, now: datetime) -> list[int]:
    """Open offers whose time to answer is over, some at a time."""
    query = select(WaitlistOffer.id).where(
        is_in(WaitlistOffer.status, OfferStatus.OPEN), WaitlistOffer.expires_at <= now
    )
    return list(db.session.scalars(query.order_by(WaitlistOffer.id).limit(BATCH)))


def is_answerable(offer: WaitlistOffer, now: datetime) -> bool:
    """Whether the patient may still say yes or no."""
    return offer.status is OfferStatus.OPEN and now < offer.expires_at


def find_offer(offer_id: int) -> WaitlistOffer | None:
    """The offer with all that its patient is shown; whoever asks has proved to know of it."""
    entry = joinedload(WaitlistOffer.entry)
    related = (
        joinedload(WaitlistOffer.clinic),
        joinedload(WaitlistOffer.doctor),
        joinedload(WaitlistOffer.appointment).joinedload(Appointment.doctor),
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
    today = clinic_day(now, zone)
    first = min(max(today, entry.from_day or today), today + FARTHEST)
    last = first + timedelta(days=DAYS_AHEAD - 1)
    if entry.appointment is not None and entry.appointment.status in OPEN:
        last = min(last, clinic_day(entry.appointment.starts_at, zone))
    return first, min(last, entry.to_day or date.max)


def _is_being_asked() -> Exists:
    """Whether the patient has an offer to answer, for this entry or for another."""
    other = aliased(WaitlistEntry)
    is_open = is_in(WaitlistOffer.status, OfferStatus.OPEN)
    return (
        exists()
        .where(WaitlistOffer.entry_id == other.id, is_open)
        .where(other.patient_id == WaitlistEntry.patient_id)
        .correlate(WaitlistEntry)
    )


def _times_not_wanted(entries: Collection[WaitlistEntry], gap: Gap) -> Mapping[int, list[Slot]]:
    """By entry, the times of this doctor that it was offered before, and when its patient has another appointment.

    The appointment that would be moved is none of them. Two statements for any number of entries.
    """
    found: dict[int, list[Slot]] = defaultdict(list)
    offered = select(WaitlistOffer.entry_id, WaitlistOffer.starts_at, WaitlistOffer.ends_at).where(
        WaitlistOffer.entry_id.in_([entry.id for entry in entries]), WaitlistOffer.doctor_id == gap.doctor_id
    )
    for entry_id, *times in db.session.execute(offered):
        found[entry_id].append(Slot(*times))
    others = select(Appointment.id, Appointment.patient_id, Appointment.starts_at, Appointment.ends_at).where(
        Appointment.patient_id.in_({entry.patient_id for entry in entries}),
        Appointment.starts_at < gap.end + _DAY,
        Appointment.starts_at > gap.start - 2 * _DAY,
        Appointment.ends_at > gap.start - _DAY,
        Appointment.status.in_(OCCUPYING),
    )
    of_patient = defaultdict(list)
    for number, patient_id, *times in db.session.execute(others):
        of_patient[patient_id].append((number, Slot(*times)))
    for entry in entries:
        found[entry.id] += [slot for number, slot in of_patient[entry.patient_id] if number != entry.appointment_id]
    return found


def _wish(entry: WaitlistEntry, before: datetime | None, not_these: Sequence[Slot]) -> Wish:
    return Wish(
        entry_id=entry.id,
        patient_id=entry.patient_id,
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
        not_these=not_these,
    )
