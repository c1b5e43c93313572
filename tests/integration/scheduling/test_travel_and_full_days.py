"""The way between clinics, and how many patients a doctor takes in a day: in what is offered and in what is booked."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.kernel.db import db, transaction
from app.kernel.errors import Invalid
from app.people import doctors
from app.people.models import DoctorClinic, Setting
from app.people.settings import LONGEST_WAY_MINUTES, change_settings
from app.scheduling import booking, holds
from app.scheduling.errors import DailyMaximumReached, SlotTaken
from app.scheduling.models import Appointment
from app.scheduling.queries import SlotAnswer, free_slots
from app.scheduling.requests import HoldRequest
from app.scheduling.slots import NoSlots
from app.scheduling.states import AppointmentStatus
from tests.factories import make, make_appointment, make_hold, make_hours, make_patient
from tests.integration.scheduling.desk import NOW, Desk, act, at, busy_of, stored
from tests.plugins.races import Race

TUESDAY, SATURDAY = date(2025, 3, 4), date(2025, 3, 8)


def offered(desk: Desk, doctor_id: int, day: date, last: date | None = None) -> SlotAnswer:
    cast = desk.cast
    return free_slots(cast.main_id, cast.service_id, doctor_id, day, last or day, actor=cast.reception, now=NOW)


def starts(desk: Desk, doctor_id: int, day: date) -> list[datetime]:
    return [slot.start for slot in offered(desk, doctor_id, day).slots]


# -- the way between two clinics -------------------------------------------------------------------------------------


@pytest.fixture
def far_apart(desk: Desk) -> Desk:
    """Twenty minutes by what Main says, forty-five by what Riverside says; `doctor2` is at both on Saturday."""
    for clinic, minutes in ((desk.cast.main_clinic, 20), (desk.cast.riverside_clinic, 45)):
        make(Setting(clinic_id=clinic.id, name="travel_minutes", value=minutes))
        make_hours(desk.cast.doctor2_row, clinic, weekdays=[5])
    return desk


def test_a_doctor_is_on_the_way_before_and_after_being_elsewhere(far_apart: Desk) -> None:
    desk, doctor_id = far_apart, far_apart.cast.doctor2_id
    desk.take(desk.at_riverside(at(8, 12)), actor=desk.cast.riverside)
    free = starts(desk, doctor_id, SATURDAY)
    assert max(start for start in free if start < at(8, 12)) == at(8, 10, 45)  # until 11:15
    assert min(start for start in free if start > at(8, 12)) == at(8, 13, 15)
    for starts_at, fits in [
        (at(8, 10, 45), True),
        (at(8, 11, 16), False),
        (at(8, 13, 14), False),
        (at(8, 13, 15), True),
    ]:
        if fits:
            desk.book(starts_at, doctor_id=doctor_id)
            continue
        with pytest.raises(SlotTaken) as refused:
            desk.book(starts_at, doctor_id=doctor_id)
        told = json.dumps(refused.value.params) + str(refused.value)
        assert "Riverside" not in told
        assert all(one["start"] >= "2025-03-08T13:15" or one["start"] <= "2025-03-08T10:45"
                   for one in refused.value.params["next_free"])  # fmt: skip


def test_a_hold_elsewhere_has_its_way_as_well(far_apart: Desk) -> None:
    cast = far_apart.cast
    make_hold(cast.doctor2_row, cast.riverside_service, at(8, 12), NOW + timedelta(minutes=5))
    assert at(8, 13) not in starts(far_apart, cast.doctor2_id, SATURDAY)
    with pytest.raises(SlotTaken):
        far_apart.book(at(8, 13), doctor_id=cast.doctor2_id)


def test_at_one_clinic_nobody_is_on_the_way(far_apart: Desk) -> None:
    doctor_id = far_apart.cast.doctor2_id
    far_apart.book(at(8, 12), doctor_id=doctor_id)
    assert far_apart.book(at(8, 12, 30), doctor_id=doctor_id).id
    assert far_apart.book(at(8, 11, 30), doctor_id=doctor_id).id


def test_an_undone_no_show_minds_the_way(far_apart: Desk) -> None:
    desk, cast = far_apart, far_apart.cast
    missed = make_appointment(desk.patient, cast.doctor2_row, cast.main_service, at(8, 12))
    act(booking.mark_no_show, missed.id, actor=cast.reception, now=at(8, 12, 10))
    desk.take(desk.at_riverside(at(8, 13)), actor=cast.riverside, now=at(8, 12, 11))
    with pytest.raises(SlotTaken):
        act(booking.undo_no_show, missed.id, actor=cast.reception, now=at(8, 12, 12))


def test_the_longest_way_counts_across_midnight(desk: Desk) -> None:
    cast = desk.cast
    make(Setting(clinic_id=cast.riverside_id, name="travel_minutes", value=LONGEST_WAY_MINUTES))
    make_hours(cast.doctor2_row, cast.main_clinic, time(0), time(0), weekdays=[5])
    make_hours(cast.doctor2_row, cast.riverside_clinic, time(20), time(0), weekdays=[4, 6])
    desk.take(desk.at_riverside(at(7, 23, 20)), actor=cast.riverside)
    desk.take(desk.at_riverside(at(9, 20)), actor=cast.riverside)
    free = starts(desk, cast.doctor2_id, SATURDAY)
    assert free[0] == at(8, 4)  # the consultation ends at ten to midnight
    assert free[-1] == at(8, 23, 30)
    with pytest.raises(SlotTaken):
        desk.book(at(8, 3, 45), doctor_id=cast.doctor2_id)


def test_an_undone_no_show_minds_what_was_booked_in_the_night_that_it_takes(desk: Desk) -> None:
    cast = desk.cast
    make_hours(cast.doctor_row, cast.main_clinic, time(0), time(0), weekdays=[5, 6])
    missed = make_appointment(desk.patient, cast.doctor_row, cast.main_service, at(8, 12), ends_at=at(9, 8))
    act(booking.mark_no_show, missed.id, actor=cast.reception, now=at(8, 12, 10))
    desk.book(at(9, 7), now=at(8, 12, 11))
    with pytest.raises(SlotTaken):
        act(booking.undo_no_show, missed.id, actor=cast.reception, now=at(8, 12, 12))


def test_bookings_at_two_clinics_at_once_leave_time_for_the_way(app: Flask, far_apart: Desk, at_once: Race) -> None:
    """The database's constraint does not know of it: the lock and the look under it do."""
    desk, cast = far_apart, far_apart.cast
    db.session.remove()
    here = [lambda: desk.book(at(8, 10), doctor_id=cast.doctor2_id, actor=cast.admin)] * 8
    there = [lambda: desk.take(desk.at_riverside(at(8, 10, 45)), actor=cast.admin)] * 8
    outcomes = at_once(*[one for pair in zip(here, there, strict=True) for one in pair])
    assert Counter(type(outcome).__name__ for outcome in outcomes) == {"Appointment": 1, "SlotTaken": 15}
    assert len(busy_of(cast.doctor2_id)) == 1


