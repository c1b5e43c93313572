"""The front desk of a clinic that is open every day."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.kernel.db import db
from app.people.models import Clinic, Doctor
from tests.browser.frontdesk.desks import Desk, Open
from tests.cast import Cast, build_cast, zone_at_noon
from tests.factories import make_hours, make_service
from tests.plugins.products import Product


@pytest.fixture(scope="module")
def cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        cast = build_cast(zone_at_noon())
        make_hours(
            db.session.get_one(Doctor, cast.doctor_id), db.session.get_one(Clinic, cast.main_id), weekdays=range(7)
        )
        make_service(cast.main_clinic, name="Vaccination")
        db.session.remove()
    return cast


@pytest.fixture
def desk(live_server: Product, cast: Cast, new_page: Open) -> Iterator[Desk]:
    assert live_server.app is not None
    with live_server.app.app_context():
        yield Desk(live_server, cast, new_page)
        db.session.remove()
