"""Notifications as REST answers them."""

from __future__ import annotations

from marshmallow import Schema, fields

from app.messaging.states import Channel, NotificationStatus
from app.web.api_fields import ClinicTime


class NotificationSchema(Schema):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    appointment_id = fields.Integer(allow_none=True)
    kind = fields.String(required=True)
    channel = fields.Enum(Channel, by_value=True, required=True)
    status = fields.Enum(NotificationStatus, by_value=True, required=True)
    recipient = fields.String(required=True)
    subject = fields.String(required=True)
    attempts = fields.Integer(required=True)
    last_error = fields.String(allow_none=True)
    sent_at = ClinicTime(allow_none=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)
