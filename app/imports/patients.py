"""Stores the patients of one batch of rows: new ones, and those that the file tells something new of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, select, update

from app.frontdesk.counters import Tally
from app.imports.mapping import MappingFile
from app.imports.rules import PatientValues
from app.kernel.bulk import among, insert_rows
from app.kernel.db import db
from app.people.models import DoctorPatient
from app.people.patient_models import Patient, PatientTerm
from app.people.patients import SEARCHED_FIELDS
from app.people.search_terms import terms_of

_TABLE: Final[Any] = Patient.__table__
_ALWAYS: Final[dict[str, Any]] = {"is_active": True, "revision": 1}
_SEARCHED: Final = ("name", "phone", "email", "external_id", "tags")  # as `terms_of` takes them
_OPTIONAL: Final = (
    *("phone", "email", "whatsapp_name", "date_of_birth", "gender", "medical_history", "allergies"),
    *("preferred_doctor_id", "contact_patient_id"),
)


def load_patients(clinic_id: int, external_ids: Iterable[str], mapping: MappingFile) -> dict[str, Row[Any]]:
    """The patients by external id, held until the transaction ends, with the fields that the mapping fills."""
    names = {"id", "external_id", "custom_fields", *SEARCHED_FIELDS, *mapping.patient}
    query = (
        select(*(_TABLE.c[name] for name in sorted(names)))
        .where(_TABLE.c.clinic_id == clinic_id, among(_TABLE.c.external_id, external_ids))
        .order_by(_TABLE.c.id)
        .with_for_update()
    )
    return {row.external_id: row for row in db.session.execute(query)}


def find_owners(clinic_id: int, phones: Iterable[str]) -> dict[str, tuple[int, str | None]]:
    """Who has each of these phones: id and external id."""
    query = select(Patient.phone, Patient.id, Patient.external_id)
    query = query.where(Patient.clinic_id == clinic_id, among(Patient.phone, phones))
    return {phone: (patient_id, external_id) for phone, patient_id, external_id in db.session.execute(query)}


def add_patients(
    clinic_id: int, patients: Iterable[PatientValues], tallies: Mapping[str, Tally], *, now: datetime
) -> dict[str, int]:
    """Store new patients with their search terms and counters; their ids by external id."""
    shared = {"clinic_id": clinic_id, "created_at": now, "updated_at": now, "tags": [], "custom_fields": {}}
    rows = [
        {
            **(dict.fromkeys(_OPTIONAL) | _ALWAYS | shared | one.first | one.fields),
            **asdict(tallies.get(one.external_id) or Tally()),
            "external_id": one.external_id,
        }
        for one in patients
    ]
    if not rows:
        return {}
    insert_rows(_TABLE, rows, list(rows[0]))
    query = select(Patient.external_id, Patient.id).where(
        Patient.clinic_id == clinic_id, among(Patient.external_id, [row["external_id"] for row in rows])
    )
    ids: dict[str, int] = dict(db.session.execute(query).all())
    add_terms({"id": ids[row["external_id"]], "clinic_id": clinic_id} | row for row in rows)
    return ids


def changes_of(stored: Row[Any], patient: PatientValues) -> dict[str, Any]:
    """The fields that the file has otherwise; custom fields it does not name stay."""
    kept = stored._mapping  # noqa: SLF001 - SQLAlchemy's public name for the row as a mapping
    wanted = dict(patient.fields)
    if "custom_fields" in wanted:
        wanted["custom_fields"] = {**(kept["custom_fields"] or {}), **wanted["custom_fields"]}
    return {name: value for name, value in wanted.items() if kept[name] != value}


def change_patients(
    clinic_id: int, changes: Mapping[int, dict[str, Any]], stored: Mapping[int, Row[Any]], *, now: datetime
) -> None:
    """Store the changed fields by patient id, and the search terms where they follow."""
    for names in {tuple(sorted(values)) for values in changes.values()}:
        statement = (
            update(_TABLE)
            .where(_TABLE.c.id == bindparam("pk"))
            .values({name: bindparam(name) for name in names})
            .values(updated_at=now, revision=_TABLE.c.revision + 1)
        )
        these = [values | {"pk": pk} for pk, values in changes.items() if tuple(sorted(values)) == names]
        db.session.execute(statement, these)
    renamed = [pk for pk, values in changes.items() if SEARCHED_FIELDS & values.keys()]
    if renamed:
        db.session.execute(delete(PatientTerm).where(among(PatientTerm.patient_id, renamed)))
        add_terms({"clinic_id": clinic_id, **stored[pk]._mapping, **changes[pk]} for pk in renamed)  # noqa: SLF001


def add_terms(patients: Iterable[Mapping[str, Any]]) -> None:
    """Store the terms by which these patients are found; each has id, clinic_id and the searched fields."""
    rows = (
        {"term": term, "clinic_id": patient["clinic_id"], "patient_id": patient["id"]}
        for patient in patients
        for term in terms_of(*(patient[name] for name in _SEARCHED))
    )
    insert_rows(PatientTerm.__table__, rows, ("term", "clinic_id", "patient_id"))


def link_patients(doctor_id: int, patient_ids: Iterable[int]) -> None:
    """Put the patients in the doctor's reach, where they are not yet."""
    wanted = set(patient_ids)
    linked = select(DoctorPatient.patient_id).where(
        DoctorPatient.doctor_id == doctor_id, among(DoctorPatient.patient_id, wanted)
    )
    fresh = sorted(wanted - set(db.session.scalars(linked)))
    rows = ({"doctor_id": doctor_id, "patient_id": patient_id} for patient_id in fresh)
    insert_rows(DoctorPatient.__table__, rows, ("doctor_id", "patient_id"))
