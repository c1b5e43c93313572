"""The screens of doctors' hours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel.db import db
from app.scheduling.models import Availability, AvailabilityDate
from tests.integration.scheduling.desk import Desk

Sign = Callable[[str], FlaskClient]


def saturday(desk: Desk, **values: Any) -> dict[str, Any]:
    typed = {"doctor": desk.cast.doctor_id, "clinic": desk.cast.main_id, "weekday": 5}
    return typed | {"start_time": "09:00", "end_time": "12:00"} | values


def rows(model: type[Any]) -> list[Any]:
    db.session.rollback()
    return list(db.session.scalars(select(model).order_by(model.id)))


def test_everybody_of_the_clinic_sees_the_hours(desk: Desk, login_as: Sign) -> None:
    for who in ("admin", "reception", "doctor", "accountant"):
        page = login_as(who).get("/availability/list/")
        assert page.status_code == 200
        assert "Dr. Ada Main" in page.text
        assert "Monday" in page.text
    assert "Dr. Ada Main" not in login_as("riverside").get("/availability/list/").text


def test_a_doctor_adds_changes_and_removes_own_hours(desk: Desk, login_as: Sign) -> None:
    doctor = login_as("doctor")
    assert doctor.post("/availability/add", data=saturday(desk)).status_code == 302
    added = rows(Availability)[-1]
    assert (added.weekday, added.doctor_id) == (5, desk.cast.doctor_id)
    number = added.id
    changed = saturday(desk, weekday=6, end_time="13:00")
    assert doctor.post(f"/availability/edit/{number}", data=changed).status_code == 302
    assert (rows(Availability)[-1].weekday, rows(Availability)[-1].end_time.hour) == (6, 13)
    assert doctor.post(f"/availability/delete/{number}").status_code == 302
    assert all(row.id != number for row in rows(Availability))


def test_single_dates_have_a_screen_of_their_own(desk: Desk, login_as: Sign) -> None:
    admin = login_as("admin")
    typed = {"doctor": desk.cast.doctor_id, "clinic": "", "kind": "closed", "day": "2025-03-04", "reason": "congress"}
    assert admin.post("/availability/dates/add", data=typed).status_code == 302
    (row,) = rows(AvailabilityDate)
    assert (row.clinic_id, row.start_time, row.reason) == (None, None, "congress")
    assert "congress" in admin.get("/availability/dates/list/").text
    assert "/availability/dates/list/" in admin.get("/availability/list/").text


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"end_time": "08:00"}, "must end after it begins"),
        ({"valid_from": "2025-02-02", "valid_to": "2025-02-01"}, "must not be before"),
        ({"weekday": 9}, "Not a valid choice"),
        ({"start_time": "noon"}, "Not a valid time"),
    ],
)
def test_what_cannot_be_is_told_beside_the_field(desk: Desk, login_as: Sign, values: dict[str, Any], says: str) -> None:
    before = len(rows(Availability))
    answer = login_as("admin").post("/availability/add", data=saturday(desk, **values))
    assert answer.status_code in {409, 422}
    assert says in answer.text
    assert len(rows(Availability)) == before


def test_a_colleagues_hours_are_not_a_doctors_to_set(desk: Desk, login_as: Sign) -> None:
    before = len(rows(Availability))
    answer = login_as("doctor").post("/availability/add", data=saturday(desk, doctor=desk.cast.doctor2_id))
    assert answer.status_code == 403
    assert len(rows(Availability)) == before


def test_a_doctor_enters_and_changes_own_hours_only(desk: Desk, login_as: Sign) -> None:
    login_as("admin").post("/availability/add", data=saturday(desk, doctor=desk.cast.doctor2_id))
    doctor = login_as("doctor")
    form = doctor.get("/availability/add").text
    assert f'type="hidden" name="doctor" value="{desk.cast.doctor_id}"' in form
    nameless = {name: value for name, value in saturday(desk).items() if name != "doctor"}
    assert doctor.post("/availability/add", data=nameless).status_code == 302
    other, own = rows(Availability)[-2:]
    assert (other.doctor_id, own.doctor_id) == (desk.cast.doctor2_id, desk.cast.doctor_id)
    listed = doctor.get("/availability/list/?psize_AvailabilityView=100").text
    assert [f"/availability/edit/{row.id}" in listed for row in (own, other)] == [True, False]
    pages = [doctor.get(f"/availability/show/{row.id}").text for row in (own, other)]
    assert ["/availability/edit/" in page for page in pages] == [True, False]
    assert [doctor.get(f"/availability/edit/{row.id}").status_code for row in (own, other)] == [200, 403]


def test_hours_that_overlap_are_taken_with_a_warning(desk: Desk, login_as: Sign) -> None:
    admin = login_as("admin")
    longer = saturday(desk, weekday=0, start_time="16:00", end_time="18:00")
    answer = admin.post("/availability/add", data=longer, follow_redirects=True)
    assert "overlap others of this doctor" in answer.text
    answer = admin.post("/availability/add", data=saturday(desk), follow_redirects=True)
    assert "overlap others" not in answer.text


def test_the_week_that_comes_of_it_is_shown_before_it_is_saved(desk: Desk, login_as: Sign) -> None:
    doctor, before = login_as("doctor"), len(rows(Availability))
    assert "Does not work" in doctor.get("/availability/add").text
    shown = doctor.post("/availability/add", data=saturday(desk, start_time="09:10") | {"preview": "1"})
    assert shown.status_code == 200
    assert "09:10" in shown.text.partition("data-week ")[2]
    number = rows(Availability)[0].id
    monday = {"weekday": 0, "start_time": "07:35", "end_time": "12:00", "valid_from": "", "valid_to": ""}
    changed = doctor.post(f"/availability/edit/{number}", data=monday | {"preview": "1"})
    week = changed.text.partition("data-week ")[2]
    assert changed.status_code == 200
    assert "07:35" in week or "7:35" in week
    assert login_as("doctor2").post(f"/availability/edit/{number}", data=monday | {"preview": "1"}).status_code == 403
    closed = {"doctor": desk.cast.doctor_id, "clinic": "", "kind": "closed", "day": "2025-03-04"}
    dated = doctor.post("/availability/dates/add", data=closed | {"preview": "1"})
    assert "Closed by a date" in dated.text
    assert (len(rows(Availability)), rows(AvailabilityDate)) == (before, [])


@pytest.mark.parametrize(
    "typed", [{"weekday": "x"}, {"start_time": "noon"}, {"end_time": "08:00"}, {"valid_from": "9999-12-31"}, {}]
)
def test_a_week_of_nonsense_is_the_week_as_it_is_or_none(desk: Desk, login_as: Sign, typed: dict[str, str]) -> None:
    form = saturday(desk) | typed if typed else {}
    assert login_as("admin").post("/availability/add", data=form | {"preview": "1"}).status_code == 200
