"""The screen of doctors' leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from app.kernel.db import db
from app.scheduling.models import DoctorLeave
from tests.integration.scheduling.desk import Desk

Sign = Callable[[str], FlaskClient]


def typed(**values: Any) -> dict[str, Any]:
    return {"first_day": "2025-03-10", "last_day": "2025-03-14", "reason": "congress"} | values


def rows() -> list[DoctorLeave]:
    db.session.rollback()
    return list(db.session.scalars(select(DoctorLeave).order_by(DoctorLeave.id)))


def test_a_doctor_enters_changes_and_removes_own_leave(desk: Desk, login_as: Sign) -> None:
    doctor = login_as("doctor")
    form = doctor.get("/availability/leave/add").text
    assert f'type="hidden" name="doctor" value="{desk.cast.doctor_id}"' in form
    assert doctor.post("/availability/leave/add", data=typed()).status_code == 302
    (row,) = rows()
    assert (row.doctor_id, row.entered_by) == (desk.cast.doctor_id, "Doctor Test")
    assert doctor.post(f"/availability/leave/edit/{row.id}", data=typed(reason="ill")).status_code == 302
    assert rows()[0].reason == "ill"
    assert doctor.post(f"/availability/leave/delete/{row.id}").status_code == 302
    assert rows() == []


def test_leave_stands_beside_the_hours_and_on_the_doctors_page(desk: Desk, login_as: Sign) -> None:
    admin = login_as("admin")
    admin.post("/availability/leave/add", data=typed(doctor=desk.cast.doctor_id))
    assert "/availability/leave/list/" in admin.get("/availability/list/").text
    for who in ("admin", "reception", "doctor", "accountant"):
        assert "congress" in login_as(who).get("/availability/leave/list/").text
    assert "congress" not in login_as("riverside").get("/availability/leave/list/").text
    assert "congress" in admin.get(f"/doctors/show/{desk.cast.doctor_id}").text


def test_what_cannot_be_is_told_beside_the_field(desk: Desk, login_as: Sign) -> None:
    admin, mine = login_as("admin"), {"doctor": desk.cast.doctor_id}
    backwards = admin.post("/availability/leave/add", data=typed(**mine, last_day="2025-03-09"))
    assert (backwards.status_code, "must not be before" in backwards.text) == (422, True)
    admin.post("/availability/leave/add", data=typed(**mine))
    twice = admin.post("/availability/leave/add", data=typed(**mine, first_day="2025-03-14"))
    assert (twice.status_code, "other leave in those days" in twice.text) == (409, True)
    other = login_as("doctor").post("/availability/leave/add", data=typed(doctor=desk.cast.doctor2_id))
    assert other.status_code == 403
    assert len(rows()) == 1
