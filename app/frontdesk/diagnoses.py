"""The diagnoses of a consultation: coded, one of them the main one, changed until the consultation is completed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from app.frontdesk.clinical_errors import DiagnosisGone, SecondMainDiagnosis, UnknownDiagnosis
from app.frontdesk.clinical_models import DiagnosisCode, VisitDiagnosis
from app.frontdesk.clinical_queries import list_diagnoses
from app.frontdesk.clinical_requests import DiagnosisAct, NewDiagnosis, new_diagnosis
from app.frontdesk.clinical_rules import ensure_can_add_diagnosis, kind_of_new
from app.frontdesk.clinical_states import DiagnosisKind
from app.frontdesk.diagnosis_codes import find_code
from app.frontdesk.errors import Signed
from app.frontdesk.treating import ensure_patient_kept, take_open_visit
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db, refuses

refuses("ck_visit_diagnosis_locked", Signed)
refuses("uq_visit_diagnosis_main", SecondMainDiagnosis)


def add_diagnosis(
    visit_id: int,
    values: Mapping[str, object],
    *,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> VisitDiagnosis:
    """Put a code on the visit's list, the first as its main diagnosis; one added as the main one takes that place.

    Refuses: NotFound, NotTheTreatingDoctor, NotWithDoctor, VisitOver, Signed, PatientArchived, Invalid,
    UnknownDiagnosis, DiagnosisTwice, TooManyDiagnoses.
    """
    asked = new_diagnosis(values)
    visit = take_open_visit(visit_id, actor=actor)
    ensure_patient_kept(visit)
    code = _code(asked, actor)
    present = list_diagnoses(visit.id, actor=actor)
    ensure_can_add_diagnosis(code.code, [one.code for one in present])
    kind = kind_of_new(asked.kind, [one.kind for one in present])
    if kind is DiagnosisKind.MAIN:
        _demote(present)
    added = VisitDiagnosis(
        visit_id=visit.id,
        clinic_id=visit.clinic_id,
        doctor_id=visit.doctor_id,
        code=code.code,
        title=code.title,
        position=max((one.position for one in present), default=0) + 1,
        kind=kind,
    )
    db.session.add(added)
    db.session.flush()
    return added


def change_diagnosis(
    visit_id: int,
    diagnosis_id: int,
    act: DiagnosisAct,
    *,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> None:
    """Make a diagnosis the main one, move it up or down among the others, or take it off the list.

    Refuses: NotFound, NotTheTreatingDoctor, NotWithDoctor, VisitOver, Signed, DiagnosisGone.
    """
    visit = take_open_visit(visit_id, actor=actor)
    present = list_diagnoses(visit.id, actor=actor)
    chosen = next((one for one in present if one.id == diagnosis_id), None)
    if chosen is None:
        raise DiagnosisGone
    if act is DiagnosisAct.REMOVE:
        db.session.delete(chosen)
    elif act is DiagnosisAct.MAIN:
        _demote([one for one in present if one is not chosen])
        chosen.kind = DiagnosisKind.MAIN
    else:
        _move(chosen, present, -1 if act is DiagnosisAct.UP else 1)
    db.session.flush()


def _demote(diagnoses: list[VisitDiagnosis]) -> None:
    """No main one among them, in the database too before another becomes it."""
    for one in diagnoses:
        one.kind = DiagnosisKind.SECONDARY
    db.session.flush()


def _move(chosen: VisitDiagnosis, present: list[VisitDiagnosis], by: int) -> None:
    """Change places with the neighbour of the same kind; at the end of the list nothing happens."""
    alike = [one for one in present if one.kind is chosen.kind]
    place = alike.index(chosen) + by
    if 0 <= place < len(alike):
        other = alike[place]
        chosen.position, other.position = other.position, chosen.position


def _code(asked: NewDiagnosis, actor: Actor) -> DiagnosisCode:
    if asked.code_id is None:
        found = find_code(asked.code or "", actor=actor)
    else:
        found = scope.find(DiagnosisCode, asked.code_id, actor=actor)
    if found is None or not found.is_active:
        raise UnknownDiagnosis(field="code")
    return found
