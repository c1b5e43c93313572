"""Invoices with their lines and numbers, and payments with their frozen shares; amounts in minor units."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from flask_appbuilder import Model
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.billing.rules import balance
from app.billing.states import InvoiceStatus, PaymentMethod, PaymentStatus
from app.kernel.audit import Audited
from app.kernel.columns import Entity, EnumText, Revised, UtcDateTime, one_of
from app.kernel.money import Money
from app.people.models import Clinic, Doctor
from app.people.patient_models import Patient


class NumberSeries(Model):
    """The last number given out in a clinic's series; its row is the lock that keeps the numbers gapless."""

    __tablename__ = "number_series"

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(24), primary_key=True)
    last_number: Mapped[int] = mapped_column(Integer, default=0)


_BILLS_A_VISIT = text("status IN ('draft', 'issued', 'partially_paid', 'paid', 'partially_refunded')")


_DRAFT = text("status = 'draft'")
_UNPAID = text("status IN ('issued', 'partially_paid')")
_PENDING = text("status = 'pending'")


class Invoice(Audited, Revised, Entity):
    """What a patient owes. The number comes at issue; from then on a trigger keeps all but status and payments.

    `billed_to` and `issued_by` are what was printed at issue (name and address lines), whatever changes later.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("clinic_id", "number", name="uq_invoice_number"),
        one_of("status", InvoiceStatus, "ck_invoice_status"),
        CheckConstraint(
            "(number IS NULL) = (status IN ('draft', 'discarded'))", name="ck_invoice_numbered_when_issued"
        ),
        CheckConstraint(
            "subtotal_minor >= 0 AND discount_minor >= 0 AND tax_minor >= 0 AND total_minor >= 0",
            name="ck_invoice_amounts",
        ),
        CheckConstraint("subtotal_minor - discount_minor + tax_minor = total_minor", name="ck_invoice_total"),
        CheckConstraint("paid_minor >= 0 AND paid_minor <= total_minor", name="ck_invoice_not_overpaid"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= paid_minor", name="ck_invoice_not_over_refunded"),
        Index(
            "uq_invoice_visit", "visit_id", unique=True, postgresql_where=_BILLS_A_VISIT, sqlite_where=_BILLS_A_VISIT
        ),
        Index("ix_invoice_clinic_created", "clinic_id", "created_at", "id"),
        Index("ix_invoice_clinic_issued", "clinic_id", "issued_at", "id"),
        Index("ix_invoice_created", "created_at", "id"),
        Index("ix_invoice_patient", "patient_id", "created_at"),
        Index("ix_invoice_doctor", "doctor_id", "issued_at"),
        Index("ix_invoice_appointment", "appointment_id"),
        Index("ix_invoice_visit", "visit_id"),
        Index("ix_invoice_draft", "clinic_id", "created_at", postgresql_where=_DRAFT, sqlite_where=_DRAFT),
        Index("ix_invoice_unpaid", "clinic_id", "due_date", postgresql_where=_UNPAID, sqlite_where=_UNPAID),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    number: Mapped[str | None] = mapped_column(String(40))
    status: Mapped[InvoiceStatus] = mapped_column(EnumText(InvoiceStatus), default=InvoiceStatus.DRAFT)
    currency: Mapped[str] = mapped_column(String(3))
    subtotal_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    total_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    paid_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    due_date: Mapped[date | None] = mapped_column(Date)
    billed_to: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    issued_by: Mapped[dict[str, Any] | None] = mapped_column(JSON)

    clinic: Mapped[Clinic] = relationship()
    patient: Mapped[Patient] = relationship()
    doctor: Mapped[Doctor] = relationship()
    lines: Mapped[list[InvoiceLine]] = relationship(
        order_by="InvoiceLine.position", cascade="all, delete-orphan", back_populates="invoice"
    )
    payments: Mapped[list[Payment]] = relationship(order_by="Payment.id", back_populates="invoice", viewonly=True)

    @property
    def balance(self) -> Money:
        """What is still to be paid."""
        total, paid = Money(self.total_minor, self.currency), Money(self.paid_minor, self.currency)
        return balance(self.status, total, paid)

    @property
    def described(self) -> str:
        """What was billed: the texts of the lines, each once."""
        return ", ".join(dict.fromkeys(line.description for line in self.lines))

    def __str__(self) -> str:
        return self.number or f"#{self.id}"


class InvoiceLine(Model):
    """One line; price and tax were copied when it was drafted. `total_minor` is after discount, without tax."""

    __tablename__ = "invoice_line"
    __table_args__ = (
        UniqueConstraint("invoice_id", "position", name="uq_invoice_line_position"),
        CheckConstraint("quantity > 0", name="ck_invoice_line_quantity"),
        CheckConstraint(
            "unit_price_minor >= 0 AND discount_minor >= 0 AND tax_minor >= 0 AND total_minor >= 0",
            name="ck_invoice_line_amounts",
        ),
        CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="ck_invoice_line_tax"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    service_id: Mapped[int | None] = mapped_column(ForeignKey("service.id"))
    description: Mapped[str] = mapped_column(String(400))
    quantity: Mapped[int] = mapped_column(Integer)
    unit_price_minor: Mapped[int] = mapped_column(BigInteger)
    discount_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    tax_rate_bp: Mapped[int] = mapped_column(Integer, default=0)
    tax_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    total_minor: Mapped[int] = mapped_column(BigInteger)

    invoice: Mapped[Invoice] = relationship(back_populates="lines")


class Payment(Audited, Revised, Entity):
    """Money towards an invoice. Once received its shares are frozen: doctor + centre = the amount net of tax.

    Of a card there are kept the brand, the last four digits and the provider's receipt URL, nothing else.
    """

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("stripe_intent_id", name="uq_payment_stripe_intent"),
        one_of("method", PaymentMethod, "ck_payment_method"),
        one_of("status", PaymentStatus, "ck_payment_status"),
        CheckConstraint("amount_minor > 0", name="ck_payment_amount"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= amount_minor", name="ck_payment_not_over_refunded"),
        CheckConstraint(
            "doctor_share_minor >= 0 AND center_share_minor >= 0"
            " AND doctor_share_minor + center_share_minor <= amount_minor",
            name="ck_payment_shares",
        ),
        Index("ix_payment_invoice", "invoice_id"),
        Index("ix_payment_clinic_created", "clinic_id", "created_at", "id"),
        Index("ix_payment_created", "created_at", "id"),
        Index("ix_payment_doctor_paid", "doctor_id", "paid_at"),
        Index("ix_payment_patient", "patient_id"),
        Index("ix_payment_pending", "clinic_id", "created_at", postgresql_where=_PENDING, sqlite_where=_PENDING),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoice.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    method: Mapped[PaymentMethod] = mapped_column(EnumText(PaymentMethod))
    status: Mapped[PaymentStatus] = mapped_column(EnumText(PaymentStatus))
    share_bp: Mapped[int] = mapped_column(Integer, default=0)
    doctor_share_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    center_share_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    reference: Mapped[str | None] = mapped_column(String(120))
    failure: Mapped[str | None] = mapped_column(String(200))
    stripe_intent_id: Mapped[str | None] = mapped_column(String(80))
    stripe_charge_id: Mapped[str | None] = mapped_column(String(80))
    card_brand: Mapped[str | None] = mapped_column(String(24))
    card_last4: Mapped[str | None] = mapped_column(String(4))
    receipt_url: Mapped[str | None] = mapped_column(String(500))

    invoice: Mapped[Invoice] = relationship(back_populates="payments")
    clinic: Mapped[Clinic] = relationship()
    patient: Mapped[Patient] = relationship()
    doctor: Mapped[Doctor] = relationship()

    @property
    def moment(self) -> datetime:
        """When the money came; of money that did not come, when it was asked for."""
        return self.paid_at or self.created_at

    def __str__(self) -> str:
        return f"#{self.id}"
