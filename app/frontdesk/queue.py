"""The queue moves: somebody is called, goes in to the doctor, is sent back, or goes away."""

from __future__ import annotations

from datetime import date, datetime

from app.frontdesk import effects
from app.frontdesk.day_end import post_day_over
from app.frontdesk.errors import NextMoved, NobodyWaiting
from app.frontdesk.models import Visit
from app.frontdesk.queries import get_doctor_of_queue, list_open_locked
from app.frontdesk.rules import (
    QueuedVisit,
    ensure_can_call,
    ensure_can_call_again,
    ensure_can_leave,
    ensure_can_move,
    ensure_can_prioritise,
    ensure_treating_doctor,
    next_in_queue,
)
from app.frontdesk.states import Phase, Priority, VisitStatus
from app.frontdesk.visits import (
    mark_called,
    mark_left,
    mark_prioritised,
    mark_sent_back,
    mark_started,
    take_visit,
    written_reason,
)
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.people.queries import get_clinic
from app.people.roles import Role
from app.scheduling import progress

CALLERS = (Role.ADMIN, Role.RECEPTIONIST, Role.DOCTOR)
DAY_ENDED = "not seen before the day ended"
_WAITING = Visit.status == VisitStatus.WAITING
_NOT_SEEN = Visit.status != VisitStatus.IN_PROGRESS


def call_next(
    clinic_id: int, doctor_id: int, *, expected_visit_id: int | None = None, actor: Actor, now: datetime
) -> Visit:
    """Call the first who waits for this doctor at this clinic; two desks at once never call the same.

    `expected_visit_id` is who was next when somebody decided so: who comes after them is called only where they are
    still waiting, so that of two desks that mean the same patient the second calls nobody.
    Refuses: NotFound, NotAllowed, NotTheTreatingDoctor, NextMoved, NobodyWaiting.
    """
    clinic = get_clinic(clinic_id, actor=actor)
    get_doctor_of_queue(doctor_id, clinic.id, actor=actor)
    actor.require_role(*CALLERS, at=clinic.id)
    if not actor.has_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic.id):
        ensure_treating_doctor(actor.doctor_id, doctor_id)
    of_doctor = list_open_locked(Visit.clinic_id == clinic.id, Visit.doctor_id == doctor_id, _WAITING)
    waiting = {visit.id: visit for visit in of_doctor}
    if expected_visit_id is not None and expected_visit_id not in waiting:
        raise NextMoved
    first = next_in_queue(_queued(visit) for visit in waiting.values())
    if first is None:
        raise NobodyWaiting
    return _called(waiting[first.visit_id], now=now)


def _queued(visit: Visit) -> QueuedVisit:
    appointment_at = visit.appointment.starts_at if visit.appointment else None
    return QueuedVisit(visit.id, visit.status, visit.priority, appointment_at, visit.check_in_time, visit.queue_number)


def call(visit_id: int, *, expected_status: VisitStatus | None = None, actor: Actor, now: datetime) -> Visit:
    """Call this patient. Refuses: NotFound, NotAllowed, StateChanged, AlreadyCalled, AlreadyWithDoctor, VisitOver."""
    visit = take_visit(visit_id, *CALLERS, expected_status=expected_status, actor=actor)
    ensure_can_call(visit.status)
    return _called(visit, now=now)


def call_again(
    visit_id: int,
    *,
    expected_status: VisitStatus | None = None,
    called_time: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Visit:
    """Announce anew a call that nobody has followed; `called_time` is the call that was seen, to the second.

    The moment of the call is another and nothing else: neither the state nor what anybody's wait is estimated at.
    Refuses: NotFound, NotAllowed, StateChanged, StillWaiting, AlreadyWithDoctor, VisitOver, CalledMeanwhile,
    AlreadyCalled (just now).
    """
    visit = take_visit(visit_id, *CALLERS, expected_status=expected_status, actor=actor)
    ensure_can_call_again(visit.status, visit.called_time, called_time, now=now)
    mark_called(visit, now=now)
    effects.called_again(visit)
    return visit


def _called(visit: Visit, *, now: datetime) -> Visit:
    previous = visit.status
    mark_called(visit, now=now)
    effects.visit_moved(visit, previous)
    return visit


def move(
    visit_id: int,
    phase: Phase,
    *,
    expected_status: VisitStatus | None = None,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> Visit:
    """Move the visit to another column of the board: in to the doctor, or with a reason back among those who wait.

    Refuses: NotFound, NotAllowed, StateChanged, OnlyDoctorCompletes, StillWaiting, AlreadyWithDoctor, VisitOver,
    ReasonMissing.
    """
    visit = take_visit(visit_id, *CALLERS, expected_status=expected_status, actor=actor)
    reason = written_reason(reason)
    ensure_can_move(visit.status, phase, reason=reason)
    previous = visit.status
    if phase is Phase.WITH_DOCTOR:
        mark_started(visit, now=now)
    else:
        mark_sent_back(visit, reason=reason)
        _end_with_this_day(visit, now=now)
    effects.visit_moved(visit, previous)
    return visit


def _end_with_this_day(visit: Visit, *, now: datetime) -> None:
    """Who is sent back in the night waits until the end of the new day, for which nobody may have come yet."""
    today = clinic_day(now, visit.clinic.timezone)
    if visit.business_date < today:
        post_day_over(visit.clinic, today)


def leave(
    visit_id: int,
    *,
    expected_status: VisitStatus | None = None,
    reason: str | None = None,
    actor: Actor,
    now: datetime,
) -> Visit:
    """The patient went away unseen; the appointment, if there was one, ends as cancelled.

    Refuses: NotFound, NotAllowed, StateChanged, AlreadyWithDoctor, VisitOver.
    """
    visit = take_visit(visit_id, *CALLERS, expected_status=expected_status, actor=actor)
    ensure_can_leave(visit.status)
    return _left(visit, reason=written_reason(reason) or None, actor=actor, now=now)


def set_priority(
    visit_id: int,
    priority: Priority,
    *,
    reason: str | None,
    expected_status: VisitStatus | None = None,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Visit:
    """Have somebody who waits seen before the others, or in turn again; the desk says why.

    Refuses: NotFound, NotAllowed, StateChanged, SamePriority, AlreadyWithDoctor, VisitOver, ReasonMissing.
    """
    visit = take_visit(visit_id, Role.ADMIN, Role.RECEPTIONIST, expected_status=expected_status, actor=actor)
    reason = written_reason(reason)
    ensure_can_prioritise(visit.status, visit.priority, priority, reason=reason)
    mark_prioritised(visit, priority, reason=reason)
    effects.queue_reordered(visit)
    return visit


def _left(visit: Visit, *, reason: str | None, actor: Actor, now: datetime) -> Visit:
    previous = visit.status
    mark_left(visit, reason=reason, now=now)
    if visit.appointment_id is not None:
        progress.leave(visit.appointment_id, actor=actor, now=now)
    effects.visit_moved(visit, previous)
    return visit


def end_day(clinic_id: int, day: date, *, actor: Actor, now: datetime) -> None:
    """Whoever still waits when the clinic's day is over has gone; who is with a doctor stays."""
    visits = list_open_locked(Visit.clinic_id == clinic_id, Visit.business_date <= day, _NOT_SEEN)
    for visit in visits:
        _left(visit, reason=DAY_ENDED, actor=actor, now=now)
