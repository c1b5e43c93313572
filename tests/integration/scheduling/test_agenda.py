"""What a calendar shows: whose appointments, when nobody can be booked and why, in how many statements."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from app.kernel.db import db
from app.kernel.errors import NotAllowed, NotFound
from app.people.models import Clinic, Holiday
from app.scheduling import booking
from app.scheduling.agenda import MOST_DAYS, Agenda, get_agenda
from app.scheduling.errors import RangeBackwards, RangeTooLong
from app.scheduling.models import AvailabilityDate, DoctorLeave, DoctorTime, SlotHold
from app.scheduling.shading import Shade, Why
from app.scheduling.states import AppointmentStatus, DatedKind
from tests.cast import loaded
from tests.factories import make, make_appointment, make_doctor, make_hours, make_patient
from tests.integration.scheduling.desk import NOW, Desk, act, at, counted_statements

TUESDAY = date(2025, 3, 4)


def shown(desk: Desk, who: str = "reception", *, days: int = 1, **values: int) -> Agenda:
    actor = getattr(desk.cast, who)
    clinic_id = values.pop("clinic_id", desk.cast.main_id)
    return get_agenda(clinic_id, TUESDAY, TUESDAY + timedelta(days=days - 1), actor=actor, now=NOW, **values)


def test_reception_sees_all_doctors_of_the_clinic_with_their_appointments(desk: Desk) -> None:
    first = desk.book(at(4, 10))
    second = desk.book(at(4, 9), doctor_id=desk.cast.doctor2_id, status=AppointmentStatus.CONFIRMED)
    agenda = shown(desk)
    assert agenda.doctors == [(desk.cast.doctor_id, "Dr. Ada Main"), (desk.cast.doctor2_id, "Dr. Ben Both")]
    assert [(entry.id, entry.doctor_id, entry.status) for entry in agenda.entries] == [
        (second.id, desk.cast.doctor2_id, AppointmentStatus.CONFIRMED),
        (first.id, desk.cast.doctor_id, AppointmentStatus.REQUESTED),
    ]
    assert agenda.entries[0].patient_name == desk.patient.name
    assert agenda.may_arrange


def test_a_doctor_sees_the_own_column_alone(desk: Desk) -> None:
    own = desk.book(at(4, 10))
    desk.book(at(4, 9), doctor_id=desk.cast.doctor2_id)
    agenda = shown(desk, "doctor")
    assert [number for number, _ in agenda.doctors] == [desk.cast.doctor_id]
    assert [entry.id for entry in agenda.entries] == [own.id]
    assert {doctor_id for doctor_id, _ in agenda.shades} == {desk.cast.doctor_id}
    assert not agenda.may_arrange
    with pytest.raises(NotFound):
        shown(desk, "doctor", doctor_id=desk.cast.doctor2_id)


def test_another_clinic_does_not_exist_and_an_accountant_has_no_calendar(desk: Desk) -> None:
    with pytest.raises(NotFound):
        shown(desk, "riverside")
    with pytest.raises(NotAllowed):
        shown(desk, "accountant")


def test_busy_elsewhere_is_shaded_without_saying_where(desk: Desk) -> None:
    make_hours(desk.cast.doctor2_row, desk.cast.main_clinic, time(13), time(17), weekdays=[1])
    desk.take(desk.at_riverside(at(4, 14)), actor=desk.cast.riverside)
    agenda = shown(desk)
    assert agenda.entries == []
    shades = agenda.shades[desk.cast.doctor2_id, TUESDAY]
    assert Shade(14 * 60, 14 * 60 + 30, Why.ELSEWHERE) in shades
    assert Why.ELSEWHERE not in {shade.why for shade in agenda.shades[desk.cast.doctor_id, TUESDAY]}
    with_own = shown(desk, "riverside", clinic_id=desk.cast.riverside_id)
    assert Why.ELSEWHERE not in {shade.why for found in with_own.shades.values() for shade in found}


def test_a_time_held_for_somebody_is_shaded_until_it_expires(desk: Desk) -> None:
    cast, until = desk.cast, NOW + timedelta(minutes=5)
    place = {"clinic_id": cast.main_id, "doctor_id": cast.doctor_id}
    hold = make(SlotHold(**place, service_id=cast.service_id, starts_at=at(4, 10), ends_at=at(4, 11), expires_at=until))
    held = make(DoctorTime(**place, busy_from=at(4, 10), busy_to=at(4, 11), hold_id=hold.id, expires_at=until))
    held_shade = Shade(10 * 60, 11 * 60, Why.HELD)
    assert held_shade in shown(desk).shades[desk.cast.doctor_id, TUESDAY]
    db.session.get_one(DoctorTime, held.id).expires_at = NOW
    db.session.flush()
    assert held_shade not in shown(desk).shades[desk.cast.doctor_id, TUESDAY]


def test_closed_times_and_holidays_are_named(desk: Desk) -> None:
    values = {"doctor_id": desk.cast.doctor_id, "kind": DatedKind.CLOSED, "day": TUESDAY, "reason": "Training"}
    make(AvailabilityDate(**values, start_time=time(12), end_time=time(14)))
    make(Holiday(clinic_id=desk.cast.main_id, day=TUESDAY + timedelta(days=1), name="Spring Day"))
    agenda = shown(desk, days=2)
    assert agenda.shades[desk.cast.doctor_id, TUESDAY] == [
        Shade(0, 9 * 60, Why.OUTSIDE),
        Shade(12 * 60, 14 * 60, Why.CLOSED, "Training"),
        Shade(17 * 60, 24 * 60, Why.OUTSIDE),
    ]
    assert agenda.shades[desk.cast.doctor2_id, TUESDAY + timedelta(days=1)] == [
        Shade(0, 24 * 60, Why.HOLIDAY, "Spring Day")
    ]


def test_a_doctor_on_leave_is_away_all_day(desk: Desk) -> None:
    make(DoctorLeave(doctor_id=desk.cast.doctor_id, first_day=TUESDAY, last_day=TUESDAY, entered_by="test"))
    assert shown(desk).shades[desk.cast.doctor_id, TUESDAY] == [Shade(0, 24 * 60, Why.LEAVE)]


def test_cancelled_and_historic_appointments_are_not_shown_but_missed_ones_are(desk: Desk) -> None:
    gone, missed = desk.book(at(4, 10)), desk.book(at(4, 11), status=AppointmentStatus.CONFIRMED)
    act(booking.cancel, gone.id, reason="ill", actor=desk.cast.reception)
    act(booking.mark_no_show, missed.id, actor=desk.cast.reception, now=at(4, 12))
    make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, at(4, 1), is_historic=True)
    assert [(entry.id, entry.status) for entry in shown(desk).entries] == [(missed.id, AppointmentStatus.NO_SHOW)]


def test_what_runs_over_midnight_belongs_to_both_days(desk: Desk) -> None:
    row = make_appointment(
        desk.patient,
        desk.cast.doctor_row,
        desk.cast.main_service,
        at(3, 23, 30),
        ends_at=at(3, 23, 30) + timedelta(hours=1),
    )
    agenda = shown(desk)
    assert [entry.id for entry in agenda.entries] == [row.id]
    assert agenda.hours == (0, 24)


def test_a_doctor_who_has_left_is_shown_while_there_are_appointments(desk: Desk) -> None:
    gone = loaded(make_doctor(desk.cast.main_clinic, name="Dr. Gone", is_active=False))
    assert gone.id not in dict(shown(desk).doctors)
    make_appointment(desk.patient, gone, desk.cast.main_service, at(4, 10))
    assert gone.id in dict(shown(desk).doctors)


def test_the_hours_are_those_in_which_there_is_something(desk: Desk) -> None:
    assert shown(desk).hours == (9, 17)
    desk.book(at(4, 7, 30), overbook_reason="early bird")
    agenda = shown(desk)
    assert agenda.hours == (7, 17)
    assert agenda.entries[0].overbooked


def test_a_range_is_neither_backwards_nor_endless(desk: Desk) -> None:
    with pytest.raises(RangeBackwards):
        shown(desk, days=0)
    with pytest.raises(RangeTooLong):
        shown(desk, days=MOST_DAYS + 1)
    assert len(shown(desk, days=MOST_DAYS).days) == MOST_DAYS


def test_the_number_of_statements_does_not_grow(desk: Desk) -> None:
    clinic = db.session.get_one(Clinic, desk.cast.main_id)
    with counted_statements() as few:
        shown(desk)
    for _ in range(4):
        doctor = loaded(make_doctor(clinic))
        make_hours(doctor, clinic)
        for hour in range(9, 17):
            patient = loaded(make_patient(desk.cast.main_clinic))
            make_appointment(patient, doctor, desk.cast.main_service, at(4, hour))
    db.session.expire_all()
    with counted_statements() as many:
        assert len(shown(desk, days=7).entries) == 32
    assert len(many) <= len(few) + 1  # the clinic itself, read again
    assert len(many) <= 14
