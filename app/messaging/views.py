"""The desk's screen of what patients were told, and what could not be sent."""

from __future__ import annotations

from flask import flash, redirect
from flask_appbuilder.actions import action
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.wrappers import Response

from app.kernel.db import transaction
from app.kernel.errors import Conflict
from app.messaging import notifications
from app.messaging.models import Notification
from app.messaging.texts import LINK
from app.web.crud import CommandView, ScopedInterface
from app.web.formatters import show_value
from app.web.replies import message_of
from app.web.security import current_actor

WORDS = {
    "appointment_confirmed": _("Appointment confirmed"),
    "appointment_moved": _("Appointment moved"),
    "waitlist_offered": _("Time offered"),
    "series_confirmed": _("Series confirmed"),
    "email": _("E-mail"),
}


class NotificationView(CommandView):
    datamodel = ScopedInterface(Notification)
    resource = "Notification"
    route_base = "/notifications"
    list_title, show_title = _("Messages"), _("Message")
    list_columns = ["created_at", "patient", "subject", "recipient", "status"]
    show_columns = ["clinic", "patient", "appointment", "kind", "channel", "status", "recipient", "subject", "body"]
    show_columns += ["attempts", "sent_at", "last_error", "created_at"]
    fleeting_columns = ["sent_at", "last_error"]
    formatters_columns = {
        "kind": lambda kind: WORDS.get(kind, kind),
        "channel": lambda channel: WORDS[channel],
        "body": lambda body: show_value(body.replace(LINK, gettext("(the patient's private link)"))),
    }
    empty_hint = _("Who gives an e-mail address gets a message when an appointment is confirmed or moved.")
    label_columns = {
        "channel": _("Channel"),
        "recipient": _("Recipient"),
        "subject": _("Subject"),
        "body": _("Text"),
        "attempts": _("Attempts"),
        "sent_at": _("Sent"),
        "last_error": _("Problem"),
    }
    search_columns = ["clinic", "patient", "status"]
    order_columns = ["created_at"]
    base_order = ("created_at", "desc")

    @action("retry", _("Send again"), icon="ti-send")
    def retry(self, chosen: Notification | list[Notification]) -> Response:
        if isinstance(chosen, list):
            return self.for_each(chosen, lambda pk: notifications.retry(pk, actor=current_actor()))
        try:
            with transaction(current_actor()):
                notifications.retry(chosen.id, actor=current_actor())
        except Conflict as refusal:
            flash(message_of(refusal), "danger")
        else:
            flash(gettext("The message will be sent again."), "success")
        return redirect(self.get_redirect())
