"""What may be asked of visits: every field checked, all problems told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final, TypeVar

from app.frontdesk.states import Phase, Priority, VisitStatus
from app.people.fields import Check, checked, line, paragraph, row_id
from app.scheduling.requests import one_of

LONGEST_NOTES: Final = 20_000
LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkIn:
    """Somebody who came without an appointment."""

    clinic_id: int
    doctor_id: int
    service_id: int
    patient_id: int
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitAct:
    """An act on one visit of the board; None is what somebody did not say."""

    visit_id: int
    expected_status: VisitStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(VisitAct):
    """To which column."""

    phase: Phase
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure(VisitAct):
    """Somebody leaves the board: gone, or checked in by mistake."""

    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion(VisitAct):
    """The end of a consultation."""

    notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Urgency(VisitAct):
    """How soon somebody who waits is to be seen, and why."""

    priority: Priority
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(VisitAct):
    """To which doctor; `expected_doctor_id` is whose patient it was when somebody decided so."""

    doctor_id: int
    reason: str | None = None
    expected_doctor_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverAll:
    """Everybody who waits for one doctor at a clinic goes to another."""

    clinic_id: int
    from_doctor_id: int
    to_doctor_id: int
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextCall:
    """Whose queue, and where."""

    clinic_id: int
    doctor_id: int


A = TypeVar("A", VisitAct, Move, Departure, Urgency, HandOver, HandOverAll, Completion, NextCall, WalkIn)


def asked(kind: type[A], values: Mapping[str, object]) -> A:
    """The act from fields as contract.md names them. Refuses: Invalid with every problem of every field."""
    known = {each.name: each for each in fields(kind)}
    needed = [name for name, each in known.items() if each.default is MISSING]
    cleaned = checked(values, {name: _CHECKS[name] for name in known}, required=needed)
    return kind(**{name: value for name, value in cleaned.items() if value is not None})


def visit_changes(values: Mapping[str, object]) -> dict[str, Any]:
    """What may be written over in a visit: the notes. Refuses: Invalid with every problem of every field."""
    return checked(values, {"notes": _CHECKS["notes"]})


_CHECKS: Final[Mapping[str, Check]] = {
    "clinic_id": row_id,
    "doctor_id": row_id,
    "expected_doctor_id": row_id,
    "from_doctor_id": row_id,
    "to_doctor_id": row_id,
    "service_id": row_id,
    "patient_id": row_id,
    "visit_id": row_id,
    "priority": one_of(list(Priority)),
    "phase": one_of(list(Phase)),
    "expected_status": one_of(list(VisitStatus)),
    "reason": line(LONGEST_REASON),
    "notes": paragraph(LONGEST_NOTES),
}