def test_the_way_is_at_most_four_hours(desk: Desk) -> None:
    set_to = {"travel_minutes": 240, "hold_minutes": 60}
    assert act(change_settings, desk.cast.main_id, set_to, actor=desk.cast.admin).travel_minutes == 240
    with pytest.raises(Invalid) as refused:
        act(change_settings, desk.cast.main_id, {"travel_minutes": 241, "hold_minutes": 0}, actor=desk.cast.admin)
    assert set(refused.value.errors) == {"travel_minutes", "hold_minutes"}


# -- the daily maximum -----------------------------------------------------------------------------------------------


def limit(desk: Desk, most: int, doctor_id: int | None = None) -> None:
    of = (DoctorClinic.doctor_id == (doctor_id or desk.cast.doctor_id)) & (DoctorClinic.clinic_id == desk.cast.main_id)
    with transaction():
        db.session.execute(update(DoctorClinic).where(of).values(daily_maximum=most))


def test_a_full_day_offers_nothing_and_the_next_one_does(desk: Desk) -> None:
    limit(desk, 2)
    doctor_id = desk.cast.doctor_id
    desk.book(at(4, 9))
    assert at(4, 10) in starts(desk, doctor_id, TUESDAY)
    desk.book(at(4, 16), status=AppointmentStatus.CONFIRMED)
    full = offered(desk, doctor_id, TUESDAY)
    assert (full.slots, full.reason) == ([], NoSlots.FULLY_BOOKED)
    with pytest.raises(DailyMaximumReached) as refused:
        desk.book(at(4, 11))
    assert refused.value.params["next_free"][0]["start"] == "2025-03-05T09:00:00+01:00"
    assert {slot.start.date() for slot in offered(desk, doctor_id, TUESDAY, date(2025, 3, 5)).slots} == {
        date(2025, 3, 5)
    }


