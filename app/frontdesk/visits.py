"""A visit in hand: in reach, locked, as the person who acts saw it; and what each step leaves on it."""

from __future__ import annotations

from datetime import datetime

from app.frontdesk.models import Visit
from app.frontdesk.requests import LONGEST_REASON
from app.frontdesk.rules import ensure_expected
from app.frontdesk.states import Priority, VisitStatus
from app.kernel import scope
from app.kernel.actor import Actor


def take_visit(visit_id: int, *roles: str, expected_status: VisitStatus | None = None, actor: Actor) -> Visit:
    """The visit, locked until the transaction ends. Refuses: NotFound, NotAllowed, StateChanged."""
    visit = scope.get(Visit, visit_id, actor=actor, lock=True)
    actor.require_role(*roles, at=visit.clinic_id)
    ensure_expected(visit.status, expected_status)
    return visit


def written_reason(reason: str | None) -> str:
    """What somebody gave as the reason, "" for nothing."""
    return (reason or "").strip()[:LONGEST_REASON]


def mark_called(visit: Visit, *, now: datetime) -> None:
    visit.status, visit.called_time, visit.status_reason = VisitStatus.CALLED, now, None


def mark_started(visit: Visit, *, now: datetime) -> None:
    visit.status, visit.start_time, visit.status_reason = VisitStatus.IN_PROGRESS, now, None


def mark_sent_back(visit: Visit, *, reason: str) -> None:
    """Back among those who wait, as if the call had not been."""
    visit.status, visit.called_time, visit.start_time = VisitStatus.WAITING, None, None
    visit.status_reason = reason[:LONGEST_REASON]


def mark_prioritised(visit: Visit, priority: Priority, *, reason: str) -> None:
    visit.priority, visit.priority_reason = priority, reason


def mark_handed_over(visit: Visit, doctor_id: int, *, reason: str | None) -> None:
    """Waits for the other doctor, with the same number and since the same time; a call of the first counts no more."""
    visit.doctor_id, visit.status, visit.called_time, visit.status_reason = doctor_id, VisitStatus.WAITING, None, reason


def mark_left(visit: Visit, *, reason: str | None, now: datetime) -> None:
    visit.status, visit.end_time = VisitStatus.LEFT, now
    visit.status_reason = reason[:LONGEST_REASON] if reason else None


def mark_completed(visit: Visit, *, now: datetime) -> None:
    visit.status, visit.end_time, visit.status_reason = VisitStatus.COMPLETED, now, None
