"""The patients of the demo: a few hundred people of a large city, some with clinical text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Any, Final

from sqlalchemy import insert

from app.demo.names import a_person
from app.imports.patients import add_terms
from app.kernel.db import db
from app.people.models import Clinic
from app.people.patient_models import Patient

HISTORIES: Final = (
    "Asthma since childhood; uses salbutamol when needed.",
    "Type 2 diabetes, diet and metformin. HbA1c 48 mmol/mol.",
    "Hypertension, well controlled with ramipril 5 mg.",
    "Appendectomy 2012. No complications.",
    "Migraine with aura; avoids combined contraceptives.",
    "उच्च रक्तचाप, नियमित जाँच।",
    "حساسية موسمية وربو خفيف.",
)
ALLERGIES: Final = ("Penicillin: rash", "Peanuts", "Latex", "Ibuprofen: bronchospasm", "花粉症")
TAGS: Final = (["vip"], ["student"], ["diabetes programme"], ["interpreter needed"])


def add_people(clinic: Clinic, number: int, rng: Random, *, now: datetime) -> list[int]:
    """Store that many patients of the clinic; their ids."""
    rows = list(_people(clinic, number, rng, now))
    ids = list(db.session.scalars(insert(Patient).returning(Patient.id, sort_by_parameter_order=True), rows))
    add_terms(row | {"id": patient_id, "external_id": None} for row, patient_id in zip(rows, ids, strict=True))
    return ids


def _people(clinic: Clinic, number: int, rng: Random, now: datetime) -> Iterator[dict[str, Any]]:
    for count in range(number):
        name, gender, language = a_person(rng)
        known_since = now - timedelta(days=rng.randint(60, 900))
        yield {
            "clinic_id": clinic.id,
            "name": name,
            "gender": gender,
            "language": language if language in {"ar", "hi"} else None,
            "phone": _phone(count) if rng.random() < 0.93 else None,
            "email": f"patient{count + 1}@{clinic.code}.test" if rng.random() < 0.7 else None,
            "date_of_birth": date(now.year - rng.randint(1, 92), rng.randint(1, 12), rng.randint(1, 28)),
            "medical_history": rng.choice(HISTORIES) if rng.random() < 0.3 else None,
            "allergies": rng.choice(ALLERGIES) if rng.random() < 0.2 else None,
            "tags": rng.choice(TAGS) if rng.random() < 0.15 else [],
            "created_at": known_since,
            "updated_at": known_since,
        }


def _phone(count: int) -> str:
    """One of the thousand mobile numbers that Ofcom keeps for films."""
    return f"+447700900{count:03d}"
