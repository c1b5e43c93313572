"""The board, visits and check-in over REST, to the letter of the contract."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.billing.drafting import compose_invoice
from app.billing.issuing import issue
from app.billing.models import Invoice
from app.frontdesk import queue
from app.frontdesk.models import Visit
from app.kernel import clock
from app.kernel.db import db, transaction
from tests.factories import make_patient
from tests.integration.frontdesk.front import NOW, Front

Sign = Callable[[str], FlaskClient]
VISIT = {
    "id", "clinic_id", "created_at", "updated_at", "doctor_id", "service_id", "patient_id", "appointment_id",
    "queue_number", "priority", "status", "phase", "business_date", "check_in_time", "called_time", "start_time",
    "end_time", "estimated_start",
}  # fmt: skip
ON_BOARD = VISIT | {"patient_name", "service_name", "doctor_name", "room"}


def assert_problem(answer: TestResponse, status: int, code: str, *fields: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    assert answer.json["code"] == code
    assert set(answer.json["errors"]) == set(fields)


def stored(visit_id: int) -> Visit:
    db.session.rollback()
    return db.session.get_one(Visit, visit_id, populate_existing=True)


def board_of(client: FlaskClient, front: Front) -> dict[str, Any]:
    answer = client.get(f"/api/v1/queue/{front.cast.main_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


# -- the board -------------------------------------------------------------------------------------------------------


def test_the_board_has_a_version_and_three_phases(front: Front, login_as: Sign) -> None:
    visit = front.walk_in()
    board = board_of(login_as("reception"), front)
    assert board["version"] == front.version()
    assert {name: len(visits) for name, visits in board["phases"].items()} == {
        "waiting": 1,
        "with_doctor": 0,
        "completed": 0,
    }
    (entry,) = board["phases"]["waiting"]
    assert set(entry) >= ON_BOARD
    assert (entry["id"], entry["check_in_time"]) == (visit.id, "2030-05-06T10:01:00+02:00")


def test_a_board_that_has_not_changed_is_not_sent_again(front: Front, login_as: Sign) -> None:
    client, address = login_as("reception"), f"/api/v1/queue/{front.cast.main_id}"
    front.walk_in()
    tag = client.get(address).headers["ETag"]
    again = client.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == tag
    front.walk_in()
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_a_doctors_board_is_own_and_is_never_taken_for_receptions(front: Front, login_as: Sign) -> None:
    front.walk_in(doctor_id=front.cast.doctor2_id)
    address = f"/api/v1/queue/{front.cast.main_id}"
    tag = login_as("reception").get(address).headers["ETag"]
    doctor = login_as("doctor").get(address, headers={"If-None-Match": tag})
    assert doctor.status_code == 200
    assert doctor.json["phases"]["waiting"] == []


def test_a_board_out_of_reach(front: Front, login_as: Sign, client: FlaskClient) -> None:
    address = f"/api/v1/queue/{front.cast.main_id}"
    assert client.get(address).status_code == 401
    assert_problem(login_as("riverside").get(address), 404, "not_found")
    assert_problem(login_as("accountant").get(address), 403, "not_allowed")
    assert_problem(login_as("reception").get("/api/v1/queue/999999"), 404, "not_found")


def test_a_program_polls_with_its_token(front: Front, client: FlaskClient, token_for: Any) -> None:
    assert client.get(f"/api/v1/queue/{front.cast.main_id}/", headers=token_for("reception")).status_code == 200


# -- arriving --------------------------------------------------------------------------------------------------------


def test_a_check_in_answers_the_appointment_and_its_visit(front: Front, login_as: Sign) -> None:
    appointment = front.appointment()
    answer = login_as("reception").post(f"/api/v1/appointments/{appointment.id}/check-in")
    assert answer.status_code == 200, answer.text
    result = answer.json["result"]
    assert (result["id"], result["status"], result["visit_id"]) == (
        appointment.id,
        "checked_in",
        result["visit"]["id"],
    )
    assert (result["visit"]["queue_number"], result["visit"]["phase"]) == (1, "waiting")
    again = login_as("reception").post(f"/api/v1/appointments/{appointment.id}/check-in")
    assert_problem(again, 409, "not_confirmed")


def test_a_check_in_out_of_reach(front: Front, login_as: Sign) -> None:
    address = f"/api/v1/appointments/{front.appointment().id}/check-in"
    assert_problem(login_as("riverside").post(address), 404, "not_found")
    assert_problem(login_as("doctor").post(address), 403, "not_allowed")
    assert_problem(login_as("accountant").post(address), 403, "not_allowed")


def walk_in_body(front: Front, **values: Any) -> dict[str, Any]:
    cast = front.cast
    whole = {
        "clinic_id": cast.main_id,
        "doctor_id": cast.doctor_id,
        "service_id": cast.service_id,
        "patient_id": values.get("patient_id") or front.patient().id,
    }
    return {name: value for name, value in (whole | values).items() if value is not ...}


def test_a_walk_in_is_a_posted_visit(front: Front, login_as: Sign) -> None:
    body = walk_in_body(front, priority="urgent", priority_reason="in pain")
    answer = login_as("reception").post("/api/v1/visits", json=body)
    assert answer.status_code == 201, answer.text
    visit = answer.json["result"]
    assert set(visit) >= VISIT
    assert (visit["queue_number"], visit["priority"], visit["status"], visit["appointment_id"]) == (
        1,
        "urgent",
        "waiting",
        None,
    )
    assert visit["priority_reason"] == "in pain"
    assert answer.headers["Location"].rstrip("/").endswith(f"/api/v1/visits/{visit['id']}")


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"patient_id": ...}, {"patient_id"}),
        ({"patient_id": "1"}, {"patient_id"}),
        ({"doctor_id": True, "service_id": 0}, {"doctor_id", "service_id"}),
        ({"priority": "vip"}, {"priority"}),
        ({"priority": "urgent"}, {"priority_reason"}),
        ({"priority": "urgent", "priority_reason": " "}, {"priority_reason"}),
        ({"priority": "urgent", "priority_reason": "x" * 201}, {"priority_reason"}),
        ({"status": "completed", "queue_number": 1}, {"status", "queue_number"}),
        ({"clinic_id": None}, {"clinic_id"}),
        ({"service_id": 999_999}, {"service_id"}),
        ({"patient_id": 999_999}, {"patient_id"}),
        ({"doctor_id": 999_999}, {"doctor_id"}),
    ],
)
def test_every_problem_of_a_walk_in_is_told(
    front: Front, login_as: Sign, values: dict[str, Any], wrong: set[str]
) -> None:
    answer = login_as("reception").post("/api/v1/visits", json=walk_in_body(front, **values))
    assert answer.status_code == 422, answer.text
    assert set(answer.json["errors"]) == wrong
    assert db.session.scalar(select(func.count()).select_from(Visit)) == 0


def test_a_second_active_visit_is_a_conflict(front: Front, login_as: Sign) -> None:
    client, body = login_as("reception"), walk_in_body(front)
    assert client.post("/api/v1/visits", json=body).status_code == 201
    assert_problem(client.post("/api/v1/visits", json=body), 409, "already_in_queue")


def test_a_repeated_request_with_its_key_is_one_walk_in(front: Front, login_as: Sign) -> None:
    client, body, key = login_as("reception"), walk_in_body(front), {"Idempotency-Key": "abc"}
    first, second = (client.post("/api/v1/visits", json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.json) == (second.status_code, second.json)
    assert len(front.visits()) == 1


# -- moving ----------------------------------------------------------------------------------------------------------


def test_the_next_is_called(front: Front, login_as: Sign) -> None:
    first, _second = front.walk_in(), front.walk_in()
    body = {"clinic_id": front.cast.main_id, "doctor_id": front.cast.doctor_id}
    answer = login_as("doctor").post("/api/v1/queue/call-next", json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json["result"]["id"], answer.json["result"]["status"]) == (first.id, "called")
    assert answer.json["result"]["phase"] == "waiting"
    login_as("reception").post("/api/v1/queue/call-next", json=body)
    assert_problem(login_as("reception").post("/api/v1/queue/call-next", json=body), 409, "nobody_waiting")


def test_a_patient_is_called_once(front: Front, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.walk_in()
    assert client.post("/api/v1/queue/call", json={"visit_id": visit.id}).json["result"]["status"] == "called"
    assert_problem(client.post("/api/v1/queue/call", json={"visit_id": visit.id}), 409, "already_called")


def test_a_patient_is_moved_in_and_back(front: Front, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.walk_in()
    body = {"visit_id": visit.id, "phase": "with_doctor", "expected_status": "waiting"}
    moved = client.post("/api/v1/queue/phase/move", json=body)
    assert (moved.json["result"]["status"], moved.json["result"]["phase"]) == ("in_progress", "with_doctor")
    assert_problem(client.post("/api/v1/queue/phase/move", json=body), 409, "state_changed")
    back = {"visit_id": visit.id, "phase": "waiting"}
    for reason in ({}, {"reason": None}, {"reason": "  "}):
        assert_problem(client.post("/api/v1/queue/phase/move", json=back | reason), 422, "reason_missing", "reason")
    returned = client.post("/api/v1/queue/phase/move", json=back | {"reason": "wrong room"})
    assert returned.json["result"]["status"] == "waiting"
    assert stored(visit.id).status_reason == "wrong room"


def test_a_call_is_made_again_by_who_saw_it(front: Front, login_as: Sign) -> None:
    client, address = login_as("reception"), "/api/v1/queue/call-again"
    visit = front.act(queue.call, front.walk_in().id)
    (seen,) = board_of(client, front)["phases"]["waiting"]
    body = {"visit_id": visit.id, "expected_status": "called", "called_time": seen["called_time"]}
    with clock.freeze(NOW + timedelta(minutes=9)):
        made = client.post(address, json=body)
        assert made.status_code == 200, made.text
        result = made.json["result"]
        assert (result["status"], result["called_time"]) == ("called", "2030-05-06T10:09:00+02:00")
        assert result["check_in_time"] == seen["check_in_time"]
        assert_problem(client.post(address, json=body), 409, "stale")
        assert_problem(client.post(address, json={"visit_id": visit.id}), 409, "already_called")
        late = {"visit_id": visit.id, "expected_status": "waiting"}
        assert_problem(client.post(address, json=late), 409, "state_changed")
        assert_problem(client.post(address, json={"visit_id": front.walk_in().id}), 409, "still_waiting")
    assert front.version() == 4  # two arrivals, two calls


def test_a_program_that_asks_again_with_its_key_calls_once(front: Front, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.act(queue.call, front.walk_in().id)
    headers = {"Idempotency-Key": "call-again-1"}
    with clock.freeze(NOW + timedelta(minutes=9)):
        answers = [
            client.post("/api/v1/queue/call-again", json={"visit_id": visit.id}, headers=headers) for _ in range(2)
        ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json == answers[1].json
    assert front.version() == 3


@pytest.mark.parametrize("name", ["reception", "admin", "doctor"])
def test_whoever_calls_may_call_again(front: Front, login_as: Sign, name: str) -> None:
    visit = front.act(queue.call, front.walk_in().id)
    with clock.freeze(NOW + timedelta(minutes=9)):
        answer = login_as(name).post("/api/v1/queue/call-again", json={"visit_id": visit.id})
    assert answer.status_code == 200, answer.text


def test_a_priority_is_set_with_its_reason(front: Front, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.walk_in()
    body = {"visit_id": visit.id, "priority": "urgent", "reason": "in pain", "expected_status": "waiting"}
    urgent = client.post("/api/v1/queue/priority", json=body).json["result"]
    assert (urgent["priority"], urgent["priority_reason"]) == ("urgent", "in pain")
    assert_problem(client.post("/api/v1/queue/priority", json=body), 409, "same_priority")
    normal = {"visit_id": visit.id, "priority": "normal"}
    assert_problem(client.post("/api/v1/queue/priority", json=normal), 422, "reason_missing", "reason")
    late = normal | {"reason": "better", "expected_status": "called"}
    assert_problem(client.post("/api/v1/queue/priority", json=late), 409, "state_changed")
    for wrong, field in (
        ({"priority": "vip"}, "priority"),
        ({"reason": 5}, "reason"),
        ({"reason": "x" * 201}, "reason"),
    ):
        assert set(client.post("/api/v1/queue/priority", json=normal | wrong).json["errors"]) == {field}
    assert_problem(login_as("doctor").post("/api/v1/queue/priority", json=body), 403, "not_allowed")
    assert_problem(login_as("riverside").post("/api/v1/queue/priority", json=body), 404, "not_found")


def test_one_patient_is_handed_over(front: Front, login_as: Sign) -> None:
    client, visit, other = login_as("reception"), front.walk_in(), front.cast.doctor2_id
    body = {"visit_id": visit.id, "doctor_id": other, "expected_status": "waiting"}
    given = client.post("/api/v1/queue/hand-over", json=body | {"expected_doctor_id": front.cast.doctor_id})
    assert (given.status_code, given.json["result"]["doctor_id"]) == (200, other)
    assert_problem(client.post("/api/v1/queue/hand-over", json=body), 409, "same_doctor")
    late = body | {"expected_doctor_id": front.cast.doctor_id}
    assert_problem(client.post("/api/v1/queue/hand-over", json=late), 409, "state_changed")
    nowhere = body | {"doctor_id": 999_999}
    assert_problem(client.post("/api/v1/queue/hand-over", json=nowhere), 422, "doctor_not_offering", "doctor_id")
    assert_problem(login_as("doctor2").post("/api/v1/queue/hand-over", json=body), 403, "not_allowed")
    assert_problem(login_as("riverside").post("/api/v1/queue/hand-over", json=body), 404, "not_found")


def test_all_who_wait_are_handed_over_but_for_those_named(front: Front, login_as: Sign) -> None:
    client, cast = login_as("reception"), front.cast
    goes = front.walk_in()
    there = front.walk_in(doctor_id=cast.doctor2_id)
    stays = front.walk_in(patient_id=there.patient_id)
    body = {"clinic_id": cast.main_id, "from_doctor_id": cast.doctor_id, "to_doctor_id": cast.doctor2_id}
    assert_problem(client.post("/api/v1/queue/hand-over-all", json=body), 422, "reason_missing", "reason")
    body["reason"] = "called away"
    result = client.post("/api/v1/queue/hand-over-all", json=body).json["result"]
    assert [visit["id"] for visit in result["handed_over"]] == [goes.id]
    assert [(one["visit_id"], one["code"]) for one in result["skipped"]] == [(stays.id, "already_in_queue")]
    assert_problem(client.post("/api/v1/queue/hand-over-all", json=body), 409, "already_in_queue")
    same = body | {"to_doctor_id": cast.doctor_id}
    assert_problem(client.post("/api/v1/queue/hand-over-all", json=same), 409, "same_doctor")
    assert_problem(login_as("doctor").post("/api/v1/queue/hand-over-all", json=body), 403, "not_allowed")
    assert_problem(login_as("riverside").post("/api/v1/queue/hand-over-all", json=body), 404, "not_found")


def test_nobody_is_moved_to_completed(front: Front, login_as: Sign) -> None:
    visit = front.start(front.walk_in())
    for name in ("reception", "doctor", "admin"):
        body = {"visit_id": visit.id, "phase": "completed"}
        assert_problem(login_as(name).post("/api/v1/queue/phase/move", json=body), 409, "only_doctor_completes")


def test_leaving_and_undoing(front: Front, login_as: Sign) -> None:
    client, gone = login_as("reception"), front.walk_in()
    appointment_id = (mistake := front.check_in()).appointment_id
    left = client.post("/api/v1/queue/leave", json={"visit_id": gone.id, "reason": "no time"})
    assert (left.json["result"]["status"], left.json["result"]["phase"]) == ("left", None)
    address = "/api/v1/queue/undo-check-in"
    assert_problem(client.post(address, json={"visit_id": mistake.id}), 422, "reason_missing", "reason")
    undone = client.post(address, json={"visit_id": mistake.id, "reason": "wrong patient"})
    assert (undone.status_code, undone.json["result"]["appointment_id"]) == (200, None)
    appointment = client.get(f"/api/v1/appointments/{appointment_id}").json["result"]
    assert (appointment["status"], appointment["visit_id"]) == ("confirmed", None)
    doctor = login_as("doctor")
    body = {"visit_id": front.walk_in().id, "reason": "x"}
    assert_problem(doctor.post(address, json=body), 403, "not_allowed")


@pytest.mark.parametrize("path", ["complete-consultation", "complete", "complete/"])
def test_the_treating_doctor_completes(front: Front, login_as: Sign, path: str) -> None:
    visit = front.start(front.walk_in())
    body = {"visit_id": visit.id, "notes": "Rest."}
    for name in ("reception", "admin"):
        assert_problem(login_as(name).post(f"/api/v1/queue/{path}", json=body), 403, "not_allowed")
    assert_problem(login_as("doctor2").post(f"/api/v1/queue/{path}", json=body), 404, "not_found")
    answer = login_as("doctor").post(f"/api/v1/queue/{path}", json=body)
    assert answer.status_code == 200, answer.text
    assert (answer.json["result"]["status"], answer.json["result"]["notes"]) == ("completed", "Rest.")
    assert db.session.scalars(select(Invoice.visit_id)).all() == [visit.id]
    assert_problem(login_as("doctor").post(f"/api/v1/queue/{path}", json=body), 409, "visit_over")


def test_who_is_not_inside_is_not_completed(front: Front, login_as: Sign) -> None:
    body = {"visit_id": front.walk_in().id}
    assert_problem(login_as("doctor").post("/api/v1/queue/complete", json=body), 409, "not_with_doctor")


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("call", {}, {"visit_id"}),
        ("call", {"visit_id": "1"}, {"visit_id"}),
        ("call", {"visit_id": 1, "expected_status": "sleeping"}, {"expected_status"}),
        ("call", {"visit_id": 1, "called_time": "2030-05-06T10:02:00+02:00"}, {"called_time"}),
        ("call-again", {"visit_id": 1, "called_time": "2030-05-06T10:02:00"}, {"called_time"}),
        ("call-again", {"visit_id": 1, "called_time": "ten", "x": 1}, {"called_time", "x"}),
        ("call-again", {"called_time": 5}, {"called_time", "visit_id"}),
        ("phase/move", {"visit_id": 1}, {"phase"}),
        ("phase/move", {"visit_id": 1, "phase": "gone", "x": 1}, {"phase", "x"}),
        ("call-next", {"clinic_id": 1}, {"doctor_id"}),
        ("complete", {"visit_id": 1, "notes": 7}, {"notes"}),
        ("leave", {"visit_id": 10**12}, {"visit_id"}),
    ],
)
def test_a_malformed_act_is_told(front: Front, login_as: Sign, path: str, body: Any, wrong: set[str]) -> None:
    answer = login_as("admin").post(f"/api/v1/queue/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert set(answer.json["errors"]) == wrong


def test_what_is_no_json_is_refused(front: Front, login_as: Sign) -> None:
    client = login_as("reception")
    assert client.post("/api/v1/queue/call", data="{", content_type="application/json").status_code == 400
    assert client.post("/api/v1/queue/call", json=[1]).status_code == 400
    assert client.post("/api/v1/queue/call", data="visit_id=1").status_code == 415


@pytest.mark.parametrize("path", ["call", "call-again", "leave", "phase/move", "complete"])
def test_an_act_on_a_foreign_visit_finds_nothing(front: Front, login_as: Sign, path: str) -> None:
    visit = front.walk_in()
    body = {"visit_id": visit.id} | ({"phase": "with_doctor"} if path == "phase/move" else {})
    assert_problem(login_as("riverside").post(f"/api/v1/queue/{path}", json=body), 404, "not_found")
    assert_problem(login_as("doctor2").post(f"/api/v1/queue/{path}", json=body), 404, "not_found")
    assert_problem(login_as("accountant").post(f"/api/v1/queue/{path}", json=body), 403, "not_allowed")
    assert stored(visit.id).status.value == "waiting"


# -- visits ----------------------------------------------------------------------------------------------------------


def test_visits_are_listed_newest_first_and_filtered(front: Front, login_as: Sign) -> None:
    visits = [front.walk_in(), front.start(front.walk_in()), front.walk_in(doctor_id=front.cast.doctor2_id)]
    ids = [visit.id for visit in visits]
    client = login_as("reception")

    def found(query: str) -> list[int]:
        return [each["id"] for each in client.get(f"/api/v1/visits{query}").json["result"]]

    assert found("") == ids[::-1]
    assert found("?status=in_progress") == [ids[1]]
    assert found(f"?doctor_id={front.cast.doctor2_id}") == [ids[2]]
    assert found("?from=2030-05-06&to=2030-05-06") == ids[::-1]
    assert found("?from=2030-05-07") == []
    assert found(f"?patient_id={visits[0].patient_id}") == [ids[0]]
    assert found("?page_size=1&page=1") == [ids[1]]
    page = client.get("/api/v1/visits").json
    assert (page["count"], page["page"], page["page_size"]) == (3, 0, 25)
    assert login_as("riverside").get("/api/v1/visits").json["result"] == []
    assert [each["id"] for each in login_as("doctor").get("/api/v1/visits").json["result"]] == [ids[1], ids[0]]
    assert_problem(login_as("accountant").get("/api/v1/visits"), 403, "not_allowed")


@pytest.mark.parametrize("query", ["?status=sleeping", "?doctor_id=x", "?from=2030-13-01", "?page=-1"])
def test_a_question_that_makes_no_sense_is_refused(front: Front, login_as: Sign, query: str) -> None:
    assert login_as("reception").get(f"/api/v1/visits{query}").status_code == 422


def test_one_visit_with_its_version(front: Front, login_as: Sign) -> None:
    visit, client = front.walk_in(), login_as("reception")
    answer = client.get(f"/api/v1/visits/{visit.id}")
    assert answer.json["result"]["id"] == visit.id
    assert answer.json["result"]["estimated_start"] is not None
    assert "notes" not in answer.json["result"]
    again = client.get(f"/api/v1/visits/{visit.id}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert_problem(login_as("riverside").get(f"/api/v1/visits/{visit.id}"), 404, "not_found")
    assert_problem(login_as("doctor2").get(f"/api/v1/visits/{visit.id}"), 404, "not_found")


def test_the_treating_doctor_writes_the_notes(front: Front, login_as: Sign) -> None:
    visit = front.start(front.walk_in())
    doctor, address = login_as("doctor"), f"/api/v1/visits/{visit.id}"
    seen = doctor.get(address).headers["ETag"]
    written = doctor.patch(address, json={"notes": "secret finding"}, headers={"If-Match": seen})
    assert written.json["result"]["notes"] == "secret finding"
    assert_problem(doctor.patch(address, json={"notes": "y"}, headers={"If-Match": seen}), 409, "stale")
    for name in ("reception", "admin"):
        assert "secret finding" not in login_as(name).get(address).text
        assert_problem(login_as(name).patch(address, json={"notes": "x"}), 403, "not_allowed")
    assert_problem(login_as("doctor2").patch(address, json={"notes": "x"}), 404, "not_found")
    assert stored(visit.id).notes == "secret finding"


@pytest.mark.parametrize("name", ["status", "doctor_id", "patient_id", "queue_number", "business_date", "priority"])
def test_nothing_else_of_a_visit_is_patched(front: Front, login_as: Sign, name: str) -> None:
    visit = front.start(front.walk_in())
    answer = login_as("doctor").patch(f"/api/v1/visits/{visit.id}", json={name: 1, "notes": "x"})
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {name}
    assert stored(visit.id).notes is None


def test_visits_are_not_deleted(front: Front, login_as: Sign) -> None:
    visit = front.walk_in()
    assert login_as("admin").delete(f"/api/v1/visits/{visit.id}").status_code == 405


# -- a patient's visits ----------------------------------------------------------------------------------------------


def test_a_patients_visits_are_those_in_reach(front: Front, login_as: Sign) -> None:
    patient = front.patient()
    own = front.complete(front.start(front.walk_in(patient_id=patient.id)), notes="secret finding").id
    other = front.walk_in(patient_id=patient.id, doctor_id=front.cast.doctor2_id).id
    address = f"/api/v1/patients/{patient.id}/visits"
    listed = login_as("reception").get(address)
    assert [each["id"] for each in listed.json["result"]] == [other, own]
    assert "secret finding" not in listed.text
    assert [each["id"] for each in login_as("doctor").get(address).json["result"]] == [own]
    assert_problem(login_as("riverside").get(address), 404, "not_found")
    stranger = make_patient(front.cast.riverside_clinic)
    assert_problem(login_as("doctor").get(f"/api/v1/patients/{stranger.id}/visits"), 404, "not_found")


def test_a_doctors_history_with_a_patient_tells_what_became_of_each_visit(front: Front, login_as: Sign) -> None:
    patient = front.patient()
    front.complete(front.start(front.check_in(front.appointment(patient=patient))), notes="first")
    front.walk_in(patient_id=patient.id)
    address = f"/api/v1/patients/{patient.id}/history/{front.cast.doctor_id}"
    newest, oldest = login_as("doctor").get(address).json["result"]
    assert (newest["payment_status"], newest["appointment"], newest["visit"]["status"]) == (None, None, "waiting")
    assert (oldest["payment_status"], oldest["appointment"]["status"]) == ("draft", "completed")
    assert (oldest["visit"]["notes"], oldest["service"]["name"]) == ("first", "Consultation")
    assert "first" not in login_as("reception").get(address).text
    assert login_as("doctor2").get(address).status_code == 404


def test_a_visit_that_was_paid_at_booking_is_paid(front: Front, login_as: Sign) -> None:
    appointment = front.appointment(patient=front.patient(treated_by=[front.cast.doctor_row]))
    with transaction(front.cast.reception):
        invoice = compose_invoice({"appointment_id": appointment.id}, actor=front.cast.reception, now=front.now)
        issue(invoice.id, actor=front.cast.reception, now=front.now)
    front.complete(front.start(front.check_in(appointment)))
    address = f"/api/v1/patients/{appointment.patient_id}/history/{front.cast.doctor_id}"
    (past,) = login_as("doctor").get(address).json["result"]
    assert past["payment_status"] == "issued"
