"""What the parts of a consultation's page show: diagnoses, prescriptions, attachments."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from app.frontdesk.clinical_models import MOST_ITEMS, Prescription
from app.frontdesk.clinical_queries import list_attachments, list_diagnoses, list_earlier, list_prescriptions
from app.frontdesk.clinical_requests import ITEM_CHECKS
from app.frontdesk.clinical_rules import LARGEST_FILE
from app.frontdesk.file_kinds import ENDINGS, PICTURES
from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.patient_models import Patient

Fields = dict[str, str]
_FIELD: Final = re.compile(r"items-([0-9]{1,3})-(\w+)")
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass
class Draft:
    """The form of a prescription as it stands: what was typed, and what is wrong with it by field ("items.0.dose")."""

    items: list[Fields] = field(default_factory=list)
    form_key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def rows(self) -> list[Fields]:
        """What is shown: an empty row where there is nothing else."""
        return self.items or [{}]

    @classmethod
    def typed(cls, form: Mapping[str, str], *, without: int | None = None) -> Draft:
        """From a form that was sent; the row `without` and rows in which nothing was typed are left out."""
        rows: dict[int, Fields] = {}
        for name, value in form.items():
            match = _FIELD.fullmatch(name)
            if match and match[2] in ITEM_CHECKS and value.strip() and int(match[1]) != without:
                rows.setdefault(int(match[1]), {})[match[2]] = value
        found = [rows[number] for number in sorted(rows)]
        key = form.get("form_key", "")
        return cls(found, key) if _KEY.fullmatch(key) else cls(found)

    def add(self, *items: Fields) -> None:
        """As many of them as there is room for."""
        self.items = [*self.items, *items][:MOST_ITEMS]

    def copy(self, prescription: Prescription) -> None:
        """Add the medicines of an earlier prescription."""
        items = [{name: getattr(item, name) or "" for name in ITEM_CHECKS} for item in prescription.items]
        self.add(*items)


def clinical_parts(visit: Visit, actor: Actor, *names: str) -> dict[str, Any]:
    """The variables of the templates frontdesk/consultation/{diagnoses,prescriptions,attachments}.html beside the visit
    and whether its sheet is open: of those `names`, or of all; in a fixed number of statements, without any file.
    """
    patient = db.session.get_one(Patient, visit.patient_id)
    values: dict[str, Any] = {
        "patient_archived": not patient.is_active,
        "sheet_takes_more": visit.status in (VisitStatus.IN_PROGRESS, VisitStatus.COMPLETED) and patient.is_active,
        "clinical_refusals": {},
    }
    for name in names or _PARTS:
        values |= _PARTS[name](visit, patient, actor)
    return values


def _diagnoses(visit: Visit, _patient: Patient, actor: Actor) -> dict[str, Any]:
    return {"diagnoses": list_diagnoses(visit.id, actor=actor)}


def _prescriptions(visit: Visit, patient: Patient, actor: Actor) -> dict[str, Any]:
    return {
        "prescriptions": list_prescriptions(visit, actor=actor),
        "earlier_prescriptions": list_earlier(visit, actor=actor),
        "draft": Draft(),
        "patient_allergies": patient.allergies,
        "most_items": MOST_ITEMS,
    }


def _attachments(visit: Visit, _patient: Patient, actor: Actor) -> dict[str, Any]:
    return {
        "attachments": list_attachments(visit.id, actor=actor),
        "largest_file": LARGEST_FILE,
        "file_endings": ",".join(ending for endings in ENDINGS.values() for ending in endings),
        "picture_types": PICTURES,
    }


_PARTS: Final[Mapping[str, Callable[[Visit, Patient, Actor], dict[str, Any]]]] = {
    "diagnoses": _diagnoses,
    "prescriptions": _prescriptions,
    "attachments": _attachments,
}
