"""How much waits to be done, of each kind of work, in one statement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select, union_all

from app.billing.models import Invoice, Payment
from app.billing.states import InvoiceStatus, PaymentStatus
from app.frontdesk.board_page import TOO_LONG_MINUTES
from app.frontdesk.models import Visit
from app.frontdesk.states import ACTIVE, VisitStatus
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day, day_bounds
from app.kernel.columns import is_in
from app.kernel.db import db
from app.messaging.models import Notification
from app.messaging.states import NotificationStatus
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus

MOST_COUNTED: Final = 999  # beyond, only that there are more


class Work(StrEnum):
    """What somebody should do: each is done on a page of its own."""

    WAITING_TOO_LONG = "waiting_too_long"
    LATE = "late"
    REQUESTS = "requests"
    FAILED_MESSAGES = "failed_messages"
    DRAFTS = "drafts"
    OVERDUE = "overdue"
    ONLINE_PAYMENTS = "online_payments"
    OPEN_VISITS = "open_visits"
    OPEN_APPOINTMENTS = "open_appointments"


@dataclass(frozen=True)
class Day:
    """A clinic's day: its date and when it began (UTC)."""

    date: date
    start: datetime


Days = Mapping[int, Day]
Criterion = Callable[[Days, datetime], ColumnElement[bool]]


def each_day(model: type[Any], days: Days, then: Callable[[Day], ColumnElement[bool]]) -> ColumnElement[bool]:
    """What holds for the rows of each clinic by its own day."""
    return or_(false(), *(and_(model.clinic_id == key, then(day)) for key, day in days.items()))


CRITERIA: Final[Mapping[Work, tuple[type[Any], Criterion]]] = {
    Work.WAITING_TOO_LONG: (
        Visit,
        lambda days, now: (
            is_in(Visit.status, VisitStatus.WAITING, VisitStatus.CALLED)
            & (Visit.check_in_time <= now - timedelta(minutes=TOO_LONG_MINUTES))
            & each_day(Visit, days, lambda day: Visit.business_date == day.date)
        ),
    ),
    Work.LATE: (
        Appointment,
        lambda days, now: (
            is_in(Appointment.status, AppointmentStatus.CONFIRMED)
            & (Appointment.starts_at < now)
            & each_day(Appointment, days, lambda day: Appointment.starts_at >= day.start)
        ),
    ),
    Work.REQUESTS: (Appointment, lambda _days, _now: is_in(Appointment.status, AppointmentStatus.REQUESTED)),
    Work.FAILED_MESSAGES: (Notification, lambda _days, _now: is_in(Notification.status, NotificationStatus.FAILED)),
    Work.DRAFTS: (Invoice, lambda _days, _now: is_in(Invoice.status, InvoiceStatus.DRAFT)),
    Work.OVERDUE: (
        Invoice,
        lambda days, _now: (
            is_in(Invoice.status, InvoiceStatus.ISSUED, InvoiceStatus.PARTIALLY_PAID)
            & each_day(Invoice, days, lambda day: Invoice.due_date < day.date)
        ),
    ),
    Work.ONLINE_PAYMENTS: (
        Payment,
        lambda _days, _now: is_in(Payment.status, PaymentStatus.PENDING) & Payment.failure.is_not(None),
    ),
    Work.OPEN_VISITS: (
        Visit,
        lambda days, _now: (
            is_in(Visit.status, *sorted(ACTIVE)) & each_day(Visit, days, lambda day: Visit.business_date < day.date)
        ),
    ),
    Work.OPEN_APPOINTMENTS: (
        Appointment,
        lambda days, _now: (
            is_in(Appointment.status, AppointmentStatus.CONFIRMED)
            & each_day(Appointment, days, lambda day: Appointment.starts_at < day.start)
        ),
    ),
}


def count_work(kinds: Collection[Work], zones: Mapping[int, str], *, actor: Actor, now: datetime) -> dict[Work, int]:
    """How much there is of each kind at the clinics in `zones` (IANA name by clinic), at most MOST_COUNTED + 1."""
    if not kinds:
        return {}
    days = {key: _day(now, zone) for key, zone in zones.items()}
    counts = [_count(kind, days, actor, now) for kind in kinds]
    return {Work(kind): number for kind, number in db.session.execute(union_all(*counts))}


def _day(now: datetime, zone: str) -> Day:
    day = clinic_day(now, zone)
    return Day(day, day_bounds(day, zone)[0])


def _count(kind: Work, days: Days, actor: Actor, now: datetime) -> Any:
    model, criterion = CRITERIA[kind]
    rows = select(literal(1).label("one")).where(
        model.clinic_id.in_(days), scope.visible(model, actor), criterion(days, now)
    )
    found = rows.limit(MOST_COUNTED + 1).subquery()
    return select(literal(kind.value), func.count()).select_from(found)
