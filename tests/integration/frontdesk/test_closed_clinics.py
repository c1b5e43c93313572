"""A clinic that is closed for good admits nobody new; whoever is in its queue is seen to the end."""

from __future__ import annotations

import pytest

from app.frontdesk.states import VisitStatus
from app.people.clinics import remove_clinic, update_clinic
from app.scheduling.errors import ClinicShut
from app.scheduling.states import AppointmentStatus
from tests.integration.frontdesk.front import Front


def test_nobody_comes_in_until_it_is_open_again(front: Front) -> None:
    appointment = front.appointment()
    front.act(remove_clinic, front.cast.main_id, actor=front.cast.admin)
    with pytest.raises(ClinicShut):
        front.check_in(appointment)
    with pytest.raises(ClinicShut):
        front.walk_in()
    assert front.visits() == []
    assert appointment.status is AppointmentStatus.CONFIRMED
    front.act(update_clinic, front.cast.main_id, {"is_active": True}, actor=front.cast.admin)
    assert front.check_in(appointment).status is VisitStatus.WAITING


def test_who_is_in_the_queue_is_called_and_seen(front: Front) -> None:
    visit = front.check_in()
    front.act(remove_clinic, front.cast.main_id, actor=front.cast.admin)
    assert front.call_next().id == visit.id
    front.start(visit)
    front.complete(visit)
    assert [row.status for row in front.visits()] == [VisitStatus.COMPLETED]
