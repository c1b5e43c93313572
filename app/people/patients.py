"""What the front desk does with patients: register, change, archive, and keep the terms by which they are found."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import case, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.kernel import clock, scope
from app.kernel.actor import Actor
from app.kernel.db import db, insert_into, insert_missing, violated_constraint
from app.kernel.errors import Conflict, Invalid, NotAllowed
from app.people.boards import change_board
from app.people.errors import ContactIsThePatient, DuplicateExternalId, DuplicatePhone, UnknownReference
from app.people.fields import is_row_id
from app.people.models import Clinic, DoctorClinic, DoctorPatient
from app.people.patient_models import Patient, PatientTerm
from app.people.records import delete_or_archive, ensure_current
from app.people.roles import Role
from app.people.rules import CLINICAL_FIELDS, validated_changes, validated_patient
from app.people.search_terms import terms_of

SEARCHED_FIELDS: Final = frozenset({"name", "phone", "email", "external_id", "tags"})
UNIQUE_FIELDS: Final[Mapping[str, tuple[str, Callable[..., Conflict]]]] = {
    "uq_patient_phone": ("phone", DuplicatePhone),
    "uq_patient_external_id": ("external_id", DuplicateExternalId),
}


def may_read_clinical(actor: Actor) -> bool:
    """Whether `CLINICAL_FIELDS` are shown to this actor, and taken from them.

    A doctor who also is at a desk reaches patients of others: they read of their own on the doctor's pages alone.
    """
    return actor.has_role(Role.ADMIN) or (actor.has_role(Role.DOCTOR) and not actor.has_role(Role.RECEPTIONIST))


def register_patient(values: Mapping[str, Any], *, clinic_id: int, actor: Actor, now: datetime) -> Patient:
    """Take a new patient of the clinic, from fields as contract.md names them.

    Refuses: NotFound (clinic), NotAllowed, Invalid with all problems, DuplicatePhone, DuplicateExternalId.
    """
    clinic = scope.get(Clinic, clinic_id, actor=actor)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic_id)
    _ensure_may_write(values, actor, clinic_id)
    with _reference_problems(values, clinic_id):
        draft = validated_patient(values, region=clinic.country, today=clock.clinic_day(now, clinic.timezone))
    patient = Patient(clinic_id=clinic_id, **asdict(draft))
    with _unique_within_clinic(patient.clinic_id, patient.phone, patient.external_id):
        db.session.add(patient)
        db.session.flush()
    _keep_terms(patient)
    return patient


def update_patient(
    patient_id: int, values: Mapping[str, Any], *, revision: int | None = None, actor: Actor, now: datetime
) -> Patient:
    """Change the fields that are sent. Reception leaves clinical fields alone, doctors change only those.

    Refuses: NotFound, NotAllowed, Stale, Invalid with all problems, DuplicatePhone, DuplicateExternalId.
    """
    patient = scope.get(Patient, patient_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, Role.DOCTOR)
    _ensure_may_write(values, actor, patient.clinic_id)
    ensure_current(patient, revision)
    clinic = db.session.get_one(Clinic, patient.clinic_id)
    with _reference_problems(values, patient.clinic_id, patient_id):
        changes = validated_changes(values, region=clinic.country, today=clock.clinic_day(now, clinic.timezone))
    with _unique_within_clinic(patient.clinic_id, changes.get("phone"), changes.get("external_id"), patient_id):
        if changes.get("name", patient.name) != patient.name:
            change_board(patient.clinic_id)  # which may show it
        for name, value in changes.items():
            setattr(patient, name, value)
        db.session.flush()
    if SEARCHED_FIELDS & changes.keys():
        _keep_terms(patient)
    return patient


def archive_patient(patient_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Take a patient away: one with any history is archived, one without is deleted. Refuses: NotFound, NotAllowed."""
    patient = scope.get(Patient, patient_id, actor=actor, alone=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=patient.clinic_id)
    change_board(patient.clinic_id)  # whose page says who is expected and archived
    delete_or_archive(patient)


def restore_patient(patient_id: int, *, actor: Actor, now: datetime) -> Patient:  # noqa: ARG001 - as all commands
    """Bring an archived patient back. Refuses: NotFound, NotAllowed."""
    patient = scope.get(Patient, patient_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, at=patient.clinic_id)
    change_board(patient.clinic_id)
    patient.is_active = True
    db.session.flush()
    return patient


def hold_active(patient_id: int) -> bool | None:
    """Whether the patient's record is active, as it then stays until the transaction ends; None where there is none.

    Whoever archives it waits; whoever changes or counts anything else does not.
    """
    query = select(Patient.is_active).where(Patient.id == patient_id).with_for_update(read=True, key_share=True)
    is_active: bool | None = db.session.scalar(query)
    return is_active


def treat(doctor_id: int, patient_id: int) -> None:
    """Put the patient in the doctor's reach; once is enough, two at the same time as well."""
    insert_missing(DoctorPatient, {"doctor_id": doctor_id, "patient_id": patient_id})


