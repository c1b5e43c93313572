"""Typed builders of rows that tests start from; each commits, and takes the values the test cares about.

One section per domain. Rows stay readable after their session is gone; relationships need the open session.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any, TypeVar

from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.frontdesk.clinical_models import DiagnosisCode, DiagnosisTerm
from app.frontdesk.diagnosis_terms import terms_of_code
from app.kernel.db import db, transaction
from app.kernel.models import BoardVersion
from app.kernel.passwords import hashed
from app.people.models import Clinic, Doctor, DoctorClinic, DoctorPatient, DoctorService, Service, StaffClinic
from app.people.patient_models import Patient, PatientTerm
from app.people.roles import Role
from app.people.search_terms import terms_of
from app.scheduling.models import Appointment, Availability, DoctorTime, SlotHold
from app.scheduling.states import AppointmentStatus, occupies_time
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer

PASSWORD = "a password of the tests"

T = TypeVar("T")

_numbers = count(1)


def make(row: T) -> T:
    """Store one row as it is."""
    with transaction():
        db.session.add(row)
    return row


# -- people ----------------------------------------------------------------------------------------------------------


def make_clinic(code: str | None = None, **values: Any) -> Clinic:
    """A clinic in Berlin that takes euros, with its board."""
    number = next(_numbers)
    defaults = {
        "code": code or f"clinic-{number}",
        "name": f"Clinic {number}",
        "country": "DE",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
    }
    with transaction():
        clinic = Clinic(**defaults | values)
        db.session.add(clinic)
        db.session.flush()
        db.session.add(BoardVersion(clinic_id=clinic.id))
    return clinic


def make_service(clinic: Clinic, *, offered_by: Iterable[Doctor] = (), **values: Any) -> Service:
    """A half-hour consultation for 50.00 without tax; `offered_by` names it as an offer of these doctors alone."""
    defaults = {
        "clinic_id": clinic.id,
        "name": f"Consultation {next(_numbers)}",
        "duration_minutes": 30,
        "price_minor": 5000,
        "currency": clinic.currency,
    }
    service = make(Service(**defaults | values))
    for doctor in offered_by:
        make(DoctorService(doctor_id=doctor.id, service_id=service.id))
    return service


def make_doctor(*clinics: Clinic, user: User | None = None, room: str | None = "1", **values: Any) -> Doctor:
    """A doctor who works at these clinics for half of what is paid."""
    defaults = {"name": f"Dr. Test {next(_numbers)}", "share_bp": 5000, "user_id": user.id if user else None}
    with transaction():
        doctor = Doctor(**defaults | values)
        doctor.clinics = [DoctorClinic(clinic_id=clinic.id, room=room) for clinic in clinics]
        db.session.add(doctor)
    return doctor


def make_patient(clinic: Clinic, *, treated_by: Iterable[Doctor] = (), **values: Any) -> Patient:
    """A patient of this clinic with the terms they are found by; `treated_by` puts them in these doctors' reach."""
    number = next(_numbers)
    defaults = {"clinic_id": clinic.id, "name": f"Patient {number}", "phone": f"+4930{10_000_000 + number}"}
    with transaction():
        patient = Patient(**defaults | values)
        db.session.add(patient)
        db.session.flush()
        terms = terms_of(patient.name, patient.phone, patient.email, patient.external_id, patient.tags)
        db.session.add_all(PatientTerm(term=term, clinic_id=clinic.id, patient_id=patient.id) for term in terms)
        db.session.add_all(DoctorPatient(doctor_id=doctor.id, patient_id=patient.id) for doctor in treated_by)
    return patient


def make_user(*roles: Role, clinics: Iterable[Clinic] = (), username: str | None = None, **values: Any) -> User:
    """Somebody who may sign in with `PASSWORD`, in these roles, at these clinics."""
    name = username or f"user{next(_numbers)}"
    defaults = {
        "username": name,
        "first_name": name.title(),
        "last_name": "Test",
        "email": f"{name}@clinic.test",
        "password": hashed(PASSWORD),
        "active": True,
    }
    with transaction():
        user = User(**defaults | values)
        user.roles = list(db.session.scalars(select(RoleRow).where(RoleRow.name.in_(roles))))
        db.session.add(user)
        db.session.flush()
        db.session.add_all(StaffClinic(user_id=user.id, clinic_id=clinic.id) for clinic in clinics)
    return user


