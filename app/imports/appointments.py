"""Stores the past appointments of one batch of rows, and the placeholders they stand under."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, select, update

from app.imports.mapping import Placeholder
from app.imports.rules import AppointmentValues
from app.kernel.bulk import among, insert_rows
from app.kernel.db import db
from app.people.models import Clinic, Doctor, DoctorClinic, Service
from app.scheduling.models import Appointment

_TABLE: Final[Any] = Appointment.__table__
_COMPARED: Final = ("patient_id", "starts_at", "ends_at", "status", "type", "notes", "cancel_reason", "created_at")
_OPTIONAL: Final = ("type", "notes", "cancel_reason", "cancelled_by", "overbook_reason")


@dataclass(frozen=True, slots=True)
class Under:
    """The doctor and the service that imported appointments stand under; None while they are not made (dry run)."""

    doctor_id: int | None
    service_id: int | None


def placeholders(clinic: Clinic, names: Placeholder, *, make: bool) -> Under:
    """The doctor and the service that the mapping names, by name; made inactive where there are none and `make`."""
    service = select(Service).where(Service.clinic_id == clinic.id, Service.name == names.service)
    doctor = (
        select(Doctor)
        .join(DoctorClinic, DoctorClinic.doctor_id == Doctor.id)
        .where(Doctor.name == names.doctor, DoctorClinic.clinic_id == clinic.id)
        .order_by(Doctor.id)
    )
    found_doctor, found_service = db.session.scalars(doctor).first(), db.session.scalars(service).one_or_none()
    if make:
        found_doctor = found_doctor or Doctor(
            name=names.doctor, is_active=False, clinics=[DoctorClinic(clinic_id=clinic.id)]
        )
        found_service = found_service or Service(
            clinic_id=clinic.id,
            name=names.service,
            duration_minutes=names.duration_minutes,
            price_minor=0,
            currency=clinic.currency,
            is_active=False,
        )
        db.session.add_all([found_doctor, found_service])
        db.session.flush()
    return Under(found_doctor.id if found_doctor else None, found_service.id if found_service else None)


def load_appointments(clinic_id: int, external_ids: Iterable[str]) -> dict[str, Row[Any]]:
    """The appointments by external id, with what an import may change."""
    names = ("id", "external_id", "is_historic", *_COMPARED)
    query = select(*(_TABLE.c[name] for name in names)).where(
        _TABLE.c.clinic_id == clinic_id, among(_TABLE.c.external_id, external_ids)
    )
    return {row.external_id: row for row in db.session.execute(query)}


def newest_starts(patient_ids: Iterable[int]) -> dict[int, datetime]:
    """When each patient's newest imported appointment is."""
    query = (
        select(Appointment.patient_id, func.max(Appointment.starts_at))
        .where(among(Appointment.patient_id, patient_ids), Appointment.is_historic)
        .group_by(Appointment.patient_id)
    )
    return dict(db.session.execute(query).all())


def changes_of(stored: Row[Any], appointment: AppointmentValues, patient_id: int | None) -> dict[str, Any]:
    """The fields that the file has otherwise."""
    wanted = appointment.fields | ({} if patient_id is None else {"patient_id": patient_id})
    return {name: value for name, value in wanted.items() if getattr(stored, name) != value}


def add_appointments(
    clinic_id: int, under: Under, fresh: Sequence[tuple[int | None, AppointmentValues]], *, now: datetime
) -> None:
    """Store (patient id, appointment) pairs as history: none of them occupies its doctor."""
    shared = {
        "clinic_id": clinic_id,
        "doctor_id": under.doctor_id,
        "service_id": under.service_id,
        "source": "import",
        "is_historic": True,
        "revision": 1,
        "created_at": now,
        "updated_at": now,
    }
    columns = (*shared, *_OPTIONAL, "patient_id", "external_id", "starts_at", "ends_at", "status")
    rows = (
        dict.fromkeys(_OPTIONAL) | shared | one.fields | {"patient_id": patient_id, "external_id": one.external_id}
        for patient_id, one in fresh
    )
    insert_rows(_TABLE, rows, columns)


def change_appointments(changes: Mapping[int, dict[str, Any]], *, now: datetime) -> None:
    """Store the changed fields by appointment id."""
    for names in {tuple(sorted(values)) for values in changes.values()}:
        statement = (
            update(_TABLE)
            .where(_TABLE.c.id == bindparam("pk"))
            .values({name: bindparam(name) for name in names})
            .values(updated_at=now, revision=_TABLE.c.revision + 1)
        )
        these = [values | {"pk": pk} for pk, values in changes.items() if tuple(sorted(values)) == names]
        db.session.execute(statement, these)
