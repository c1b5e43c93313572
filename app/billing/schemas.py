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

    service_id = fields.Integer(allow_none=True)
    description = fields.String(required=True)
    quantity = fields.Integer(required=True)
    unit_price = Amount(attribute="unit_price_minor", required=True)
    discount = Amount(attribute="discount_minor", required=True)
    tax_rate = Rate(attribute="tax_rate_bp", required=True)
    total = Amount(attribute="total_minor", required=True)


class InvoiceSchema(Schema):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    number = fields.String(allow_none=True)
    status = fields.String(required=True)
    patient_id = fields.Integer(required=True)
    doctor_id = fields.Integer(required=True)
    visit_id = fields.Integer(allow_none=True)
    appointment_id = fields.Integer(allow_none=True)
    currency = fields.String(required=True)
    lines = fields.List(fields.Nested(LineSchema), required=True)
    subtotal = Amount(attribute="subtotal_minor", required=True)
    discount = Amount(attribute="discount_minor", required=True)
    tax = Amount(attribute="tax_minor", required=True)
    total = Amount(attribute="total_minor", required=True)
    paid = Amount(attribute="paid_minor", required=True)
    balance = Amount(attribute="balance", required=True)
    issued_at = ClinicTime(allow_none=True)
    due_date = fields.Date(allow_none=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class PaymentSchema(Schema):
    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    invoice_id = fields.Integer(required=True)
    visit_id = fields.Integer(allow_none=True)
    amount = Amount(attribute="amount_minor", required=True)
    currency = fields.String(required=True)
    method = fields.String(required=True)
    status = fields.String(required=True)
    doctor_share = Amount(attribute="doctor_share_minor", required=True)
    center_share = Amount(attribute="center_share_minor", required=True)
    paid_at = ClinicTime(allow_none=True)
    card_brand = fields.String(allow_none=True)
    card_last4 = fields.String(allow_none=True)
    receipt_url = fields.String(allow_none=True)
    created_at = ClinicTime(required=True)
    updated_at = ClinicTime(required=True)


class EarnedPaymentSchema(PaymentSchema):
    """A payment as its doctor sees it."""

    class Meta:
        exclude = ("center_share", "receipt_url", "card_brand", "card_last4")

    patient_id = fields.Integer()
    patient_name = fields.String(attribute="patient.name")
    service = fields.String(attribute="invoice.described", metadata={"description": "The texts of the invoice's lines"})


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
    payment = fields.Nested(PaymentSchema, required=True)
    client_secret = fields.String(required=True)
    publishable_key = fields.String(required=True)
