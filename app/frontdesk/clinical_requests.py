"""What may be asked of diagnoses and prescriptions: every field checked, all problems told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from app.frontdesk.clinical_errors import NothingPrescribed, TooManyItems
from app.frontdesk.clinical_models import LONGEST_CODE, MOST_ITEMS
from app.frontdesk.clinical_states import DiagnosisKind
from app.frontdesk.requests import LONGEST_REASON
from app.kernel.errors import Invalid, Refusal
from app.people.errors import NotAList, NotAnObject, Required
from app.people.fields import Check, checked, line, one_of, paragraph, row_id


class DiagnosisAct(StrEnum):
    """What may be done to a diagnosis on the list."""

    MAIN = "main"
    UP = "up"
    DOWN = "down"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class NewDiagnosis:
    """By the id that a type-ahead gave, or by the code as somebody wrote it."""

    code_id: int | None
    code: str | None
    kind: DiagnosisKind | None


def new_diagnosis(values: Mapping[str, object]) -> NewDiagnosis:
    """Refuses: Invalid with every problem of every field."""
    checks: dict[str, Check] = {
        "code_id": row_id,
        "code": line(LONGEST_CODE),
        "kind": one_of(list(DiagnosisKind)),
    }
    cleaned = checked(values, checks)
    if cleaned.get("code_id") is None and cleaned.get("code") is None:
        raise Required(field="code")
    return NewDiagnosis(cleaned.get("code_id"), cleaned.get("code"), cleaned.get("kind"))


def diagnosis_act(text: object) -> DiagnosisAct:
    """Refuses: Invalid."""
    act: DiagnosisAct = checked({"act": text}, {"act": one_of(list(DiagnosisAct))}, required=["act"])["act"]
    return act


ITEM_CHECKS: Final[Mapping[str, Check]] = {
    "medicine": line(160),
    "strength": line(80),
    "dose": line(80),
    "frequency": line(120),
    "duration": line(80),
    "quantity": line(80),
    "instructions": paragraph(500),
}


def prescribed_items(values: Mapping[str, object]) -> list[dict[str, Any]]:
    """The medicines of `{"items": [{...}]}`, from 1 to MOST_ITEMS, each by the names of ITEM_CHECKS.

    Refuses: Invalid with every problem of every field; a medicine's fields are called "items.0.dose".
    """
    items = checked(values, {"items": _listed}, required=["items"])["items"]
    cleaned: list[dict[str, Any]] = []
    problems: dict[str, list[str | Refusal]] = {}
    for place, item in enumerate(items):
        try:
            cleaned.append(checked(_object(item), ITEM_CHECKS, required=["medicine"]))
        except Invalid as wrong:
            inner = wrong.errors or {"": [wrong]}
            problems |= {f"items.{place}.{name}".rstrip("."): texts for name, texts in inner.items()}
    if problems:
        raise Invalid(problems)
    return cleaned


def cancel_reason(values: Mapping[str, object]) -> str:
    """Refuses: Invalid."""
    text: str = checked(values, {"reason": line(LONGEST_REASON)}, required=["reason"])["reason"]
    return text


def _listed(raw: object) -> list[object]:
    if not isinstance(raw, list):
        raise NotAList
    if not raw:
        raise NothingPrescribed
    if len(raw) > MOST_ITEMS:
        raise TooManyItems(most=MOST_ITEMS)
    return raw


def _object(raw: object) -> Mapping[str, object]:
    if not isinstance(raw, Mapping):
        raise NotAnObject
    return raw
