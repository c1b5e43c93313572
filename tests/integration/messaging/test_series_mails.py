"""A confirmed series is one mail: its times in the patient's language, and all of it in one calendar file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from sqlalchemy import select

from app.kernel import clock, outbox
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.messaging.models import Notification
from app.messaging.states import NotificationStatus
from app.scheduling import booking, series
from app.scheduling.models import Appointment
from app.scheduling.series_requests import SeriesRequest, SeriesTerms
from app.scheduling.states import AppointmentStatus
from tests.cast import Cast
from tests.factories import make_appointment, make_hours, make_patient
from tests.integration.scheduling.desk import act

NOW = datetime(2030, 7, 1, 6, tzinfo=UTC)  # a Monday, 8 o'clock in Berlin
TEN = NOW + timedelta(hours=2)
REQUESTED, CONFIRMED = AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED


@pytest.fixture(autouse=True)
def _open(session: Any, cast: Cast, local_gateways: Any) -> Any:
    make_hours(cast.doctor_row, cast.main_clinic)
    with clock.freeze(NOW):
        yield


def booked(
    cast: Cast, times: int, *, status: AppointmentStatus = CONFIRMED, repeated: Appointment | None = None, **values: Any
) -> list[Appointment]:
    """A daily series from today on."""
    patient = make_patient(cast.main_clinic, **{"name": "Zoë Müller", "email": "zoe@patient.test"} | values)
    request = SeriesRequest(
        clinic_id=cast.main_id,
        doctor_id=cast.doctor_id,
        service_id=cast.service_id,
        patient_id=repeated.patient_id if repeated else patient.id,
        starts_at=TEN,
        rule=f"FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;COUNT={times}",
    )
    terms, repeated_id = SeriesTerms(status=status), repeated.id if repeated else None
    rows: list[Appointment] = act(
        series.book_series, request, terms, repeated_id=repeated_id, actor=cast.reception, now=NOW
    )
    return rows


def delivered(smtp_server: Any) -> list[Any]:
    outbox.deliver_due()
    db.session.rollback()
    return list(smtp_server.inbox.mails)


def text_of(mail: Any) -> str:
    return str(mail.get_body().get_content()).replace("\r\n", "\n")


def events_of(mail: Any) -> list[Any]:
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "appointments.ics"
    assert dict(attached["Content-Type"].params) == {"charset": "utf-8", "method": "PUBLISH"}
    calendar = vobject.readOne(attached.get_content())
    calendar.validate(raiseException=True)
    return list(calendar.vevent_list)


def test_a_series_is_one_mail_with_all_its_times(cast: Cast, smtp_server: Any) -> None:
    rows = booked(cast, 3)
    [mail] = delivered(smtp_server)
    assert (mail["To"], mail["Subject"]) == ("zoe@patient.test", "Your appointments at Main Clinic are confirmed")
    text = text_of(mail)
    for day in ("Monday, July 1", "Tuesday, July 2", "Wednesday, July 3"):
        assert f"  {day}, 2030, 10:00\u202fAM\n" in text
    assert "With:   Dr. Ada Main" in text
    events = events_of(mail)
    assert [event.uid.value for event in events] == [f"appointment-{row.id}@127.0.0.1" for row in rows]
    assert [event.dtstart.value for event in events] == [row.starts_at for row in rows]
    assert {event.status.value for event in events} == {"CONFIRMED"}
    notice = db.session.scalars(select(Notification)).one()
    assert (notice.kind, notice.status, notice.appointment_id) == (
        "series_confirmed",
        NotificationStatus.SENT,
        rows[0].id,
    )


def test_a_long_series_names_its_first_twenty_times_and_encloses_them_all(cast: Cast, smtp_server: Any) -> None:
    booked(cast, 32)
    [mail] = delivered(smtp_server)
    assert text_of(mail).count("2030, 10:00") == 20
    assert "  and 12 more: all of them are in the attached calendar file\n" in text_of(mail)
    assert len(events_of(mail)) == 32


def test_the_mail_is_in_the_patients_language(cast: Cast, smtp_server: Any) -> None:
    booked(cast, 2, language="es")
    [mail] = delivered(smtp_server)
    assert "lunes, 1 de julio de 2030, 10:00\n" in text_of(mail)


def test_what_is_off_when_the_mail_is_written_is_not_in_its_text(cast: Cast, smtp_server: Any) -> None:
    rows = booked(cast, 3)
    act(booking.cancel, rows[0].id, reason="ill", actor=cast.reception, now=NOW)
    [mail] = delivered(smtp_server)
    assert "July 1" not in text_of(mail)
    assert [event.status.value for event in events_of(mail)] == ["CANCELLED", "CONFIRMED", "CONFIRMED"]


def test_a_series_that_is_off_altogether_is_not_told_as_confirmed(cast: Cast, smtp_server: Any) -> None:
    rows = booked(cast, 3)
    act(series.cancel_series, rows[0].series_id, reason="ill", actor=cast.reception, now=NOW)
    assert delivered(smtp_server) == []


def test_a_requested_series_is_told_one_by_one_as_it_is_confirmed(cast: Cast, smtp_server: Any) -> None:
    rows = booked(cast, 3, status=REQUESTED)
    assert delivered(smtp_server) == []
    act(booking.confirm, rows[1].id, actor=cast.reception, now=NOW)
    [mail] = delivered(smtp_server)
    assert mail["Subject"] == "Your appointment at Main Clinic is confirmed"


def test_one_that_was_there_before_is_told_with_the_others_unless_it_is_a_request(cast: Cast, smtp_server: Any) -> None:
    patient = make_patient(cast.main_clinic, email="zoe@patient.test")
    first = make_appointment(patient, cast.doctor_row, cast.main_service, TEN, status=REQUESTED)
    booked(cast, 3, repeated=first)
    [mail] = delivered(smtp_server)
    assert ("July 1" in text_of(mail), len(events_of(mail))) == (False, 2)
    smtp_server.inbox.mails.clear()
    with transaction(system()):
        outbox.post("series.confirmed", "again", {"series_id": stored_series(first)})
    assert delivered(smtp_server) == []  # once for a series


def stored_series(appointment: Appointment) -> int | None:
    return db.session.get_one(Appointment, appointment.id, populate_existing=True).series_id


def test_a_series_of_one_is_told_as_any_appointment(cast: Cast, smtp_server: Any) -> None:
    booked(cast, 1)
    [mail] = delivered(smtp_server)
    assert mail["Subject"] == "Your appointment at Main Clinic is confirmed"


def test_a_patient_without_an_address_leaves_one_trace(cast: Cast, smtp_server: Any) -> None:
    booked(cast, 3, email=None)
    assert delivered(smtp_server) == []
    assert db.session.scalars(select(Notification)).one().status is NotificationStatus.SUPPRESSED
