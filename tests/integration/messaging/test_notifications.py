"""A confirmed appointment is told once, by a real mail server; what fails is seen and sent again by the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject
from sqlalchemy import select

from app.kernel import clock, outbox
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.models import AuditEntry
from app.messaging import notices, notifications
from app.messaging.deliveries import translation_into
from app.messaging.errors import NotFailed
from app.messaging.models import Notification
from app.messaging.states import NotificationStatus
from app.people.models import Clinic
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.cast import Cast
from tests.factories import make, make_patient

pytestmark = pytest.mark.usefixtures("session")
STARTS = datetime(2030, 7, 1, 7, 30, tzinfo=UTC)


def make_confirmed(
    cast: Cast, email: str | None = "zoe@patient.test", language: str | None = None, **values: Any
) -> Appointment:
    patient = make_patient(cast.main_clinic, name="Zoë Müller", email=email, language=language)
    row = {
        "clinic_id": cast.main_id,
        "doctor_id": cast.doctor_id,
        "service_id": cast.service_id,
        "patient_id": patient.id,
        "starts_at": STARTS,
        "ends_at": STARTS + timedelta(minutes=30),
        "status": AppointmentStatus.CONFIRMED,
    }
    return make(Appointment(**row | values))


def confirm(appointment: Appointment) -> None:
    with transaction(system()):
        outbox.post(
            "appointment.confirmed", f"appointment.confirmed:{appointment.id}", {"appointment_id": appointment.id}
        )
    outbox.deliver_due()
    db.session.rollback()


def notice() -> Notification:
    db.session.rollback()
    return db.session.scalars(select(Notification)).one()


@pytest.mark.parametrize(
    ("language", "subject", "greeting", "day"),
    [
        ("es", "Su cita en Main Clinic está confirmada", "Zoë Müller", "lunes, 1 de julio de 2030"),
        ("ar", "تم تأكيد موعدك في Main Clinic", "Zoë Müller", "الاثنين، 1 يوليو 2030"),
    ],
)
def test_a_patient_is_written_to_in_their_own_language(
    cast: Cast, local_gateways: Any, smtp_server: Any, language: str, subject: str, greeting: str, day: str
) -> None:
    confirm(make_confirmed(cast, language=language))
    [mail] = smtp_server.inbox.mails
    assert mail["Subject"] == subject
    text = mail.get_body().get_content()
    assert greeting in text
    assert day in text
    assert "Dear" not in text


def test_one_mail_is_sent_and_recorded(cast: Cast, local_gateways: Any, smtp_server: Any) -> None:
    confirm(make_confirmed(cast))
    [mail] = smtp_server.inbox.mails
    assert mail["To"] == "zoe@patient.test"
    assert mail["Subject"] == "Your appointment at Main Clinic is confirmed"
    row = notice()
    assert (row.status, row.attempts, row.provider_id) == (NotificationStatus.SENT, 1, mail["Message-ID"])
    assert row.sent_at is not None


def calendar_file(mail: Any) -> Any:
    [attached] = mail.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert dict(attached["Content-Type"].params) == {"charset": "utf-8", "method": "PUBLISH"}
    assert attached.get_filename() == "appointment.ics"
    calendar = vobject.readOne(attached.get_content())
    calendar.validate(raiseException=True)
    return calendar


def test_the_mail_brings_the_appointment_for_the_patients_calendar(
    cast: Cast, local_gateways: Any, smtp_server: Any
) -> None:
    with transaction():
        clinic = db.session.get_one(Clinic, cast.main_id)
        clinic.address, clinic.phone, clinic.email = "Long Street 1", "+493012345678", "main@clinic.test"
    appointment = make_confirmed(cast)
    confirm(appointment)
    [mail] = smtp_server.inbox.mails
    assert "your appointment is confirmed" in mail.get_body().get_content()
    calendar = calendar_file(mail)
    event = calendar.vevent
    assert (calendar.method.value, event.status.value) == ("PUBLISH", "CONFIRMED")
    assert event.uid.value == f"appointment-{appointment.id}@127.0.0.1"
    assert (event.dtstart.value, event.dtend.value) == (STARTS, STARTS + timedelta(minutes=30))
    assert event.summary.value == "Appointment at Main Clinic"
    assert event.location.value == "Main Clinic, Long Street 1"
    assert event.description.value == "Consultation with Dr. Ada Main\nPhone: +493012345678"
    assert event.organizer.value == "mailto:main@clinic.test"


def test_the_calendar_file_is_in_the_patients_language(cast: Cast, local_gateways: Any, smtp_server: Any) -> None:
    confirm(make_confirmed(cast, language="ar"))
    event = calendar_file(smtp_server.inbox.mails[0]).vevent
    assert event.summary.value == translation_into("ar")("Appointment at %(clinic)s") % {"clinic": "Main Clinic"}


def test_a_moved_appointment_is_the_same_in_the_calendar_and_newer(
    cast: Cast, local_gateways: Any, smtp_server: Any
) -> None:
    appointment = make_confirmed(cast)
    confirm(appointment)
    with transaction(system()):
        row = db.session.get_one(Appointment, appointment.id)
        row.starts_at, row.ends_at = STARTS + timedelta(days=1), STARTS + timedelta(days=1, minutes=30)
        outbox.post("appointment.confirmed", "moved", {"appointment_id": appointment.id})
    outbox.deliver_due()
    first, second = (calendar_file(mail).vevent for mail in smtp_server.inbox.mails)
    assert first.uid.value == second.uid.value
    assert int(first.sequence.value) < int(second.sequence.value)
    assert second.dtstart.value == STARTS + timedelta(days=1)


def test_what_waited_for_a_mail_server_brings_the_appointment_as_it_is_now(
    cast: Cast, smtp_server: Any, local_gateways: Any, app: Any
) -> None:
    working = app.extensions["gateways"]
    app.extensions["gateways"] = type(working)(
        stripe=None, mail=type(working.mail)("smtp://127.0.0.1:1", sender="Desk <desk@clinic.test>")
    )
    appointment = make_confirmed(cast)
    confirm(appointment)
    with transaction(system()):
        db.session.get_one(Appointment, appointment.id).status = AppointmentStatus.CANCELLED
    app.extensions["gateways"] = working
    with clock.freeze(clock.now() + timedelta(minutes=1)):
        outbox.deliver_due()
    [mail] = smtp_server.inbox.mails
    assert calendar_file(mail).vevent.status.value == "CANCELLED"


def test_telling_it_again_sends_nothing_more(cast: Cast, local_gateways: Any, smtp_server: Any) -> None:
    appointment = make_confirmed(cast)
    confirm(appointment)
    with transaction(system()):
        assert notices.notify_of_confirmation(appointment.id, translator=translation_into) is None
    outbox.deliver_due()
    assert len(smtp_server.inbox.mails) == 1


def test_an_appointment_cancelled_meanwhile_is_not_confirmed_to_the_patient(
    cast: Cast, local_gateways: Any, smtp_server: Any
) -> None:
    confirm(make_confirmed(cast, status=AppointmentStatus.CANCELLED))
    assert smtp_server.inbox.mails == []
    assert db.session.scalars(select(Notification)).all() == []


def test_a_patient_without_an_address_leaves_a_trace(cast: Cast, local_gateways: Any, smtp_server: Any) -> None:
    confirm(make_confirmed(cast, email=None))
    assert smtp_server.inbox.mails == []
    assert notice().status is NotificationStatus.SUPPRESSED


def test_a_mail_server_that_is_down_is_tried_again(cast: Cast, smtp_server: Any, local_gateways: Any, app: Any) -> None:
    working = app.extensions["gateways"]
    app.extensions["gateways"] = type(working)(
        stripe=None, mail=type(working.mail)("smtp://127.0.0.1:1", sender="Desk <desk@clinic.test>")
    )
    confirm(make_confirmed(cast))
    assert notice().status is NotificationStatus.SENDING
    app.extensions["gateways"] = working
    with clock.freeze(clock.now() + timedelta(minutes=1)):
        outbox.deliver_due()
    row = notice()
    assert (row.status, row.attempts) == (NotificationStatus.SENT, 2)
    assert len(smtp_server.inbox.mails) == 1


def test_a_refused_address_fails_and_the_desk_sends_it_again(cast: Cast, local_gateways: Any, smtp_server: Any) -> None:
    confirm(make_confirmed(cast, email="zoë@patient.test"))
    failed = notice()
    assert failed.status is NotificationStatus.FAILED
    assert failed.last_error
    with transaction(system()):
        db.session.get_one(Notification, failed.id).recipient = "zoe@patient.test"
    with transaction(cast.reception):
        notifications.retry(failed.id, actor=cast.reception)
    outbox.deliver_due()
    assert notice().status is NotificationStatus.SENT
    assert len(smtp_server.inbox.mails) == 1
    asked = select(AuditEntry.actor_name).where(AuditEntry.entity == "notification", AuditEntry.action == "retry")
    assert db.session.scalars(asked).all() == [cast.reception.name]


def test_what_was_sent_is_not_sent_again_by_hand(cast: Cast, local_gateways: Any) -> None:
    confirm(make_confirmed(cast))
    with pytest.raises(NotFailed), transaction(cast.reception):
        notifications.retry(notice().id, actor=cast.reception)


def test_a_notice_of_another_clinic_does_not_exist(cast: Cast, local_gateways: Any) -> None:
    confirm(make_confirmed(cast, email=None))
    for stranger in (cast.riverside, cast.accountant, cast.doctor):
        with pytest.raises((NotFound, NotAllowed)), transaction(stranger):
            notifications.retry(notice().id, actor=stranger)


def test_without_a_mail_server_the_notice_fails_in_the_open(
    cast: Cast, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateways = app.extensions["gateways"]
    monkeypatch.setitem(app.extensions, "gateways", type(gateways)(stripe=None, mail=None))
    confirm(make_confirmed(cast))
    row = notice()
    assert row.status is NotificationStatus.FAILED
    assert "SMTP_URL" in (row.last_error or "")
