"""Who is affected by leave is shown with new times, and moved one by one: none twice, none to a time that is gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotAllowed, NotFound, Refusal
from app.kernel.models import OutboxMessage
from app.people.models import DoctorClinic, DoctorService, Service, Setting
from app.scheduling import booking, leave, leave_impact, lengths
from app.scheduling.errors import (
    DailyMaximumReached,
    DoctorNotOffering,
    NoLongerAffected,
    OutsideAvailability,
    SlotTaken,
    StartsInThePast,
)
from app.scheduling.leave_impact import LeaveImpact, count_affected, plan_leave_impact, rebook_affected
from app.scheduling.models import Appointment, DoctorLeave
from app.scheduling.states import AppointmentStatus
from tests.factories import make, make_appointment, make_clinic, make_doctor, make_hours, make_patient, make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, counted_statements, stored

Race = Callable[..., list[Any]]
CONFIRMED = AppointmentStatus.CONFIRMED


@pytest.fixture
def away(desk: Desk) -> DoctorLeave:
    """`doctor` is away on Wednesday and Thursday of the desk's week."""
    return away_on(desk, date(2025, 3, 5), date(2025, 3, 6))


def away_on(desk: Desk, first: date, last: date, doctor_id: int | None = None) -> DoctorLeave:
    days = {"doctor_id": doctor_id or desk.cast.doctor_id, "first_day": first, "last_day": last, "reason": "secret"}
    added: DoctorLeave = act(leave.add_leave, days, actor=desk.cast.admin)
    return added


def in_leave(desk: Desk, *starts: datetime, **values: Any) -> list[Appointment]:
    """Of a patient each, booked before anybody knew of the leave."""
    cast = desk.cast
    patients = [make_patient(cast.main_clinic, email="zoe@patient.test") for _ in starts]
    return [
        make_appointment(patient, cast.doctor_row, cast.main_service, start, **values)
        for patient, start in zip(patients, starts, strict=True)
    ]


def plan(desk: Desk, row: DoctorLeave, actor: Actor | None = None, now: datetime = NOW) -> LeaveImpact:
    db.session.rollback()
    return plan_leave_impact(row.id, actor=actor or desk.cast.reception, now=now)


def proposed(impact: LeaveImpact) -> list[tuple[int, datetime] | None]:
    return [(one.times[0].doctor_id, one.times[0].start) if one.times else None for one in impact.affected]


def moves() -> list[dict[str, Any]]:
    db.session.rollback()
    query = select(OutboxMessage).where(OutboxMessage.kind == "appointment.moved").order_by(OutboxMessage.id)
    return [row.payload for row in db.session.scalars(query)]


# -- who, and which times --------------------------------------------------------------------------------------------


def test_who_is_affected_is_listed_in_order_with_the_nearest_times(desk: Desk, away: DoctorLeave) -> None:
    later, sooner = in_leave(desk, at(6, 9), at(5, 15))
    in_leave(desk, at(4, 15), at(7, 9))
    impact = plan(desk, away)
    assert [one.appointment.id for one in impact.affected] == [sooner.id, later.id]
    assert impact.count == count_affected(away, actor=desk.cast.reception, now=NOW) == 2
    doctor_id = desk.cast.doctor_id
    assert proposed(impact) == [(doctor_id, at(4, 14, 30)), (doctor_id, at(7, 9, 30))]
    assert {slot.doctor_id for slot in impact.affected[0].times} == {doctor_id, desk.cast.doctor2_id}
    assert impact.doctors == {doctor_id: "Dr. Ada Main", desk.cast.doctor2_id: "Dr. Ben Both"}


def test_times_before_the_leave_count_as_far_as_they_are_to_come(desk: Desk, away: DoctorLeave) -> None:
    in_leave(desk, at(5, 9))
    assert proposed(plan(desk, away, now=at(4, 8))) == [(desk.cast.doctor_id, at(4, 9))]
    assert proposed(plan(desk, away, now=at(4, 13, 5))) == [(desk.cast.doctor_id, at(4, 13, 15))]
    assert proposed(plan(desk, away, now=at(4, 17))) == [(desk.cast.doctor_id, at(7, 9))]


def test_another_doctor_is_proposed_where_the_own_one_is_long_away(desk: Desk) -> None:
    long_away = away_on(desk, date(2025, 3, 3), date(2025, 4, 30))
    in_leave(desk, at(19, 10))
    impact = plan(desk, long_away)
    assert proposed(impact) == [(desk.cast.doctor2_id, at(19, 10))]
    assert desk.cast.doctor_id in {slot.doctor_id for slot in impact.affected[0].times}


