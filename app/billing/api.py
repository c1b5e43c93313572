"""Invoices and payments for programs, under /api/v1."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, current_app, jsonify, request
from sqlalchemy import ColumnElement, Select
from sqlalchemy.orm import selectinload

from app.billing import drafting, earnings, issuing, payments
from app.billing.models import Invoice, Payment
from app.billing.queries import called, ensure_knows_patient, invoices_of_visit, issued_on
from app.billing.requests import earnings_question, intent_amount, payment_request
from app.billing.schemas import (
    CheckoutSchema,
    EarnedPaymentSchema,
    EarningsSchema,
    InvoiceChangesSchema,
    InvoiceSchema,
    NewIntentSchema,
    NewInvoiceSchema,
    NewPaymentSchema,
    PaymentSchema,
)
from app.billing.shapes import earnings_fields
from app.billing.stripe_deliveries import begin_stripe_payment
from app.kernel import scope
from app.kernel.clock import now
from app.kernel.db import db, transaction
from app.people.models import Clinic
from app.scheduling.api import day_of
from app.web.bodies import revision_expected, whole_number
from app.web.filters import LARGEST_INTEGER
from app.web.idempotency import idempotent, idempotent_in_steps
from app.web.openapi import Documented
from app.web.resources import ResourceApi, by, documented, expose, json_object, requires
from app.web.security import current_actor
from app.web.zones import page_zone


def of_visit(text: str) -> ColumnElement[bool]:
    return invoices_of_visit(whole_number(text, "visit_id", 0, LARGEST_INTEGER))


class InvoiceApi(ResourceApi):
    """`from` and `to` are days of issue on the clinic's calendar, both included; `search` a number or a patient."""

    resource_name = "invoices"
    resource = "Invoice"
    model = Invoice
    schema = InvoiceSchema
    base_order = ("created_at", "desc")
    order_columns = ["created_at", "issued_at"]
    filter_columns = ["clinic", "doctor", "patient", "status", "issued_at", "created_at"]
    arguments = {
        "clinic_id": by(Invoice.clinic_id),
        "patient_id": by(Invoice.patient_id),
        "doctor_id": by(Invoice.doctor_id),
        "visit_id": of_visit,
        "status": by(Invoice.status),
        "from": lambda text: issued_on(day_of(text, "from"), page_zone(), later=True),
        "to": lambda text: issued_on(day_of(text, "to"), page_zone(), later=False),
        "search": lambda text: called(text, current_actor()),
    }

    def statement(self) -> Select[tuple[Invoice]]:
        return self.datamodel.statement().options(selectinload(Invoice.lines))

    def create(self, values: dict[str, Any]) -> Invoice:
        return drafting.compose_invoice(values, actor=current_actor(), now=now())

    def change(self, pk: int, values: dict[str, Any], revision: int | None) -> Invoice:
        return drafting.edit_draft(pk, values, revision=revision, actor=current_actor(), now=now())

    @expose("/<int:pk>/issue", methods=["POST"])
    @requires("issue")
    @documented("Issue a draft: it gets its number and never changes again", answer=InvoiceSchema)
    @idempotent
    def issue(self, pk: int) -> Response:
        with transaction(current_actor()):
            row = issuing.issue(pk, revision=revision_expected(pk), actor=current_actor(), now=now())
        return self.answer(row)

    @expose("/<int:pk>/payments", methods=["POST"])
    @requires("pay")
    @documented("Take a payment at the desk", body=NewPaymentSchema, answer=PaymentSchema, status=201)
    @idempotent
    def pay(self, pk: int) -> Response:
        asked = payment_request(json_object(), currency=self.row(pk).currency)
        with transaction(current_actor()):
            row = payments.take_payment(
                pk, asked.amount, asked.method, reference=asked.reference, actor=current_actor(), now=now()
            )
        return self.result(PaymentSchema().dump(row), 201)

    @expose("/<int:pk>/payment-intents", methods=["POST"])
    @requires("pay")
    @documented(
        "Begin an online payment of what is open, or of an amount",
        body=NewIntentSchema,
        answer=CheckoutSchema,
        status=201,
    )
    @idempotent_in_steps
    def begin_online(self, pk: int) -> Response:
        amount = intent_amount(json_object() if request.get_data() else {}, currency=self.row(pk).currency)
        checkout = begin_stripe_payment(pk, amount=amount, actor=current_actor(), now=now())
        return self.result(
            {
                "payment": PaymentSchema().dump(checkout.payment),
                "client_secret": checkout.client_secret,
                "publishable_key": current_app.config["STRIPE_PUBLISHABLE_KEY"],
            },
            201,
        )

    def facts(self, name: str, method: Any) -> Documented:
        bodies = {"post": NewInvoiceSchema, "patch": InvoiceChangesSchema}
        found = super().facts(name, method)
        return replace(found, body=bodies.get(name, found.body))


class PatientPaymentsApi(ResourceApi):
    """A patient's payments, newest first."""

    resource_name = "patients"
    resource = "Payment"
    exclude_route_methods = {"get_list", "get"}
    model = Payment
    schema = PaymentSchema
    base_order = ("created_at", "desc")
    order_columns = ["created_at", "paid_at"]
    filter_columns = ["clinic", "doctor", "method", "status"]

    @expose("/<int:pk>/payments", methods=["GET"])
    @requires("list")
    @documented("List a patient's payments", answer=PaymentSchema, many=True)
    def payments(self, pk: int) -> Response:
        ensure_knows_patient(pk, actor=current_actor())
        return self.page_of(self.statement().where(Payment.patient_id == pk))


class EarningsApi(ResourceApi):
    """What the calling doctor earned."""

    resource_name = "doctors"
    resource = "DoctorEarnings"
    exclude_route_methods = {"get_list", "get"}
    model = Payment
    schema = EarnedPaymentSchema
    base_order = ("id", "desc")

    @expose("/earnings", methods=["GET"])
    @requires("list")
    @documented(
        "What the calling doctor earned, with the payments, newest first",
        answer=EarningsSchema,
        query={"start_date": "first day", "end_date": "last day", "status": "", "payment_method": "", "clinic_id": ""},
    )
    def earnings(self) -> Response:
        question = earnings_question(request.args, zone=page_zone())
        found = earnings.earnings(question, actor=current_actor(), now=now())
        page = self.page_of(earnings.earned_payments(question, actor=current_actor())).get_json()
        clinics = scope.rows(Clinic, current_actor())
        summary = earnings_fields(found, currencies=[clinic.currency for clinic in db.session.scalars(clinics)])
        return jsonify(page | {"result": summary | {"payments": page["result"]}})
