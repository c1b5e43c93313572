"""A series is looked at before it is booked, then booked as chosen or not at all, and ended in one act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound
from app.kernel.models import OutboxMessage
from app.people.models import DoctorClinic, Holiday
from app.people.patient_models import Patient
from app.scheduling import booking, series
from app.scheduling.errors import NoLongerOpen, NotAnOccurrence, NothingChosen, ReasonMissing, SeriesTaken, SlotTaken
from app.scheduling.models import Appointment, AppointmentSeries
from app.scheduling.series_requests import SeriesRequest, SeriesTerms
from app.scheduling.states import AppointmentStatus
from tests.factories import make, make_hold, make_hours, make_patient, make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, counted_statements, stored

Race = Callable[..., list[Any]]
WEEKLY = "FREQ=WEEKLY;COUNT=6"
CONFIRMED = AppointmentStatus.CONFIRMED


def asked(desk: Desk, rule: str = WEEKLY, starts_at: datetime | None = None, **values: Any) -> SeriesRequest:
    defaults = {
        "clinic_id": desk.cast.main_id,
        "doctor_id": desk.cast.doctor_id,
        "service_id": desk.cast.service_id,
        "patient_id": desk.patient.id,
    }
    return SeriesRequest(**defaults | values, rule=rule, starts_at=starts_at or at(4, 10))


def planned(desk: Desk, request: SeriesRequest | None = None, actor: Actor | None = None) -> list[series.Planned]:
    db.session.rollback()
    return series.plan_series(request or asked(desk), actor=actor or desk.cast.reception, now=NOW).times


def booked(desk: Desk, request: SeriesRequest | None = None, **values: Any) -> list[Appointment]:
    actor, repeated_id = values.pop("actor", desk.cast.reception), values.pop("repeated_id", None)
    terms = SeriesTerms(**values)
    found: list[Appointment] = act(
        series.book_series, request or asked(desk), terms, repeated_id=repeated_id, actor=actor
    )
    return found


def codes(times: list[series.Planned]) -> list[str | None]:
    return [series.planned_fields(one, "Europe/Berlin")["code"] for one in times]


def count_rows(model: type[Any]) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


# -- the plan --------------------------------------------------------------------------------------------------------


def test_a_plan_says_of_each_time_whether_it_can_be_had(desk: Desk) -> None:
    desk.book(at(11, 10, 15), patient_id=make_patient(desk.cast.main_clinic).id)
    make(Holiday(clinic_id=desk.cast.main_id, day=date(2025, 3, 18), name="Fair"))
    times = planned(desk)
    assert codes(times) == [None, "slot_taken", "holiday", None, None, None]
    assert [slot["start"] for slot in times[1].next_free][:2] == [
        "2025-03-11T10:45:00+01:00",
        "2025-03-11T11:00:00+01:00",
    ]
    assert times[2].next_free[0]["start"] == "2025-03-19T09:00:00+01:00"
    assert times[4].starts_at == datetime.fromisoformat("2025-04-01T10:00:00+02:00")
    assert (count_rows(Appointment), count_rows(AppointmentSeries)) == (1, 0)


def test_a_plan_says_what_is_past_too_far_or_outside_the_hours(desk: Desk) -> None:
    assert codes(planned(desk, asked(desk, "FREQ=MONTHLY;INTERVAL=6;COUNT=2"))) == [None, "too_far"]
    assert codes(planned(desk, asked(desk, "FREQ=DAILY;COUNT=3", at(7, 10)))) == [
        None, "outside_availability", "outside_availability",
    ]  # fmt: skip
    assert codes(planned(desk, asked(desk, "FREQ=WEEKLY;COUNT=2", at(3, 8) - timedelta(days=4)))) == [
        "starts_in_the_past", "outside_availability",
    ]  # fmt: skip


def test_a_plan_knows_the_night_on_which_the_clocks_skip_an_hour(desk: Desk) -> None:
    make_hours(desk.cast.doctor_row, desk.cast.main_clinic, time(1), time(5), weekdays=[5, 6])
    times = planned(desk, asked(desk, "FREQ=DAILY;COUNT=2", at(29, 2, 30)))
    assert codes(times) == [None, "skipped_time"]
    assert times[1].starts_at is None


def test_a_long_one_is_in_the_way_of_the_next(desk: Desk) -> None:
    cast = desk.cast
    long = make_service(cast.main_clinic, duration_minutes=1200, buffer_after_minutes=240, buffer_before_minutes=10)
    for day in range(7):
        make_hours(cast.doctor2_row, cast.main_clinic, time(0), time(0), weekdays=[day])
    request = asked(desk, "FREQ=DAILY;COUNT=3", at(4, 1), doctor_id=cast.doctor2_id, service_id=long.id)
    times = planned(desk, request)
    assert codes(times) == [None, "slot_taken", None]
    assert times[1].next_free[0]["start"] == "2025-03-05T01:15:00+01:00"  # after the first, its buffer and its own
    assert len(booked(desk, request, occurrences=[at(4, 1), at(6, 1)])) == 2


@pytest.mark.parametrize("actor", ["doctor", "accountant"])
def test_only_the_desk_plans_and_books(desk: Desk, actor: str) -> None:
    who = getattr(desk.cast, actor)
    with pytest.raises(NotAllowed):
        planned(desk, actor=who)
    with pytest.raises(NotAllowed):
        booked(desk, actor=who)


def test_what_is_elsewhere_does_not_exist(desk: Desk) -> None:
    with pytest.raises(NotFound):
        planned(desk, actor=desk.cast.riverside)
    with pytest.raises(Invalid) as refused:
        planned(desk, asked(desk, patient_id=desk.riverside_patient.id))
    assert refused.value.field == "patient_id"


# -- booking ---------------------------------------------------------------------------------------------------------


def test_a_whole_series_is_booked_and_tied_together(desk: Desk) -> None:
    rows = booked(desk, status=CONFIRMED, notes="physiotherapy")
    assert [row.starts_at for row in rows] == [one.starts_at for one in planned(desk)]
    tie = db.session.get_one(AppointmentSeries, rows[0].series_id)
    assert {row.series_id for row in rows} == {tie.id}
    assert (tie.rule, tie.starts_at, tie.created_by_id) == (WEEKLY, at(4, 10), desk.cast.reception.user_id)
    assert {(row.status, row.notes) for row in rows} == {(CONFIRMED, "physiotherapy")}
    assert len(busy_of(desk.cast.doctor_id)) == 6
    assert desk.events() == ["appointment_created"] * 6


def test_the_patient_is_told_of_a_confirmed_series_at_once_and_of_a_single_appointment_as_ever(desk: Desk) -> None:
    rows = booked(desk, status=CONFIRMED)
    (alone,) = booked(desk, asked(desk, starts_at=at(4, 11)), status=CONFIRMED, occurrences=[at(11, 11)])
    booked(desk, asked(desk, starts_at=at(4, 12)))
    db.session.rollback()
    posted = db.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))
    assert [(message.kind, message.payload) for message in posted] == [
        ("series.confirmed", {"series_id": rows[0].series_id}),
        ("appointment.confirmed", {"appointment_id": alone.id}),
    ]


def test_a_chosen_part_is_booked(desk: Desk) -> None:
    desk.book(at(11, 10), patient_id=make_patient(desk.cast.main_clinic).id)
    wanted = [one.starts_at for one in planned(desk) if one.is_free and one.starts_at][:3]
    assert [row.starts_at for row in booked(desk, occurrences=wanted)] == wanted


def test_one_time_that_is_gone_means_that_nothing_is_booked(desk: Desk) -> None:
    desk.book(at(11, 10), patient_id=make_patient(desk.cast.main_clinic).id)
    with pytest.raises(SeriesTaken) as refused:
        booked(desk)
    (taken,) = refused.value.params["occurrences"]
    assert (taken["starts_at"], taken["code"]) == ("2025-03-11T10:00:00+01:00", "slot_taken")
    assert taken["next_free"][0]["start"] == "2025-03-11T10:30:00+01:00"
    assert (count_rows(Appointment), count_rows(AppointmentSeries)) == (1, 0)


def test_only_times_of_the_rule_can_be_chosen(desk: Desk) -> None:
    for chosen, refusal in (([at(5, 10)], NotAnOccurrence), ([], NothingChosen)):
        with pytest.raises(refusal):
            booked(desk, occurrences=chosen)


def test_a_repeated_appointment_becomes_the_first_of_its_series(desk: Desk) -> None:
    first = desk.book(at(4, 10))
    request = series.series_of(first, WEEKLY)
    plan = series.plan_series(request, repeated=first, actor=desk.cast.reception, now=NOW)
    assert [one.is_booked for one in plan.times] == [True] + [False] * 5
    rows = booked(desk, request, repeated_id=first.id)
    assert len(rows) == 5
    assert stored(first.id).series_id == rows[0].series_id
    again = booked(desk, series.series_of(first, "FREQ=DAILY;COUNT=2"), repeated_id=first.id)
    assert stored(first.id).series_id == rows[0].series_id != again[0].series_id


def test_the_time_of_a_cancelled_one_may_be_had_again(desk: Desk) -> None:
    first = desk.book(at(4, 10))
    act(booking.cancel, first.id, reason="ill", actor=desk.cast.reception)
    rows = booked(desk, series.series_of(first, WEEKLY), repeated_id=first.id)
    assert len(rows) == 6
    assert stored(first.id).series_id is None


def test_two_desks_that_book_crossing_series_get_all_or_nothing(desk: Desk, at_once: Race) -> None:
    others = [make_patient(desk.cast.main_clinic).id for _ in range(5)]
    requests = [asked(desk, patient_id=one, starts_at=at(4, 10, 5 * n)) for n, one in enumerate(others)]
    single = [desk.request(at(18, 10, 10), patient_id=desk.patient.id)] * 2
    db.session.remove()
    outcomes = at_once(
        *(lambda request=request: booked(desk, request) for request in requests),
        *(lambda one=one: desk.take(one) for one in single),
    )
    won = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    assert len(won) == 1
    assert all(isinstance(one, SeriesTaken | SlotTaken) for one in outcomes if isinstance(one, Exception))
    assert count_rows(Appointment) == (6 if isinstance(won[0], list) else 1)
    assert len(busy_of(desk.cast.doctor_id)) == count_rows(Appointment)


def test_a_plan_asks_as_much_of_the_database_whatever_its_length_and_however_much_is_taken(desk: Desk) -> None:
    request = asked(desk, "FREQ=DAILY;COUNT=52")
    with counted_statements() as free:
        planned(desk, request)
    booked(desk, asked(desk, "FREQ=WEEKLY;COUNT=25"))
    with counted_statements() as taken:
        times = planned(desk, request)
    assert codes(times).count("slot_taken") == 8
    assert len(taken) == len(free) <= 6


def test_booking_asks_the_database_little_more_for_a_longer_series(desk: Desk) -> None:
    sent: list[int] = []
    for hour, times in ((10, 5), (11, 25)):
        with counted_statements() as statements:
            booked(desk, asked(desk, f"FREQ=WEEKLY;COUNT={times}", at(4, hour)), status=CONFIRMED)
        sent.append(len(statements))
    assert sent[0] <= 30
    assert sent[1] - sent[0] <= 2 * 20  # SQLite inserts one row after the other


def test_times_whose_holds_have_expired_are_booked(desk: Desk) -> None:
    make_hold(desk.cast.doctor_row, desk.cast.main_service, at(11, 10), NOW)
    assert len(booked(desk)) == 6


def test_a_day_that_is_full_is_none_for_a_series(desk: Desk) -> None:
    with transaction():
        here = DoctorClinic.doctor_id == desk.cast.doctor_id, DoctorClinic.clinic_id == desk.cast.main_id
        db.session.scalars(select(DoctorClinic).where(*here)).one().daily_maximum = 1
    desk.book(at(11, 15), patient_id=make_patient(desk.cast.main_clinic).id)
    times = planned(desk)
    assert codes(times) == [None, "daily_maximum_reached", None, None, None, None]
    assert times[1].next_free[0]["start"] == "2025-03-12T09:00:00+01:00"


# -- cancelling the rest ---------------------------------------------------------------------------------------------


def test_the_rest_is_cancelled_in_one_act(desk: Desk) -> None:
    rows = booked(desk)
    act(booking.cancel, rows[4].id, reason="away", actor=desk.cast.reception)
    desk.told.clear()
    gone = act(
        series.cancel_series, rows[0].series_id, since=rows[2].starts_at, reason="moved", actor=desk.cast.reception
    )
    assert [row.id for row in gone] == [rows[2].id, rows[3].id, rows[5].id]
    assert [stored(row.id).status for row in rows[:2]] == [AppointmentStatus.REQUESTED] * 2
    assert {stored(row.id).cancel_reason for row in (rows[2], rows[3], rows[5])} == {"moved"}
    assert stored(rows[4].id).cancel_reason == "away"
    assert db.session.get_one(Patient, desk.patient.id, populate_existing=True).total_cancellations == 4
    assert len(busy_of(desk.cast.doctor_id)) == 2
    assert desk.events() == ["appointment_cancelled"] * 3


def test_without_a_day_it_is_what_is_still_to_come(desk: Desk) -> None:
    rows = booked(desk)
    gone = act(series.cancel_series, rows[0].series_id, reason="moved", actor=desk.cast.admin, now=at(12, 9))
    assert len(gone) == 4
    with pytest.raises(NoLongerOpen):
        act(series.cancel_series, rows[0].series_id, reason="moved", actor=desk.cast.admin, now=at(12, 9))


def test_who_may_cancel_a_series_and_why(desk: Desk) -> None:
    series_id = booked(desk)[0].series_id
    for actor, reason, refusal in [
        (desk.cast.riverside, "x", NotFound),
        (desk.cast.doctor2, "x", NotFound),
        (desk.cast.doctor, "x", NotAllowed),
        (desk.cast.reception, " ", ReasonMissing),
    ]:
        with pytest.raises(refusal):
            act(series.cancel_series, series_id, reason=reason, actor=actor)


def test_two_who_cancel_the_rest_at_once_count_each_once(desk: Desk, at_once: Race) -> None:
    rows = booked(desk)
    series_id, cast = rows[0].series_id, desk.cast

    def rest() -> Any:
        return act(series.cancel_series, series_id, reason="moved", actor=cast.reception)

    def one(row: Appointment) -> Any:
        return lambda: act(booking.cancel, row.id, reason="ill", actor=cast.reception)

    acts = [rest, rest, *(one(row) for row in rows[:3])]
    db.session.remove()
    outcomes = at_once(*acts)
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} <= {NoLongerOpen}
    with transaction(cast.reception):
        patient = db.session.get_one(Patient, desk.patient.id, populate_existing=True)
        assert patient.total_cancellations == 6
    assert busy_of(cast.doctor_id) == []
