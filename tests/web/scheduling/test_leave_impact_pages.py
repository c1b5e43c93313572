"""The page of those who are affected by leave: entering leave leads there, and who is ticked is moved."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.kernel.db import db
from app.kernel.models import OutboxMessage
from app.scheduling import booking, leave, leave_impact
from app.scheduling.lengths import change_length
from app.scheduling.models import Appointment, DoctorLeave
from tests.factories import make_appointment, make_patient
from tests.integration.scheduling.desk import Desk, act, at, stored

Sign = Callable[[str], FlaskClient]
WEDNESDAY = {"first_day": "2025-03-05", "last_day": "2025-03-05", "reason": "surgery"}


def booked(desk: Desk, *hours: int) -> list[Appointment]:
    cast = desk.cast
    return [
        make_appointment(
            make_patient(cast.main_clinic, name=f"Anna {hour}", phone=f"+49301234{hour:03}"),
            cast.doctor_row,
            cast.main_service,
            at(5, hour),
        )
        for hour in hours
    ]


def away(desk: Desk) -> DoctorLeave:
    days = WEDNESDAY | {"doctor_id": desk.cast.doctor_id}
    entered: DoctorLeave = act(leave.add_leave, days, actor=desk.cast.admin)
    return entered


def address(row: DoctorLeave) -> str:
    return f"/availability/leave/{row.id}/affected"


def times_in(page: str) -> dict[int, list[str]]:
    """What the selects of the page offer, the proposed time first, by appointment."""
    found: dict[int, list[str]] = {}
    for value in re.findall(r'<option value="(\d+/[^"]+)"', page):
        found.setdefault(int(value.partition("/")[0]), []).append(value)
    return found


def ticked_in(page: str) -> set[int]:
    return {int(pk) for pk in re.findall(r'name="chosen"\s+value="(\d+)"\s+checked', page)}


# -- the way there ---------------------------------------------------------------------------------------------------


def test_entering_and_changing_leave_lead_to_those_who_are_affected(desk: Desk, login_as: Sign) -> None:
    booked(desk, 9, 10)
    admin, typed = login_as("admin"), WEDNESDAY | {"doctor": desk.cast.doctor_id}
    answer = admin.post("/availability/leave/add", data=typed)
    row = db.session.scalars(select(DoctorLeave)).one()
    assert answer.headers["Location"] == address(row)
    page = admin.get(address(row)).text
    assert "2 appointments fall into this leave." in page
    assert len(times_in(page)) == 2
    changed = admin.post(f"/availability/leave/edit/{row.id}", data=WEDNESDAY | {"last_day": "2025-03-06"})
    assert changed.headers["Location"] == address(row)
    nobody = admin.post(
        f"/availability/leave/edit/{row.id}", data=WEDNESDAY | {"first_day": "2025-03-01", "last_day": "2025-03-02"}
    )
    assert nobody.headers["Location"] != address(row)


def test_the_leaves_page_and_its_row_lead_there_for_whoever_may_see_appointments(desk: Desk, login_as: Sign) -> None:
    booked(desk, 9, 10)
    row = away(desk)
    for who, number in [("admin", 2), ("reception", 2), ("doctor", 2), ("doctor2", 0)]:
        client = login_as(who)
        shown = client.get(f"/availability/leave/show/{row.id}").text
        assert re.search(rf'{address(row)}".*?Affected appointments\s*<span[^>]*>{number}</span>', shown, re.DOTALL)
        assert address(row) in client.get("/availability/leave/list/").text
    for page in (f"/availability/leave/show/{row.id}", "/availability/leave/list/"):
        assert address(row) not in login_as("accountant").get(page).text
    assert "affected" not in login_as("admin").get("/availability/leave/export.csv").text


# -- who sees what ---------------------------------------------------------------------------------------------------


def test_the_page_shows_all_that_is_needed_to_call_the_patient(desk: Desk, login_as: Sign) -> None:
    [row] = booked(desk, 9)
    page = login_as("reception").get(address(away(desk))).text
    for part in (
        "Anna 9",
        "+49 30 1234009",
        "Consultation",
        "Confirmed",
        "Dr. Ada Main",
        f"/patients/show/{row.patient_id}",
    ):
        assert part in page
    assert f"/appointments/move/{row.id}" in page
    assert f"/appointments/cancel/{row.id}" in page
    assert "surgery" not in page
    assert "Away from 5 Mar 2025 to 5 Mar 2025" in page
    assert ticked_in(page) == set()


def test_all_are_ticked_without_a_script(desk: Desk, login_as: Sign) -> None:
    rows = booked(desk, 9, 10)
    assert ticked_in(login_as("reception").get(f"{address(away(desk))}?tick=all").text) == {row.id for row in rows}


def test_a_doctor_sees_own_appointments_and_moves_none(desk: Desk, login_as: Sign) -> None:
    [row] = booked(desk, 9)
    where = address(away(desk))
    page = login_as("doctor").get(where).text
    assert "Anna 9" in page
    assert times_in(page) == {}
    assert f"/appointments/move/{row.id}" not in page
    assert f"/appointments/cancel/{row.id}" in page
    assert "Nobody is affected" in login_as("doctor2").get(where).text
    for who, get, post in [
        ("doctor", 200, 403),
        ("doctor2", 200, 403),
        ("accountant", 403, 403),
        ("riverside", 404, 404),
    ]:
        client = login_as(who)
        assert (client.get(where).status_code, client.post(where, data={"chosen": row.id}).status_code) == (get, post)
    assert login_as("admin").get("/availability/leave/999999/affected").status_code == 404
    assert stored(row.id).starts_at == at(5, 9)


def test_nobody_affected_is_said(desk: Desk, login_as: Sign) -> None:
    assert "Nobody is affected" in login_as("reception").get(address(away(desk))).text


def test_more_than_a_page_has_is_said(desk: Desk, login_as: Sign, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leave_impact, "MOST", 2)
    booked(desk, 9, 10, 11)
    page = login_as("reception").get(address(away(desk))).text
    assert "These are the first 2 of 3." in page
    assert len(times_in(page)) == 2


# -- moving ----------------------------------------------------------------------------------------------------------


def moves() -> int:
    db.session.rollback()
    query = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.kind == "appointment.moved")
    return db.session.scalar(query) or 0


def test_those_who_are_ticked_are_moved_to_what_is_chosen_and_the_others_stay(desk: Desk, login_as: Sign) -> None:
    first, second, third = booked(desk, 9, 10, 11)
    reception, where = login_as("reception"), address(away(desk))
    times = times_in(reception.get(where).text)
    chosen = [times[first.id][0], times[second.id][2], times[third.id][0]]
    answer = reception.post(where, data={"chosen": [first.id, second.id], "time": chosen})
    assert (answer.status_code, answer.headers["Location"]) == (302, where)
    for row, wanted in zip((first, second), chosen, strict=False):
        moved = stored(row.id)
        assert f"{row.id}/{moved.starts_at.isoformat()}/{moved.doctor_id}" == wanted
    assert stored(third.id).starts_at == at(5, 11)
    page = reception.get(where).text
    assert "2 appointments are moved." in page
    assert list(times_in(page)) == [third.id]
    assert moves() == 2


def test_one_that_cannot_be_moved_keeps_nobody_up_and_shows_again_ticked_with_the_reason(
    desk: Desk, login_as: Sign
) -> None:
    first, second = booked(desk, 9, 10)
    reception, where = login_as("reception"), address(away(desk))
    times = times_in(reception.get(where).text)
    gone = stored(second.id)
    desk.book(at(4, 10), patient_id=gone.patient_id)
    answer = reception.post(
        where, data={"chosen": [second.id, first.id], "time": [times[first.id][0], times[second.id][0]]}
    )
    assert answer.status_code == 409
    assert "One appointment is moved." in answer.text
    assert re.search(r"Anna 10:\s+That time is already taken\.", answer.text)
    assert ticked_in(answer.text) == {second.id}
    assert times_in(answer.text)[second.id][0] != times[second.id][0]
    assert (stored(first.id).starts_at, stored(second.id).starts_at) == (at(4, 9), at(5, 10))
    assert moves() == 1


def test_one_that_somebody_else_has_moved_meanwhile_is_left_alone(desk: Desk, login_as: Sign) -> None:
    [row] = booked(desk, 9)
    reception, where = login_as("reception"), address(away(desk))
    times = times_in(reception.get(where).text)
    act(booking.reschedule, row.id, at(7, 9), actor=desk.cast.admin)
    answer = reception.post(where, data={"chosen": row.id, "time": times[row.id][0]})
    assert answer.status_code == 409
    assert "no longer in those days" in answer.text
    assert "Nobody is affected" in answer.text
    assert (stored(row.id).starts_at, moves()) == (at(7, 9), 1)


def test_a_time_that_is_chosen_stays_chosen_where_nobody_is_ticked(desk: Desk, login_as: Sign) -> None:
    [row] = booked(desk, 9)
    reception, where = login_as("reception"), address(away(desk))
    times = times_in(reception.get(where).text)[row.id]
    answer = reception.post(where, data={"time": times[1]})
    assert (answer.status_code, "Tick those who are to be moved." in answer.text) == (422, True)
    assert re.search(rf'value="{re.escape(times[1])}"\s+selected', answer.text)


@pytest.mark.parametrize(
    "time",
    [
        "",
        "{pk}",
        "{pk}/soon/1",
        "{pk}/2025-03-07T09:00/1",
        "{pk}/2025-03-07T09:00:00+01:00/",
        "1/2/3/4",
        "{pk}/2025-03-07T09:00:00+01:00/999999",
    ],
)
def test_a_time_that_is_none_is_refused(desk: Desk, login_as: Sign, time: str) -> None:
    [row] = booked(desk, 9)
    answer = login_as("reception").post(address(away(desk)), data={"chosen": row.id, "time": time.format(pk=row.id)})
    assert answer.status_code == 409
    assert stored(row.id).starts_at == at(5, 9)


@pytest.mark.parametrize("time", ["9999-12-31T23:59+00:00", "9999-12-31T23:59-12:00", "0001-01-01T00:00+14:00"])
def test_a_time_that_no_clock_reaches_is_refused_for_a_length_of_its_own_too(
    desk: Desk, login_as: Sign, time: str
) -> None:
    [row] = booked(desk, 9)
    act(change_length, row.id, at(5, 9, 45), actor=desk.cast.reception)
    sent = {"chosen": row.id, "time": f"{row.id}/{time}/{desk.cast.doctor_id}"}
    assert login_as("reception").post(address(away(desk)), data=sent).status_code == 409
    assert stored(row.id).starts_at == at(5, 9)


def test_an_appointment_out_of_reach_is_none_and_nobody_is_moved(desk: Desk, login_as: Sign) -> None:
    [row] = booked(desk, 9)
    cast = desk.cast
    foreign = make_appointment(desk.riverside_patient, cast.doctor2_row, cast.riverside_service, at(5, 14))
    where, times = (
        address(away(desk)),
        [f"{pk}/2025-03-07T09:00:00+01:00/{cast.doctor_id}" for pk in (row.id, foreign.id)],
    )
    reception = login_as("reception")
    for chosen in ([row.id, foreign.id], [row.id, 999_999], ["x"]):
        assert reception.post(where, data={"chosen": chosen, "time": times}).status_code == 404
    assert stored(row.id).starts_at == at(5, 9)


def test_a_form_without_its_token_moves_nobody(desk: Desk, login_as: Sign) -> None:
    [row] = booked(desk, 9)
    reception, where = login_as("reception"), address(away(desk))
    page = reception.get(where).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    del reception.environ_base["HTTP_X_CSRFTOKEN"]
    form = {"chosen": row.id, "time": times_in(page)[row.id][0]}
    assert reception.post(where, data=form).status_code == 400
    assert stored(row.id).starts_at == at(5, 9)
    assert token is not None
    assert reception.post(where, data=form | {"csrf_token": token[1]}).status_code == 302