# -- scheduling ------------------------------------------------------------------------------------------------------


def make_hours(doctor: Doctor, clinic: Clinic, start: time = time(9), end: time = time(17), **values: Any) -> None:
    """The doctor works there from Monday to Friday at these wall times; `weekdays` names other days (0 is Monday)."""
    weekdays = values.pop("weekdays", range(5))
    with transaction():
        db.session.add_all(
            Availability(
                doctor_id=doctor.id, clinic_id=clinic.id, weekday=day, start_time=start, end_time=end, **values
            )
            for day in weekdays
        )


def make_appointment(
    patient: Patient, doctor: Doctor, service: Service, starts_at: datetime, **values: Any
) -> Appointment:
    """A confirmed half hour that occupies the doctor, whatever the hours are."""
    defaults = {
        "clinic_id": patient.clinic_id,
        "doctor_id": doctor.id,
        "service_id": service.id,
        "patient_id": patient.id,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=service.duration_minutes),
        "status": AppointmentStatus.CONFIRMED,
    }
    with transaction():
        row = Appointment(**defaults | values)
        db.session.add(row)
        db.session.flush()
        if occupies_time(row.status, historic=row.is_historic, overbooked=row.overbook_reason is not None):
            busy = DoctorTime(
                doctor_id=row.doctor_id,
                clinic_id=row.clinic_id,
                busy_from=row.starts_at,
                busy_to=row.ends_at,
                appointment_id=row.id,
            )
            db.session.add(busy)
    return row


def make_hold(doctor: Doctor, service: Service, starts_at: datetime, expires_at: datetime, **values: Any) -> SlotHold:
    """A time of this doctor that is kept until `expires_at`, with what it makes of the doctor's time."""
    ends_at = starts_at + timedelta(minutes=service.duration_minutes)
    place = {"doctor_id": doctor.id, "clinic_id": service.clinic_id}
    times = {"starts_at": starts_at, "ends_at": ends_at, "expires_at": expires_at}
    with transaction():
        row = SlotHold(service_id=service.id, **place | times | values)
        db.session.add(row)
        db.session.flush()
        busy = {"busy_from": row.starts_at, "busy_to": row.ends_at}
        db.session.add(DoctorTime(hold_id=row.id, expires_at=row.expires_at, **place | busy))
    return row


def make_waiting(patient: Patient, service: Service, since: date, **values: Any) -> WaitlistEntry:
    """A patient who waits for a service since that day, with any doctor and at any time."""
    about = {"clinic_id": patient.clinic_id, "patient_id": patient.id, "service_id": service.id}
    return make(WaitlistEntry(**about | {"waiting_since": since} | values))


def make_offer(
    entry: WaitlistEntry, doctor: Doctor, service: Service, starts_at: datetime, expires_at: datetime, **values: Any
) -> WaitlistOffer:
    """A time of this doctor that is offered to who waits, and kept until then."""
    ends_at = starts_at + timedelta(minutes=service.duration_minutes)
    place = {"entry_id": entry.id, "clinic_id": entry.clinic_id, "doctor_id": doctor.id}
    times = {"starts_at": starts_at, "ends_at": ends_at, "expires_at": expires_at}
    offer = make(WaitlistOffer(offered_by="waiting list", **place | times | values))
    make_hold(doctor, service, starts_at, expires_at, purpose="waitlist", offer_id=offer.id)
    return offer


# -- consultation ----------------------------------------------------------------------------------------------------


def make_code(code: str, title: str, **values: Any) -> DiagnosisCode:
    """A diagnosis code with the terms it is found by."""
    with transaction():
        row = DiagnosisCode(code=code, title=title, **values)
        db.session.add(row)
        db.session.flush()
        db.session.add_all(DiagnosisTerm(term=term, code_id=row.id) for term in terms_of_code(code, title))
    return row
