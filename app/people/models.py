"""Clinics and who works there."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.kernel.audit import Audited
from app.kernel.columns import Entity, Revised


class Clinic(Audited, Revised, Entity):
    """A place with its own patients, calendar, queue and books.

    `timezone` is an IANA name, `country` ISO 3166, `currency` ISO 4217.
    """

    __tablename__ = "clinic"
    __table_args__ = (UniqueConstraint("code", name="uq_clinic_code"),)

    code: Mapped[str] = mapped_column(String(24))
    name: Mapped[str] = mapped_column(String(120))
    country: Mapped[str] = mapped_column(String(2))
    timezone: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    language: Mapped[str] = mapped_column(String(12), default="en")
    address: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(String(20))
    email: Mapped[str | None] = mapped_column(String(254))
    tax_id: Mapped[str | None] = mapped_column(String(40))
    is_active: Mapped[bool] = mapped_column(default=True)

    def __str__(self) -> str:
        return self.name


class Setting(Audited, Entity):
    """One value that a clinic has set; `app/people/settings.py` knows the names, types and defaults."""

    __tablename__ = "setting"
    __table_args__ = (UniqueConstraint("clinic_id", "name", name="uq_setting"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(64))
    value: Mapped[Any] = mapped_column(JSON)

    clinic: Mapped[Clinic] = relationship()

    def __str__(self) -> str:
        return self.name


class Specialty(Audited, Entity):
    __tablename__ = "specialty"
    __table_args__ = (UniqueConstraint("name", name="uq_specialty_name"),)

    name: Mapped[str] = mapped_column(String(80))

    def __str__(self) -> str:
        return self.name


class Doctor(Audited, Revised, Entity):
    """Somebody who sees patients. `share_bp` is the doctor's part of a payment net of tax, in 1/10,000."""

    __tablename__ = "doctor"
    __table_args__ = (
        UniqueConstraint("user_id", name="uq_doctor_user"),
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="ck_doctor_share"),
    )

    name: Mapped[str] = mapped_column(String(120))
    specialty_id: Mapped[int | None] = mapped_column(ForeignKey("specialty.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id"))
    email: Mapped[str | None] = mapped_column(String(254))
    phone: Mapped[str | None] = mapped_column(String(20))
    share_bp: Mapped[int] = mapped_column(Integer, default=5000)
    is_active: Mapped[bool] = mapped_column(default=True)

    specialty: Mapped[Specialty | None] = relationship()
    user: Mapped[User | None] = relationship(User)
    clinics: Mapped[list[DoctorClinic]] = relationship(back_populates="doctor", cascade="all, delete-orphan")

    def __str__(self) -> str:
        return self.name


class DoctorClinic(Audited, Entity):
    """A doctor works at a clinic, in a room, for a share of their own there (else the doctor's).

    `daily_maximum` is how many appointments the doctor takes there on one day; none is without limit.
    """

    __tablename__ = "doctor_clinic"
    __table_args__ = (
        UniqueConstraint("doctor_id", "clinic_id", name="uq_doctor_clinic"),
        CheckConstraint("share_bp IS NULL OR share_bp BETWEEN 0 AND 10000", name="ck_doctor_clinic_share"),
        CheckConstraint(
            "daily_maximum IS NULL OR daily_maximum BETWEEN 1 AND 200", name="ck_doctor_clinic_daily_maximum"
        ),
    )

    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)
    share_bp: Mapped[int | None] = mapped_column(Integer)
    room: Mapped[str | None] = mapped_column(String(40))
    daily_maximum: Mapped[int | None] = mapped_column(Integer)

    doctor: Mapped[Doctor] = relationship(back_populates="clinics")
    clinic: Mapped[Clinic] = relationship()

    def __str__(self) -> str:
        return f"{self.doctor} · {self.clinic}"


class StaffClinic(Audited, Entity):
    """A receptionist or accountant belongs to a clinic."""

    __tablename__ = "staff_clinic"
    __table_args__ = (UniqueConstraint("user_id", "clinic_id", name="uq_staff_clinic"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id"))
    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"), index=True)

    user: Mapped[User] = relationship(User)
    clinic: Mapped[Clinic] = relationship()

    def __str__(self) -> str:
        return f"{self.user} · {self.clinic}"


class UserPreference(Model):
    """What somebody chose for the pages they see: their language (a locale such as "pt_BR")."""

    __tablename__ = "user_preference"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(12))


class Service(Audited, Revised, Entity):
    """What a clinic offers. Price without tax, in minor units of the clinic's currency; tax and share in 1/10,000."""

    __tablename__ = "service"
    __table_args__ = (
        UniqueConstraint("clinic_id", "name", name="uq_service_name"),
        CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="ck_service_duration"),
        CheckConstraint(
            "buffer_before_minutes BETWEEN 0 AND 240 AND buffer_after_minutes BETWEEN 0 AND 240",
            name="ck_service_buffers",
        ),
        CheckConstraint("price_minor >= 0", name="ck_service_price"),
        CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="ck_service_tax"),
        CheckConstraint("share_bp IS NULL OR share_bp BETWEEN 0 AND 10000", name="ck_service_share"),
    )

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(String(120))
    duration_minutes: Mapped[int] = mapped_column(Integer)
    buffer_before_minutes: Mapped[int] = mapped_column(Integer, default=0)
    buffer_after_minutes: Mapped[int] = mapped_column(Integer, default=0)
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    tax_rate_bp: Mapped[int] = mapped_column(Integer, default=0)
    share_bp: Mapped[int | None] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(default=True)

    clinic: Mapped[Clinic] = relationship()

    def __str__(self) -> str:
        return self.name


class DoctorService(Audited, Entity):
    """A doctor offers a service, perhaps at a duration or price of their own; all of a clinic's without rows there."""

    __tablename__ = "doctor_service"
    __table_args__ = (
        UniqueConstraint("doctor_id", "service_id", name="uq_doctor_service"),
        CheckConstraint(
            "duration_minutes IS NULL OR duration_minutes BETWEEN 1 AND 1440", name="ck_doctor_service_duration"
        ),
        CheckConstraint("price_minor IS NULL OR price_minor >= 0", name="ck_doctor_service_price"),
    )

    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    duration_minutes: Mapped[int | None] = mapped_column(Integer)
    price_minor: Mapped[int | None] = mapped_column(BigInteger)

    doctor: Mapped[Doctor] = relationship()
    service: Mapped[Service] = relationship()

    def __str__(self) -> str:
        return f"{self.doctor} · {self.service}"


class Holiday(Audited, Entity):
    """A clinic is closed on this date."""

    __tablename__ = "holiday"
    __table_args__ = (UniqueConstraint("clinic_id", "day", name="uq_holiday"),)

    clinic_id: Mapped[int] = mapped_column(ForeignKey("clinic.id"))
    day: Mapped[date] = mapped_column(Date)
    name: Mapped[str] = mapped_column(String(80))

    clinic: Mapped[Clinic] = relationship()

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class DoctorPatient(Model):
    """A doctor treats, or is booked by, a patient; written on booking and walk-in, read by the doctor's scope."""

    __tablename__ = "doctor_patient"
    __table_args__ = (Index("ix_doctor_patient_patient", "patient_id"),)

    doctor_id: Mapped[int] = mapped_column(ForeignKey("doctor.id"), primary_key=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
