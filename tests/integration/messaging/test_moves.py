"""Whoever is moved is told once of each move: from when and whom to when and whom, with a file for the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from sqlalchemy import select

from app.kernel import clock, outbox
from app.kernel.db import db
from app.messaging.models import Notification
from app.messaging.states import NotificationStatus
from app.scheduling import booking
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.cast import Cast
from tests.factories import make_appointment, make_hours, make_patient
from tests.integration.scheduling.desk import act, stored

NOW = datetime(2030, 7, 1, 6, tzinfo=UTC)  # a Monday, 8 o'clock in Berlin
TEN = NOW + timedelta(hours=2)
REQUESTED, CONFIRMED = AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED


@pytest.fixture(autouse=True)
def _open(session: Any, cast: Cast, local_gateways: Any) -> Any:
    for doctor in (cast.doctor_row, cast.doctor2_row):
        make_hours(doctor, cast.main_clinic)
    with clock.freeze(NOW):
        yield


def booked(cast: Cast, *, email: str | None = "zoe@patient.test", **values: Any) -> Appointment:
    patient = make_patient(cast.main_clinic, name="Zoë Müller", email=email)
    return make_appointment(patient, cast.doctor_row, cast.main_service, TEN, **{"status": CONFIRMED} | values)


def moved(cast: Cast, appointment: Appointment, days: int, **values: Any) -> None:
    moment = TEN + timedelta(days=days)
    act(booking.reschedule, appointment.id, moment, actor=cast.reception, now=NOW, **values)


def delivered(smtp_server: Any) -> list[Any]:
    outbox.deliver_due()
    db.session.rollback()
    return list(smtp_server.inbox.mails)


def test_who_is_moved_gets_one_mail_of_both_times_and_no_second_confirmation(cast: Cast, smtp_server: Any) -> None:
    appointment = booked(cast)
    moved(cast, appointment, 1)
    [mail] = delivered(smtp_server)
    assert mail["Subject"] == "Your appointment at Main Clinic has been moved"
    text = mail.get_body().get_content()
    assert "Before: Monday, July 1, 2030, 10:00" in text
    assert "Now:    Tuesday, July 2, 2030, 10:00" in text
    [attached] = mail.iter_attachments()
    event = vobject.readOne(attached.get_content()).vevent
    assert event.dtstart.value == TEN + timedelta(days=1)
    assert int(event.sequence.value) == stored(appointment.id).revision


def test_there_and_back_and_there_again_are_three_messages(cast: Cast, smtp_server: Any) -> None:
    appointment = booked(cast)
    for days in (1, 2, 1):
        moved(cast, appointment, days)
        delivered(smtp_server)
    texts = [mail.get_body().get_content() for mail in delivered(smtp_server)]
    assert ["Now:    Tuesday" in text for text in texts] == [True, False, True]
    assert ["Before: Wednesday" in text for text in texts] == [False, False, True]


def test_moves_that_wait_together_each_say_what_they_did(cast: Cast, smtp_server: Any) -> None:
    appointment = booked(cast)
    for days, doctor_id in ((1, cast.doctor2_id), (2, cast.doctor_id)):
        moved(cast, appointment, days, doctor_id=doctor_id)
    first, second = (mail.get_body().get_content() for mail in delivered(smtp_server))
    assert "Before: Monday, July 1, 2030, 10:00\u202fAM, with Dr. Ada Main" in first
    assert "With:   Dr. Ben Both" in first
    assert "Before: Tuesday, July 2, 2030, 10:00\u202fAM, with Dr. Ben Both" in second
    assert "With:   Dr. Ada Main" in second


def test_a_request_that_is_moved_because_the_doctor_is_away_is_told_and_no_other(cast: Cast, smtp_server: Any) -> None:
    moved(cast, booked(cast, status=REQUESTED), 1)
    assert delivered(smtp_server) == []
    appointment = booked(cast, status=REQUESTED)
    moved(cast, appointment, 2, doctor_away=True)
    [mail] = delivered(smtp_server)
    text = mail.get_body().get_content()
    assert "moved. The doctor is not available at that time. It is not confirmed yet;" in text
    act(booking.confirm, appointment.id, actor=cast.reception, now=NOW)
    assert [mail["Subject"].rpartition(" ")[2] for mail in delivered(smtp_server)] == ["moved", "confirmed"]


def test_who_has_no_address_leaves_a_trace(cast: Cast, smtp_server: Any) -> None:
    moved(cast, booked(cast, email=None), 1)
    assert delivered(smtp_server) == []
    notice = db.session.scalars(select(Notification)).one()
    assert (notice.kind, notice.status) == ("appointment_moved", NotificationStatus.SUPPRESSED)


def test_what_is_called_off_meanwhile_is_not_told_as_moved(cast: Cast, smtp_server: Any) -> None:
    appointment = booked(cast)
    moved(cast, appointment, 1)
    act(booking.cancel, appointment.id, reason="ill", actor=cast.reception, now=NOW)
    assert delivered(smtp_server) == []
    assert db.session.scalars(select(Notification)).all() == []


def test_a_move_that_is_delivered_twice_is_told_once(cast: Cast, smtp_server: Any) -> None:
    appointment = booked(cast)
    moved(cast, appointment, 1)
    delivered(smtp_server)
    again = db.session.scalars(select(outbox.OutboxMessage).where(outbox.OutboxMessage.kind == "appointment.moved"))
    payload = again.one().payload
    act(lambda **_: outbox.post("appointment.moved", "again", payload), actor=cast.admin)
    assert len(delivered(smtp_server)) == 1
