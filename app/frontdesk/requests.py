"""What may be asked of visits: every field checked, all problems told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime
from typing import Any, Final, TypeVar

from app.frontdesk.states import Phase, Priority, VisitStatus
from app.frontdesk.vitals import MEASURES, Readings, readings_after
from app.kernel.errors import Invalid
from app.people.errors import UnknownField
from app.people.fields import LARGEST_ID, Check, checked, line, one_of, paragraph, row_id, whole_number, yes_or_no
from app.scheduling.requests import moment_of

LONGEST_NOTES: Final = 20_000
LONGEST_REASON: Final = 200
LONGEST_AMENDMENT: Final = 10_000
LONGEST_TEMPLATE: Final = 10_000
LONGEST_TEMPLATE_NAME: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkIn:
    """Somebody who came without an appointment; `priority_reason` is why they are urgent."""

    clinic_id: int
    doctor_id: int
    service_id: int
    patient_id: int
    priority: Priority = Priority.NORMAL
    priority_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitAct:
    """An act on one visit of the board; None is what somebody did not say."""

    visit_id: int
    expected_status: VisitStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAgain(VisitAct):
    """Of the call that was made at `called_time`, as far as somebody has seen it."""

    called_time: datetime | None = None


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
    """Whose queue, and where; `expected_visit_id` is who was next when somebody decided so."""

    clinic_id: int
    doctor_id: int
    expected_visit_id: int | None = None


A = TypeVar("A", VisitAct, CallAgain, Move, Departure, Urgency, HandOver, HandOverAll, Completion, NextCall, WalkIn)


def asked(kind: type[A], values: Mapping[str, object]) -> A:
    """The act from fields as contract.md names them. Refuses: Invalid with every problem of every field."""
    known = {each.name: each for each in fields(kind)}
    needed = [name for name, each in known.items() if each.default is MISSING]
    cleaned = checked(values, {name: _CHECKS[name] for name in known}, required=needed)
    return kind(**{name: value for name, value in cleaned.items() if value is not None})


def visit_changes(values: Mapping[str, object]) -> dict[str, Any]:
    """What may be written over in a visit: the notes. Refuses: Invalid with every problem of every field."""
    return checked(values, {"notes": _CHECKS["notes"]})


def record_changes(values: Mapping[str, object], *, readings: Readings) -> dict[str, Any]:
    """What is to be written into a record: `notes`, `private_notes`, and `vitals` as they are then.

    `readings` are the vitals before; of those that are sent None takes one away. Refuses: Invalid with every problem of
    every field, a vital sign's as "vitals.<sign>".
    """
    problems: dict[str, list[str | Invalid]] = {}
    cleaned: dict[str, Any] = {}
    try:
        cleaned = checked({name: raw for name, raw in values.items() if name != "vitals"}, _RECORD)
    except Invalid as refused:
        problems |= refused.errors  # type: ignore[arg-type]
    try:
        if "vitals" in values:
            cleaned["vitals"] = readings_after(readings, _signs(values["vitals"]))
    except Invalid as refused:
        problems |= refused.errors  # type: ignore[arg-type]
    if problems:
        raise Invalid(problems)
    return cleaned


def _signs(raw: object) -> Mapping[str, object]:
    """The vital signs that were sent, by name."""
    if not isinstance(raw, Mapping):
        raise Invalid({"vitals": [Invalid()]})
    if unknown := [name for name in raw if name not in MEASURES]:
        raise Invalid({f"vitals.{name}": [UnknownField()] for name in unknown})
    return raw


def record_save(values: Mapping[str, object]) -> tuple[int, dict[str, object]]:
    """The revision that the writer has seen, and what is to be written. Refuses: Invalid."""
    revision = checked({"revision": values.get("revision")}, _REVISION, required=["revision"])["revision"]
    return revision, {name: raw for name, raw in values.items() if name != "revision"}


def amendment(values: Mapping[str, object]) -> dict[str, Any]:
    """The fields of an amendment. Refuses: Invalid with every problem of every field."""
    return checked(values, _AMENDMENT, required=["text"], blank={"is_private": bool})


def template_fields(values: Mapping[str, object], *, new: bool) -> dict[str, Any]:
    """The fields of a note template; a changed one keeps what is not sent. Refuses: Invalid."""
    return checked(values, _TEMPLATE, required=_TEMPLATE if new else _TEMPLATE.keys() & values.keys())


_CHECKS: Final[Mapping[str, Check]] = {
    "clinic_id": row_id,
    "doctor_id": row_id,
    "expected_doctor_id": row_id,
    "expected_visit_id": row_id,
    "from_doctor_id": row_id,
    "to_doctor_id": row_id,
    "service_id": row_id,
    "patient_id": row_id,
    "visit_id": row_id,
    "priority": one_of(list(Priority)),
    "priority_reason": line(LONGEST_REASON),
    "phase": one_of(list(Phase)),
    "expected_status": one_of(list(VisitStatus)),
    "called_time": moment_of,
    "reason": line(LONGEST_REASON),
    "notes": paragraph(LONGEST_NOTES),
}
_RECORD: Final[Mapping[str, Check]] = dict.fromkeys(("notes", "private_notes"), paragraph(LONGEST_NOTES))
_REVISION: Final[Mapping[str, Check]] = {"revision": whole_number(0, LARGEST_ID)}
_AMENDMENT: Final[Mapping[str, Check]] = {"text": paragraph(LONGEST_AMENDMENT), "is_private": yes_or_no}
_TEMPLATE: Final[Mapping[str, Check]] = {"name": line(LONGEST_TEMPLATE_NAME), "body": paragraph(LONGEST_TEMPLATE)}
