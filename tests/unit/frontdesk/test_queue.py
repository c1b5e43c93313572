"""The order of the queue, and who is next."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.frontdesk.rules import QueuedVisit, in_queue_order, next_in_queue
from app.frontdesk.states import Priority, VisitStatus


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 3, 3, hour, minute, tzinfo=UTC)


def make_queued(
    number: int,
    checked_in_at: datetime,
    appointment_at: datetime | None = None,
    *,
    priority: Priority = Priority.NORMAL,
    status: VisitStatus = VisitStatus.WAITING,
) -> QueuedVisit:
    return QueuedVisit(
        visit_id=100 + number,
        status=status,
        priority=priority,
        appointment_at=appointment_at,
        checked_in_at=checked_in_at,
        number=number,
    )


def numbers(*visits: QueuedVisit) -> list[int]:
    return [visit.number for visit in in_queue_order(visits)]


def test_who_comes_early_waits_for_the_appointment() -> None:
    early, on_time = make_queued(1, at(8), at(10)), make_queued(2, at(9), at(9))
    assert numbers(early, on_time) == [2, 1]


def test_who_comes_late_stands_where_the_arrival_puts_them() -> None:
    late, punctual = make_queued(2, at(9, 40), at(9)), make_queued(1, at(9, 10), at(9, 30))
    assert numbers(late, punctual) == [1, 2]


def test_a_walk_in_stands_by_its_arrival() -> None:
    walk_in, before, after = (
        make_queued(3, at(9, 15)),
        make_queued(1, at(9), at(9, 10)),
        make_queued(2, at(9), at(9, 20)),
    )
    assert numbers(walk_in, before, after) == [1, 3, 2]


def test_an_urgent_visit_stands_before_every_normal_one() -> None:
    first, urgent = make_queued(1, at(8)), make_queued(2, at(11), priority=Priority.URGENT)
    assert numbers(first, urgent) == [2, 1]


def test_equal_times_are_ordered_by_queue_number() -> None:
    assert numbers(make_queued(2, at(9)), make_queued(1, at(8), at(9))) == [1, 2]


def test_the_next_is_the_first_who_has_not_been_called() -> None:
    called = make_queued(1, at(8), status=VisitStatus.CALLED)
    with_doctor = make_queued(2, at(8), status=VisitStatus.IN_PROGRESS, priority=Priority.URGENT)
    later, sooner = make_queued(3, at(10)), make_queued(4, at(9))
    assert next_in_queue([called, with_doctor, later, sooner]) == sooner


def test_nobody_is_next_in_an_empty_queue() -> None:
    assert next_in_queue([]) is None
    assert next_in_queue([make_queued(1, at(8), status=VisitStatus.COMPLETED)]) is None


moments = st.datetimes(datetime(2025, 3, 3), datetime(2025, 3, 3, 1), timezones=st.just(UTC))
queued_visits = st.lists(
    st.builds(
        QueuedVisit,
        visit_id=st.integers(1, 99),
        status=st.sampled_from(VisitStatus),
        priority=st.sampled_from(Priority),
        appointment_at=st.none() | moments,
        checked_in_at=moments,
        number=st.integers(1, 99),
    ),
    unique_by=lambda visit: visit.number,
    max_size=12,
)


@given(queued_visits, st.randoms())
def test_the_order_and_the_next_do_not_depend_on_how_visits_are_read(visits: list[QueuedVisit], random: Random) -> None:
    shuffled = list(visits)
    random.shuffle(shuffled)
    assert in_queue_order(shuffled) == in_queue_order(visits)
    waiting = [visit for visit in in_queue_order(visits) if visit.status is VisitStatus.WAITING]
    assert next_in_queue(shuffled) == (waiting[0] if waiting else None)
