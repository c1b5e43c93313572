"""Stays of a doctor's days, for the tests of pace and waits; times are minutes from midnight."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from app.frontdesk.pace import Stay

DAY = date(2030, 5, 6)
NINE = 9 * 60.0


def make_stay(number: int, check_in: float, **values: Any) -> Stay:
    return Stay(**{"day": DAY, "number": number, "service_id": 1, "planned": 20.0, "check_in": check_in} | values)


def seen(number: int, start: float, minutes: float, **values: Any) -> Stay:
    """Came when called in, unless told otherwise."""
    return make_stay(number, **{"check_in": start, "start": start, "end": start + minutes} | values)


def weeks_of(minutes: float, *, days: int = 20, gap: float = 2.0, **values: Any) -> list[Stay]:
    """Earlier days of eight consultations each, one after the other from nine, all of whom came at nine."""
    return [
        seen(
            number + 1,
            NINE + number * (minutes + gap),
            minutes,
            day=DAY - timedelta(days=days - index),
            check_in=NINE - 1.0,
            **values,
        )
        for index in range(days)
        for number in range(8)
    ]
