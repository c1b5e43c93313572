"""Queue numbers: 1, 2, 3 ... at each clinic on each of its days, none of them twice."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from sqlalchemy import Date, bindparam, select, text, update

from app.frontdesk.models import QueueCounter, Visit
from app.frontdesk.queries import IS_OPEN
from app.frontdesk.states import VisitStatus
from app.kernel.db import db

_NEXT = text(
    "INSERT INTO queue_counter (clinic_id, business_date, last_number) VALUES (:clinic_id, :business_date, 1) "
    "ON CONFLICT (clinic_id, business_date) DO UPDATE SET last_number = queue_counter.last_number + 1 "
    "RETURNING last_number"
).bindparams(bindparam("business_date", type_=Date))


class Number(NamedTuple):
    """A queue number, and whether the day begins with it."""

    value: int
    begins_day: bool


def next_queue_number(clinic_id: int, business_date: date) -> Number:
    """The number after the last one of that clinic's day. Others wait for this transaction to end.

    A number whose visit is undone is not given again: somebody may hold a slip with it. Past midnight those are left
    out with which somebody of the day before still waits to be called.
    """
    counted: int = db.session.execute(_NEXT, {"clinic_id": clinic_id, "business_date": business_date}).scalar_one()
    held, value = _held_since_before(clinic_id, business_date), counted
    while value in held:
        value += 1
    if value != counted:
        of_day = (QueueCounter.clinic_id == clinic_id, QueueCounter.business_date == business_date)
        db.session.execute(update(QueueCounter).where(*of_day).values(last_number=value))
    return Number(value, begins_day=counted == 1)


def _held_since_before(clinic_id: int, business_date: date) -> set[int]:
    query = select(Visit.queue_number).where(
        IS_OPEN,
        Visit.clinic_id == clinic_id,
        Visit.business_date < business_date,
        Visit.status != VisitStatus.IN_PROGRESS,
    )
    return set(db.session.scalars(query))
