"""The screen of patients: the front desk's list, a doctor's own, with what happened to each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import flash, redirect
from flask_appbuilder.actions import action
from flask_appbuilder.models.filters import Filters
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from app.kernel.clock import now
from app.kernel.db import transaction
from app.people.patient_models import Patient
from app.people.patient_queries import matching
from app.people.patients import archive_patient, may_read_clinical, register_patient, restore_patient, update_patient
from app.people.phones import format_phone
from app.people.roles import Role
from app.people.rules import CLINICAL_FIELDS, Gender
from app.web.crud import CommandView, ScopedInterface
from app.web.filters import Equal
from app.web.formatters import show_value
from app.web.security import current_actor
from app.web.zones import clinics

GENDERS = {
    Gender.FEMALE: _("Female"),
    Gender.MALE: _("Male"),
    Gender.OTHER: _("Other"),
    Gender.UNKNOWN: _("Unknown"),
}
PERSONAL = ["name", "phone", "email", "date_of_birth", "gender", "whatsapp_name"]
ORGANISED = ["tags", "preferred_doctor", "contact_patient", "external_id"]
COUNTED = ["total_visits", "total_cancellations", "total_no_shows", "first_visit_date", "last_visit_date"]


class GenderField(SelectField):
    """Not asked is a choice as well."""

    def process_data(self, value: str | None) -> None:
        super().process_data(value or "")


def gender_field() -> GenderField:
    choices = [SelectChoice("", ""), *(SelectChoice(gender.value, word) for gender, word in GENDERS.items())]
    return GenderField(_("Gender"), choices=choices)


def pairs(values: Mapping[str, Any]) -> Markup | str:
    """Custom fields, one on each line."""
    lines = [Markup("{}: {}").format(name.replace("_", " "), show_value(value)) for name, value in values.items()]
    return Markup("<br>").join(lines) if lines else show_value(None)


class PatientView(CommandView):
    datamodel = ScopedInterface(Patient)
    resource = "Patient"
    route_base = "/patients"
    list_title, show_title = _("Patients"), _("Patient")
    add_title, edit_title = _("New patient"), _("Change patient")
    list_columns = ["name", "phone", "date_of_birth", "last_visit_date", "clinic"]
    export_columns = ["id", *PERSONAL, *ORGANISED, *COUNTED, "clinic", "is_active"]
    show_columns = [*PERSONAL, *CLINICAL_FIELDS, *ORGANISED, "custom_fields", *COUNTED, "clinic", "is_active"]
    add_columns = ["clinic", *PERSONAL, *CLINICAL_FIELDS, *ORGANISED]
    edit_columns = [*PERSONAL, *CLINICAL_FIELDS, *ORGANISED]
    search_columns = ["clinic", "is_active", "contact_patient"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    label_columns = {"total_visits": _("Visits"), "first_visit_date": _("First visit")}
    description_columns = {
        "phone": _("Any usual writing; a number from abroad with its country code."),
        "tags": _("With commas between them."),
        "contact_patient": _("Who is called for a child or a dependant."),
    }
    formatters_columns = {
        "phone": lambda phone: show_value(phone and format_phone(phone, "ZZ")),
        "gender": lambda gender: show_value(GENDERS.get(gender)),
        "custom_fields": pairs,
    }
    add_form_extra_fields = {"gender": gender_field()}
    edit_form_extra_fields = {"gender": gender_field()}
    delete_row_message = _("Deleted, or archived where there is a history.")

    def withheld(self, act: str) -> Collection[str]:
        """Clinical fields are the doctors', all others the desk's to set. A clinic is named where there are several."""
        actor = current_actor()
        hidden = set() if may_read_clinical(actor) else set(CLINICAL_FIELDS)
        if act == "edit" and not actor.has_role(Role.ADMIN, Role.RECEPTIONIST):
            hidden |= {*PERSONAL, *ORGANISED}
        if act in ("list", "add") and len(reach()) == 1:
            hidden.add("clinic")
        return hidden

    def asked_filters(self) -> Filters:
        """Archived patients are shown where they are asked for."""
        filters = super().asked_filters()
        if not any(found.column_name == "is_active" for found in filters.filters):
            filters._add_filter(Equal("is_active", self.datamodel), "y")  # noqa: SLF001 - there is no public way
        return filters

    def search_text(self, text: str) -> ColumnElement[bool]:
        actor = current_actor()
        return matching(text, None if actor.everywhere else actor.clinic_ids)

    def add_command(self, values: dict[str, Any]) -> Patient:
        values.pop("revision")
        clinic_id = values.pop("clinic_id", None) or reach()[0]
        return register_patient(values, clinic_id=clinic_id, actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> Patient:
        return update_patient(pk, values, revision=values.pop("revision"), actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        archive_patient(pk, actor=current_actor(), now=now())

    @action("restore", _("Restore"), icon="ti-archive-off", multiple=False)
    def restore(self, patient: Patient) -> Response:
        with transaction(current_actor()):
            restore_patient(patient.id, actor=current_actor(), now=now())
        flash(gettext("The patient is active."), "success")
        return redirect(self.get_redirect())


def reach() -> list[int]:
    """The clinics in the reader's reach."""
    actor = current_actor()
    return sorted(clinics() if actor.everywhere else actor.clinic_ids)