def test_a_doctor_of_two_clinics_is_needed_nowhere_twice(desk: Desk) -> None:
    cast = desk.cast
    both = away_on(desk, date(2025, 3, 5), date(2025, 3, 5), cast.doctor2_id)
    make_hours(cast.doctor2_row, cast.riverside_clinic, time(9), time(12), weekdays=[1])
    make(Setting(clinic_id=cast.riverside_id, name="travel_minutes", value=45))
    for hour, clinic, service in (
        (10, cast.main_clinic, cast.main_service),
        (11, cast.riverside_clinic, cast.riverside_service),
    ):
        make_appointment(make_patient(clinic), cast.doctor2_row, service, at(5, hour))
    doctor_id = cast.doctor2_id
    assert proposed(plan(desk, both, actor=cast.admin)) == [(doctor_id, at(4, 10)), (doctor_id, at(4, 11, 15))]
    assert proposed(plan(desk, both)) == [(doctor_id, at(4, 10))]
    assert proposed(plan(desk, both, actor=cast.riverside)) == [(doctor_id, at(4, 11))]
    assert [one.appointment.clinic_id for one in plan(desk, both, actor=cast.riverside).affected] == [cast.riverside_id]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Sao_Paulo"])
def test_days_and_times_of_day_are_those_of_the_clinic(desk: Desk, zone: str) -> None:
    clinic = make_clinic(timezone=zone)
    doctor, service = make_doctor(clinic), make_service(clinic)
    make_hours(doctor, clinic)
    row = away_on(desk, date(2025, 3, 5), date(2025, 3, 5), doctor.id)
    was = datetime(2025, 3, 5, 16, tzinfo=ZoneInfo(zone))
    make_appointment(make_patient(clinic), doctor, service, was)
    assert proposed(plan(desk, row, actor=desk.cast.admin)) == [(doctor.id, was - timedelta(days=1))]


def test_each_of_a_series_and_its_patients_other_appointments_are_looked_at(desk: Desk, away: DoctorLeave) -> None:
    cast, patient = desk.cast, desk.patient
    for day in (5, 6):
        make_appointment(patient, cast.doctor_row, cast.main_service, at(day, 10))
    make_appointment(patient, cast.doctor2_row, cast.main_service, at(4, 10))
    found = proposed(plan(desk, away))
    assert found == [(cast.doctor_id, at(4, 9, 30)), (cast.doctor_id, at(7, 10))]


def test_what_nobody_offers_any_more_has_no_times_and_shows_all_the_same(desk: Desk, away: DoctorLeave) -> None:
    gone = make_service(desk.cast.main_clinic)
    make_appointment(desk.patient, desk.cast.doctor_row, gone, at(5, 10))
    in_leave(desk, at(5, 11))
    act(lambda **_: setattr(db.session.get_one(Service, gone.id), "is_active", False), actor=desk.cast.admin)
    assert proposed(plan(desk, away)) == [None, (desk.cast.doctor_id, at(4, 11))]


@pytest.mark.parametrize(
    ("first", "last"),
    [(date.min, date.min), (date(2031, 1, 1), date.max), (date.max, date.max), (date(2020, 1, 1), date(2025, 3, 2))],
)
def test_leave_beyond_what_can_be_booked_affects_nobody(desk: Desk, first: date, last: date) -> None:
    in_leave(desk, at(5, 10))
    assert plan(desk, away_on(desk, first, last)).affected == []


def test_leave_of_all_time_affects_all_that_is_to_come(desk: Desk) -> None:
    in_leave(desk, at(5, 10))
    everything = away_on(desk, date.min, date.max)
    assert proposed(plan(desk, everything)) == [(desk.cast.doctor2_id, at(5, 10))]


def test_a_hundred_are_shown_and_the_rest_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leave_impact, "MOST", 2)
    row = away_on(desk, date(2025, 3, 5), date(2025, 3, 5))
    first, second, _third = in_leave(desk, at(5, 9), at(5, 10), at(5, 11))
    impact = plan(desk, row)
    assert ([one.appointment.id for one in impact.affected], impact.count) == ([first.id, second.id], 3)


