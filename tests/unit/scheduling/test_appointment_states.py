"""Every state of an appointment against everything that can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from app.kernel.errors import Conflict
from app.scheduling import rules
from app.scheduling.errors import NotBegun, NotTheAppointmentDay
from app.scheduling.states import OCCUPYING, AppointmentStatus, occupies_time

NOON = datetime(2025, 3, 3, 12, tzinfo=UTC)


def check_in(status: AppointmentStatus) -> None:
    rules.ensure_can_check_in(status, NOON, now=NOON, zone="UTC")


def mark_no_show(status: AppointmentStatus) -> None:
    rules.ensure_can_mark_no_show(status, NOON, now=NOON + timedelta(minutes=1))


ACTS: dict[Callable[[AppointmentStatus], None], tuple[set[str], str]] = {
    rules.ensure_can_confirm: ({"requested"}, "not_requested"),
    rules.ensure_can_cancel: ({"requested", "confirmed"}, "no_longer_open"),
    rules.ensure_can_reschedule: ({"requested", "confirmed"}, "no_longer_open"),
    check_in: ({"confirmed"}, "not_confirmed"),
    rules.ensure_can_undo_check_in: ({"checked_in"}, "not_checked_in"),
    rules.ensure_can_complete: ({"checked_in"}, "not_checked_in"),
    rules.ensure_can_cancel_as_left: ({"checked_in"}, "not_checked_in"),
    mark_no_show: ({"confirmed"}, "not_confirmed"),
    rules.ensure_can_undo_no_show: ({"no_show"}, "not_no_show"),
}


@pytest.mark.parametrize("status", AppointmentStatus)
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_an_act_is_possible_in_its_states_and_refused_in_every_other(
    act: Callable[[AppointmentStatus], None], status: AppointmentStatus
) -> None:
    allowed, code = ACTS[act]
    if status in allowed:
        act(status)
    else:
        with pytest.raises(Conflict) as refused:
            act(status)
        assert (refused.value.code, refused.value.status) == (code, 409)


def test_only_what_is_still_to_come_keeps_the_doctors_time() -> None:
    assert {"requested", "confirmed", "checked_in"} == OCCUPYING


@pytest.mark.parametrize("status", AppointmentStatus)
def test_historic_and_overbooked_appointments_keep_no_time(status: AppointmentStatus) -> None:
    assert occupies_time(status) == (status in OCCUPYING)
    assert not occupies_time(status, historic=True)
    assert not occupies_time(status, overbooked=True)


@pytest.mark.parametrize(
    ("now", "possible"),
    [
        (datetime(2025, 3, 2, 18, 14, tzinfo=UTC), False),  # 23:59 the day before in Kathmandu
        (datetime(2025, 3, 2, 18, 15, tzinfo=UTC), True),
        (datetime(2025, 3, 3, 18, 14, tzinfo=UTC), True),
        (datetime(2025, 3, 3, 18, 15, tzinfo=UTC), False),
    ],
)
def test_check_in_is_possible_all_through_the_clinics_day_of_the_appointment(now: datetime, possible: bool) -> None:
    starts_at = datetime(2025, 3, 2, 20, tzinfo=UTC)  # 01:45 on 3 March in Kathmandu
    if possible:
        rules.ensure_can_check_in(AppointmentStatus.CONFIRMED, starts_at, now=now, zone="Asia/Kathmandu")
    else:
        with pytest.raises(NotTheAppointmentDay):
            rules.ensure_can_check_in(AppointmentStatus.CONFIRMED, starts_at, now=now, zone="Asia/Kathmandu")


def test_nobody_is_a_no_show_before_the_appointment_begins() -> None:
    with pytest.raises(NotBegun):
        rules.ensure_can_mark_no_show(AppointmentStatus.CONFIRMED, NOON, now=NOON - timedelta(seconds=1))
