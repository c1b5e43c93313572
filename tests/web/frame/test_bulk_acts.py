"""Chosen rows of a list are acted on together: each by itself, and it is said for how many."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel import clock
from app.kernel.db import db
from app.scheduling.models import Appointment
from app.scheduling.states import AppointmentStatus
from tests.cast import Cast
from tests.factories import make_appointment, make_patient

Sign = Callable[[str], FlaskClient]
NOW = datetime(2030, 5, 6, 8, tzinfo=UTC)
REQUESTED, CONFIRMED = AppointmentStatus.REQUESTED, AppointmentStatus.CONFIRMED


@pytest.fixture
def booked(session: Any, cast: Cast) -> list[int]:
    """Two requests, a confirmed appointment and a request at the other clinic."""
    here, there = make_patient(cast.main_clinic), make_patient(cast.riverside_clinic)
    with clock.freeze(NOW):
        mine = [
            make_appointment(
                here, cast.doctor_row, cast.main_service, NOW + timedelta(hours=4 * number), status=status
            ).id
            for number, status in enumerate((REQUESTED, REQUESTED, CONFIRMED), 1)
        ]
        foreign = make_appointment(
            there, cast.doctor2_row, cast.riverside_service, NOW + timedelta(hours=9), status=REQUESTED
        )
    return [*mine, foreign.id]


def states() -> list[AppointmentStatus]:
    db.session.rollback()
    return list(db.session.scalars(select(Appointment.status).order_by(Appointment.id)))


def act(client: FlaskClient, name: str, keys: list[int], where: str = "appointments") -> Any:
    with clock.freeze(NOW):
        data = {"action": name, "rowid": [str(key) for key in keys]}
        return client.post(f"/{where}/action_post", data=data, follow_redirects=True)


def test_requests_are_confirmed_together_and_a_refusal_stops_none(
    cast: Cast, booked: list[int], login_as: Sign
) -> None:
    page = act(login_as("reception"), "confirm", booked[:3])
    assert "Done for 2 records." in page.text
    assert "Not for one record: Only a requested appointment can be confirmed." in page.text
    assert states() == [CONFIRMED, CONFIRMED, CONFIRMED, REQUESTED]


def test_a_row_out_of_reach_among_the_chosen_refuses_them_all(cast: Cast, booked: list[int], login_as: Sign) -> None:
    assert act(login_as("reception"), "confirm", booked).status_code == 404
    assert states() == [REQUESTED, REQUESTED, CONFIRMED, REQUESTED]


@pytest.mark.parametrize(("who", "status"), [("accountant", 403), ("riverside", 404)])
def test_nobody_else_acts_on_them(cast: Cast, booked: list[int], login_as: Sign, who: str, status: int) -> None:
    assert act(login_as(who), "confirm", booked[:2]).status_code == status
    assert states() == [REQUESTED, REQUESTED, CONFIRMED, REQUESTED]


def test_choosing_nothing_or_an_unknown_act_is_told(cast: Cast, booked: list[int], login_as: Sign) -> None:
    desk = login_as("reception")
    assert act(desk, "confirm", []).status_code == 404
    assert act(desk, "delete", booked[:1]).status_code == 404


def test_an_act_on_many_is_no_act_on_a_records_page(cast: Cast, booked: list[int], login_as: Sign) -> None:
    desk = login_as("reception")
    assert desk.post(f"/appointments/action/confirm/{booked[0]}").status_code == 404
    assert "/action/confirm" not in desk.get(f"/appointments/show/{booked[0]}").text


def test_who_may_not_act_has_no_boxes_to_choose_with(cast: Cast, booked: list[int], login_as: Sign) -> None:
    assert 'name="rowid"' in login_as("reception").get("/appointments/list/").text
    assert 'name="rowid"' not in login_as("accountant").get("/invoices/list/").text