def test_the_number_of_statements_does_not_grow_with_the_appointments(desk: Desk, away: DoctorLeave) -> None:
    def sent() -> int:
        db.session.remove()
        with counted_statements() as statements:
            impact = plan_leave_impact(away.id, actor=desk.cast.reception, now=NOW)
            assert [(one.appointment.patient.name, one.appointment.service.name) for one in impact.affected]
        return len(statements)

    in_leave(desk, at(5, 9))
    one = sent()
    in_leave(desk, *[at(day, hour, minute) for day in (5, 6) for hour in range(10, 17) for minute in (0, 30)])
    assert (sent(), plan(desk, away).count) == (one, 29)
    for row in in_leave(desk, at(6, 9), at(6, 9, 30)):
        act(lengths.change_length, row.id, row.ends_at - timedelta(minutes=row.id % 2 + 5), actor=desk.cast.reception)
    assert sent() == one


# -- who may see -----------------------------------------------------------------------------------------------------


def test_a_doctor_sees_the_own_ones_without_times_and_a_colleague_none(desk: Desk, away: DoctorLeave) -> None:
    in_leave(desk, at(5, 10))
    [own] = plan(desk, away, actor=desk.cast.doctor).affected
    assert (own.may_move, list(own.times)) == (False, [])
    assert plan(desk, away, actor=desk.cast.doctor2).affected == []
    assert plan(desk, away, actor=desk.cast.accountant).affected == []
    with pytest.raises(NotFound):
        plan(desk, away, actor=desk.cast.riverside)


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("doctor", NotAllowed), ("doctor2", NotFound), ("accountant", NotFound), ("riverside", NotFound)],
)
def test_only_the_desk_moves(desk: Desk, away: DoctorLeave, who: str, refusal: type[Refusal]) -> None:
    [row] = in_leave(desk, at(5, 10))
    with pytest.raises(refusal):
        move(desk, away, row, at(7, 10), actor=getattr(desk.cast, who))
    assert stored(row.id).starts_at == at(5, 10)


# -- moving ----------------------------------------------------------------------------------------------------------


def move(desk: Desk, row: DoctorLeave, appointment: Appointment, to: datetime, **values: Any) -> Appointment:
    defaults = {"doctor_id": desk.cast.doctor_id, "actor": desk.cast.reception}
    moved: Appointment = act(rebook_affected, row.id, appointment.id, to, **defaults | values)
    return moved


@pytest.mark.parametrize("status", [CONFIRMED, AppointmentStatus.REQUESTED])
def test_who_is_moved_is_told_also_where_it_was_a_request(
    desk: Desk, away: DoctorLeave, status: AppointmentStatus
) -> None:
    [row] = in_leave(desk, at(5, 10), status=status)
    move(desk, away, row, at(5, 9), doctor_id=desk.cast.doctor2_id)
    moved = stored(row.id)
    assert (moved.starts_at, moved.doctor_id, moved.status) == (at(5, 9), desk.cast.doctor2_id, status)
    [told] = moves()
    assert (told["appointment_id"], told["doctor_away"]) == (row.id, True)
    assert "secret" not in str(told)
    assert plan(desk, away).count == 0


def test_a_length_of_its_own_is_kept_and_else_the_doctor_decides(desk: Desk, away: DoctorLeave) -> None:
    cast = desk.cast
    make(DoctorService(doctor_id=cast.doctor2_id, service_id=cast.service_id, duration_minutes=20))
    usual, longer = in_leave(desk, at(5, 9), at(5, 10))
    terms = {"overbook_reason": "a long one", "actor": cast.reception}
    act(lengths.change_length, longer.id, at(5, 11), **terms)
    usual_times, longer_times = (one.times for one in plan(desk, away).affected)
    for times, minutes in ((usual_times, {cast.doctor_id: 30, cast.doctor2_id: 20}), (longer_times, {})):
        for slot in times:
            assert slot.end - slot.start == timedelta(minutes=minutes.get(slot.doctor_id, 60))
    move(desk, away, usual, at(5, 9), doctor_id=cast.doctor2_id)
    move(desk, away, longer, at(5, 10), doctor_id=cast.doctor2_id)
    assert stored(usual.id).ends_at == at(5, 9, 20)
    assert stored(longer.id).ends_at == at(5, 11)