def treat_all(doctor_id: int, patient_ids: Collection[int]) -> None:
    """Put these patients in the doctor's reach, by one statement."""
    rows = [{"doctor_id": doctor_id, "patient_id": patient_id} for patient_id in sorted(patient_ids)]
    if rows:
        db.session.execute(insert_into(DoctorPatient.__table__).on_conflict_do_nothing(), rows)


def treat_no_more(doctor_id: int, patient_ids: Collection[int]) -> None:
    """Take these patients out of the doctor's reach, but for those who prefer that doctor."""
    own = select(Patient.id).where(Patient.id.in_(patient_ids), Patient.preferred_doctor_id == doctor_id)
    gone = (DoctorPatient.doctor_id == doctor_id, DoctorPatient.patient_id.in_(patient_ids))
    db.session.execute(delete(DoctorPatient).where(*gone, DoctorPatient.patient_id.not_in(own)))


def change_counters(
    patient_id: int, *, visits: int = 0, cancellations: int = 0, no_shows: int = 0, visit_day: date | None = None
) -> None:
    """Add to the patient's counters in one statement; `visit_day` (the clinic's) widens first and last visit.

    The revision stays: a counter never makes somebody's open form stale.
    """
    changes: dict[str, Any] = {
        "total_visits": Patient.total_visits + visits,
        "total_cancellations": Patient.total_cancellations + cancellations,
        "total_no_shows": Patient.total_no_shows + no_shows,
    }
    if visit_day is not None:
        first, last = Patient.first_visit_date, Patient.last_visit_date
        changes["first_visit_date"] = case((first <= visit_day, first), else_=visit_day)
        changes["last_visit_date"] = case((last >= visit_day, last), else_=visit_day)
    counted = update(Patient).where(Patient.id == patient_id).values(changes)
    db.session.execute(counted, execution_options={"synchronize_session": "fetch"})


def _ensure_may_write(values: Mapping[str, Any], actor: Actor, clinic_id: int) -> None:
    clinical = set(CLINICAL_FIELDS) & values.keys()
    if clinical and not may_read_clinical(actor):
        raise NotAllowed(field=min(clinical))
    if values.keys() - clinical and not actor.has_role(Role.ADMIN, Role.RECEPTIONIST, at=clinic_id):
        raise NotAllowed(field=min(values.keys() - clinical))


@contextmanager
def _reference_problems(values: Mapping[str, Any], clinic_id: int, patient_id: int | None = None) -> Iterator[None]:
    """Add what is wrong with the ids in `values` to the problems that validation inside finds."""
    problems: dict[str, list[Any]] = dict(_wrong_references(values, clinic_id, patient_id))
    try:
        yield
    except Invalid as invalid:
        raise Invalid({**problems, **invalid.errors}) from None
    if problems:
        raise Invalid(problems)


def _wrong_references(
    values: Mapping[str, Any], clinic_id: int, patient_id: int | None
) -> Iterator[tuple[str, list[Invalid]]]:
    doctor_id, contact_id = values.get("preferred_doctor_id"), values.get("contact_patient_id")
    works_here = select(DoctorClinic.id).where(DoctorClinic.clinic_id == clinic_id, DoctorClinic.doctor_id == doctor_id)
    neighbour = select(Patient.id).where(Patient.clinic_id == clinic_id, Patient.id == contact_id)
    if is_row_id(doctor_id) and db.session.scalar(works_here) is None:
        yield "preferred_doctor_id", [UnknownReference()]
    if is_row_id(contact_id) and contact_id == patient_id:
        yield "contact_patient_id", [ContactIsThePatient()]
    elif is_row_id(contact_id) and db.session.scalar(neighbour) is None:
        yield "contact_patient_id", [UnknownReference()]


@contextmanager
def _unique_within_clinic(
    clinic_id: int, phone: str | None, external_id: str | None, patient_id: int | None = None
) -> Iterator[None]:
    """Say which patient has the phone or external id already.

    The constraint decides, so it also does when two register at once: the later one waits for the earlier commit, and
    then the SAVEPOINT leaves the transaction fit to read who it was.
    """
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        field, duplicate = UNIQUE_FIELDS.get(violated_constraint(error) or "", (None, None))
        if field is None or duplicate is None:
            raise
        value = {"phone": phone, "external_id": external_id}[field]
        taken = select(Patient.id, Patient.is_active).where(
            Patient.clinic_id == clinic_id, getattr(Patient, field) == value, Patient.id != (patient_id or 0)
        )
        existing_id, is_active = db.session.execute(taken).one()
        raise duplicate(existing_id=existing_id, archived=not is_active) from None


def _keep_terms(patient: Patient) -> None:
    """Write the difference between the patient's terms and the stored ones."""
    mine = PatientTerm.patient_id == patient.id
    stored = set(db.session.scalars(select(PatientTerm.term).where(mine)))
    wanted = terms_of(patient.name, patient.phone, patient.email, patient.external_id, patient.tags)
    if gone := stored - wanted:
        db.session.execute(delete(PatientTerm).where(mine, PatientTerm.term.in_(gone)))
    if fresh := wanted - stored:
        row = {"clinic_id": patient.clinic_id, "patient_id": patient.id}
        db.session.execute(insert(PatientTerm), [row | {"term": term} for term in sorted(fresh)])
