"""Notifications: written once per occasion, sent by the worker, sent again by the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.kernel import audit, outbox, scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.messaging.errors import NotFailed
from app.messaging.models import Notification
from app.messaging.states import Channel, NotificationStatus
from app.messaging.texts import AppointmentFacts, Notice, Translate, confirmation, series_confirmation
from app.people.roles import Role
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus

SEND = "notification.send"
CONFIRMED = "appointment_confirmed"
SERIES_CONFIRMED = "series_confirmed"

Translator = Callable[[str], Translate]

_RELATED: Final = tuple(
    joinedload(one) for one in (Appointment.patient, Appointment.clinic, Appointment.doctor, Appointment.service)
)


def notify_of_confirmation(appointment_id: int, *, translator: Translator) -> Notification | None:
    """Write the notice that this appointment is confirmed, once for each time it is set to; else None.

    `translator` gives the translation into a language.
    Without an e-mail address the notice is kept as suppressed, so that the desk sees who was not told.
    """
    appointment = _find(appointment_id)
    if appointment is None or appointment.status is not AppointmentStatus.CONFIRMED:
        return None

    def text(language: str) -> Notice:
        return confirmation(_facts(appointment), language=language, translate=translator(language))

    return _write_once(appointment, CONFIRMED, f"confirmed:{appointment.id}:{appointment.starts_at:%Y%m%dT%H%M}", text)


def notify_of_series(series_id: int, *, translator: Translator) -> Notification | None:
    """Write the notice of those appointments of a series that are confirmed, once; None where there is none by now.

    It is about the first of them, whose series its calendar file is of.
    """
    query = select(Appointment).where(
        Appointment.series_id == series_id, Appointment.status == AppointmentStatus.CONFIRMED
    )
    rows = db.session.scalars(query.order_by(Appointment.starts_at, Appointment.id).options(*_RELATED)).all()
    if not rows:
        return None
    starts = [row.starts_at for row in rows]

    def text(language: str) -> Notice:
        return series_confirmation(_facts(rows[0]), starts, language=language, translate=translator(language))

    return _write_once(rows[0], SERIES_CONFIRMED, f"series_confirmed:{series_id}", text)


def _find(appointment_id: int) -> Appointment | None:
    query = select(Appointment).where(Appointment.id == appointment_id).options(*_RELATED)
    found: Appointment | None = db.session.scalars(query).one_or_none()
    return found


def _facts(appointment: Appointment) -> AppointmentFacts:
    clinic = appointment.clinic
    return AppointmentFacts(
        patient_name=appointment.patient.name,
        clinic_name=clinic.name,
        clinic_address=clinic.address,
        clinic_phone=clinic.phone,
        doctor_name=appointment.doctor.name,
        service_name=appointment.service.name,
        starts_at=appointment.starts_at,
        zone=clinic.timezone,
    )


def _write_once(
    appointment: Appointment, kind: str, occasion: str, text: Callable[[str], Notice]
) -> Notification | None:
    """The notice of this occasion in the patient's language, on its way; None where there is one already."""
    dedupe_key = f"{occasion}:{Channel.EMAIL}"
    if db.session.scalar(select(Notification.id).where(Notification.dedupe_key == dedupe_key)) is not None:
        return None
    patient = appointment.patient
    written = text(patient.language or appointment.clinic.language)
    notice = Notification(
        clinic_id=appointment.clinic_id,
        patient_id=patient.id,
        appointment_id=appointment.id,
        kind=kind,
        channel=Channel.EMAIL,
        status=NotificationStatus.PENDING if patient.email else NotificationStatus.SUPPRESSED,
        dedupe_key=dedupe_key,
        recipient=patient.email or "",
        subject=written.subject,
        body=written.body,
    )
    db.session.add(notice)
    db.session.flush()
    if notice.status is NotificationStatus.PENDING:
        _post(notice)
    return notice


def _post(notice: Notification) -> None:
    outbox.post(SEND, f"notification:{notice.id}:{notice.attempts}", {"notification_id": notice.id})


def retry(notification_id: int, *, actor: Actor) -> Notification:
    """Send a failed notification again.

    Refuses: NotFound, NotAllowed, NotFailed.
    """
    notice = scope.get(Notification, notification_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=notice.clinic_id)
    if notice.status is not NotificationStatus.FAILED:
        raise NotFailed
    notice.status, notice.last_error = NotificationStatus.PENDING, None
    audit.record("retry", "notification", notice.id, clinic_id=notice.clinic_id)
    _post(notice)
    return notice


def begin_sending(notification_id: int) -> Notification | None:
    """Claim a notification for one attempt; None when it is not to be sent (any more)."""
    notice: Notification = db.session.get_one(Notification, notification_id, with_for_update=True)
    if notice.status not in (NotificationStatus.PENDING, NotificationStatus.SENDING):
        return None
    notice.status = NotificationStatus.SENDING
    notice.attempts += 1
    return notice


def record_sent(notification_id: int, provider_id: str, *, now: datetime) -> None:
    notice = db.session.get_one(Notification, notification_id, with_for_update=True)
    notice.status, notice.provider_id, notice.sent_at = NotificationStatus.SENT, provider_id, now


def record_failed(notification_id: int, error: str) -> None:
    notice = db.session.get_one(Notification, notification_id, with_for_update=True)
    notice.status, notice.last_error = NotificationStatus.FAILED, error
