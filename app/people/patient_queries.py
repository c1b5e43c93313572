"""How patients are found: by phone, and by prefixes of the terms kept for each of them.

Whatever is typed, a search reads a bounded piece of the term index first. Where that is all there is, the patients are
known by id, and no plan of any database can go wrong; only words that very many patients share are left to a subquery.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, exists, false, literal, select, union_all
from sqlalchemy.orm import aliased

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.models import Clinic
from app.people.patient_models import Patient, PatientTerm
from app.people.phones import to_e164
from app.people.roles import Role
from app.people.search_terms import query_terms, tag_term

MOST_SHOWN: Final = 60  # of these a type-ahead shows the first by name
MOST_KNOWN: Final = 200  # a word that more patients share is "common"
MOST_TOGETHER: Final = 2000  # patients who share several common words, looked up one by one
ROWS_EACH: Final = 3  # a patient may have several terms with the same beginning
AFTER_ALL: Final = "\U0010ffff"

Clinics = Collection[int] | None


def find_patient_by_phone(phone: str, *, clinic_id: int, actor: Actor) -> Patient | None:
    """Who has this phone, in any usual writing, at the clinic; archived ones too.

    Refuses: NotFound (clinic), Invalid.
    """
    clinic = scope.get(Clinic, clinic_id, actor=actor)
    e164 = to_e164(phone, clinic.country)
    query = scope.rows(Patient, actor).where(Patient.clinic_id == clinic_id, Patient.phone == e164)
    found: Patient | None = db.session.scalars(query).one_or_none()
    return found


def search_patients(
    q: str, *, actor: Actor, clinic_id: int | None = None, limit: int = 20, archived: bool = False
) -> list[Patient]:
    """At most `limit` patients in reach whom `q` finds, by name; of a common word the nearest."""
    reach: Clinics = None if actor.everywhere else actor.clinic_ids
    found = best_matching(q, reach if clinic_id is None else (clinic_id,), actor=actor)
    query = scope.rows(Patient, actor).where(found)
    if clinic_id is not None:
        query = query.where(Patient.clinic_id == clinic_id)
    if not archived:
        query = query.where(Patient.is_active)
    return list(db.session.scalars(query.order_by(Patient.name, Patient.id).limit(limit)))


def matching(q: str, clinic_ids: Clinics, *, of: ColumnElement[int] | None = None) -> ColumnElement[bool]:
    """The criterion for all patients of these clinics (None: any) whom `q` finds; every word of it must.

    `of` is the column that holds the patient's id, where rows about patients are sought (default: patients themselves).
    Common words are looked for row by row: a list walks its own order and is full after a few of them.
    """
    column = Patient.id.expression if of is None else of
    terms = _terms(q)
    ids, complete = _candidates(terms, clinic_ids, most=MOST_KNOWN, together=MOST_TOGETHER)
    if complete:
        return column.in_(ids) if ids else false()
    return and_(*(_also(column, term, clinic_ids) for term in terms))


def best_matching(q: str, clinic_ids: Clinics, *, actor: Actor) -> ColumnElement[bool]:
    """As `matching`, but of the patients who share common words only those whose words are nearest to `q`.

    For type-ahead, which shows a few: its time hardly grows with the number of patients. Whoever reaches only some
    patients of a clinic is looked up exactly, as theirs may not be among the nearest.
    """
    if not actor.everywhere and (actor.doctor_id is not None or not actor.has_role(Role.RECEPTIONIST)):
        return matching(q, clinic_ids)
    ids, _complete = _candidates(_terms(q), clinic_ids, most=MOST_SHOWN, together=MOST_SHOWN)
    return Patient.id.in_(ids)


def tagged(tag: str) -> ColumnElement[bool]:
    """The criterion for patients with this tag, in any case of its letters."""
    return Patient.id.in_(select(PatientTerm.patient_id).where(PatientTerm.term == tag_term(_readable(tag))))


def _readable(text: str) -> str:
    """Without what fits no database: NUL and lone surrogates."""
    return text.encode("utf-8", "ignore").decode().replace("\x00", " ")


def _terms(q: str) -> list[str]:
    """The prefixes to look for, the longest first: it is the rarest, more often than not."""
    return sorted(query_terms(_readable(q)), key=len, reverse=True)


def _candidates(terms: list[str], clinic_ids: Clinics, *, most: int, together: int) -> tuple[list[int], bool]:
    """Patients who have all `terms`, and whether these are all of them.

    With a word that at most `most` share, they are; else there are at most `most` of one common word, or `together` of
    several.
    """
    if not terms:
        return [], True
    nearest = _nearest(terms, clinic_ids, most)
    scarce = [set(ids) for ids, complete in nearest.values() if complete]
    common = [term for term, (_, complete) in nearest.items() if not complete]
    if scarce:
        return _with_all(set.intersection(*scarce), common), True
    if len(common) == 1:
        return nearest[common[0]]
    return _bounded(db.session.scalars(_ids_of(common, clinic_ids).limit(ROWS_EACH * together)).all(), together)


def _nearest(terms: list[str], clinic_ids: Clinics, most: int) -> dict[str, tuple[list[int], bool]]:
    """For each term at most `most` patients in the order of the index, all in one statement."""
    pieces = [_range(term, clinic_ids).limit(ROWS_EACH * most).subquery() for term in terms]
    rows: dict[int, list[int]] = {number: [] for number in range(len(terms))}
    numbered = [select(literal(number), piece.c.patient_id) for number, piece in enumerate(pieces)]
    for number, patient_id in db.session.execute(union_all(*numbered)):
        rows[number].append(patient_id)
    return {term: _bounded(rows[number], most) for number, term in enumerate(terms)}


def _bounded(ids: Sequence[int], most: int) -> tuple[list[int], bool]:
    """Each patient once; complete where neither the rows nor the patients reached their limit."""
    distinct = list(dict.fromkeys(ids))
    return distinct[:most], len(ids) < ROWS_EACH * most and len(distinct) <= most


def _with_all(ids: set[int], terms: list[str]) -> list[int]:
    """Those of `ids` who have all `terms` as well."""
    if not terms or not ids:
        return sorted(ids)
    having = [_also(Patient.id.expression, term) for term in terms]
    return list(db.session.scalars(select(Patient.id).where(Patient.id.in_(sorted(ids)), *having)))


def _ids_of(terms: list[str], clinic_ids: Clinics) -> Select[int]:
    """The patients with all `terms`: a range of the first, and for each patient in it a look for the others."""
    first, *others = terms
    return _range(first, clinic_ids).where(*(_also(PatientTerm.patient_id.expression, one) for one in others))


def _range(prefix: str, clinic_ids: Clinics) -> Select[int]:
    """The patients with a term that begins so, nearest terms first: a range of the primary key."""
    found = select(PatientTerm.patient_id).where(PatientTerm.term >= prefix, PatientTerm.term < prefix + AFTER_ALL)
    found = found if clinic_ids is None else found.where(PatientTerm.clinic_id.in_(sorted(clinic_ids)))
    return found.order_by(PatientTerm.term)


def _also(patient_id: ColumnElement[int], prefix: str, clinic_ids: Clinics = None) -> ColumnElement[bool]:
    other = aliased(PatientTerm)
    has = exists().where(other.patient_id == patient_id, other.term >= prefix, other.term < prefix + AFTER_ALL)
    return has if clinic_ids is None else has.where(other.clinic_id.in_(sorted(clinic_ids)))
