"""A resource for the tests of the REST base classes."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from app.kernel import scope
from app.kernel.db import current_unit, db
from app.kernel.errors import Stale
from app.people.models import Service
from app.people.patient_models import Patient
from app.web.api_fields import Amount, ClinicTime
from app.web.resources import ResourceApi, by, documented, expose, requires
from tests.integration.web.screens import TakenName, matching


class TestPatientSchema(Schema):
    __test__ = False
    id = fields.Integer()
    clinic_id = fields.Integer()
    name = fields.String()
    medical_history = fields.String()
    created_at = ClinicTime()


class TestNewPatientSchema(Schema):
    __test__ = False
    clinic_id = fields.Integer(required=True, strict=True)
    name = fields.String(required=True)
    tags = fields.List(fields.String())
    born_at = ClinicTime()


class TestChangePatientSchema(Schema):
    __test__ = False
    name = fields.String()


class TestPatientApi(ResourceApi):
    __test__ = False
    resource_name = "test_patients"
    resource = "Patient"
    model = Patient
    schema, new_schema, change_schema = TestPatientSchema, TestNewPatientSchema, TestChangePatientSchema
    base_order = ("name", "asc")
    order_columns = ["name", "created_at"]
    filter_columns = ["clinic", "is_active"]
    arguments = {"clinic_id": by(Patient.clinic_id), "search": matching}

    def withheld(self) -> tuple[str, ...]:
        return ("medical_history",)

    def create(self, values: dict[str, Any]) -> Patient:
        if values["name"] == "taken":
            raise TakenName(field="name", name="taken", existing_id=7)
        row = Patient(clinic_id=values["clinic_id"], name=values["name"])
        db.session.add(row)
        return row

    def change(self, pk: int, values: dict[str, Any], revision: int | None) -> Patient:
        row = scope.get(Patient, pk, actor=current_unit().actor, lock=True)
        if revision not in (None, row.revision):
            raise Stale
        row.name = values.get("name", row.name)
        return row

    def remove(self, pk: int) -> None:
        db.session.delete(scope.get(Patient, pk, actor=current_unit().actor))

    @expose("/<int:pk>/greet", methods=["POST"])
    @requires("delete")
    @documented("Greet a patient", answer=TestPatientSchema)
    def greet(self, pk: int) -> Any:
        return self.result(f"Hello {self.row(pk).name}")


class TestServiceSchema(Schema):
    __test__ = False
    id = fields.Integer()
    price = Amount(attribute="price_minor")
    currency = fields.String()


class TestServiceApi(ResourceApi):
    __test__ = False
    resource_name = "test_services"
    resource = "Service"
    model = Service
    schema = TestServiceSchema


def register(builder: Any) -> None:
    builder.add_api(TestPatientApi)
    builder.add_api(TestServiceApi)
