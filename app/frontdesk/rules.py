"""How a visit moves through the queue, who may end it, and who is next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.frontdesk.errors import (
    AlreadyCalled,
    AlreadyWithDoctor,
    CalledMeanwhile,
    NotSignedYet,
    NotTheTreatingDoctor,
    NotWithDoctor,
    OnlyDoctorCompletes,
    ReasonMissing,
    SameDoctor,
    SamePriority,
    Signed,
    StateChanged,
    StillWaiting,
    VisitOver,
)
from app.frontdesk.states import Phase, Priority, VisitStatus
from app.kernel.errors import Conflict

CALL_LASTS: Final = timedelta(seconds=5)  # until then it is still being announced

_FACTS: dict[VisitStatus, type[Conflict]] = {
    VisitStatus.WAITING: StillWaiting,
    VisitStatus.CALLED: AlreadyCalled,
    VisitStatus.IN_PROGRESS: AlreadyWithDoctor,
    VisitStatus.COMPLETED: VisitOver,
    VisitStatus.LEFT: VisitOver,
}


def ensure_expected(status: VisitStatus, expected_status: VisitStatus | None) -> None:
    """The visit is still as the person who acts saw it; None is somebody who did not say."""
    if expected_status is not None and status is not expected_status:
        raise StateChanged


def ensure_can_call(status: VisitStatus) -> None:
    """Refuses: AlreadyCalled, AlreadyWithDoctor, VisitOver."""
    _ensure_one_of(status, VisitStatus.WAITING)


def ensure_can_call_again(
    status: VisitStatus, called_time: datetime | None, seen_time: datetime | None, *, now: datetime
) -> None:
    """The call of `called_time` may be made again by who has seen it, and not while it is still being announced.

    `seen_time` is compared to the second, as calls are told; None is somebody who did not say.
    Refuses: StillWaiting, AlreadyWithDoctor, VisitOver, CalledMeanwhile, AlreadyCalled (just now).
    """
    _ensure_one_of(status, VisitStatus.CALLED)
    if called_time is None:
        return
    if seen_time is not None and seen_time.replace(microsecond=0) != called_time.replace(microsecond=0):
        raise CalledMeanwhile
    if now - called_time < CALL_LASTS:
        raise AlreadyCalled


def ensure_can_start(status: VisitStatus) -> None:
    """Refuses: AlreadyWithDoctor, VisitOver."""
    _ensure_one_of(status, VisitStatus.WAITING, VisitStatus.CALLED)


def ensure_can_leave(status: VisitStatus) -> None:
    """Refuses: AlreadyWithDoctor, VisitOver."""
    _ensure_one_of(status, VisitStatus.WAITING, VisitStatus.CALLED)


def ensure_can_undo_check_in(status: VisitStatus, *, reason: str) -> None:
    """Refuses: ReasonMissing, AlreadyWithDoctor, VisitOver."""
    ensure_can_leave(status)
    ensure_reason(reason)


def ensure_urgency_explained(priority: Priority, *, reason: str) -> None:
    """Of somebody who arrives. Refuses: ReasonMissing."""
    if priority is Priority.URGENT and not reason.strip():
        raise ReasonMissing(field="priority_reason")


def ensure_can_prioritise(status: VisitStatus, priority: Priority, wanted: Priority, *, reason: str) -> None:
    """Only of those who wait. Refuses: ReasonMissing, SamePriority, AlreadyWithDoctor, VisitOver."""
    _ensure_one_of(status, VisitStatus.WAITING, VisitStatus.CALLED)
    if wanted is priority:
        raise SamePriority
    ensure_reason(reason)


def ensure_can_hand_over(status: VisitStatus, doctor_id: int, wanted_id: int) -> None:
    """Only of those who wait, and to another doctor. Refuses: SameDoctor, AlreadyWithDoctor, VisitOver."""
    _ensure_one_of(status, VisitStatus.WAITING, VisitStatus.CALLED)
    if doctor_id == wanted_id:
        raise SameDoctor


def ensure_reason(reason: str) -> None:
    """Refuses: ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(field="reason")


def ensure_can_write_record(status: VisitStatus) -> None:
    """During the consultation alone. Refuses: NotWithDoctor, Signed, VisitOver (the patient left unseen)."""
    if status in (VisitStatus.WAITING, VisitStatus.CALLED):
        raise NotWithDoctor
    if status is VisitStatus.COMPLETED:
        raise Signed
    if status is VisitStatus.LEFT:
        raise VisitOver


def ensure_can_amend(status: VisitStatus) -> None:
    """What is signed, and nothing else. Refuses: NotSignedYet, VisitOver (the patient left unseen)."""
    if status is VisitStatus.LEFT:
        raise VisitOver
    if status is not VisitStatus.COMPLETED:
        raise NotSignedYet


def ensure_can_send_back(status: VisitStatus, *, reason: str) -> None:
    """Refuses: ReasonMissing, StillWaiting, VisitOver."""
    _ensure_one_of(status, VisitStatus.CALLED, VisitStatus.IN_PROGRESS)
    ensure_reason(reason)


def ensure_can_complete(status: VisitStatus) -> None:
    """Refuses: NotWithDoctor, VisitOver."""
    if status in (VisitStatus.WAITING, VisitStatus.CALLED):
        raise NotWithDoctor
    _ensure_one_of(status, VisitStatus.IN_PROGRESS)


def ensure_can_move(status: VisitStatus, phase: Phase, *, reason: str) -> None:
    """A move between the columns of the board; the reason counts on the way back to waiting.

    Refuses: OnlyDoctorCompletes, ReasonMissing, StillWaiting, AlreadyWithDoctor, VisitOver.
    """
    if phase is Phase.COMPLETED:
        raise OnlyDoctorCompletes
    if phase is Phase.WITH_DOCTOR:
        ensure_can_start(status)
    else:
        ensure_can_send_back(status, reason=reason)


def ensure_treating_doctor(actor_doctor_id: int | None, visit_doctor_id: int) -> None:
    """None is an actor without a doctor record. Refuses: NotTheTreatingDoctor."""
    if actor_doctor_id != visit_doctor_id:
        raise NotTheTreatingDoctor


@dataclass(frozen=True)
class QueuedVisit:
    """What the order of the queue depends on; `appointment_at` is the appointment's start, None for a walk-in."""

    visit_id: int
    status: VisitStatus
    priority: Priority
    appointment_at: datetime | None
    checked_in_at: datetime
    number: int

    @property
    def place(self) -> tuple[bool, datetime, int]:
        """Sorts the queue: urgent first, then the later of appointment and check-in, then the queue number."""
        due = max(self.appointment_at or self.checked_in_at, self.checked_in_at)
        return self.priority is not Priority.URGENT, due, self.number


def in_queue_order(visits: Iterable[QueuedVisit]) -> list[QueuedVisit]:
    return sorted(visits, key=lambda visit: visit.place)


def next_in_queue(visits: Iterable[QueuedVisit]) -> QueuedVisit | None:
    """The first who waits and has not been called."""
    waiting = (visit for visit in visits if visit.status is VisitStatus.WAITING)
    return min(waiting, key=lambda visit: visit.place, default=None)


def _ensure_one_of(status: VisitStatus, *allowed: VisitStatus) -> None:
    if status not in allowed:
        raise _FACTS[status]