def test_a_reason_goes_over_the_maximum(desk: Desk) -> None:
    limit(desk, 1)
    desk.book(at(4, 9))
    assert desk.book(at(4, 10), overbook_reason="in pain").overbook_reason == "in pain"


def test_what_is_over_or_elsewhere_is_not_counted(desk: Desk) -> None:
    cast = desk.cast
    limit(desk, 1, cast.doctor2_id)
    desk.take(desk.at_riverside(at(4, 13)), actor=cast.riverside)
    for hour, status in ((9, AppointmentStatus.CANCELLED), (10, AppointmentStatus.NO_SHOW)):
        make_appointment(desk.patient, cast.doctor2_row, cast.main_service, at(4, hour), status=status)
    assert offered(desk, cast.doctor2_id, TUESDAY).slots
    make_appointment(
        desk.patient, cast.doctor2_row, cast.main_service, at(4, 9), status=AppointmentStatus.COMPLETED
    )  # fmt: skip
    assert offered(desk, cast.doctor2_id, TUESDAY).reason is NoSlots.FULLY_BOOKED


def test_a_move_within_the_full_day_needs_no_room_and_into_one_does(desk: Desk) -> None:
    limit(desk, 1)
    own, other = desk.book(at(4, 9)), desk.book(at(5, 9))
    assert act(booking.reschedule, own.id, at(4, 15), actor=desk.cast.reception).starts_at == at(4, 15)
    with pytest.raises(DailyMaximumReached):
        act(booking.reschedule, other.id, at(4, 10), actor=desk.cast.reception)
    assert stored(other.id).starts_at == at(5, 9)


def test_a_hold_keeps_a_place_of_the_day(desk: Desk) -> None:
    limit(desk, 1)
    cast = desk.cast
    asked = HoldRequest(
        clinic_id=cast.main_id, doctor_id=cast.doctor_id, service_id=cast.service_id, starts_at=at(4, 9)
    )
    held = act(holds.hold, asked, actor=cast.reception)
    with pytest.raises(DailyMaximumReached):
        desk.book(at(4, 10))
    assert desk.book(at(4, 9), hold_id=held.id).id
    with pytest.raises(DailyMaximumReached):
        desk.book(at(4, 10), now=NOW + timedelta(minutes=6))


def test_of_twenty_for_different_times_of_a_day_no_more_than_its_maximum_get_one(
    app: Flask, desk: Desk, at_once: Race
) -> None:
    limit(desk, 3)
    patients = [make_patient(desk.cast.main_clinic).id for _ in range(20)]
    times = [at(4, 9) + timedelta(minutes=15 * number) for number in range(20)]
    db.session.remove()
    acts = [
        lambda at=starts_at, who=who: desk.book(at, patient_id=who)
        for starts_at, who in zip(times, patients, strict=True)
    ]
    outcomes = at_once(*acts)
    got = Counter(type(outcome).__name__ for outcome in outcomes)
    assert got["Appointment"] == 3
    assert set(got) <= {"Appointment", "DailyMaximumReached", "SlotTaken"}
    assert db.session.scalar(select(func.count(Appointment.id))) == 3


@pytest.mark.parametrize(("most", "fits"), [(None, True), (1, True), (200, True), (0, False), (201, False)])
def test_a_daily_maximum_is_one_to_two_hundred(desk: Desk, most: int | None, *, fits: bool) -> None:
    of = DoctorClinic.doctor_id == desk.cast.doctor_id
    workplace = db.session.scalars(select(DoctorClinic.id).where(of)).one()
    if not fits:
        with pytest.raises(Invalid):
            act(doctors.change_workplace, workplace, {"daily_maximum": most}, actor=desk.cast.admin)
        return
    changed = act(doctors.change_workplace, workplace, {"daily_maximum": most}, actor=desk.cast.admin)
    assert changed.daily_maximum == most
