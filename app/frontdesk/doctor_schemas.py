"""What a doctor's own pages are made of, in JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields

from app.billing.schemas import EarnedPaymentSchema
from app.frontdesk.doctor_patients import Dealings, dealings_with, sharing_email
from app.frontdesk.doctor_stats import DoctorStats
from app.kernel.money import Money
from app.people.patient_models import Patient
from app.scheduling.schemas import AppointmentSchema
from app.web.security import current_actor


class SpendSchema(Schema):
    currency = fields.String(required=True)
    amount = fields.String(required=True)


class CustomerSchema(Schema):
    """A patient of the calling doctor; patients who share an e-mail are one, whose `id` is that of the first.

    `total_spend` is in `currency`, that in which most was paid; `spend` has all.
    """

    id = fields.Integer(required=True)
    clinic_id = fields.Integer(required=True)
    patient_ids = fields.List(fields.Integer(), required=True)
    name = fields.String(required=True)
    email = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    appointment_count = fields.Integer(required=True)
    total_spend = fields.String(required=True)
    currency = fields.String(required=True)
    spend = fields.List(fields.Nested(SpendSchema), required=True)
    last_visit_date = fields.Date(allow_none=True)

    def dump(self, obj: Any, *, many: bool | None = None) -> Any:
        """What `customers_of` makes of one patient, or of a page of them in a fixed number of statements."""
        several = self.many if many is None else many
        rows: list[Patient] = list(obj) if several and isinstance(obj, Iterable) else [obj]
        dumped = customers_of(rows)
        return dumped if several else dumped[0]


class CustomerDetailSchema(CustomerSchema):
    """The newest hundred of each list; `GET /patients/<id>/appointments` and `/doctors/earnings` page the rest."""

    appointments = fields.List(fields.Nested(AppointmentSchema), required=True)
    payments = fields.List(fields.Nested(EarnedPaymentSchema), required=True)


class RevenueSchema(Schema):
    """The doctor's share of what was paid today, of what of it was given back, and of what was issued and is unpaid."""

    currency = fields.String(required=True)
    pending = fields.String(required=True)
    paid = fields.String(required=True)
    refunded = fields.String(required=True)


class DoctorStatsSchema(Schema):
    """`upcoming_appointments` begin within thirty days. `today_revenue` is null for a doctor without a clinic.

    It is in the currency of the doctor's first clinic; `today_revenue_by_currency` has all.
    """

    today_visits = fields.Integer(required=True)
    waiting = fields.Integer(required=True)
    active_consultations = fields.Integer(required=True)
    completed = fields.Integer(required=True)
    upcoming_appointments = fields.Integer(required=True)
    today_revenue = fields.Nested(RevenueSchema, required=True, allow_none=True)
    today_revenue_by_currency = fields.List(fields.Nested(RevenueSchema), required=True)


def customers_of(patients: Sequence[Patient]) -> list[dict[str, Any]]:
    """Each of these patients of the calling doctor, added up with those who share the e-mail."""
    groups = sharing_email(patients, actor=current_actor())
    ids = sorted({one.id for group in groups.values() for one in group})
    dealings = dealings_with(ids, actor=current_actor())
    return [_customer(patient, groups[patient.id], dealings) for patient in patients]


def stats_fields(stats: DoctorStats) -> dict[str, Any]:
    """The day's figures by the contract's names."""
    revenue = [
        {"currency": currency, "pending": str(one.pending), "paid": str(one.paid), "refunded": str(one.refunded)}
        for currency, one in stats.today_revenue.items()
    ]
    return {
        "today_visits": stats.today_visits,
        "waiting": stats.waiting,
        "active_consultations": stats.active_consultations,
        "completed": stats.completed,
        "upcoming_appointments": stats.upcoming_appointments,
        "today_revenue": revenue[0] if revenue else None,
        "today_revenue_by_currency": revenue,
    }


def _customer(patient: Patient, group: Sequence[Patient], dealings: Mapping[int, Dealings]) -> dict[str, Any]:
    own = [dealings[one.id] for one in group]
    spend: dict[str, Money] = {}
    for one in own:
        spend[one.spend.currency] = spend.get(one.spend.currency, Money.zero(one.spend.currency)) + one.spend
    ranked = sorted(spend.values(), key=lambda money: (-money.minor, money.currency))
    days = [one.last_visit for one in own if one.last_visit]
    return {
        "id": patient.id,
        "clinic_id": patient.clinic_id,
        "patient_ids": [one.id for one in group],
        "name": patient.name,
        "email": patient.email,
        "phone": patient.phone,
        "appointment_count": sum(one.appointment_count for one in own),
        "total_spend": str(ranked[0]),
        "currency": ranked[0].currency,
        "spend": [{"currency": money.currency, "amount": str(money)} for money in ranked],
        "last_visit_date": max(days).isoformat() if days else None,
    }
