"""Prescriptions and attachments as the API answers them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.frontdesk.clinical_models import MOST_ITEMS
from app.frontdesk.clinical_states import PrescriptionStatus
from app.web.api_fields import ClinicTime


class PrescriptionItemSchema(Schema):
    medicine = fields.String(required=True)
    strength = fields.String(allow_none=True)
    dose = fields.String(allow_none=True)
    frequency = fields.String(allow_none=True)
    duration = fields.String(allow_none=True)
    quantity = fields.String(allow_none=True)
    instructions = fields.String(allow_none=True)


class PrescriptionSchema(Schema):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    visit_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    issued_at = ClinicTime(required=True)
    status = fields.String(required=True, validate=validate.OneOf(list(PrescriptionStatus)))
    cancelled_at = ClinicTime(allow_none=True)
    cancel_reason = fields.String(allow_none=True)
    items = fields.List(fields.Nested(PrescriptionItemSchema), required=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class NewPrescriptionSchema(Schema):
    items = fields.List(
        fields.Nested(PrescriptionItemSchema), required=True, validate=validate.Length(min=1, max=MOST_ITEMS)
    )


class CancelPrescriptionSchema(Schema):
    reason = fields.String(required=True)


class AttachmentSchema(Schema):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    visit_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    patient_id = fields.Integer(required=True)
    name = fields.String(required=True)
    content_type = fields.String(required=True)
    size = fields.Integer(required=True, metadata={"description": "In bytes"})
    sha256 = fields.String(required=True)
    uploaded_at = ClinicTime(required=True)
    uploaded_by = fields.String(required=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class NewAttachmentSchema(Schema):
    """A form in multipart/form-data; `file` may come several times."""

    file = fields.Raw(required=True, metadata={"type": "string", "format": "binary"})
