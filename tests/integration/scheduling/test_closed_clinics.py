"""A clinic that is closed for good: no time of it is free, held, booked, waited for or offered."""

from __future__ import annotations

from typing import Any

import pytest

from app.people.clinics import remove_clinic
from app.scheduling import booking, holds
from app.scheduling.errors import ClinicShut
from app.scheduling.queries import free_slots
from app.scheduling.requests import HoldRequest
from tests.integration.scheduling.desk import NOW, Desk, act, at
from tests.integration.scheduling.waiting import at_work, cancel, confirmed, offers, patient_called, wait

WHEN = at(4, 9)


def close(desk: Desk) -> None:
    act(remove_clinic, desk.cast.main_id, actor=desk.cast.admin)


def test_nothing_is_free_held_or_booked(desk: Desk) -> None:
    cast = desk.cast
    appointment = desk.book(WHEN)
    close(desk)
    with pytest.raises(ClinicShut):
        free_slots(cast.main_id, cast.service_id, None, WHEN.date(), WHEN.date(), actor=cast.reception, now=NOW)
    with pytest.raises(ClinicShut):
        desk.book(at(4, 11))
    ids: dict[str, Any] = {"clinic_id": cast.main_id, "doctor_id": cast.doctor_id, "service_id": cast.service_id}
    with pytest.raises(ClinicShut):
        act(holds.hold, HoldRequest(starts_at=at(4, 11), **ids), actor=cast.reception)
    with pytest.raises(ClinicShut):
        act(booking.reschedule, appointment.id, at(4, 11), actor=cast.reception)


def test_nobody_is_put_on_its_list_and_no_freed_time_is_offered(desk: Desk) -> None:
    wait(desk, patient_called(desk, "Wanda Waits"))
    appointment = confirmed(desk, WHEN)
    close(desk)
    with pytest.raises(ClinicShut):
        wait(desk, patient_called(desk, "Willy Waits"))
    cancel(desk, appointment)
    at_work(NOW)
    assert offers() == []
