"""Patients and reference data as the API answers them and as its document describes them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from app.people.rules import Gender
from app.web.api_fields import Amount, ClinicTime


class PatientFields(Schema):
    """What may be sent; `app/people/rules.py` checks it, every problem at once."""

    name = fields.String(required=True)
    phone = fields.String(allow_none=True, metadata={"description": "In any usual writing; kept as E.164"})
    email = fields.Email(allow_none=True)
    whatsapp_name = fields.String(allow_none=True)
    date_of_birth = fields.Date(allow_none=True)
    gender = fields.String(allow_none=True, validate=validate.OneOf(list(Gender)))
    medical_history = fields.String(allow_none=True, metadata={"description": "Clinical: doctors and administrators"})
    allergies = fields.String(allow_none=True, metadata={"description": "Clinical: doctors and administrators"})
    tags = fields.List(fields.String())
    custom_fields = fields.Dict(keys=fields.String())
    preferred_doctor_id = fields.Integer(allow_none=True)
    external_id = fields.String(allow_none=True)
    contact_patient_id = fields.Integer(allow_none=True)


class NewPatientSchema(PatientFields):
    clinic_id = fields.Integer(required=True)


class PatientSchema(PatientFields):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    total_visits = fields.Integer(required=True)
    total_cancellations = fields.Integer(required=True)
    total_no_shows = fields.Integer(required=True)
    first_visit_date = fields.Date(allow_none=True)
    last_visit_date = fields.Date(allow_none=True)
    is_active = fields.Boolean(required=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class ClinicSchema(Schema):
    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    country = fields.String(required=True)
    timezone = fields.String(required=True)
    currency = fields.String(required=True)
    language = fields.String(required=True)
    address = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    email = fields.String(allow_none=True)
    is_active = fields.Boolean(required=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class ServiceSchema(Schema):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    name = fields.String(required=True)
    duration_minutes = fields.Integer(required=True)
    buffer_before_minutes = fields.Integer(required=True)
    buffer_after_minutes = fields.Integer(required=True)
    price = Amount(attribute="price_minor", required=True)
    currency = fields.String(required=True)
    is_active = fields.Boolean(required=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class SpecialtySchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class DoctorSchema(Schema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    specialty = fields.Pluck(SpecialtySchema, "name", allow_none=True)
    user_id = fields.Integer(allow_none=True)
    is_active = fields.Boolean(required=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)
