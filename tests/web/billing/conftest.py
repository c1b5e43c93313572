"""A draft and an issued invoice of the main clinic for the screens and the API of billing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.billing.drafting import compose_invoice
from app.billing.issuing import issue
from app.kernel import clock
from app.kernel.db import transaction
from tests.cast import Cast
from tests.factories import make_patient


@dataclass(frozen=True)
class Books:
    """Ids of what the tests look at; `make_draft` and `make_issued` give further ones."""

    cast: Cast
    patient_id: int
    make_draft: Callable[..., int]
    make_issued: Callable[..., int]


@pytest.fixture
def books(app: Flask, cast: Cast) -> Books:
    with app.app_context():
        patient_id = make_patient(cast.main_clinic, name="Pat Payer").id

    def make_draft(price: str = "100.00", **values: Any) -> int:
        lines = [{"description": "Treatment", "unit_price": price}]
        asked = {
            "clinic_id": cast.main_id,
            "patient_id": patient_id,
            "doctor_id": cast.doctor_id,
            "lines": lines,
        }
        with app.app_context(), transaction(cast.reception):
            return compose_invoice(asked | values, actor=cast.reception, now=clock.now()).id

    def make_issued(price: str = "100.00", **values: Any) -> int:
        invoice_id = make_draft(price, **values)
        with app.app_context(), transaction(cast.reception):
            return issue(invoice_id, actor=cast.reception, now=clock.now()).id

    return Books(cast, patient_id, make_draft, make_issued)
