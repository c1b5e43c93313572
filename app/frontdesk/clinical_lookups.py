"""The type-ahead for diagnoses: a code by its beginning, or by beginnings of its words in any order."""

from __future__ import annotations

from app.frontdesk.clinical_models import DiagnosisCode
from app.frontdesk.diagnosis_codes import matching_codes
from app.web.lookups import Lookup, offer


def offer_code_lookup() -> None:
    offer(
        Lookup(
            "diagnoses",
            DiagnosisCode,
            "Clinical",
            lambda typed, _clinic_ids: matching_codes(typed),
            order=(DiagnosisCode.code,),
            reference=False,
        )
    )
