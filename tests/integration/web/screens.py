"""Generated screens for the tests of their base classes, with commands as small as can be."""

from __future__ import annotations

import time
from typing import Any

from flask_appbuilder.actions import action
from sqlalchemy import ColumnElement

from app.billing.models import Invoice
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import current_unit, db
from app.kernel.errors import N_, Conflict, Invalid, Stale
from app.people.models import Doctor, Service
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from app.web import lookups
from app.web.crud import CommandView
from app.web.scoped import ScopedInterface


class TakenName(Conflict):
    code = "taken_name"
    template = N_("There is a patient called %(name)s.")


def in_reach(column: Any, actor: Actor) -> ColumnElement[bool]:
    """Rows of the actor's clinics."""
    return column.is_not(None) if actor.everywhere else column.in_(actor.clinic_ids)


for model in (Appointment, Invoice):
    if model not in scope._policies:
        scope.policy(model)(lambda actor, model=model: in_reach(model.clinic_id, actor))


def matching(text: str, _clinic_ids: object = None) -> ColumnElement[bool]:
    return Patient.name.ilike(f"{text}%")


class AppointmentScreen(CommandView):
    datamodel = ScopedInterface(Appointment)
    resource = "Appointment"
    route_base = "/test-appointments"
    list_columns = ["starts_at", "patient", "doctor", "service", "status", "patient.phone"]
    add_columns = ["clinic", "doctor", "service", "patient", "starts_at", "ends_at"]
    search_columns = ["patient", "status", "starts_at", "doctor"]
    base_order = ("starts_at", "desc")
    lookups = {"patient": "/lookup/test-patients"}

    def add_command(self, values: dict[str, Any]) -> Appointment:
        time.sleep(0.02)
        assert values.pop("revision") is None
        row = Appointment(**values)
        db.session.add(row)
        return row


class PatientScreen(CommandView):
    datamodel = ScopedInterface(Patient)
    resource = "Patient"
    route_base = "/test-patients"
    list_columns = ["name", "phone", "clinic", "preferred_doctor", "tags", "is_active", "created_at"]
    show_columns = ["name", "phone", "clinic", "medical_history", "tags"]
    add_columns = ["clinic", "name", "phone", "date_of_birth", "tags", "preferred_doctor", "contact_patient"]
    edit_columns = ["name", "phone", "medical_history", "tags"]
    search_columns = ["clinic", "is_active", "contact_patient", "created_at"]
    base_order = ("name", "asc")
    lookups = {"contact_patient": "/lookup/test-patients"}
    related_views = [AppointmentScreen]

    def withheld(self, act: str) -> tuple[str, ...]:
        return () if current_unit_actor().has_role("Doctor") else ("medical_history",)

    def search_text(self, text: str) -> ColumnElement[bool]:
        return matching(text)

    def add_command(self, values: dict[str, Any]) -> Patient:
        values.pop("revision")
        if values["name"] == "taken":
            raise TakenName(field="name", name="taken")
        if values["name"] == "wrong":
            raise Invalid({"phone": ["Not a phone."], "preferred_doctor_id": ["Not that one."], "other": ["No such."]})
        row = Patient(**values)
        db.session.add(row)
        return row

    def edit_command(self, pk: int, values: dict[str, Any]) -> None:
        row = scope.get(Patient, pk, actor=current_unit().actor, lock=True)
        if row.revision != values.pop("revision"):
            raise Stale
        for name, value in values.items():
            setattr(row, name, value)
        if values["name"] == "taken":
            db.session.flush()
            raise TakenName(field="name", name="taken")

    def delete_command(self, pk: int) -> None:
        row = scope.get(Patient, pk, actor=current_unit().actor)
        if row.name == "kept":
            raise TakenName(name="kept")
        db.session.delete(row)

    @action("edit", "Mark", None, "fa-check")
    def mark(self, rows: Any) -> str:
        return ",".join(row.name for row in (rows if isinstance(rows, list) else [rows]))


class ServiceScreen(CommandView):
    datamodel = ScopedInterface(Service)
    resource = "Service"
    route_base = "/test-services"
    list_columns = ["name", "price_minor", "tax_rate_bp", "clinic"]
    edit_columns = ["name", "price_minor", "tax_rate_bp", "is_active"]
    seen: dict[str, Any] = {}

    def edit_command(self, pk: int, values: dict[str, Any]) -> None:
        type(self).seen = {"pk": pk, **values}


class DoctorScreen(CommandView):
    """Shows and changes nothing."""

    datamodel = ScopedInterface(Doctor)
    resource = "Doctor"
    route_base = "/test-doctors"
    list_columns = ["name", "share_bp", "specialty"]


def current_unit_actor() -> Actor:
    from app.web.security import current_actor

    return current_actor()


def register(builder: Any) -> None:
    lookups.offer(lookups.Lookup("test-patients", Patient, "Patient", matching, order=(Patient.name,)))
    for screen in (AppointmentScreen, PatientScreen, ServiceScreen, DoctorScreen):
        builder.add_view(screen, screen.__name__)
