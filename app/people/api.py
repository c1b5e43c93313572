"""Patients and reference data for programs, under /api/v1."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from flask import Response, request
from sqlalchemy import ColumnElement, select

from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.people.fields import checked, row_id
from app.people.models import Clinic, Doctor, DoctorClinic, Service, Specialty
from app.people.patient_models import Patient
from app.people.patient_queries import find_patient_by_phone, matching, tagged
from app.people.patients import archive_patient, may_read_clinical, register_patient, update_patient
from app.people.rules import CLINICAL_FIELDS
from app.people.schemas import (
    ClinicSchema,
    DoctorSchema,
    NewPatientSchema,
    PatientFields,
    PatientSchema,
    ServiceSchema,
    SpecialtySchema,
)
from app.web.bodies import whole_number
from app.web.filters import LARGEST_INTEGER
from app.web.openapi import Documented
from app.web.resources import ResourceApi, by, documented, expose, requires
from app.web.security import current_actor


def found_by(text: str) -> ColumnElement[bool]:
    actor = current_actor()
    return matching(text, None if actor.everywhere else actor.clinic_ids)


def works_at(text: str) -> ColumnElement[bool]:
    clinic_id = whole_number(text, "clinic_id", 0, LARGEST_INTEGER)
    return Doctor.id.in_(select(DoctorClinic.doctor_id).where(DoctorClinic.clinic_id == clinic_id))


class PatientApi(ResourceApi):
    resource_name = "patients"
    resource = "Patient"
    model = Patient
    schema = PatientSchema
    base_order = ("name", "asc")
    order_columns = ["name", "email", "id"]
    filter_columns = ["clinic", "is_active", "contact_patient"]
    arguments = {"clinic_id": by(Patient.clinic_id), "search": found_by, "tag": tagged}

    def withheld(self) -> Collection[str]:
        return () if may_read_clinical(current_actor()) else CLINICAL_FIELDS

    def create(self, values: dict[str, Any]) -> Patient:
        clinic_id = checked(
            {"clinic_id": values.pop("clinic_id", None)}, {"clinic_id": row_id}, required=("clinic_id",)
        )
        return register_patient(values, **clinic_id, actor=current_actor(), now=now())

    def change(self, pk: int, values: dict[str, Any], revision: int | None) -> Patient:
        return update_patient(pk, values, revision=revision, actor=current_actor(), now=now())

    def remove(self, pk: int) -> None:
        archive_patient(pk, actor=current_actor(), now=now())

    @expose("/by-phone/<path:phone>", methods=["GET"])
    @requires("show")
    @documented("The patient with this phone", answer=PatientSchema, query={"clinic_id": "where it is looked up"})
    def by_phone(self, phone: str) -> Response:
        clinic_id = whole_number(request.args.get("clinic_id", ""), "clinic_id", 1, LARGEST_INTEGER)
        patient = find_patient_by_phone(phone, clinic_id=clinic_id, actor=current_actor())
        if patient is None:
            raise NotFound
        return self.answer(patient)

    def facts(self, name: str, method: Any) -> Documented:
        found = super().facts(name, method)
        return replace(found, body={"post": NewPatientSchema, "patch": PatientFields}.get(name, found.body))


class ClinicApi(ResourceApi):
    resource_name = "clinics"
    resource = "Clinic"
    model = Clinic
    schema = ClinicSchema
    base_order = ("name", "asc")
    order_columns = ["name", "code"]
    filter_columns = ["is_active"]


class ServiceApi(ResourceApi):
    resource_name = "services"
    resource = "Service"
    model = Service
    schema = ServiceSchema
    base_order = ("name", "asc")
    order_columns = ["name"]
    filter_columns = ["clinic", "is_active"]
    arguments = {"clinic_id": by(Service.clinic_id)}


class SpecialtyApi(ResourceApi):
    resource_name = "specialties"
    resource = "Specialty"
    model = Specialty
    schema = SpecialtySchema
    base_order = ("name", "asc")
    order_columns = ["name"]


class DoctorApi(ResourceApi):
    resource_name = "doctors"
    resource = "Doctor"
    model = Doctor
    schema = DoctorSchema
    base_order = ("name", "asc")
    order_columns = ["name"]
    filter_columns = ["specialty", "is_active"]
    arguments = {"user_id": by(Doctor.user_id), "clinic_id": works_at}
    load = ["specialty"]

    @expose("/me", methods=["GET"])
    @requires("show")
    @documented("The doctor record of the caller", answer=DoctorSchema)
    def me(self) -> Response:
        return self.answer(self.row(current_actor().doctor_id or 0))
