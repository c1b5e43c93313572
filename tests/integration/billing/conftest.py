"""A clinic that bills: services at a price, a patient, invoices in each state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from app.billing.drafting import compose_invoice
from app.billing.issuing import issue
from app.billing.models import Invoice
from app.kernel.db import transaction
from app.people.patient_models import Patient
from tests.cast import Cast
from tests.factories import make_patient

NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """Reception of the main clinic at work."""

    cast: Cast
    patient: Patient

    def draft(self, *prices: str, **values: Any) -> Invoice:
        """A draft with a line for each price, without tax."""
        lines = [{"description": "Treatment", "unit_price": price} for price in prices or ("100.00",)]
        asked = {
            "clinic_id": self.cast.main_id,
            "patient_id": self.patient.id,
            "doctor_id": self.cast.doctor_id,
            "lines": lines,
        }
        with transaction(self.cast.reception):
            return compose_invoice(asked | values, actor=self.cast.reception, now=NOON)

    def issued(self, *prices: str, **values: Any) -> Invoice:
        invoice = self.draft(*prices, **values)
        with transaction(self.cast.reception):
            return issue(invoice.id, actor=self.cast.reception, now=NOON)


@pytest.fixture
def desk(session: Any, cast: Cast) -> Desk:
    return Desk(cast, make_patient(cast.main_clinic, name="Pat Payer"))


@pytest.fixture
def at_once(app: Any) -> Callable[..., list[Any]]:
    """Run calls at the same moment, each in a thread and an app context of its own; results or errors in order."""
    import threading

    def run(*calls: Callable[[], Any]) -> list[Any]:
        start = threading.Barrier(len(calls))
        outcomes: list[Any] = [None] * len(calls)

        def one(index: int) -> None:
            with app.app_context():
                start.wait()
                try:
                    outcomes[index] = calls[index]()
                except Exception as error:
                    outcomes[index] = error

        threads = [threading.Thread(target=one, args=(index,)) for index in range(len(calls))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes

    return run
