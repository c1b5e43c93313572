"""Notifications: written once per occasion, sent by the worker, sent again by the desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from app.kernel import audit, outbox, scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.messaging.errors import NotFailed
from app.messaging.models import Notification
from app.messaging.states import Channel, NotificationStatus
from app.messaging.texts import Notice
from app.people.patient_models import Patient
from app.people.roles import Role
from app.scheduling.waitlist_models import WaitlistOffer
from app.scheduling.waitlist_queries import is_answerable

SEND = "notification.send"


def write_once(
    patient: Patient, kind: str, occasion: str, text: Callable[[str], Notice], **about: int
) -> Notification | None:
    """The notice of this occasion in the patient's language, on its way; None where there is one already.

    `about` is the appointment's or the offer's key, by its column.
    """
    dedupe_key = f"{occasion}:{Channel.EMAIL}"
    if db.session.scalar(select(Notification.id).where(Notification.dedupe_key == dedupe_key)) is not None:
        return None
    written = text(patient.language or patient.clinic.language)
    notice = Notification(
        clinic_id=patient.clinic_id,
        patient_id=patient.id,
        kind=kind,
        channel=Channel.EMAIL,
        status=NotificationStatus.PENDING if patient.email else NotificationStatus.SUPPRESSED,
        dedupe_key=dedupe_key,
        recipient=patient.email or "",
        subject=written.subject,
        body=written.body,
        **about,
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


def begin_sending(notification_id: int, *, now: datetime) -> Notification | None:
    """Claim a notification for one attempt; None when it is not to be sent (any more).

    That of an offer which is over is cancelled instead.
    """
    notice: Notification = db.session.get_one(Notification, notification_id, with_for_update=True)
    if notice.status not in (NotificationStatus.PENDING, NotificationStatus.SENDING):
        return None
    if notice.offer_id is not None and not is_answerable(db.session.get_one(WaitlistOffer, notice.offer_id), now):
        notice.status = NotificationStatus.CANCELLED
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
