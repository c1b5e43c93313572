"""What type-aheads find of people: patients, doctors, clinics, services, specialties."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import joinedload

from app.people.models import Clinic, Doctor, Service, Specialty
from app.people.patient_models import Patient
from app.people.patient_queries import best_matching
from app.people.phones import format_phone
from app.web.formatters import date_text
from app.web.lookups import Lookup, offer
from app.web.security import current_actor

LEFT_TO_RIGHT_MARK = "\u200e"  # a phone number keeps its order beside an Arabic name


def named(model: type[Any]) -> Callable[[str, object], ColumnElement[bool]]:
    """Rows of a small table whose name contains what was typed."""
    return lambda text, _clinic_ids: model.name.icontains(text, autoescape=True)


def near(text: str, clinic_ids: frozenset[int] | None) -> ColumnElement[bool]:
    return best_matching(text, clinic_ids, actor=current_actor())


def called(patient: Patient) -> str:
    """A patient with what tells two of one name apart."""
    born = patient.date_of_birth
    phone = LEFT_TO_RIGHT_MARK + format_phone(patient.phone, "ZZ") if patient.phone else ""
    return " · ".join(fact for fact in (patient.name, phone, date_text(born) if born else "") if fact)


def with_clinic(service: Service) -> str:
    return f"{service.name} · {service.clinic.name}"


def offer_lookups() -> None:
    offer(Lookup("patients", Patient, "Patient", near, order=(Patient.name,), text=called))
    offer(Lookup("doctors", Doctor, "Doctor", named(Doctor), order=(Doctor.name,), reference=False))
    offer(Lookup("clinics", Clinic, "Clinic", named(Clinic), order=(Clinic.name,), reference=False))
    offer(Lookup("specialties", Specialty, "Specialty", named(Specialty), order=(Specialty.name,), reference=False))
    offer(
        Lookup(
            "services",
            Service,
            "Service",
            named(Service),
            order=(Service.name,),
            text=with_clinic,
            options=(joinedload(Service.clinic),),
            reference=False,
        )
    )
