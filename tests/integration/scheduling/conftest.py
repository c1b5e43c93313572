"""The desk that the tests of scheduling stand at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest

from app.kernel import live
from tests.cast import Cast, loaded
from tests.factories import make_hours, make_patient
from tests.integration.scheduling.desk import Desk


@pytest.fixture
def desk(session: Any, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    make_hours(cast.doctor_row, cast.main_clinic)
    make_hours(cast.doctor2_row, cast.main_clinic, time(9), time(12))
    make_hours(cast.doctor2_row, cast.riverside_clinic, time(13), time(17))
    patients = [loaded(make_patient(clinic)) for clinic in (cast.main_clinic, cast.riverside_clinic)]
    desk = Desk(cast, *patients)
    monkeypatch.setattr(live, "_publish", [lambda news: desk.told.extend(news.announcements)])
    yield desk
    session.rollback()
