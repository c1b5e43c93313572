"""The clock cancels what nobody answered and records who did not come, and gives way to people who act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, text

from app.frontdesk import arrivals
from app.frontdesk.models import Visit
from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, Refusal
from app.kernel.models import AuditEntry
from app.people.models import Setting
from app.people.patient_models import Patient
from app.reporting.todo import Work, count_work
from app.scheduling import booking, overdue, tasks
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus, CancelledBy
from app.scheduling.tasks import settle_overdue
from tests.factories import make, make_appointment, make_patient
from tests.integration.scheduling.desk import Desk, act, at, busy_of, stored

CONFIRMED, REQUESTED = AppointmentStatus.CONFIRMED, AppointmentStatus.REQUESTED
NO_SHOW, CANCELLED = AppointmentStatus.NO_SHOW, AppointmentStatus.CANCELLED
Race = Callable[..., list[Any]]


def sweep(now: datetime) -> None:
    with clock.freeze(now):
        settle_overdue()


def counters_of(patient_id: int) -> tuple[int, int]:
    """Cancellations and no-shows."""
    db.session.rollback()
    patient = db.session.get_one(Patient, patient_id, populate_existing=True)
    return patient.total_cancellations, patient.total_no_shows


# -- requests that nobody answered -----------------------------------------------------------------------------------


def test_a_request_that_nobody_answered_is_cancelled_at_its_start(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    sweep(at(4, 9, 59))
    assert stored(booked.id).status is REQUESTED
    desk.told.clear()
    sweep(at(4, 10))
    row = stored(booked.id)
    assert (row.status, row.cancelled_by, row.cancel_reason) == (CANCELLED, CancelledBy.SYSTEM, overdue.NOT_ANSWERED)
    assert busy_of(desk.cast.doctor_id) == []
    assert counters_of(desk.patient.id) == (1, 0)
    assert desk.events() == ["appointment_cancelled"]
    author = select(AuditEntry.actor_name, AuditEntry.user_id).where(AuditEntry.entity == "appointment")
    assert db.session.execute(author.order_by(AuditEntry.id.desc())).first() == ("unanswered requests", None)


def test_what_was_answered_in_time_is_left_alone(desk: Desk) -> None:
    confirmed, cancelled = desk.book(at(4, 10), status=CONFIRMED), desk.book(at(4, 11))
    act(booking.cancel, cancelled.id, reason="ill", actor=desk.cast.reception)
    sweep(at(4, 11, 20))
    assert stored(confirmed.id).status is CONFIRMED
    assert stored(cancelled.id).cancel_reason == "ill"


# -- patients who did not come ---------------------------------------------------------------------------------------


def test_nobody_came_until_an_hour_after_the_end(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    sweep(at(4, 11, 29))
    assert stored(booked.id).status is CONFIRMED
    desk.told.clear()
    sweep(at(4, 11, 30))
    assert stored(booked.id).status is NO_SHOW
    assert busy_of(desk.cast.doctor_id) == []
    assert counters_of(desk.patient.id) == (0, 1)
    assert desk.events() == ["appointment_updated"]
    assert desk.told[0].payload["status"] == "no_show"
    sweep(at(4, 12))
    assert counters_of(desk.patient.id) == (0, 1)


@pytest.mark.parametrize(("grace", "last"), [(0, at(4, 10, 30)), (1440, at(5, 10, 30))])
def test_each_clinic_has_its_own_grace_time(desk: Desk, grace: int, last: datetime) -> None:
    make(Setting(clinic_id=desk.cast.main_id, name="no_show_grace_minutes", value=grace))
    here, there = (
        desk.book(at(4, 10), status=CONFIRMED),
        desk.take(desk.at_riverside(at(4, 14), status=CONFIRMED), actor=desk.cast.riverside),
    )
    sweep(last - timedelta(minutes=1))
    assert stored(here.id).status is CONFIRMED
    sweep(last)
    assert stored(here.id).status is NO_SHOW
    assert stored(there.id).status is (CONFIRMED if grace == 0 else NO_SHOW)


def test_whoever_was_checked_in_or_seen_came(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    act(arrivals.check_in, booked.id, actor=desk.cast.reception, now=at(4, 10))
    sweep(at(5, 12))
    assert stored(booked.id).status is AppointmentStatus.CHECKED_IN


@pytest.mark.parametrize("status", [REQUESTED, CONFIRMED])
def test_imported_history_is_left_as_it_came(desk: Desk, status: AppointmentStatus) -> None:
    cast = desk.cast
    old = make_appointment(desk.patient, cast.doctor_row, cast.main_service, at(3, 10), status=status, is_historic=True)
    sweep(at(9, 10))
    assert stored(old.id).status is status


def test_a_no_show_that_somebody_took_back_stays_taken_back(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    sweep(at(4, 12))
    act(booking.undo_no_show, booked.id, actor=desk.cast.reception, now=at(4, 12))
    assert counters_of(desk.patient.id) == (0, 0)
    assert busy_of(desk.cast.doctor_id) == [(at(4, 10), at(4, 10, 30))]
    sweep(at(4, 13))
    sweep(at(6, 13))
    assert stored(booked.id).status is CONFIRMED
    act(booking.reschedule, booked.id, at(7, 10), actor=desk.cast.reception, now=at(6, 14))
    sweep(at(7, 12))
    assert stored(booked.id).status is NO_SHOW


def test_the_time_may_have_gone_to_somebody_else_before_it_is_taken_back(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    make(Setting(clinic_id=desk.cast.main_id, name="no_show_grace_minutes", value=0))
    sweep(at(4, 10, 30))
    other = make_patient(desk.cast.main_clinic)
    make_appointment(other, desk.cast.doctor_row, desk.cast.main_service, at(4, 10, 15))
    with pytest.raises(Refusal) as refused:
        act(booking.undo_no_show, booked.id, actor=desk.cast.reception, now=at(4, 12))
    assert refused.value.code == "slot_taken"
    assert stored(booked.id).status is NO_SHOW


def test_the_home_page_counts_what_is_left(desk: Desk) -> None:
    cast = desk.cast
    desk.book(at(3, 10), status=CONFIRMED)
    desk.book(at(4, 9), status=CONFIRMED)
    desk.book(at(4, 10), status=CONFIRMED)
    desk.book(at(4, 11))
    kinds = [Work.LATE, Work.OPEN_APPOINTMENTS, Work.REQUESTS]

    def counted(now: datetime) -> list[int]:
        db.session.rollback()
        found = count_work(kinds, {cast.main_id: "Europe/Berlin"}, actor=cast.reception, now=now)
        return [found.get(kind, 0) for kind in kinds]

    assert counted(at(4, 10, 35)) == [2, 1, 1]
    sweep(at(4, 10, 35))
    assert counted(at(4, 10, 35)) == [1, 0, 1]
    sweep(at(4, 11, 30))
    assert counted(at(4, 11, 30)) == [0, 0, 0]


# -- the sweep itself ------------------------------------------------------------------------------------------------


def test_batches_go_on_until_nothing_is_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "BATCH", 2)
    cast = desk.cast
    for hour in (9, 10, 11, 12, 13):
        make_appointment(desk.patient, cast.doctor_row, cast.main_service, at(4, hour))
    sweep(at(4, 20))
    assert counters_of(desk.patient.id) == (0, 5)


def test_one_that_fails_keeps_nobody_up_and_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tasks, "BATCH", 1)
    first, second = (desk.book(at(4, hour), status=CONFIRMED) for hour in (9, 10))
    broken = {first.id}

    def fail(_mapper: object, _connection: object, row: Appointment) -> None:
        if row.id in broken:
            raise RuntimeError("the disk is full")

    event.listen(Appointment, "before_update", fail)
    try:
        sweep(at(4, 12))
        assert (stored(first.id).status, stored(second.id).status) == (CONFIRMED, NO_SHOW)
        assert f"number {first.id} could not be settled" in caplog.text
        broken.clear()
        sweep(at(4, 12, 1))
    finally:
        event.remove(Appointment, "before_update", fail)
    assert stored(first.id).status is NO_SHOW
    assert counters_of(desk.patient.id) == (0, 2)


def test_only_the_program_and_administrators_may_run_it(desk: Desk) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    for command in (overdue.miss_unattended, overdue.cancel_unanswered):
        with pytest.raises(NotAllowed):
            act(command, booked.id, actor=desk.cast.reception, now=at(4, 20))


def test_what_is_gone_is_no_failure(desk: Desk) -> None:
    assert act(overdue.miss_unattended, 999_999, actor=system(), now=at(4, 20)) is None


def test_the_lists_are_found_by_their_partial_indexes(desk: Desk) -> None:
    if db.engine.dialect.name == "sqlite":
        plans = [explained(clause, "EXPLAIN QUERY PLAN ") for clause in criteria(desk)]
    else:
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        plans = [explained(clause, "EXPLAIN ") for clause in criteria(desk)]
    assert "ix_appointment_requested" in plans[0]
    assert "ix_appointment_confirmed" in plans[1]


def criteria(desk: Desk) -> list[Any]:
    return [overdue._unanswered(at(4, 12)), overdue._unattended(desk.cast.main_id, at(4, 12))]


def explained(clause: Any, prefix: str) -> str:
    query = select(Appointment.id).where(Appointment.clinic_id == 1, clause).order_by(Appointment.starts_at)
    dialect = db.engine.dialect
    sent = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    return "\n".join(str(row) for row in db.session.execute(text(prefix + sent)))


# -- with the desk at the same moment --------------------------------------------------------------------------------


@pytest.mark.parametrize("round_", range(3))
def test_the_clock_and_the_desk_never_both_act(desk: Desk, at_once: Race, round_: int) -> None:
    cast = desk.cast
    confirmed = [make_appointment(desk.patient, cast.doctor_row, cast.main_service, at(4, 9 + n)).id for n in range(4)]
    requested = [
        make_appointment(desk.patient, cast.doctor2_row, cast.main_service, at(4, 9 + n), status=REQUESTED).id
        for n in range(2)
    ]
    now = at(4, 20)

    def desk_act(command: Any, appointment_id: int, **values: Any) -> Any:
        return lambda: act(command, appointment_id, actor=cast.reception, now=now, **values)

    acts = [
        desk_act(booking.mark_no_show, confirmed[0]),
        desk_act(booking.cancel, confirmed[1], reason="ill"),
        desk_act(arrivals.check_in, confirmed[2]),
        desk_act(booking.confirm, requested[0]),
        desk_act(booking.cancel, requested[1], reason="ill"),
    ]
    db.session.remove()
    with clock.freeze(now):
        outcomes = at_once(settle_overdue, *acts, settle_overdue)
    assert [one for one in outcomes if isinstance(one, Exception) and not isinstance(one, Refusal)] == []
    sweep(now)
    assert_everything_adds_up(desk, {*confirmed, *requested}, checked_in=confirmed[2])


def assert_everything_adds_up(desk: Desk, ids: set[int], *, checked_in: int) -> None:
    db.session.rollback()
    rows = {one: stored(one) for one in ids}
    ended = {AppointmentStatus.CANCELLED, NO_SHOW, AppointmentStatus.CHECKED_IN}
    assert {row.status for row in rows.values()} <= ended
    states = [row.status for row in rows.values()]
    assert counters_of(desk.patient.id) == (states.count(CANCELLED), states.count(NO_SHOW))
    came = rows[checked_in].status is AppointmentStatus.CHECKED_IN
    visits = db.session.scalar(select(func.count()).select_from(Visit).where(Visit.appointment_id == checked_in))
    assert visits == (1 if came else 0)
    assert len(busy_of(desk.cast.doctor_id)) + len(busy_of(desk.cast.doctor2_id)) == (1 if came else 0)


def test_what_somebody_holds_is_left_to_them(desk: Desk, at_once: Race) -> None:
    booked = desk.book(at(4, 10), status=CONFIRMED)
    if db.engine.dialect.name == "sqlite":
        pytest.skip(reason="SQLite has one writer: nobody can hold a row meanwhile")

    def look() -> Any:
        return act(overdue.miss_unattended, booked.id, actor=system(), now=at(4, 20))

    with transaction(desk.cast.reception):
        booking.get_locked(booked.id, actor=desk.cast.reception)
        assert at_once(look) == [None]
    sweep(at(4, 20))
    assert stored(booked.id).status is NO_SHOW
