"""What may be asked of appointments and hours, field by field."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.kernel.errors import Invalid
from app.scheduling.availability import WeeklyRule, overlap
from app.scheduling.requests import appointment_changes, booking_request, clock_time, instant, slot_question
from app.scheduling.states import AppointmentStatus

WHOLE = {"clinic_id": 1, "doctor_id": 2, "service_id": 3, "starts_at": "2025-03-04T10:00+01:00", "patient_id": 4}


def test_a_whole_request_is_understood() -> None:
    request = booking_request(WHOLE | {"status": "confirmed", "notes": " a \r\n b ", "type": ""})
    assert request.starts_at == datetime(2025, 3, 4, 9, tzinfo=UTC)
    assert (request.status, request.notes, request.type) == (AppointmentStatus.CONFIRMED, "a\nb", None)
    assert booking_request(WHOLE | {"status": None}).status is AppointmentStatus.REQUESTED


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        booking_request({"clinic_id": "1", "starts_at": "2025-03-04T10:00", "status": "done", "colour": 1})
    wrong = {"clinic_id", "doctor_id", "service_id", "starts_at", "status", "colour"}
    assert refused.value.errors.keys() == wrong


@pytest.mark.parametrize(
    "raw", ["2025-03-04T10:00", "2025-03-04", "10:00", "", "x" * 500, 5, None, True, datetime(2025, 3, 4, 10), []]
)
def test_a_moment_needs_its_offset(raw: object) -> None:
    with pytest.raises(Invalid):
        instant(raw)


@pytest.mark.parametrize("raw", ["2025-03-04T10:00:01Z", "2025-03-04T10:00:00.5Z"])
def test_a_moment_is_a_whole_minute(raw: str) -> None:
    with pytest.raises(Invalid, match="whole minute"):
        instant(raw)


@pytest.mark.parametrize(("raw", "wall"), [("09:05", time(9, 5)), ("09:05:30", time(9, 5, 30)), (time(9), time(9))])
def test_a_time_of_day_is_read(raw: object, wall: time) -> None:
    assert clock_time(raw) == wall


@pytest.mark.parametrize("raw", ["9", "24:00", "9:00 PM", "09:00+01:00", 9, None, time(9, tzinfo=UTC), "0900"])
def test_what_is_no_time_of_day_is_refused(raw: object) -> None:
    with pytest.raises(Invalid):
        clock_time(raw)


@pytest.mark.parametrize(
    "name", ["status", "starts_at", "ends_at", "doctor_id", "patient_id", "clinic_id", "service_id"]
)
@pytest.mark.parametrize("value", ["x", None, ""])
def test_what_has_an_act_of_its_own_is_not_changed(name: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        appointment_changes({name: value, "notes": "kept"})
    assert refused.value.errors.keys() == {name}


def test_a_question_for_slots_is_read_from_an_address() -> None:
    asked = slot_question(
        {"clinic_id": "1", "service_id": "2", "doctor_id": "", "from": "2025-03-04", "to": "2025-03-05"}
    )
    assert (asked.clinic_id, asked.doctor_id, asked.from_day, asked.to_day) == (
        1,
        None,
        date(2025, 3, 4),
        date(2025, 3, 5),
    )


MORNING = WeeklyRule(0, time(9), time(12))
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("other", "do"),
    [
        (WeeklyRule(0, time(11), time(13)), True),
        (WeeklyRule(0, time(12), time(13)), False),
        (WeeklyRule(1, time(9), time(12)), False),
        (WeeklyRule(0, time(11, 59), time(0)), True),
        (WeeklyRule(0, time(0), time(0)), True),
    ],
)
def test_rules_overlap_in_the_week(other: WeeklyRule, *, do: bool) -> None:
    assert overlap(MORNING, other) is do
    assert overlap(other, MORNING) is do


def test_rules_of_different_times_of_the_year_do_not_overlap() -> None:
    change = date(2025, 6, 2)
    spring = WeeklyRule(0, time(9), time(12), valid_to=change)
    assert not overlap(spring, WeeklyRule(0, time(9), time(12), valid_from=change + A_DAY))
    assert overlap(spring, WeeklyRule(0, time(9), time(12), valid_from=change))
