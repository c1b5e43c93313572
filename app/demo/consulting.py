"""What doctors of the demo have at hand in a consultation: some diagnosis codes, and what they prescribed before."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any, Final

from sqlalchemy import insert, select

from app.frontdesk.clinical_models import Prescription, PrescriptionItem
from app.frontdesk.clinical_states import PrescriptionStatus
from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.imports.codes import CodeValues, add_codes
from app.kernel.db import db
from app.people.models import Clinic

CODES: Final = Path(__file__).with_name("diagnosis_codes.csv")
SYSTEM: Final = "ICD-10"
PRESCRIBED: Final = 0.4  # of the visits
MEDICINES: Final[tuple[dict[str, str], ...]] = tuple(
    dict(zip(("medicine", "strength", "dose", "frequency", "duration"), facts, strict=False))
    for facts in (
        ("Paracetamol", "500 mg", "1 tablet", "up to 4 times a day"),
        ("Ibuprofen", "400 mg", "1 tablet", "3 times a day", "5 days"),
        ("Amoxicillin", "500 mg", "1 capsule", "every 8 hours", "7 days"),
        ("Salbutamol inhaler", "100 µg", "2 puffs", "when short of breath"),
        ("Amlodipine", "5 mg", "1 tablet", "in the morning", "90 days"),
        ("Omeprazole", "20 mg", "1 capsule", "before breakfast", "14 days"),
    )
)


def add_code_list(*, now: datetime) -> None:
    """Store the codes of the demo, in words of our own."""
    with CODES.open(encoding="utf-8", newline="") as file:
        add_codes([CodeValues(row["code"], row["title"]) for row in csv.DictReader(file)], SYSTEM, now=now)


def add_prescriptions(clinic: Clinic, rng: Random) -> None:
    """Prescribe something at some of the clinic's past visits."""
    seen = select(Visit.id, Visit.doctor_id, Visit.patient_id, Visit.end_time).where(
        Visit.clinic_id == clinic.id, Visit.status == VisitStatus.COMPLETED
    )
    visits = [row for row in db.session.execute(seen.order_by(Visit.id)) if rng.random() < PRESCRIBED]
    chosen = [rng.sample(MEDICINES, rng.choice((1, 1, 2))) for _ in visits]
    rows = [_row(clinic, visit, len(items)) for visit, items in zip(visits, chosen, strict=True)]
    if not rows:
        return
    ids = db.session.scalars(insert(Prescription).returning(Prescription.id, sort_by_parameter_order=True), rows)
    items = [
        dict.fromkeys(("dose", "frequency", "duration", "quantity", "instructions"))
        | {"prescription_id": pk, "position": place, **item}
        for pk, some in zip(ids, chosen, strict=True)
        for place, item in enumerate(some, start=1)
    ]
    db.session.execute(insert(PrescriptionItem), items)


def _row(clinic: Clinic, visit: Any, count: int) -> dict[str, Any]:
    return {
        "clinic_id": clinic.id,
        "visit_id": visit.id,
        "doctor_id": visit.doctor_id,
        "patient_id": visit.patient_id,
        "issued_at": visit.end_time,
        "item_count": count,
        "status": PrescriptionStatus.ISSUED,
        "created_at": visit.end_time,
        "updated_at": visit.end_time,
    }
