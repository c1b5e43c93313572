"""Invoices and payments in JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields

from app.web.api_fields import Amount, ClinicTime


class Rate(fields.String):
    """1/10,000 as percent, a decimal text: 750 is "7.50"."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{Decimal(value) / 100:.2f}"


class LineSchema(Schema):
    """`discount` and `total` are of the whole line; `total` after discount and without tax."""

    service_id = fields.Integer()
    description = fields.String()
    quantity = fields.Integer()
    unit_price = Amount(attribute="unit_price_minor")
    discount = Amount(attribute="discount_minor")
    tax_rate = Rate(attribute="tax_rate_bp")
    total = Amount(attribute="total_minor")


class InvoiceSchema(Schema):
    id = fields.Integer()
    clinic_id = fields.Integer()
    number = fields.String()
    status = fields.String()
    patient_id = fields.Integer()
    doctor_id = fields.Integer()
    visit_id = fields.Integer()
    appointment_id = fields.Integer()
    currency = fields.String()
    lines = fields.List(fields.Nested(LineSchema))
    subtotal = Amount(attribute="subtotal_minor")
    discount = Amount(attribute="discount_minor")
    tax = Amount(attribute="tax_minor")
    total = Amount(attribute="total_minor")
    paid = Amount(attribute="paid_minor")
    balance = Amount(attribute="balance")
    issued_at = ClinicTime()
    due_date = fields.Date()
    created_at = ClinicTime()
    updated_at = ClinicTime()


class PaymentSchema(Schema):
    id = fields.Integer()
    clinic_id = fields.Integer()
    invoice_id = fields.Integer()
    visit_id = fields.Integer()
    amount = Amount(attribute="amount_minor")
    currency = fields.String()
    method = fields.String()
    status = fields.String()
    doctor_share = Amount(attribute="doctor_share_minor")
    center_share = Amount(attribute="center_share_minor")
    paid_at = ClinicTime()
    card_brand = fields.String()
    card_last4 = fields.String()
    receipt_url = fields.String()
    created_at = ClinicTime()
    updated_at = ClinicTime()


class EarnedPaymentSchema(PaymentSchema):
    """A payment as its doctor sees it."""

    class Meta:
        exclude = ("center_share", "receipt_url", "card_brand", "card_last4")

    patient_id = fields.Integer()
    patient_name = fields.String(attribute="patient.name")


class EarningsTotalsSchema(Schema):
    """`total_paid` and `refunded` of the payments asked about; `pending` and `this_month` of all."""

    currency = fields.String()
    total_paid = fields.String()
    pending = fields.String()
    refunded = fields.String()
    this_month = fields.String()


class EarningsPartSchema(Schema):
    date = fields.Date()
    status = fields.String()
    currency = fields.String()
    count = fields.Integer()
    gross = fields.String()
    share = fields.String()


class EarningsSchema(Schema):
    """`summary` is in the currency in which most was paid; `by_currency` has all."""

    summary = fields.Nested(EarningsTotalsSchema)
    by_currency = fields.List(fields.Nested(EarningsTotalsSchema))
    by_date = fields.List(fields.Nested(EarningsPartSchema))
    by_status = fields.List(fields.Nested(EarningsPartSchema))
    payments = fields.List(fields.Nested(EarnedPaymentSchema))


# -- what is sent; read by app/billing/drafting.py and requests.py, here for the reference ----------------------------


class NewLineSchema(Schema):
    service_id = fields.Integer()
    description = fields.String()
    quantity = fields.Integer()
    unit_price = fields.String()
    discount = fields.String()
    tax_rate = fields.String()


class InvoiceChangesSchema(Schema):
    due_date = fields.Date()
    lines = fields.List(fields.Nested(NewLineSchema))


class NewInvoiceSchema(InvoiceChangesSchema):
    clinic_id = fields.Integer()
    patient_id = fields.Integer()
    doctor_id = fields.Integer()
    visit_id = fields.Integer()
    appointment_id = fields.Integer()


class NewPaymentSchema(Schema):
    amount = fields.String(required=True)
    method = fields.String(required=True)
    reference = fields.String()


class NewIntentSchema(Schema):
    amount = fields.String()


class CheckoutSchema(Schema):
    payment = fields.Nested(PaymentSchema)
    client_secret = fields.String()
    publishable_key = fields.String()
