"""Whose eyes diagnoses, prescriptions and attachments are for: the treating doctor's, nobody else's."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, true

from app.frontdesk.clinical_models import Attachment, DiagnosisCode, Prescription, VisitDiagnosis
from app.kernel import scope
from app.kernel.actor import Actor
from app.people.roles import Role
from app.people.scope import within_reach


def of_treating_doctor(model: type[Any], actor: Actor) -> ColumnElement[bool]:
    """Rows of the doctor's own, in clinics where they work; an administrator's without a doctor record are none."""
    if actor.doctor_id is None:
        return false()
    return and_(within_reach(model.clinic_id, actor, Role.DOCTOR), model.doctor_id == actor.doctor_id)


@scope.policy(DiagnosisCode)
def _codes(actor: Actor) -> ColumnElement[bool]:
    """The same for every doctor."""
    return true() if actor.everywhere or actor.doctor_id is not None else false()


@scope.policy(VisitDiagnosis)
def _diagnoses(actor: Actor) -> ColumnElement[bool]:
    return of_treating_doctor(VisitDiagnosis, actor)


@scope.policy(Prescription)
def _prescriptions(actor: Actor) -> ColumnElement[bool]:
    return of_treating_doctor(Prescription, actor)


@scope.policy(Attachment)
def _attachments(actor: Actor) -> ColumnElement[bool]:
    return of_treating_doctor(Attachment, actor)
