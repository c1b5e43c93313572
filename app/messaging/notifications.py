"""Notifications: written once per occasion, sent by the worker, sent again by the desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.kernel import audit, outbox, scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.messaging.errors import NotFailed
from app.messaging.models import Notification
from app.messaging.states import Channel, NotificationStatus
from app.messaging.texts import AppointmentFacts, Before, Notice, Translate, confirmation, move
from app.people.models import Doctor
from app.people.roles import Role
from app.scheduling.models import Appointment
from app.scheduling.states import OPEN, AppointmentStatus

SEND = "notification.send"
CONFIRMED = "appointment_confirmed"
MOVED = "appointment_moved"

Translator = Callable[[str], Translate]


@dataclass(frozen=True, slots=True)
class Move:
    """One move of an appointment, from where to where; `revision` is the one that came of it, and names the move."""

    appointment_id: int
    revision: int
    from_time: datetime
    from_doctor_id: int
    to_time: datetime
    to_doctor_id: int
    doctor_away: bool = False


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


def notify_of_move(moved: Move, *, translator: Translator) -> Notification | None:
    """Write the notice of this one move, as `notify_of_confirmation` does; None where the appointment is off by now.

    It says what this move did, whatever has come after it: that has a notice of its own.
    """
    appointment = _find(moved.appointment_id)
    if appointment is None or appointment.status not in OPEN:
        return None
    doctors = select(Doctor.id, Doctor.name).where(Doctor.id.in_([moved.from_doctor_id, moved.to_doctor_id]))
    names = {doctor_id: name for doctor_id, name in db.session.execute(doctors)}  # noqa: C416 - rows
    facts = replace(_facts(appointment), starts_at=moved.to_time, doctor_name=names[moved.to_doctor_id])
    before = Before(
        moved.from_time,
        names[moved.from_doctor_id] if moved.from_doctor_id != moved.to_doctor_id else None,
        doctor_away=moved.doctor_away,
        still_requested=appointment.status is AppointmentStatus.REQUESTED,
    )

    def text(language: str) -> Notice:
        return move(facts, before, language=language, translate=translator(language))

    return _write_once(appointment, MOVED, f"moved:{appointment.id}:{moved.revision}", text)


def _find(appointment_id: int) -> Appointment | None:
    related = (Appointment.patient, Appointment.clinic, Appointment.doctor, Appointment.service)
    query = select(Appointment).where(Appointment.id == appointment_id).options(*(joinedload(one) for one in related))
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
