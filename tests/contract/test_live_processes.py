"""A change is heard whichever process made it: the web process, the worker, or another web process over Redis."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.frontdesk.day_end import DAY_OVER
from app.kernel import clock, outbox
from app.kernel.actor import system
from app.kernel.db import transaction
from tests.plugins.products import START_SECONDS

UNTIL_THE_WORKER_IS_THERE = START_SECONDS  # it starts beside the web process


def end_the_day(house: Any) -> None:
    """Have the worker end a day on which somebody still waits."""
    day = (clock.now() + timedelta(days=1)).date()
    payload = {"clinic_id": house.cast.main_id, "business_date": day.isoformat()}
    with transaction(system()):
        outbox.post(DAY_OVER, "test-of-the-worker", payload)


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
    assert reception.wait_for("visit_status_changed", UNTIL_THE_WORKER_IS_THERE)["visit"]["status"] == "left"


def test_over_redis_each_web_process_and_each_worker_is_heard_by_the_screens_of_all(two_houses: list[Any]) -> None:
    here, there = two_houses
    screens = [here.at("reception"), there.at("reception"), there.at("doctor")]
    visit = here.walk_in_over_http()
    for screen in screens:
        assert screen.wait_for("new_checkin")["visit"]["id"] == visit["id"]
    assert [screen.events().count("new_checkin") for screen in screens] == [1, 1, 1]
    end_the_day(here)
    for screen in screens:
        assert screen.wait_for("visit_status_changed", UNTIL_THE_WORKER_IS_THERE)["visit"]["status"] == "left"
