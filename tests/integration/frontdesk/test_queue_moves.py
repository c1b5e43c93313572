"""Calling, moving, sending back and leaving: states, refusals, and two desks at once."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations_with_replacement
from typing import Any

import pytest
from sqlalchemy import select

from app.frontdesk import arrivals, consultations, queue
from app.frontdesk.errors import (
    AlreadyCalled,
    AlreadyWithDoctor,
    NextMoved,
    NobodyWaiting,
    NotTheTreatingDoctor,
    OnlyDoctorCompletes,
    ReasonMissing,
    SamePriority,
    StateChanged,
    StillWaiting,
    VisitOver,
)
from app.frontdesk.states import Phase, Priority, VisitStatus
from app.kernel import clock, outbox
from app.kernel.db import db
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.models import AuditEntry
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus, CancelledBy
from tests.plugins.races import Race

WAITING, CALLED, IN_PROGRESS, LEFT = (
    VisitStatus.WAITING,
    VisitStatus.CALLED,
    VisitStatus.IN_PROGRESS,
    VisitStatus.LEFT,
)


def stored(front: Any, visit: Any) -> Any:
    return next(row for row in front.visits() if row.id == visit.id)


def appointment_of(visit: Any) -> Appointment:
    db.session.rollback()
    return db.session.get_one(Appointment, visit.appointment_id, populate_existing=True)


# -- call


def test_the_next_is_the_urgent_one_then_the_one_whose_time_has_come(front: Any) -> None:
    later = front.check_in(front.appointment(front.now + timedelta(hours=2)))
    walk_in = front.walk_in()
    urgent = front.walk_in(priority=Priority.URGENT)
    front.walk_in(doctor_id=front.cast.doctor2_id)
    assert [front.call_next().id for _ in range(3)] == [urgent.id, walk_in.id, later.id]
    with pytest.raises(NobodyWaiting):
        front.call_next()


def test_who_is_called_still_stands_among_those_who_wait(front: Any) -> None:
    visit = front.walk_in()
    called = front.call_next(front.cast.doctor)
    assert (called.id, called.status, called.called_time) == (visit.id, CALLED, front.now)
    assert front.columns()["waiting"] == [visit.id]


def test_two_desks_never_call_the_same(front: Any, at_once: Race) -> None:
    visits = {front.walk_in().id for _ in range(6)}
    outcomes = at_once(*[front.call_next] * 8)
    called = [one.id for one in outcomes if not isinstance(one, Exception)]
    assert sorted(called) == sorted(visits)
    assert [type(one) for one in outcomes if isinstance(one, Exception)] == [NobodyWaiting] * 2


def test_of_desks_that_mean_the_same_next_one_calls_and_the_others_call_nobody_else(front: Any, at_once: Race) -> None:
    meant, after = front.walk_in(), front.walk_in()
    outcomes = at_once(*[lambda: front.call_next(expected_visit_id=meant.id)] * 4)
    assert [one.id for one in outcomes if not isinstance(one, Exception)] == [meant.id]
    assert [type(one) for one in outcomes if isinstance(one, Exception)] == [NextMoved] * 3
    assert stored(front, after).status is WAITING


def test_who_got_before_the_next_meanwhile_is_called(front: Any) -> None:
    meant, urgent = front.walk_in(), front.walk_in(priority=Priority.URGENT)
    assert front.call_next(expected_visit_id=meant.id).id == urgent.id


def test_one_patient_is_called_once(front: Any, at_once: Race) -> None:
    visit = front.walk_in()
    outcomes = at_once(*[lambda: front.act(queue.call, visit.id)] * 4)
    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyCalled"] * 3 + ["Visit"]


def test_a_doctor_calls_own_patients_only(front: Any) -> None:
    front.walk_in()
    with pytest.raises(NotTheTreatingDoctor):
        front.call_next(front.cast.doctor2)
    with pytest.raises(NotAllowed):
        front.call_next(front.cast.accountant)
    with pytest.raises(NotFound):
        front.call_next(front.cast.riverside)
    with pytest.raises(NotFound):
        front.act(queue.call_next, front.cast.main_id, 2**31 - 1)


# -- move


def test_reception_moves_in_to_the_doctor_and_back(front: Any) -> None:
    visit = front.walk_in()
    front.act(queue.move, visit.id, Phase.WITH_DOCTOR, expected_status=WAITING)
    inside = stored(front, visit)
    assert (inside.status, inside.start_time) == (IN_PROGRESS, front.now)
    front.act(queue.move, visit.id, Phase.WAITING, reason=" wrong room ")
    back = stored(front, visit)
    assert (back.status, back.called_time, back.start_time) == (WAITING, None, None)
    assert back.status_reason == "wrong room"
    front.act(queue.call, visit.id)
    front.act(queue.move, visit.id, Phase.WAITING, reason="not here")
    assert (stored(front, visit).status, stored(front, visit).status_reason) == (WAITING, "not here")


@pytest.mark.parametrize("reason", [None, "", " \n"])
def test_nobody_is_sent_back_without_a_reason(front: Any, reason: str | None) -> None:
    visit = front.start(front.walk_in())
    before = front.version()
    for actor in (front.cast.reception, front.cast.doctor):
        with pytest.raises(ReasonMissing):
            front.act(queue.move, visit.id, Phase.WAITING, reason=reason, actor=actor)
    assert (stored(front, visit).status, front.version()) == (IN_PROGRESS, before)


def test_why_somebody_was_sent_back_is_on_record(front: Any) -> None:
    visit = front.start(front.walk_in())
    front.act(queue.move, visit.id, Phase.WAITING, reason="wrong patient")
    last = db.session.scalars(
        select(AuditEntry).where(AuditEntry.entity == "visit").order_by(AuditEntry.id.desc())
    ).first()
    assert last is not None
    assert last.after == {"status": "waiting", "start_time": None, "status_reason": "wrong patient"}


def test_nobody_completes_by_moving(front: Any) -> None:
    visit = front.start(front.walk_in())
    for actor in (front.cast.reception, front.cast.doctor, front.cast.admin):
        with pytest.raises(OnlyDoctorCompletes):
            front.act(queue.move, visit.id, Phase.COMPLETED, actor=actor)
    assert stored(front, visit).status is IN_PROGRESS


def test_a_move_to_where_the_patient_is_says_so(front: Any) -> None:
    visit = front.walk_in()
    with pytest.raises(StillWaiting):
        front.act(queue.move, visit.id, Phase.WAITING)
    front.start(visit)
    with pytest.raises(AlreadyWithDoctor):
        front.start(visit)
    with pytest.raises(AlreadyWithDoctor):
        front.act(queue.call, visit.id)
    front.complete(visit)
    for phase in (Phase.WAITING, Phase.WITH_DOCTOR):
        with pytest.raises(VisitOver):
            front.act(queue.move, visit.id, phase)


@pytest.mark.parametrize("expected", [CALLED, IN_PROGRESS, LEFT])
def test_every_change_is_refused_when_the_state_is_another_than_expected(front: Any, expected: VisitStatus) -> None:
    visit = front.walk_in()
    for change in (
        lambda: front.act(queue.call, visit.id, expected_status=expected),
        lambda: front.act(queue.move, visit.id, Phase.WITH_DOCTOR, expected_status=expected),
        lambda: front.act(queue.leave, visit.id, expected_status=expected),
        lambda: front.act(consultations.start, visit.id, expected_status=expected, actor=front.cast.doctor),
        lambda: front.complete(visit, expected_status=expected),
    ):
        with pytest.raises(StateChanged):
            change()
    assert stored(front, visit).status is WAITING


def test_of_two_who_move_one_patient_at_once_the_second_is_told(front: Any, at_once: Race) -> None:
    visit = front.walk_in()
    outcomes = at_once(
        lambda: front.act(queue.move, visit.id, Phase.WITH_DOCTOR, expected_status=WAITING),
        lambda: front.act(queue.leave, visit.id, expected_status=WAITING),
    )
    assert sorted(type(one).__name__ for one in outcomes) == ["StateChanged", "Visit"]


OF_WAITING = [(WAITING, *pair) for pair in combinations_with_replacement(["call", "in", "left"], 2)]
OF_THOSE_INSIDE = [(IN_PROGRESS, *pair) for pair in combinations_with_replacement(["back", "complete"], 2)]


@pytest.mark.parametrize(("seen", "first", "second"), OF_WAITING + OF_THOSE_INSIDE)
def test_of_two_who_act_on_one_patient_one_is_refused(
    front: Any, at_once: Race, seen: VisitStatus, first: str, second: str
) -> None:
    """Whatever the two do: both saw the same state, and what either does ends it."""
    visit = front.walk_in()
    if seen is IN_PROGRESS:
        front.start(visit)
    expected = {"expected_status": seen}
    acts = {
        "call": lambda: front.act(queue.call, visit.id, **expected),
        "in": lambda: front.act(queue.move, visit.id, Phase.WITH_DOCTOR, **expected),
        "left": lambda: front.act(queue.leave, visit.id, **expected),
        "back": lambda: front.act(queue.move, visit.id, Phase.WAITING, reason="wrong room", **expected),
        "complete": lambda: front.complete(visit, **expected),
    }
    outcomes = at_once(acts[first], acts[second])
    assert sorted(type(one).__name__ for one in outcomes) == ["StateChanged", "Visit"]


@pytest.mark.parametrize("seen", [None, WAITING])
def test_of_a_completion_and_an_old_tab_that_undoes_the_check_in_the_doctor_is_heard(
    front: Any, at_once: Race, seen: VisitStatus | None
) -> None:
    visit = front.start(front.check_in())
    done, undone = at_once(
        lambda: front.complete(visit),
        lambda: front.act(arrivals.undo_check_in, visit.id, "wrong patient", expected_status=seen),
    )
    assert type(done).__name__ == "Visit"
    assert type(undone) in ({StateChanged} if seen else {AlreadyWithDoctor, VisitOver})
    assert (stored(front, visit).status, appointment_of(visit).status) == (
        VisitStatus.COMPLETED,
        AppointmentStatus.COMPLETED,
    )


def test_a_visit_out_of_reach_is_not_there(front: Any) -> None:
    visit = front.walk_in()
    for actor in (front.cast.riverside, front.cast.doctor2, front.cast.accountant):
        for service in (queue.call, queue.leave, consultations.start, consultations.complete):
            with pytest.raises(NotFound):
                front.act(service, visit.id, actor=actor)
        with pytest.raises(NotFound):
            front.act(queue.move, visit.id, Phase.WITH_DOCTOR, actor=actor)


def test_a_doctor_who_no_longer_works_at_the_clinic_reaches_nothing_there(front: Any) -> None:
    visit = front.walk_in()
    gone = type(front.cast.doctor)(name="x", user_id=9, roles=frozenset({"Doctor"}), doctor_id=front.cast.doctor_id)
    with pytest.raises(NotFound):
        front.act(queue.call, visit.id, actor=gone)


def test_only_the_treating_doctor_starts(front: Any) -> None:
    visit = front.walk_in()
    with pytest.raises(NotTheTreatingDoctor):
        front.act(consultations.start, visit.id)
    assert front.act(consultations.start, visit.id, actor=front.cast.doctor).status is IN_PROGRESS


# -- priority


def test_who_is_urgent_is_called_before_the_others(front: Any) -> None:
    first, second = front.walk_in(), front.walk_in()
    before = front.version()
    front.act(queue.set_priority, second.id, Priority.URGENT, reason=" short of breath ", expected_status=WAITING)
    urgent = stored(front, second)
    assert (urgent.priority, urgent.priority_reason) == (Priority.URGENT, "short of breath")
    assert (front.columns()["waiting"], front.version()) == ([second.id, first.id], before + 1)
    assert front.board()["phases"]["waiting"][0]["priority_reason"] == "short of breath"
    front.act(queue.set_priority, second.id, Priority.NORMAL, reason="feels better")
    assert front.columns()["waiting"] == [first.id, second.id]


def test_a_priority_is_refused_with_the_fact(front: Any) -> None:
    visit, inside, over = front.walk_in(), front.start(front.walk_in()), front.walk_in()
    front.act(queue.leave, over.id)

    def prioritise(
        visit_id: int, priority: Priority = Priority.URGENT, reason: str | None = "pain", **more: Any
    ) -> Any:
        return lambda: front.act(queue.set_priority, visit_id, priority, reason=reason, **more)

    for refused, refusal in (
        (prioritise(visit.id, reason=None), ReasonMissing),
        (prioritise(visit.id, reason="  "), ReasonMissing),
        (prioritise(visit.id, Priority.NORMAL), SamePriority),
        (prioritise(visit.id, expected_status=CALLED), StateChanged),
        (prioritise(inside.id), AlreadyWithDoctor),
        (prioritise(over.id), VisitOver),
        (prioritise(visit.id, actor=front.cast.doctor), NotAllowed),
        (prioritise(visit.id, actor=front.cast.riverside), NotFound),
    ):
        with pytest.raises(refusal):
            refused()
    assert stored(front, visit).priority is Priority.NORMAL


def test_of_two_desks_that_say_urgent_at_once_one_is_told(front: Any, at_once: Race) -> None:
    visit = front.walk_in()
    urgent = lambda: front.act(queue.set_priority, visit.id, Priority.URGENT, reason="pain")  # noqa: E731
    outcomes = at_once(urgent, urgent)
    assert sorted(type(one).__name__ for one in outcomes) == ["SamePriority", "Visit"]


# -- leave


def test_who_leaves_unseen_is_off_the_board_and_the_appointment_is_cancelled(front: Any) -> None:
    visit = front.check_in()
    front.act(queue.leave, visit.id, reason="  could not wait ")
    gone, appointment = stored(front, visit), appointment_of(visit)
    assert (gone.status, gone.end_time, gone.status_reason) == (LEFT, front.now, "could not wait")
    assert (appointment.status, appointment.cancel_reason) == (AppointmentStatus.CANCELLED, "left")
    assert appointment.cancelled_by == CancelledBy.PATIENT
    assert front.columns() == {"waiting": [], "with_doctor": [], "completed": []}


def test_who_is_with_the_doctor_or_gone_does_not_leave_again(front: Any) -> None:
    inside, gone = front.start(front.walk_in()), front.walk_in()
    front.act(queue.leave, gone.id)
    with pytest.raises(AlreadyWithDoctor):
        front.act(queue.leave, inside.id)
    with pytest.raises(VisitOver):
        front.act(queue.leave, gone.id)
    with pytest.raises(VisitOver):
        front.act(queue.call, gone.id)


def test_who_left_may_come_again(front: Any) -> None:
    patient = front.patient()
    front.act(queue.leave, front.walk_in(patient_id=patient.id).id)
    assert front.walk_in(patient_id=patient.id).queue_number == 2


# -- the end of the day


def test_at_midnight_those_who_wait_have_left_and_those_inside_stay(front: Any) -> None:
    waits, called, inside = front.check_in(), front.walk_in(), front.start(front.walk_in())
    front.act(queue.call, called.id)
    with clock.freeze(front.now + timedelta(hours=13, minutes=30)):  # 23:38 in Berlin
        assert outbox.deliver_due() == 0
    with clock.freeze(front.now + timedelta(hours=14)):
        outbox.deliver_due()
        front.now = clock.now()
        assert [visit.status for visit in front.visits()] == [LEFT, LEFT, IN_PROGRESS]
        assert appointment_of(waits).status is AppointmentStatus.CANCELLED
        assert front.columns() == {"waiting": [], "with_doctor": [inside.id], "completed": []}


def test_the_end_of_a_day_changes_the_board_once(front: Any) -> None:
    for _ in range(3):
        front.walk_in()
    before = front.version()
    with clock.freeze(front.now + timedelta(hours=14)):
        outbox.deliver_due()
    assert front.version() == before + 1


def test_a_call_refused_changes_nothing(front: Any) -> None:
    visit = front.walk_in()
    front.act(queue.call, visit.id)
    before = front.version()
    with pytest.raises(AlreadyCalled):
        front.act(queue.call, visit.id)
    assert front.version() == before
