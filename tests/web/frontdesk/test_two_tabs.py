"""A page that was left open in another tab: what it asks for is refused in clear words, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.billing.models import Invoice
from app.frontdesk import handover, queue
from app.frontdesk.models import Visit
from app.frontdesk.states import Phase, VisitStatus
from app.kernel.db import db
from tests.integration.frontdesk.front import Front

Sign = Callable[[str], FlaskClient]
JSON = {"Accept": "application/json"}
MOVED = "Somebody else has moved this patient meanwhile."
OVER = "This visit has ended."


def consult(client: FlaskClient, visit: Visit, act: str, headers: Any = None) -> Any:
    values = {"act": act, "revision": "0", "notes": "as typed in this tab"}
    return client.post(f"/doctor/consultations/{visit.id}/act", data=values, headers=headers)


def press(client: FlaskClient, act: str, headers: Any = None, **fields: Any) -> Any:
    return client.post("/queue/act", data={"act": act, **fields}, headers=headers, follow_redirects=headers is None)


def state_of(front: Front, visit: Visit) -> VisitStatus:
    return next(row.status for row in front.visits() if row.id == visit.id)


@pytest.mark.parametrize("act", ["complete", "save", "begin"])
def test_a_second_tab_of_a_completed_consultation_says_so_and_keeps_what_was_typed(
    front: Front, login_as: Sign, act: str
) -> None:
    visit, client = front.start(front.walk_in()), login_as("doctor")
    assert consult(client, visit, "complete").status_code == 302
    page, answer = consult(client, visit, act), consult(client, visit, act, JSON)
    assert (page.status_code, answer.status_code) == (409, 409)
    assert answer.get_json()["code"] == ("signed" if act == "save" else "visit_over")
    assert answer.get_json()["detail"] in page.text
    assert state_of(front, visit) is VisitStatus.COMPLETED
    assert db.session.scalar(select(func.count()).select_from(Invoice)) == 1


def test_a_second_tab_does_not_complete_who_was_sent_back_to_wait(front: Front, login_as: Sign) -> None:
    visit, client = front.start(front.walk_in()), login_as("doctor")
    front.act(queue.move, visit.id, Phase.WAITING, reason="wrong room")
    page = consult(client, visit, "complete")
    assert (page.status_code, "The patient is not with the doctor." in page.text) == (409, True)
    assert "as typed in this tab" not in (front.visits()[0].notes or "")
    assert state_of(front, visit) is VisitStatus.WAITING


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("back {} in_progress", {"reason": "wrong room"}),
        ("undo {} waiting", {"reason": "wrong patient"}),
        ("left {} called", {}),
        ("call {} waiting", {}),
        ("call-again {} called 1893456120", {}),
        ("in {} called", {}),
        ("hand-over {} waiting", {"reason": "", "to": "2"}),
        ("urgent {} waiting", {"reason": "in pain"}),
    ],
)
def test_a_board_that_was_left_open_moves_nobody_who_was_seen(
    front: Front, login_as: Sign, act: str, fields: dict[str, str]
) -> None:
    visit = front.start(front.walk_in())
    front.complete(visit)
    version, client = front.version(), login_as("reception")
    answer = press(client, act.format(visit.id), JSON, **fields)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "state_changed")
    assert MOVED in press(client, act.format(visit.id), **fields).text
    assert (state_of(front, visit), front.version()) == (VisitStatus.COMPLETED, version)


def test_a_call_from_a_board_that_was_left_open_is_not_of_who_was_handed_over(front: Front, login_as: Sign) -> None:
    visit = front.walk_in()
    client = login_as("doctor")
    front.act(handover.hand_over, visit.id, front.cast.doctor2_id)
    answer = client.post("/doctor/act", data={"act": f"call {visit.id} waiting"}, headers=JSON)
    assert answer.status_code == 404
    asked = {"act": f"hand-over {visit.id} waiting", "to": front.cast.doctor2_id, "from": front.cast.doctor_id}
    answer = login_as("reception").post("/queue/act", data=asked, headers=JSON)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "state_changed")
    assert state_of(front, visit) is VisitStatus.WAITING
