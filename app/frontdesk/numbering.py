"""Queue numbers: 1, 2, 3 ... at each clinic on each of its days, none of them twice."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, bindparam, text

from app.kernel.db import db

_NEXT = text(
    "INSERT INTO queue_counter (clinic_id, business_date, last_number) VALUES (:clinic_id, :business_date, 1) "
    "ON CONFLICT (clinic_id, business_date) DO UPDATE SET last_number = queue_counter.last_number + 1 "
    "RETURNING last_number"
).bindparams(bindparam("business_date", type_=Date))


def next_queue_number(clinic_id: int, business_date: date) -> int:
    """The number after the last one of that clinic's day. Others wait for this transaction to end.

    A number whose visit is undone is not given again: somebody may hold a slip with it.
    """
    number: int = db.session.execute(_NEXT, {"clinic_id": clinic_id, "business_date": business_date}).scalar_one()
    return number
