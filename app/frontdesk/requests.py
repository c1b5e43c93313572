"""What may be asked of visits: every field checked, all problems told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.frontdesk.states import Priority
from app.people.fields import Check, checked, paragraph, row_id
from app.scheduling.requests import one_of

LONGEST_NOTES: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkIn:
    """Somebody who came without an appointment."""

    clinic_id: int
    doctor_id: int
    service_id: int
    patient_id: int
    priority: Priority = Priority.NORMAL


def walk_in_request(values: Mapping[str, object]) -> WalkIn:
    """The walk-in from fields as contract.md names them. Refuses: Invalid with every problem of every field."""
    cleaned = checked(values, _WALK_IN, required=("clinic_id", "doctor_id", "service_id", "patient_id"))
    if cleaned.get("priority") is None:
        cleaned.pop("priority", None)
    return WalkIn(**cleaned)


def visit_changes(values: Mapping[str, object]) -> dict[str, Any]:
    """What may be written over in a visit: the notes. Refuses: Invalid with every problem of every field."""
    return checked(values, {"notes": paragraph(LONGEST_NOTES)})


_WALK_IN: Final[Mapping[str, Check]] = {
    "clinic_id": row_id,
    "doctor_id": row_id,
    "service_id": row_id,
    "patient_id": row_id,
    "priority": one_of(list(Priority)),
}
