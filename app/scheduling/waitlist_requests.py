"""What may be asked of the waiting list: every field checked, all problems told at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from app.people.fields import Check, calendar_day, checked, one_of, paragraph, row_id
from app.scheduling.requests import LONGEST_NOTES, clock_time, instant
from app.scheduling.states import Urgency
from app.scheduling.waitlist_errors import NotWeekdays


def new_entry(values: Mapping[str, object]) -> dict[str, Any]:
    """Fields of a new entry: an `appointment_id` says clinic, patient and service by itself.

    Refuses: Invalid with every problem of every field.
    """
    named = () if values.get("appointment_id") is not None else _NAMED
    return _without_blanks(checked(values, _WHO | _WISHES, required=named, blank={"weekdays": list}))


def entry_changes(values: Mapping[str, object]) -> dict[str, Any]:
    """What is sent of an entry's wishes, cleaned. Refuses: Invalid with every problem of every field."""
    needed = {"urgency", "waiting_since"} & values.keys()
    return checked(values, _WISHES, required=needed, blank={"weekdays": list})


def offer_request(values: Mapping[str, object]) -> dict[str, Any]:
    """Which doctor and time are to be offered. Refuses: Invalid with every problem of every field."""
    return checked(values, {"doctor_id": row_id, "starts_at": instant}, required=("doctor_id", "starts_at"))


def _without_blanks(cleaned: dict[str, Any]) -> dict[str, Any]:
    """Blank urgency and day are what a new entry has by default."""
    defaults = ("urgency", "waiting_since")
    return {name: value for name, value in cleaned.items() if value is not None or name not in defaults}


def _weekdays(raw: object) -> list[int]:
    if not isinstance(raw, list | tuple) or not all(type(day) is int and 0 <= day <= 6 for day in raw):
        raise NotWeekdays
    return sorted(set(raw))


_NAMED: Final = ("clinic_id", "patient_id", "service_id")
_WHO: Final[dict[str, Check]] = dict.fromkeys((*_NAMED, "appointment_id"), row_id)
_WISHES: Final[dict[str, Check]] = {
    "doctor_id": row_id,
    "urgency": one_of(list(Urgency)),
    "waiting_since": calendar_day,
    "from_day": calendar_day,
    "to_day": calendar_day,
    "weekdays": _weekdays,
    "from_time": clock_time,
    "to_time": clock_time,
    "notes": paragraph(LONGEST_NOTES),
}
