"""The waiting list as REST answers it, and what it takes."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.scheduling.states import OfferStatus, Urgency, WaitStatus
from app.web.api_fields import ClinicTime, WallTime


class WishesSchema(Schema):
    """What a patient would take: days of the clinic, and times of its wall (HH:MM) between which it is to lie."""

    doctor_id = fields.Integer(allow_none=True)
    urgency = fields.String(validate=validate.OneOf(list(Urgency)))
    waiting_since = fields.Date()
    from_day = fields.Date(allow_none=True)
    to_day = fields.Date(allow_none=True)
    weekdays = fields.List(fields.Integer(validate=validate.Range(0, 6)))
    from_time = WallTime(allow_none=True)
    to_time = WallTime(allow_none=True)
    notes = fields.String(allow_none=True)


class NewEntrySchema(WishesSchema):
    """An `appointment_id` that is to become an earlier one, or clinic, patient and service."""

    clinic_id = fields.Integer()
    patient_id = fields.Integer()
    service_id = fields.Integer()
    appointment_id = fields.Integer()


class EntrySchema(WishesSchema):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    service_id = fields.Integer(required=True)
    appointment_id = fields.Integer(allow_none=True)
    status = fields.String(required=True, validate=validate.OneOf(list(WaitStatus)))
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class NewOfferSchema(Schema):
    doctor_id = fields.Integer(required=True)
    starts_at = fields.AwareDateTime(required=True)


class OfferSchema(Schema):
    """A time that is, or was, kept for an entry until `expires_at`."""

    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    entry_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    starts_at = ClinicTime(required=True)
    ends_at = ClinicTime(required=True)
    expires_at = ClinicTime(required=True)
    status = fields.String(required=True, validate=validate.OneOf(list(OfferStatus)))
    settled_at = ClinicTime(allow_none=True)
    appointment_id = fields.Integer(allow_none=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class SuitingSchema(Schema):
    """A free time that would suit an entry."""

    doctor_id = fields.Integer(required=True)
    start = fields.AwareDateTime(required=True)
    end = fields.AwareDateTime(required=True)
