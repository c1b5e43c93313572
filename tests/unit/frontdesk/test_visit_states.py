"""Every state of a visit against everything that can be done with it, and who may do it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from app.frontdesk import rules
from app.frontdesk.errors import (
    AlreadyCalled,
    CalledMeanwhile,
    NotTheTreatingDoctor,
    OnlyDoctorCompletes,
    ReasonMissing,
    SameDoctor,
    SamePriority,
    StateChanged,
)
from app.frontdesk.states import ACTIVE, Phase, Priority, VisitStatus, phase_of
from app.kernel.errors import Conflict

Act = Callable[[VisitStatus], None]

CALL = datetime(2030, 5, 6, 8, 0, 5, 250_000, tzinfo=UTC)
LATER = CALL + timedelta(minutes=3)

call_again = partial(rules.ensure_can_call_again, called_time=CALL, seen_time=CALL, now=LATER)
send_back = partial(rules.ensure_can_send_back, reason="called the wrong patient")
undo = partial(rules.ensure_can_undo_check_in, reason="checked in by mistake")
prioritise = partial(rules.ensure_can_prioritise, priority=Priority.NORMAL, wanted=Priority.URGENT, reason="in pain")
hand_over = partial(rules.ensure_can_hand_over, doctor_id=1, wanted_id=2)
move_to_doctor = partial(rules.ensure_can_move, phase=Phase.WITH_DOCTOR, reason="")
move_to_waiting = partial(rules.ensure_can_move, phase=Phase.WAITING, reason="moved on the board")
move_to_completed = partial(rules.ensure_can_move, phase=Phase.COMPLETED, reason="")

STATES = ("waiting", "called", "in_progress", "completed", "left")
OK = ""
# For each act the refusal in each of STATES.
OUTCOMES: list[tuple[str, Act, tuple[str, ...]]] = [
    ("call", rules.ensure_can_call, (OK, "already_called", "already_with_doctor", "visit_over", "visit_over")),
    ("call again", call_again, ("still_waiting", OK, "already_with_doctor", "visit_over", "visit_over")),
    ("start", rules.ensure_can_start, (OK, OK, "already_with_doctor", "visit_over", "visit_over")),
    ("leave", rules.ensure_can_leave, (OK, OK, "already_with_doctor", "visit_over", "visit_over")),
    ("undo the check-in", undo, (OK, OK, "already_with_doctor", "visit_over", "visit_over")),
    ("prioritise", prioritise, (OK, OK, "already_with_doctor", "visit_over", "visit_over")),
    ("hand over", hand_over, (OK, OK, "already_with_doctor", "visit_over", "visit_over")),
    ("write", rules.ensure_can_write_record, ("not_with_doctor", "not_with_doctor", OK, "signed", "visit_over")),
    ("amend", rules.ensure_can_amend, ("not_signed", "not_signed", "not_signed", OK, "visit_over")),
    ("send back", send_back, ("still_waiting", OK, OK, "visit_over", "visit_over")),
    ("complete", rules.ensure_can_complete, ("not_with_doctor", "not_with_doctor", OK, "visit_over", "visit_over")),
    ("move to doctor", move_to_doctor, (OK, OK, "already_with_doctor", "visit_over", "visit_over")),
    ("move to waiting", move_to_waiting, ("still_waiting", OK, OK, "visit_over", "visit_over")),
    ("move to completed", move_to_completed, ("only_doctor_completes",) * 5),
]


def test_the_table_names_every_state() -> None:
    assert tuple(VisitStatus) == STATES


@pytest.mark.parametrize(
    ("act", "status", "refusal"),
    [
        pytest.param(act, VisitStatus(status), refusal, id=f"{name} when {status}")
        for name, act, refusals in OUTCOMES
        for status, refusal in zip(STATES, refusals, strict=True)
    ],
)
def test_an_act_is_possible_or_refused_with_the_fact(act: Act, status: VisitStatus, refusal: str) -> None:
    if refusal == OK:
        act(status)
    else:
        with pytest.raises(Conflict) as refused:
            act(status)
        assert (refused.value.code, refused.value.status) == (refusal, 409)


@pytest.mark.parametrize("seen", [CALL, CALL.replace(microsecond=0), CALL.replace(microsecond=999_999), None])
def test_a_call_is_made_again_by_who_has_seen_it_to_the_second(seen: datetime | None) -> None:
    rules.ensure_can_call_again(VisitStatus.CALLED, CALL, seen, now=LATER)


@pytest.mark.parametrize("seconds", [-60, -1, 1, 60])
def test_a_call_that_somebody_has_made_again_meanwhile_is_another(seconds: int) -> None:
    with pytest.raises(CalledMeanwhile) as refused:
        rules.ensure_can_call_again(VisitStatus.CALLED, CALL, CALL + timedelta(seconds=seconds), now=LATER)
    assert (refused.value.status, refused.value.code) == (409, "stale")


def test_a_call_is_not_made_again_while_it_is_being_announced() -> None:
    for passed in (timedelta(0), rules.CALL_LASTS - timedelta(microseconds=1)):
        with pytest.raises(AlreadyCalled):
            rules.ensure_can_call_again(VisitStatus.CALLED, CALL, CALL, now=CALL + passed)
    rules.ensure_can_call_again(VisitStatus.CALLED, CALL, CALL, now=CALL + rules.CALL_LASTS)


def test_a_call_of_no_known_moment_can_be_made_again() -> None:
    rules.ensure_can_call_again(VisitStatus.CALLED, None, None, now=LATER)


@pytest.mark.parametrize("status", [VisitStatus.CALLED, VisitStatus.IN_PROGRESS])
@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_patient_is_not_sent_back_without_a_reason(status: VisitStatus, reason: str) -> None:
    with pytest.raises(ReasonMissing) as refused:
        rules.ensure_can_send_back(status, reason=reason)
    assert (refused.value.status, refused.value.field) == (422, "reason")


@pytest.mark.parametrize("status", VisitStatus)
@pytest.mark.parametrize("expected", VisitStatus)
def test_an_act_on_a_state_that_has_changed_meanwhile_is_refused(status: VisitStatus, expected: VisitStatus) -> None:
    if status is expected:
        rules.ensure_expected(status, expected)
    else:
        with pytest.raises(StateChanged):
            rules.ensure_expected(status, expected)


@pytest.mark.parametrize("status", VisitStatus)
def test_whoever_expects_no_state_is_not_refused_for_it(status: VisitStatus) -> None:
    rules.ensure_expected(status, None)


def test_every_state_but_left_has_its_column_on_the_board() -> None:
    assert {status.value: phase_of(status) for status in VisitStatus} == {
        "waiting": Phase.WAITING,
        "called": Phase.WAITING,
        "in_progress": Phase.WITH_DOCTOR,
        "completed": Phase.COMPLETED,
        "left": None,
    }


def test_a_visit_is_active_until_it_is_completed_or_left() -> None:
    assert set(VisitStatus) - ACTIVE == {"completed", "left"}


def test_only_the_treating_doctor_may_complete() -> None:
    def refusal(actor_doctor_id: int | None) -> tuple[int, str] | None:
        try:
            rules.ensure_treating_doctor(actor_doctor_id, 7)
        except NotTheTreatingDoctor as refused:
            return refused.status, refused.code
        return None

    assert {who: refusal(who) for who in (7, 8, None)} == {7: None, 8: (403, "not_allowed"), None: (403, "not_allowed")}


def test_the_board_completes_nothing() -> None:
    with pytest.raises(OnlyDoctorCompletes):
        rules.ensure_can_move(VisitStatus.IN_PROGRESS, Phase.COMPLETED, reason="")


@pytest.mark.parametrize("priority", Priority)
def test_a_priority_is_changed_to_another_with_a_reason(priority: Priority) -> None:
    other = Priority.NORMAL if priority is Priority.URGENT else Priority.URGENT
    rules.ensure_can_prioritise(VisitStatus.WAITING, priority, other, reason="in pain")
    with pytest.raises(SamePriority):
        rules.ensure_can_prioritise(VisitStatus.WAITING, priority, priority, reason="in pain")
    with pytest.raises(ReasonMissing):
        rules.ensure_can_prioritise(VisitStatus.WAITING, priority, other, reason=" ")


def test_nobody_is_handed_over_to_the_doctor_they_wait_for() -> None:
    with pytest.raises(SameDoctor):
        rules.ensure_can_hand_over(VisitStatus.WAITING, 7, 7)
