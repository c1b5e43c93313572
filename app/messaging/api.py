"""Notifications for programs: what was told, what failed, send again."""

from __future__ import annotations

from flask import Response

from app.kernel.db import transaction
from app.messaging import notifications
from app.messaging.models import Notification
from app.messaging.schemas import NotificationSchema
from app.web.resources import ResourceApi, by, documented, expose, requires
from app.web.security import current_actor


class NotificationApi(ResourceApi):
    resource_name = "notifications"
    resource = "Notification"
    model = Notification
    schema = NotificationSchema
    base_order = ("created_at", "desc")
    order_columns = ["created_at"]
    filter_columns = ["clinic", "patient", "status"]
    arguments = {
        "clinic_id": by(Notification.clinic_id),
        "patient_id": by(Notification.patient_id),
        "appointment_id": by(Notification.appointment_id),
        "status": by(Notification.status),
    }
    load = ["clinic"]

    @expose("/<int:pk>/retry", methods=["POST"])
    @requires("retry")
    @documented("Send a failed notification again", answer=NotificationSchema)
    def retry(self, pk: int) -> Response:
        with transaction(current_actor()):
            row = notifications.retry(pk, actor=current_actor())
        return self.answer(row)
