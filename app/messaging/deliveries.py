"""What the worker does for messaging: writes notices of what happened, and sends them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import current_app

from app.gateways.mail import Attachment, MailMessage
from app.kernel import clock, outbox
from app.kernel.actor import system
from app.kernel.db import transaction
from app.kernel.outbox import Handler, Permanent
from app.messaging import notices, notifications
from app.messaging.models import Notification
from app.messaging.notices import Move
from app.messaging.texts import LINK
from app.scheduling.calendar_files import Wording, appointment_file, series_file
from app.scheduling.ical import PUBLISHED_TYPE
from app.scheduling.waitlist_effects import OFFERED
from app.web.languages import translation_into
from app.web.links import OFFER, private_address

Payload = dict[str, Any]

FILES: Final = {
    notices.CONFIRMED: ("appointment.ics", appointment_file),
    notices.MOVED: ("appointment.ics", appointment_file),
    notices.SERIES_CONFIRMED: ("appointments.ics", series_file),
}
"""By the kind of a notice the name of the file that goes with it, and what writes it."""


def write_confirmation(payload: Payload, _outcome: None, _now: datetime) -> None:
    notices.notify_of_confirmation(payload["appointment_id"], translator=translation_into)


def write_series_confirmation(payload: Payload, _outcome: None, _now: datetime) -> None:
    notices.notify_of_series(payload["series_id"], translator=translation_into)


def write_move(payload: Payload, _outcome: None, _now: datetime) -> None:
    times = {name: datetime.fromisoformat(payload[name]) for name in ("from_time", "to_time")}
    notices.notify_of_move(Move(**payload | times), translator=translation_into)


def write_offer(payload: Payload, _outcome: None, now: datetime) -> None:
    notices.notify_of_offer(payload["offer_id"], translator=translation_into, now=now)


def send(payload: Payload, key: str) -> str | None:
    """Hand one notification to the mail server; the provider's id, None where there was nothing to send."""
    mail = current_app.extensions["gateways"].mail
    with transaction(system("worker")):
        notice = notifications.begin_sending(payload["notification_id"], now=clock.now())
        attachments = calendar_files(notice) if notice else ()
    if notice is None:
        return None
    if mail is None:
        raise Permanent("E-mail is switched off: SMTP_URL is not set.")
    message = MailMessage(
        key=key,
        recipient=notice.recipient,
        subject=notice.subject,
        text=with_links(notice),
        date=clock.now(),
        attachments=attachments,
    )
    provider_id: str = mail.send(message)
    return provider_id


def with_links(notice: Notification) -> str:
    """The notice's text with the private address that is not kept."""
    if notice.offer_id is None:
        return notice.body
    return notice.body.replace(LINK, private_address(OFFER, notice.offer_id))


def calendar_files(notice: Notification) -> tuple[Attachment, ...]:
    """The appointment that the notice is about for the patient's calendar, as it is when the mail leaves."""
    if notice.appointment_id is None or notice.kind not in FILES:
        return ()
    name, file_of = FILES[notice.kind]
    settings = current_app.config
    wording = Wording(translation_into, public_url=settings["PUBLIC_URL"], sender=settings["MAIL_FROM"])
    file = file_of(notice.appointment_id, wording=wording, actor=system("worker"), now=clock.now())
    return (Attachment(name, file, PUBLISHED_TYPE),)


def settle_sent(payload: Payload, outcome: str | None, now: datetime) -> None:
    if outcome is not None:
        notifications.record_sent(payload["notification_id"], outcome, now=now)


def give_up(payload: Payload, error: str, _now: datetime) -> None:
    notifications.record_failed(payload["notification_id"], error)


outbox.register("appointment.confirmed", Handler(settle=write_confirmation))
outbox.register("series.confirmed", Handler(settle=write_series_confirmation))
outbox.register("appointment.moved", Handler(settle=write_move))
outbox.register(OFFERED, Handler(settle=write_offer))
outbox.register(notifications.SEND, Handler(settle=settle_sent, act=send, give_up=give_up))
