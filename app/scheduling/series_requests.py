"""What may be asked of appointments that repeat: every field checked, all problems told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from app.people.fields import Check, checked, line, one_of, paragraph, row_id
from app.scheduling.errors import NotAnOccurrence
from app.scheduling.recurrence import LONGEST_RULE, MOST
from app.scheduling.requests import LONGEST_NOTES, LONGEST_REASON, LONGEST_TYPE, Terms, instant
from app.scheduling.states import AppointmentStatus, CancelledBy


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesRequest:
    """Which appointments are asked for: `rule` is RFC 5545's, in the clinic's wall time from `starts_at` (aware) on."""

    clinic_id: int
    doctor_id: int
    service_id: int
    patient_id: int
    starts_at: datetime
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesTerms(Terms):
    """How they are booked; `occurrences` are the starts of those that are wanted, None for all that the rule names."""

    occurrences: list[datetime] | None = None


def series_request(values: Mapping[str, object]) -> SeriesRequest:
    """Refuses: Invalid with every problem of every field."""
    return SeriesRequest(**checked(values, _SERIES, required=_SERIES))


def series_booking(values: Mapping[str, object]) -> tuple[SeriesRequest, SeriesTerms]:
    """Refuses: Invalid with every problem of every field."""
    asked = checked(values, {**_SERIES, **_TERMS}, required=_SERIES)
    if asked.get("status") is None:
        asked.pop("status", None)
    names = {field.name for field in fields(SeriesTerms)}
    terms = {name: asked.pop(name) for name in names & asked.keys()}
    return SeriesRequest(**asked), SeriesTerms(**terms)


def series_cancellation(values: Mapping[str, object]) -> dict[str, Any]:
    """`since` (None: from now on), `reason` and `by`, from the fields as the API names them. Refuses: Invalid."""
    checks = {"from": instant, "reason": line(LONGEST_REASON), "by": one_of(_SIDES)}
    asked = checked(values, checks, required=("reason",))
    return {"since": asked.get("from"), "reason": asked["reason"], "by": asked.get("by")}


def instants_of(raw: object) -> list[datetime]:
    """Some starts, in order, each once."""
    if not isinstance(raw, list | tuple) or len(raw) > MOST:
        raise NotAnOccurrence
    return sorted({instant(one) for one in raw})


_SIDES: Final = [CancelledBy.PATIENT, CancelledBy.CLINIC, CancelledBy.DOCTOR]
_SERIES: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("clinic_id", "doctor_id", "service_id", "patient_id"), row_id),
    "starts_at": instant,
    "rule": line(LONGEST_RULE),
}
_TERMS: Final[Mapping[str, Check]] = {
    "occurrences": instants_of,
    "status": one_of([AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED]),
    "type": line(LONGEST_TYPE),
    "notes": paragraph(LONGEST_NOTES),
}
