"""A doctor's own patients as pages."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import joinedload, load_only
from werkzeug.wrappers import Response

from app.billing.models import Payment
from app.billing.words import METHOD_WORDS
from app.frontdesk import doctor_patients
from app.frontdesk.board_page import age_in_years
from app.frontdesk.models import Visit
from app.kernel import scope
from app.kernel.clock import clinic_day, now
from app.kernel.money import Money
from app.people.patient_models import Patient
from app.people.phones import format_phone
from app.people.roles import Role
from app.scheduling.models import Appointment
from app.web.asked import LONGEST_SEARCH
from app.web.own_pages import of_own_record
from app.web.paging import asked_order, page_of_rows
from app.web.security import current_actor
from app.web.zones import clinics, clinics_as

ROWS_EACH = 10


class DoctorPatientsView(BaseView):
    resource = class_permission_name = "DoctorPatients"
    route_base = "/doctor/patients"
    default_view = "page"
    list_title = _("My patients")

    @expose("", methods=["GET"])
    @has_access
    @permission_name("list")
    @of_own_record()
    def page(self) -> Any:
        actor = current_actor()
        search, (order, descending) = asked_search(), asked_order(doctor_patients.ORDERS)
        rows = doctor_patients.my_patients(search=search, order=order, descending=descending, actor=actor)
        page = page_of_rows(rows.options(listed()))
        dealings = doctor_patients.dealings_with([patient.id for patient in page.rows], actor=actor)
        shown = {
            "page": page,
            "dealings": dealings,
            "search": search,
            "order": (order, descending),
            **words_and_places(),
        }
        return self.render_template("frontdesk/my_patients.html", title=self.list_title, **shown)

    @expose("/<int:pk>", methods=["GET"])
    @has_access
    @of_own_record(status=404)
    def show(self, pk: int) -> Any:
        actor = current_actor()
        patient = scope.get(Patient, pk, actor=actor)
        shown = {
            "patient": patient,
            "age": age_of(patient),
            "dealings": doctor_patients.dealings_with([pk], actor=actor)[pk],
            **lists_of(pk),
            **words_and_places(),
        }
        return self.render_template("frontdesk/my_patient.html", title=patient.name, **shown)


def lists_of(patient_id: int) -> dict[str, Any]:
    """Visits, appointments and payments with the doctor, each with its own pages."""
    actor, service = current_actor(), joinedload(Appointment.service)
    visits = doctor_patients.visits_with(patient_id, actor=actor).options(joinedload(Visit.service))
    appointments = doctor_patients.appointments_with([patient_id], actor=actor).options(service)
    payments = doctor_patients.payments_with([patient_id], actor=actor).options(joinedload(Payment.invoice))
    asked = {"visits": visits, "appointments": appointments, "payments": payments}
    return {name: page_of_rows(rows, size=ROWS_EACH, argument=f"{name}_page") for name, rows in asked.items()}


def age_of(patient: Patient) -> int | None:
    born, today = patient.date_of_birth, clinic_day(now(), clinics()[patient.clinic_id].zone)
    return age_in_years(born.isoformat() if born else None, today.isoformat())


def asked_search() -> str:
    return request.args.get("q", "").strip()[:LONGEST_SEARCH]


def listed() -> Any:
    """What the list shows of a patient; nothing clinical leaves the database for it."""
    return load_only(Patient.name, Patient.phone, Patient.email, Patient.clinic_id, Patient.is_active)


def words_and_places() -> dict[str, Any]:
    return {
        "clinics": clinics(),
        "several_clinics": len(clinics_as(Role.DOCTOR)) > 1,
        "phone_text": lambda phone: format_phone(phone, "ZZ"),
        "method_word": lambda method: gettext(METHOD_WORDS[method]),
        "amount_of": Money,
    }


class PatientShortcuts(BaseView):
    """Older addresses of a doctor's patients."""

    resource = class_permission_name = "DoctorPatients"
    route_base = ""

    @expose("/appointments/patients", methods=["GET"])
    @expose("/customers", methods=["GET"])
    @has_access
    @permission_name("list")
    def lead(self) -> Response:
        return redirect(url_for("DoctorPatientsView.page", q=request.args.get("search")))