def test_one_that_is_no_longer_affected_is_left_alone(desk: Desk, away: DoctorLeave) -> None:
    moved, cancelled, outside, begun = in_leave(desk, at(5, 9), at(5, 10), at(4, 10), at(5, 8))
    act(booking.reschedule, moved.id, at(7, 9), actor=desk.cast.reception)
    act(booking.cancel, cancelled.id, reason="ill", actor=desk.cast.reception)
    for row in (moved, cancelled, outside):
        with pytest.raises(NoLongerAffected):
            move(desk, away, row, at(7, 11))
    with pytest.raises(NoLongerAffected):
        move(desk, away, begun, at(7, 11), now=at(5, 8, 1))
    with pytest.raises(NotFound):
        act(rebook_affected, 999_999, begun.id, at(7, 11), doctor_id=1, actor=desk.cast.admin)
    assert len(moves()) == 1


def test_a_time_that_went_meanwhile_is_refused_and_another_proposed(desk: Desk, away: DoctorLeave) -> None:
    [row] = in_leave(desk, at(5, 10))
    [(doctor_id, start)] = proposed(plan(desk, away))
    desk.book(start, doctor_id=doctor_id)
    with pytest.raises(SlotTaken):
        move(desk, away, row, start, doctor_id=doctor_id)
    assert (stored(row.id).starts_at, moves()) == (at(5, 10), [])
    [again] = proposed(plan(desk, away))
    assert again == (doctor_id, at(4, 9, 30))


def test_it_is_refused_as_any_move_is(desk: Desk, away: DoctorLeave) -> None:
    [row] = in_leave(desk, at(5, 10))
    for start, values, refusal in [
        (at(6, 10), {}, OutsideAvailability),
        (at(3, 7), {}, StartsInThePast),
        (at(5, 9), {"doctor_id": 999_999}, DoctorNotOffering),
    ]:
        with pytest.raises(refusal):
            move(desk, away, row, start, **values)


def test_no_more_are_proposed_or_moved_than_a_doctor_takes_in_a_day(desk: Desk, away: DoctorLeave) -> None:
    workplace = select(DoctorClinic).where(DoctorClinic.doctor_id == desk.cast.doctor_id)
    act(lambda **_: setattr(db.session.scalars(workplace).one(), "daily_maximum", 1), actor=desk.cast.admin)
    doctor_id, (first, second, _third) = desk.cast.doctor_id, in_leave(desk, at(5, 10), at(5, 11), at(5, 12))
    desk.book(at(3, 10))
    assert proposed(plan(desk, away)) == [(doctor_id, at(4, 10)), (doctor_id, at(7, 11)), (doctor_id, at(10, 12))]
    move(desk, away, first, at(4, 10))
    with pytest.raises(DailyMaximumReached):
        move(desk, away, second, at(4, 11))


def test_two_desks_that_move_the_same_list_at_once_move_each_once(
    app: Flask, desk: Desk, away: DoctorLeave, at_once: Race
) -> None:
    rows = in_leave(desk, *[at(5, hour) for hour in range(9, 15)])
    chosen = list(zip([row.id for row in rows], proposed(plan(desk, away)), strict=True))

    def desk_of(actor: Actor) -> Callable[[], list[Any]]:
        def one(appointment_id: int, doctor_id: int, start: datetime) -> Any:
            try:
                return act(rebook_affected, away.id, appointment_id, start, doctor_id=doctor_id, actor=actor).id
            except Refusal as refusal:
                return type(refusal).__name__

        return lambda: [one(appointment_id, *to) for appointment_id, to in chosen if to is not None]

    db.session.remove()
    outcomes = at_once(desk_of(desk.cast.reception), desk_of(desk.cast.admin), desk_of(desk.cast.reception))
    for number, row in enumerate(rows):
        assert Counter(type(outcome[number]) for outcome in outcomes) == {int: 1, str: 2}
        assert stored(row.id).starts_at != at(5, 9 + number)
    assert {word for outcome in outcomes for word in outcome if isinstance(word, str)} == {"NoLongerAffected"}
    assert Counter(told["appointment_id"] for told in moves()) == {row.id: 1 for row in rows}
    busy = busy_of(desk.cast.doctor_id)
    assert len(busy) == len(rows)


def test_two_who_are_given_the_same_time_at_once_do_not_share_it(
    app: Flask, desk: Desk, away: DoctorLeave, at_once: Race
) -> None:
    rows = in_leave(desk, *[at(5, hour) for hour in range(9, 15)])
    actor = desk.cast.reception
    db.session.remove()
    outcomes = at_once(*[lambda row=row: move(desk, away, row, at(7, 10), actor=actor) for row in rows])
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"Appointment": 1, "SlotTaken": 5}
    assert len(moves()) == 1
