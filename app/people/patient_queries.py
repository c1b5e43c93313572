"""How patients are found: by phone, and by prefixes of the terms kept for each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, false, select

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.models import Clinic
from app.people.patient_models import Patient, PatientTerm
from app.people.phones import to_e164
from app.people.search_terms import query_terms

AFTER_ALL: Final = "\U0010ffff"


def find_patient_by_phone(phone: str, *, clinic_id: int, actor: Actor) -> Patient | None:
    """Who has this phone, in any usual writing, at the clinic; archived ones too.

    Refuses: NotFound (clinic), Invalid.
    """
    clinic = scope.get(Clinic, clinic_id, actor=actor)
    e164 = to_e164(phone, clinic.country)
    query = scope.rows(Patient, actor).where(Patient.clinic_id == clinic_id, Patient.phone == e164)
    return db.session.scalars(query).one_or_none()


def matching(q: str, clinic_ids: Collection[int] | None) -> ColumnElement[bool]:
    """The criterion for patients of these clinics (None: any) whom `q` finds; every word of it must."""
    terms = query_terms(q)
    return and_(*(Patient.id.in_(_having(term, clinic_ids)) for term in terms)) if terms else false()


def search_patients(
    q: str, *, actor: Actor, clinic_id: int | None = None, limit: int = 20, archived: bool = False
) -> Sequence[Patient]:
    """At most `limit` patients in reach whom `q` finds, by name."""
    clinic_ids = None if actor.everywhere and clinic_id is None else actor.clinic_ids
    clinic_ids = clinic_ids if clinic_id is None else [clinic_id]
    query = scope.rows(Patient, actor).where(matching(q, clinic_ids)).order_by(Patient.name, Patient.id).limit(limit)
    return db.session.scalars(query if archived else query.where(Patient.is_active)).all()


def _having(prefix: str, clinic_ids: Collection[int] | None) -> Select[tuple[int]]:
    """The ids of patients with a term that begins so: a range of the primary key."""
    found = select(PatientTerm.patient_id).where(PatientTerm.term >= prefix, PatientTerm.term < prefix + AFTER_ALL)
    return found if clinic_ids is None else found.where(PatientTerm.clinic_id.in_(clinic_ids))
