"""The page of a consultation and its REST, asked over HTTP: states, refusals, and whose eyes they are for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.frontdesk import queue, records
from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.kernel.db import db
from tests.integration.frontdesk.front import Front

Sign = Callable[[str], FlaskClient]
JSON = {"Accept": "application/json"}
SECRET = "zq secret finding"


def page_of(visit: Visit) -> str:
    return f"/doctor/consultations/{visit.id}"


def press(client: FlaskClient, visit: Visit, act: str, headers: Any = None, **fields: object) -> Any:
    return client.post(f"{page_of(visit)}/act", data={"act": act, **fields}, headers=headers)


def record_of(front: Front, visit: Visit) -> records.Record:
    db.session.rollback()
    db.session.expire_all()
    return records.record_of(records.get_own(visit.id, actor=front.cast.doctor))


# -- the page


def test_the_page_says_who_the_patient_is_and_what_was_before(front: Front, login_as: Sign) -> None:
    patient = front.patient(
        name="Eva Example", allergies="Penicillin", medical_history="Asthma", tags=["diabetic"], gender="female"
    )
    first = front.complete(
        front.start(front.walk_in(patient_id=patient.id)),
        written={"notes": "Inhaler", "vitals": {"weight": 72.5, "height": 180}},
    )
    front.act(records.amend, first.id, {"text": "The laboratory called."}, actor=front.cast.doctor)
    visit = front.start(front.walk_in(patient_id=patient.id))
    answer = login_as("doctor").get(page_of(visit))
    assert answer.headers["Cache-Control"] == "no-store"
    for words in ("Eva Example", "Penicillin", "Asthma", "diabetic", "Female", "Inhaler", "The laboratory called."):
        assert words in answer.text
    for words in ("72,5 kg", "22,4 kg/m²", "Complete and sign", "Room"):
        assert words in answer.text


def test_earlier_visits_are_shown_in_portions(front: Front, login_as: Sign) -> None:
    patient = front.patient()
    for number in range(12):
        front.complete(front.start(front.walk_in(patient_id=patient.id)), notes=f"Note number{number}.")
    visit = front.walk_in(patient_id=patient.id)
    client = login_as("doctor")
    page = client.get(page_of(visit)).text
    assert page.index("number11.") < page.index("number2.")
    assert "number1." not in page
    assert "earlier=20#earlier" in page
    assert "number0." in client.get(f"{page_of(visit)}?earlier=20").text
    for nonsense in ("x", "-1", "99999999999999999999"):
        assert client.get(f"{page_of(visit)}?earlier={nonsense}").status_code == 200


def test_who_waits_can_be_begun(front: Front, login_as: Sign) -> None:
    client, visit = login_as("doctor"), front.walk_in()
    page = client.get(page_of(visit)).text
    assert 'value="begin"' in page
    assert 'name="notes"' not in page
    assert press(client, visit, "begin").location == page_of(visit)
    assert front.visits()[0].status is VisitStatus.IN_PROGRESS
    assert 'name="notes"' in client.get(page_of(visit)).text


def test_who_left_is_over(front: Front, login_as: Sign) -> None:
    visit = front.walk_in()
    front.act(queue.leave, visit.id)
    page = login_as("doctor").get(page_of(visit)).text
    assert "went away unseen" in page
    assert 'value="begin"' not in page
    assert 'value="amend"' not in page


def test_without_a_script_the_record_is_saved_and_completed(front: Front, login_as: Sign) -> None:
    client, visit = login_as("doctor"), front.start(front.walk_in())
    saved = press(client, visit, "save", revision=0, notes="Rest.", **{"vitals.pulse": "70", "vitals.weight": ""})
    assert saved.location == page_of(visit)
    record = record_of(front, visit)
    assert (record.notes, {name: str(value) for name, value in record.vitals.items()}) == ("Rest.", {"pulse": "70"})
    done = press(client, visit, "complete", revision=1, notes="Rest for a week.", private_notes="Mine")
    assert done.location == "/doctor/today"
    record = record_of(front, visit)
    assert (record.notes, record.private_notes, record.signed_by) == ("Rest for a week.", "Mine", "Dr. Ada Main")
    page = client.get(page_of(visit)).text
    assert "Signed by Dr. Ada Main" in page
    assert 'name="notes"' not in page
    assert press(client, visit, "amend", text="Added.", is_private="yes").location == page_of(visit)
    assert "Added." in client.get(page_of(visit)).text


def test_what_could_not_be_saved_stays_on_the_page_with_its_problems(front: Front, login_as: Sign) -> None:
    client, visit = login_as("doctor"), front.start(front.walk_in())
    answer = press(client, visit, "complete", revision=0, notes="typed text", **{"vitals.pulse": "7"})
    assert answer.status_code == 422
    assert "typed text" in answer.text
    assert "Between 20 and 300 /min." in answer.text
    front.act(records.save_record, visit.id, {"notes": "elsewhere"}, revision=0, actor=front.cast.doctor)
    late = press(client, visit, "complete", revision=0, notes="typed text")
    assert late.status_code == 409
    assert "typed text" in late.text
    assert "elsewhere" in late.text
    assert front.visits()[0].status is VisitStatus.IN_PROGRESS


def test_a_link_asks_why_the_patient_waits_again(front: Front, login_as: Sign) -> None:
    client, visit = login_as("doctor"), front.start(front.walk_in())
    assert f'href="/queue/ask/back/{visit.id}?seen=in_progress"' in client.get(f"/doctor/consultations/{visit.id}").text


def test_a_script_is_answered_in_json(front: Front, login_as: Sign) -> None:
    client, visit = login_as("doctor"), front.start(front.walk_in())
    assert press(client, visit, "complete", JSON, revision=0, notes="Rest.").json == {"ok": True}
    again = press(client, visit, "complete", JSON, revision=1, notes="Rest.")
    assert (again.status_code, again.json["code"]) == (409, "visit_over")


@pytest.mark.parametrize("fields", [{}, {"act": "erase"}, {"act": "save"}, {"act": "save", "revision": "x"}])
def test_a_form_that_makes_no_sense_is_refused(front: Front, login_as: Sign, fields: dict[str, str]) -> None:
    visit = front.start(front.walk_in())
    assert login_as("doctor").post(f"{page_of(visit)}/act", data=fields, headers=JSON).status_code == 422
    assert login_as("doctor").post(f"{page_of(visit)}/act", data=fields).status_code == 422
    assert record_of(front, visit).is_empty


def test_names_and_notes_are_text_and_nothing_else(front: Front, login_as: Sign) -> None:
    patient = front.patient(name="<script>alert(1)</script>", allergies="<b>nuts</b>")
    visit = front.start(front.walk_in(patient_id=patient.id))
    front.act(records.save_record, visit.id, {"notes": "</textarea><img src=x>"}, revision=0, actor=front.cast.doctor)
    page = login_as("doctor").get(page_of(visit)).text
    for markup in ("<script>alert", "<b>nuts", "<img"):
        assert markup not in page


# -- whose eyes


def test_nobody_else_reads_or_writes_a_record_anywhere(front: Front, login_as: Sign) -> None:
    patient = front.patient(name="Eva Example")
    written = {"notes": SECRET, "private_notes": SECRET, "vitals": {"pulse": 177}}
    visit = front.complete(front.start(front.walk_in(patient_id=patient.id)), written=written)
    front.act(records.amend, visit.id, {"text": SECRET}, actor=front.cast.doctor)
    rest = f"/api/v1/visits/{visit.id}"
    places = (
        "/queue/",
        "/visits/list/",
        f"/visits/show/{visit.id}",
        "/visits/export.csv",
        "/audit/list/",
        f"/patients/show/{patient.id}",
        page_of(visit),
        rest,
        f"{rest}/record",
        f"{rest}/amendments",
        f"/api/v1/patients/{patient.id}/visits",
        f"/api/v1/patients/{patient.id}/history/{front.cast.doctor_id}",
        f"/api/v1/queue/{front.cast.main_id}",
        "/api/v1/visits",
    )
    for name in ("admin", "reception", "accountant", "doctor2", "riverside"):
        client = login_as(name)
        for place in places:
            assert SECRET not in client.get(place).text, f"{place} as {name}"
        refused = {client.get(f"{rest}{path}").status_code for path in ("/record", "/amendments")}
        assert refused == ({404} if name == "doctor2" else {403})
        assert client.post(f"{rest}/amendments", json={"text": "x"}).status_code in refused
        assert client.patch(f"{rest}/record", json={"revision": 1, "notes": "x"}).status_code in refused
        assert client.get(page_of(visit)).status_code in refused
        assert press(client, visit, "amend", text="x").status_code in refused
    assert login_as("doctor").get(page_of(visit)).text.count(SECRET) == 3


# -- REST


def test_a_record_is_read_written_and_amended_over_rest(front: Front, login_as: Sign) -> None:
    client, visit = login_as("doctor"), front.start(front.walk_in())
    address = f"/api/v1/visits/{visit.id}"
    empty = client.get(f"{address}/record").json["result"]
    assert (empty["revision"], empty["notes"], empty["vitals"], empty["signed_at"]) == (0, None, {}, None)
    body = {"revision": 0, "notes": "Rest.", "vitals": {"weight": 72.5, "height": 180, "temperature": 36.8}}
    saved = client.patch(f"{address}/record", json=body)
    assert saved.status_code == 200
    assert saved.json["result"]["body_mass_index"] == 22.4
    assert saved.json["result"]["vitals"] == {"temperature": 36.8, "weight": 72.5, "height": 180.0}
    stale = client.patch(f"{address}/record", json=body | {"notes": "Other"})
    assert (stale.status_code, stale.json["code"]) == (409, "stale")
    early = client.post(f"{address}/amendments", json={"text": "x"})
    assert (early.status_code, early.json["code"]) == (409, "not_signed")
    front.complete(visit)
    late = client.patch(address, json={"notes": "Other"})
    assert (late.status_code, late.json["code"]) == (409, "signed")
    late = client.patch(f"{address}/record", json={"revision": 1, "notes": "Other"})
    assert (late.status_code, late.json["code"]) == (409, "signed")
    added = client.post(f"{address}/amendments", json={"text": "Added.", "is_private": True})
    assert added.status_code == 201
    assert client.get(f"{address}/amendments").json["result"] == [added.json["result"]]
    past = client.get(f"/api/v1/patients/{visit.patient_id}/history/{front.cast.doctor_id}").json["result"]
    assert past[0]["amendments"] == []
    client.post(f"{address}/amendments", json={"text": "For all who treat."})
    past = client.get(f"/api/v1/patients/{visit.patient_id}/history/{front.cast.doctor_id}").json["result"]
    assert [one["text"] for one in past[0]["amendments"]] == ["For all who treat."]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"notes": "x"}, {"revision"}),
        ({"revision": 0, "status": "completed"}, {"status"}),
        ({"revision": 0, "notes": 7, "vitals": {"pulse": 7}}, {"notes", "vitals.pulse"}),
        ({"revision": 0, "vitals": {"systolic": 80, "diastolic": 90}}, {"vitals.diastolic"}),
        ({"revision": 0, "vitals": []}, {"vitals"}),
    ],
)
def test_a_record_that_makes_no_sense_is_refused(front: Front, login_as: Sign, body: Any, fields: set[str]) -> None:
    visit = front.start(front.walk_in())
    answer = login_as("doctor").patch(f"/api/v1/visits/{visit.id}/record", json=body)
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == fields
    assert record_of(front, visit).is_empty


# -- templates


def test_templates_are_kept_used_and_taken_away(front: Front, login_as: Sign) -> None:
    client = login_as("doctor")
    added = client.post("/api/v1/note-templates", json={"name": "Cold", "body": "Runny nose."})
    assert added.status_code == 201
    key = added.json["result"]["id"]
    again = client.post("/api/v1/note-templates", json={"name": "Cold", "body": "x"})
    assert (again.status_code, again.json["code"], list(again.json["errors"])) == (409, "template_name_taken", ["name"])
    assert client.get("/doctor/templates/").location == "/doctor/templates/list/"
    assert "Cold" in client.get("/doctor/templates/list/").text
    visit = front.start(front.walk_in())
    assert f'data-template="{key}"' in client.get(page_of(visit)).text
    assert login_as("doctor2").get(f"/api/v1/note-templates/{key}").status_code == 404
    assert "Cold" not in login_as("doctor2").get("/doctor/templates/list/").text
    for name in ("admin", "reception", "accountant"):
        assert login_as(name).get("/doctor/templates/list/").status_code == 403
        assert login_as(name).get(f"/api/v1/note-templates/{key}").status_code == 403
    form = {"name": "Cold", "body": "Sore throat.", "revision": "1"}
    assert client.post(f"/doctor/templates/edit/{key}", data=form).status_code == 302
    assert client.get(f"/api/v1/note-templates/{key}").json["result"]["body"] == "Sore throat."
    assert client.post("/doctor/templates/add", data={"name": "Cold", "body": "x"}).status_code == 409
    assert client.post(f"/doctor/templates/delete/{key}").status_code == 302
    assert client.get("/api/v1/note-templates").json["count"] == 0
