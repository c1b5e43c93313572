"""What counts as a follow-up: soon after the same doctor saw the patient, where the clinic has follow-ups at all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.people.models import Setting
from app.scheduling import booking
from app.scheduling.errors import NotAFollowUp
from app.scheduling.follow_ups import find_followed_day, followed_day
from app.scheduling.rules import FOLLOW_UP
from app.scheduling.states import AppointmentStatus
from tests.factories import make, make_appointment
from tests.integration.scheduling.desk import Desk, act, at, stored

FIRST = date(2025, 3, 4)


@pytest.fixture
def seen(desk: Desk) -> Desk:
    """The clinic has follow-ups within ten days, and its doctor saw the patient on the fourth."""
    make(Setting(clinic_id=desk.cast.main_id, name="followup_days", value=10))
    see(desk, FIRST)
    return desk


def see(desk: Desk, day: date, **values: Any) -> None:
    defaults = {
        "clinic_id": desk.cast.main_id,
        "doctor_id": desk.cast.doctor_id,
        "service_id": desk.cast.service_id,
        "patient_id": desk.patient.id,
        "business_date": day,
        "queue_number": day.day,
        "status": VisitStatus.COMPLETED,
        "check_in_time": at(day.day, 9),
    }
    make(Visit(**defaults | values))


def followed(desk: Desk, day: date, **values: Any) -> date | None:
    ids = {"doctor_id": desk.cast.doctor_id, "patient_id": desk.patient.id} | values
    return find_followed_day(desk.cast.main_clinic, day=day, **ids)


@pytest.mark.parametrize(("day", "counts"), [(3, False), (4, True), (5, True), (14, True), (15, False)])
def test_the_window_is_counted_in_days_of_the_clinic(seen: Desk, day: int, *, counts: bool) -> None:
    assert followed(seen, date(2025, 3, day)) == (FIRST if counts else None)


def test_another_doctor_is_not_followed_up(seen: Desk) -> None:
    assert followed(seen, date(2025, 3, 6), doctor_id=seen.cast.doctor2_id) is None


def test_only_a_completed_visit_counts_and_the_last_of_them(seen: Desk) -> None:
    see(seen, date(2025, 3, 6))
    see(seen, date(2025, 3, 7), status=VisitStatus.LEFT)
    assert followed(seen, date(2025, 3, 10)) == date(2025, 3, 6)


def test_an_imported_appointment_that_took_place_counts_too(seen: Desk) -> None:
    cast = seen.cast
    make_appointment(
        seen.patient,
        cast.doctor_row,
        cast.main_service,
        at(4, 23, 30) + timedelta(hours=1),  # the fourth in UTC
        status=AppointmentStatus.COMPLETED,
        is_historic=True,
    )
    assert followed(seen, date(2025, 3, 10)) == date(2025, 3, 5)


def test_a_clinic_without_follow_ups_has_none(desk: Desk) -> None:
    see(desk, FIRST)
    assert followed(desk, date(2025, 3, 5)) is None
    assert desk.book(at(20, 10), type=FOLLOW_UP).type == FOLLOW_UP  # a word like any other


@pytest.mark.parametrize("typed", ["follow-up", " Follow-Up "])
def test_what_is_called_a_follow_up_must_be_one(seen: Desk, typed: str) -> None:
    booked = seen.book(at(10, 10), type=typed)
    assert followed_day(stored(booked.id)) == FIRST
    with pytest.raises(NotAFollowUp) as refused:
        seen.book(at(20, 10), type=typed)
    assert (refused.value.field, refused.value.params["days"]) == ("type", 10)
    assert seen.book(at(20, 10), type="control").type == "control"


def test_an_appointment_is_made_a_follow_up_later_on_the_same_terms(seen: Desk) -> None:
    soon, late = seen.book(at(10, 10)), seen.book(at(20, 10))
    reception = seen.cast.reception
    act(booking.update_appointment, soon.id, {"type": FOLLOW_UP}, actor=reception)
    assert stored(soon.id).type == FOLLOW_UP
    with pytest.raises(NotAFollowUp):
        act(booking.update_appointment, late.id, {"type": FOLLOW_UP}, actor=reception)


def test_one_that_was_moved_stays_what_was_agreed(seen: Desk) -> None:
    booked = seen.book(at(10, 10), type=FOLLOW_UP)
    act(booking.reschedule, booked.id, at(20, 10), actor=seen.cast.reception)
    act(booking.update_appointment, booked.id, {"type": FOLLOW_UP, "notes": "x"}, actor=seen.cast.reception)
    assert (stored(booked.id).type, stored(booked.id).notes) == (FOLLOW_UP, "x")


def test_an_appointment_does_not_follow_its_own_visit(seen: Desk) -> None:
    booked = seen.book(at(20, 10))
    see(seen, date(2025, 3, 20), appointment_id=booked.id)
    assert followed_day(stored(booked.id)) is None
