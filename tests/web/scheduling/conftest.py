"""The desk of the scheduling tests, asked over HTTP, at a fixed time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest

from app.kernel import clock
from tests.cast import Cast, loaded
from tests.factories import make_hours, make_patient
from tests.integration.scheduling.desk import NOW, Desk


@pytest.fixture
def desk(session: Any, cast: Cast) -> Iterator[Desk]:
    make_hours(cast.doctor_row, cast.main_clinic)
    make_hours(cast.doctor2_row, cast.main_clinic, time(9), time(12))
    make_hours(cast.doctor2_row, cast.riverside_clinic, time(13), time(17))
    patients = [
        loaded(make_patient(clinic, name=name, phone="+4930123456"))
        for clinic, name in ((cast.main_clinic, "Zoë Main"), (cast.riverside_clinic, "Rita Riverside"))
    ]
    with clock.freeze(NOW):
        yield Desk(cast, *patients)
    session.rollback()
