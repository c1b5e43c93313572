"""A change is heard whichever process made it: the web process, the worker, or another web process over Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from app.frontdesk import arrivals
from app.kernel import clock, outbox
from app.kernel.actor import system
from app.kernel.db import db, transaction
from config import TestConfig
from tests.cast import build_cast
from tests.plugins.products import Product


def end_the_day(house: Any) -> None:
    """Have the worker end a day on which somebody still waits."""
    day = (clock.now() + timedelta(days=1)).date()
    payload = {"clinic_id": house.cast.main_id, "business_date": day.isoformat()}
    with transaction(system()):
        outbox.post(arrivals.DAY_OVER, "test-of-the-worker", payload)


def test_what_the_web_process_changes_is_heard_once(house: Any) -> None:
    reception = house.at("reception")
    visit = house.walk_in_over_http()
    assert reception.wait_for("queue_updated")["visit_id"] == visit["id"]
    assert reception.events() == ["new_checkin", "queue_updated"]


def test_what_the_worker_changes_is_heard(house: Any) -> None:
    reception = house.at("reception")
    house.walk_in()
    reception.wait_for("new_checkin")
    end_the_day(house)
    assert reception.wait_for("visit_status_changed")["visit"]["status"] == "left"


@pytest.fixture
def two_houses(
    run_product: Callable[..., Product], new_database: Any, redis_url: str, tmp_path: Path, house_of: Any
) -> Iterator[Any]:
    """Two products on one database and one Redis."""
    settings = TestConfig(new_database().url, tmp_path / "instance")
    variables = {
        "DATABASE_URL": settings.SQLALCHEMY_DATABASE_URI,
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_ENCRYPTION_KEYS": ",".join(settings.FIELD_ENCRYPTION_KEYS),
        "REDIS_URL": redis_url,
    }
    products = [run_product(**variables) for _ in range(2)]
    app = create_app(settings)
    for product in products:
        product.wait_until_it_answers()
        product.app = app
    with app.app_context():
        cast = build_cast()
        yield [house_of(product, cast) for product in products]
        db.engine.dispose()


def test_over_redis_each_web_process_and_each_worker_is_heard_by_the_screens_of_all(two_houses: list[Any]) -> None:
    here, there = two_houses
    screens = [here.at("reception"), there.at("reception"), there.at("doctor")]
    visit = here.walk_in_over_http()
    for screen in screens:
        assert screen.wait_for("new_checkin")["visit"]["id"] == visit["id"]
    assert [screen.events().count("new_checkin") for screen in screens] == [1, 1, 1]
    end_the_day(here)
    for screen in screens:
        assert screen.wait_for("visit_status_changed")["visit"]["status"] == "left"
