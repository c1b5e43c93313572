"""The states of a visit, its priority, and the column of the board that it stands in."""

from __future__ import annotations

from enum import StrEnum


class VisitStatus(StrEnum):
    """waiting -> called -> in_progress -> completed; a patient who goes away unseen has left."""

    WAITING = "waiting"
    CALLED = "called"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    LEFT = "left"


class Phase(StrEnum):
    """A column of the board."""

    WAITING = "waiting"
    WITH_DOCTOR = "with_doctor"
    COMPLETED = "completed"


class Priority(StrEnum):
    """An urgent visit stands before every normal one."""

    NORMAL = "normal"
    URGENT = "urgent"


ACTIVE = frozenset({VisitStatus.WAITING, VisitStatus.CALLED, VisitStatus.IN_PROGRESS})

_PHASES = {
    VisitStatus.WAITING: Phase.WAITING,
    VisitStatus.CALLED: Phase.WAITING,
    VisitStatus.IN_PROGRESS: Phase.WITH_DOCTOR,
    VisitStatus.COMPLETED: Phase.COMPLETED,
}


def phase_of(status: VisitStatus) -> Phase | None:
    """The column of the board that a visit stands in; None for one that left, which is on no board."""
    return _PHASES.get(status)
