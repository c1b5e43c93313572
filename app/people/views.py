"""The screen of patients: the front desk's list, a doctor's own, with what happened to each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder import expose
from flask_appbuilder.models.filters import Filters
from flask_appbuilder.security.decorators import has_access
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement
from werkzeug.wrappers import Response

from app.kernel.clock import now
from app.kernel.db import transaction
from app.people.forms import GENDERS, gender_field, pairs_field
from app.people.patient_models import Patient
from app.people.patient_queries import matching
from app.people.patients import archive_patient, may_read_clinical, register_patient, restore_patient, update_patient
from app.people.roles import Role
from app.people.rules import CLINICAL_FIELDS
from app.web import permissions
from app.web.crud import CommandView, ScopedInterface
from app.web.filters import Equal
from app.web.formatters import show_value
from app.web.scoped import Count
from app.web.security import current_actor

PERSONAL = ["name", "phone", "email", "date_of_birth", "gender", "whatsapp_name"]
ORGANISED = ["tags", "preferred_doctor", "contact_patient", "external_id", "custom_fields"]
COUNTED = ["total_visits", "total_cancellations", "total_no_shows", "first_visit_date", "last_visit_date"]


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
    show_columns = [*PERSONAL[1:], *CLINICAL_FIELDS, *ORGANISED, *COUNTED, "clinic"]
    fleeting_columns = ["whatsapp_name", *ORGANISED, "first_visit_date"]
    add_columns = ["clinic", *PERSONAL, *CLINICAL_FIELDS, *ORGANISED]
    edit_columns = [*PERSONAL, *CLINICAL_FIELDS, *ORGANISED]
    search_columns = ["clinic", "is_active", "contact_patient"]
    order_columns = ["name"]
    base_order = ("name", "asc")
    search_hint = _("Name, phone, e-mail or number")
    delete_warning = _("A patient with a history is archived and can be restored; one without is deleted for good.")
    description_columns = {
        "phone": _("Any usual writing; a number from abroad with its country code."),
        "tags": _("With commas between them."),
        "contact_patient": _("Who is called for a child or a dependant."),
    }
    formatters_columns = {
        "gender": lambda gender: show_value(GENDERS.get(gender)),
        "custom_fields": pairs,
    }
    show_template = "people/patient.html"
    add_form_extra_fields = {"gender": gender_field(), "custom_fields": pairs_field()}
    edit_form_extra_fields = {"gender": gender_field(), "custom_fields": pairs_field()}
    delete_row_message = _("Deleted, or archived where there is a history.")

    def withheld(self, act: str) -> Collection[str]:
        """Clinical fields are the doctors', all others the desk's to set."""
        actor = current_actor()
        hidden = set() if may_read_clinical(actor) else set(CLINICAL_FIELDS)
        if act == "edit" and not actor.has_role(Role.ADMIN, Role.RECEPTIONIST):
            hidden |= {*PERSONAL, *ORGANISED}
        return hidden

    def _page_of(self, filters: Filters, *asked: Any) -> tuple[int, Count, list[Any]]:
        """Archived patients are in the list where it is filtered by them."""
        if not any(found.column_name == "is_active" for found in filters.filters):
            filters = filters.copy()
            filters._add_filter(Equal("is_active", self.datamodel), "y")  # noqa: SLF001 - there is no public way
        return super()._page_of(filters, *asked)

    def search_text(self, text: str) -> ColumnElement[bool]:
        actor = current_actor()
        return matching(text, None if actor.everywhere else actor.clinic_ids)

    def new_row_of(self, text: str) -> dict[str, str]:
        return {"phone" if text.strip("+0123456789 ()/.-") == "" else "name": text}

    def add_command(self, values: dict[str, Any]) -> Patient:
        values.pop("revision")
        return register_patient(values, clinic_id=values.pop("clinic_id"), actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> Patient:
        return update_patient(pk, values, revision=values.pop("revision"), actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        archive_patient(pk, actor=current_actor(), now=now())

    @expose("/restore/<pk>", methods=["POST"])
    @has_access
    def restore(self, pk: str) -> Response:
        key = self.row(pk).id
        with transaction(current_actor()):
            restore_patient(key, actor=current_actor(), now=now())
        flash(gettext("The patient is active."), "success")
        return redirect(url_for("PatientView.show", pk=key))

    def render_template(self, template: str, **values: Any) -> str:
        may_restore = permissions.allows(current_actor(), self.resource, "restore")
        page: str = super().render_template(template, **values, may_restore=may_restore)
        return page
