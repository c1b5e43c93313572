"""What a doctor's own pages show, for programs, under /api/v1."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from sqlalchemy.orm import joinedload

from app.billing.models import Invoice, Payment
from app.billing.schemas import EarnedPaymentSchema
from app.frontdesk import doctor_patients
from app.frontdesk.doctor_schedule import ARGUMENTS, my_schedule, schedule_question
from app.frontdesk.doctor_schemas import CustomerDetailSchema, CustomerSchema, DoctorStatsSchema, stats_fields
from app.frontdesk.doctor_stats import get_doctor_stats
from app.kernel.clock import now
from app.kernel.db import db
from app.kernel.errors import NotFound
from app.people.patient_models import Patient
from app.scheduling.models import Appointment
from app.scheduling.schemas import AppointmentSchema
from app.web.asked import LONGEST_SEARCH
from app.web.resources import Api, ResourceApi, documented, expose, requires
from app.web.scoped import key_of
from app.web.security import current_actor
from app.web.zones import page_zone

MOST_IN_DETAIL = 100
SEARCH = {"search": "part of a name, a phone or an e-mail"}


class CustomersResource(ResourceApi):
    """Patients with an appointment of the calling doctor that is not cancelled."""

    resource = "DoctorPatients"
    exclude_route_methods = {"get_list", "get"}
    model = Patient
    schema = CustomerSchema
    base_order = ("name", "asc")
    order_columns = ["name", "id"]

    def found(self) -> Response:
        search = request.args.get("search", "").strip()[:LONGEST_SEARCH]
        return self.page_of(doctor_patients.customers(search=search, actor=current_actor()))

    def detail(self, patient: Patient | None) -> Response:
        if patient is None:
            raise NotFound
        actor, shown = current_actor(), CustomerSchema().dump(patient)
        appointments = doctor_patients.appointments_with(shown["patient_ids"], actor=actor)
        related = (joinedload(Appointment.clinic), joinedload(Appointment.patient))
        payments = doctor_patients.payments_with(shown["patient_ids"], actor=actor)
        billed = (joinedload(Payment.patient), joinedload(Payment.invoice).selectinload(Invoice.lines))
        return self.result(
            shown
            | {
                "appointments": AppointmentSchema(many=True).dump(newest(appointments.options(*related))),
                "payments": EarnedPaymentSchema(many=True).dump(newest(payments.options(*billed))),
            }
        )


def newest(statement: Any) -> list[Any]:
    return list(db.session.scalars(statement.limit(MOST_IN_DETAIL)))


def customer(key: str) -> Patient | None:
    """Who has this e-mail, or this id."""
    pk = key_of(key)
    return doctor_patients.find_customer(key.strip() if pk is None else pk, actor=current_actor())


class DoctorPatientsApi(CustomersResource):
    resource_name = "doctors"

    @expose("/patients", methods=["GET"])
    @requires("list")
    @documented("Patients of the calling doctor", answer=CustomerSchema, many=True, query=SEARCH)
    def patients(self) -> Response:
        return self.found()


class AppointmentPatientsApi(CustomersResource):
    resource_name = "appointments"

    @expose("/patients", methods=["GET"])
    @requires("list")
    @documented("Patients of the calling doctor", answer=CustomerSchema, many=True, query=SEARCH)
    def patients(self) -> Response:
        return self.found()

    @expose("/patients/<email>", methods=["GET"])
    @requires("show")
    @documented("One of them, with appointments and payments", answer=CustomerDetailSchema)
    def patient(self, email: str) -> Response:
        return self.detail(customer(email))


class CustomersApi(CustomersResource):
    resource_name = "customers"

    @expose("", methods=["GET"])
    @requires("list")
    @documented("Patients of the calling doctor", answer=CustomerSchema, many=True, query=SEARCH)
    def patients(self) -> Response:
        return self.found()

    @expose("/<key>", methods=["GET"])
    @requires("show")
    @documented("One of them by id or e-mail, with appointments and payments", answer=CustomerDetailSchema)
    def patient(self, key: str) -> Response:
        return self.detail(customer(key))


class DoctorDayApi(Api):
    resource_name = "dashboard"
    resource = "DoctorPortal"

    @expose("/doctor/stats", methods=["GET"])
    @requires("list")
    @documented("The calling doctor's day in figures", answer=DoctorStatsSchema)
    def stats(self) -> Response:
        return self.result(stats_fields(get_doctor_stats(actor=current_actor(), now=now())))


class DoctorScheduleApi(ResourceApi):
    """`from` and `to` are days, both included; today and thirty days on without them."""

    resource_name = "dashboard"
    resource = "DoctorSchedule"
    exclude_route_methods = {"get_list", "get"}
    model = Appointment
    schema = AppointmentSchema
    base_order = ("starts_at", "asc")
    order_columns = ["starts_at"]
    filter_columns = ["clinic", "patient", "service", "status"]
    load = ["clinic", "patient"]

    @expose("/doctor/appointments", methods=["GET"])
    @requires("list")
    @documented(
        "The calling doctor's appointments", answer=AppointmentSchema, many=True, query=dict.fromkeys(ARGUMENTS, "")
    )
    def appointments(self) -> Response:
        question = schedule_question(request.args, zone=page_zone(), now=now())
        return self.page_of(my_schedule(question, actor=current_actor()))
