"""Prescriptions and attachments over REST: for the treating doctor alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from werkzeug.test import TestResponse

from app.frontdesk.clinical_models import Attachment, Prescription
from app.frontdesk.clinical_rules import LARGEST_FILE
from app.frontdesk.upload_forms import LARGEST_FORM
from app.kernel.db import db
from tests.integration.frontdesk.clinical import MEDICINE, PDF, attach, count, form_of, prescribe
from tests.integration.frontdesk.front import Front

Sign = Callable[[str], FlaskClient]
Headers = Callable[[str], dict[str, str]]
API = "/api/v1"


@pytest.fixture
def visit(front: Front) -> Any:
    """A patient who is with the doctor."""
    return front.start(front.walk_in(patient_id=front.patient(name="Pat Patient").id))


def upload(client: FlaskClient, visit: Any, *files: tuple[bytes, str], **more: Any) -> TestResponse:
    return client.post(f"{API}/visits/{visit.id}/attachments", **form_of(*files), **more)


# -- prescriptions ---------------------------------------------------------------------------------------------------


def test_a_prescription_is_issued_listed_and_cancelled(front: Front, visit: Any, login_as: Sign) -> None:
    doctor, address = login_as("doctor"), f"{API}/visits/{visit.id}/prescriptions"
    made = doctor.post(address, json={"items": [MEDICINE, {"medicine": "Tea"}]})
    assert made.status_code == 201
    result = made.json["result"]
    assert (result["status"], result["visit_id"], result["patient_id"]) == ("issued", visit.id, visit.patient_id)
    assert result["issued_at"] == "2030-05-06T10:00:00+02:00"
    assert [item["medicine"] for item in result["items"]] == ["Ibuprofen", "Tea"]
    assert result["items"][0]["strength"] == "400 mg"
    assert doctor.get(address).json["result"] == [result]
    cancelled = doctor.post(f"{API}/prescriptions/{result['id']}/cancel", json={"reason": "wrong dose"})
    assert (cancelled.json["result"]["status"], cancelled.json["result"]["cancel_reason"]) == (
        "cancelled",
        "wrong dose",
    )
    again = doctor.post(f"{API}/prescriptions/{result['id']}/cancel", json={"reason": "wrong dose"})
    assert (again.status_code, again.json["code"]) == (409, "prescription_cancelled")


def test_every_problem_of_a_prescription_is_told(front: Front, visit: Any, login_as: Sign) -> None:
    body = {"items": [{"medicine": " "}, {"medicine": "x", "colour": "red"}]}
    answer = login_as("doctor").post(f"{API}/visits/{visit.id}/prescriptions", json=body)
    assert answer.status_code == 422
    assert set(answer.json["errors"]) == {"items.0.medicine", "items.1.colour"}
    assert count(Prescription) == 0


def test_the_same_request_twice_is_one_prescription(front: Front, visit: Any, login_as: Sign) -> None:
    doctor, address = login_as("doctor"), f"{API}/visits/{visit.id}/prescriptions"
    answers = [doctor.post(address, json={"items": [MEDICINE]}, headers={"Idempotency-Key": "once"}) for _ in range(2)]
    assert answers[0].json == answers[1].json
    assert count(Prescription) == 1
    other = doctor.post(address, json={"items": [{"medicine": "Tea"}]}, headers={"Idempotency-Key": "once"})
    assert other.status_code == 422


def test_a_prescription_is_printed_as_a_pdf(front: Front, visit: Any, login_as: Sign) -> None:
    one = prescribe(front, visit)
    for address in (f"{API}/prescriptions/{one.id}/pdf", f"/doctor/prescriptions/{one.id}/pdf"):
        answer = login_as("doctor").get(address)
        assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
        assert answer.data.startswith(b"%PDF-")
        assert answer.headers["Cache-Control"] == "private, no-store"


def test_the_history_has_prescriptions_for_their_doctor_alone(front: Front, visit: Any, login_as: Sign) -> None:
    one = prescribe(front, visit)
    other = front.complete(front.start(front.walk_in()))
    address = f"{API}/patients/{visit.patient_id}/history/{visit.doctor_id}"
    (entry,) = login_as("doctor").get(address).json["result"]
    assert [each["id"] for each in entry["prescriptions"]] == [one.id]
    assert entry["prescriptions"][0]["items"][0]["medicine"] == "Ibuprofen"
    elsewhere = f"{API}/patients/{other.patient_id}/history/{other.doctor_id}"
    assert login_as("doctor").get(elsewhere).json["result"][0]["prescriptions"] == []
    seen_by_desk = login_as("reception").get(address)
    assert "Ibuprofen" not in seen_by_desk.text


# -- attachments -----------------------------------------------------------------------------------------------------


def test_files_are_added_listed_and_read(front: Front, visit: Any, login_as: Sign) -> None:
    doctor = login_as("doctor")
    made = upload(doctor, visit, (PDF, "تقرير.pdf"), (b"BP 128/82", "values.txt"))
    assert made.status_code == 201, made.text
    first, second = made.json["result"]
    assert (first["name"], first["content_type"], first["size"]) == ("تقرير.pdf", "application/pdf", len(PDF))
    assert second["content_type"] == "text/plain"
    assert "content" not in first
    assert doctor.get(f"{API}/visits/{visit.id}/attachments").json["result"] == [first, second]
    read = doctor.get(f"{API}/attachments/{first['id']}/content")
    assert (read.data, read.mimetype) == (PDF, "application/pdf")
    assert read.headers["Content-Disposition"] == (
        "attachment; filename=\"file.pdf\"; filename*=UTF-8''%D8%AA%D9%82%D8%B1%D9%8A%D8%B1.pdf"
    )
    assert read.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in read.headers["Content-Security-Policy"]
    assert "default-src 'none'" in read.headers["Content-Security-Policy"]


def test_a_program_with_a_token_uploads_too(front: Front, visit: Any, client: FlaskClient, token_for: Headers) -> None:
    assert upload(client, visit, (PDF, "a.pdf"), headers=token_for("doctor")).status_code == 201


def test_a_session_without_the_csrf_token_uploads_nothing(front: Front, visit: Any, login_as: Sign) -> None:
    doctor = login_as("doctor")
    del doctor.environ_base["HTTP_X_CSRFTOKEN"]
    assert upload(doctor, visit, (PDF, "a.pdf")).status_code == 400
    assert count(Attachment) == 0


def test_what_is_too_large_is_413_and_one_bad_file_keeps_all_out(front: Front, visit: Any, login_as: Sign) -> None:
    doctor = login_as("doctor")
    too_large = upload(doctor, visit, (PDF, "a.pdf"), (PDF + b"x" * LARGEST_FILE, "b.pdf"))
    assert (too_large.status_code, too_large.json["code"]) == (413, "too_large")
    assert "b.pdf" in too_large.json["detail"]
    far_too_large = upload(doctor, visit, (PDF + b"x" * LARGEST_FORM, "c.pdf"))
    assert (far_too_large.status_code, far_too_large.json["code"]) == (413, "too_large")
    markup = upload(doctor, visit, (PDF, "a.pdf"), (b"<svg/>", "b.png"))
    assert (markup.status_code, markup.json["code"]) == (422, "unknown_file_kind")
    assert count(Attachment) == 0


def test_what_is_no_form_with_a_file_is_refused(front: Front, visit: Any, login_as: Sign) -> None:
    doctor, address = login_as("doctor"), f"{API}/visits/{visit.id}/attachments"
    assert doctor.post(address, json={"file": "x"}).status_code == 415
    assert doctor.post(address, data=b"x", content_type="application/pdf").status_code == 415
    nothing = doctor.post(address, data={"other": "x"}, content_type="multipart/form-data")
    assert (nothing.status_code, nothing.json["code"]) == (422, "no_file")


def test_other_routes_still_take_no_more_than_a_form(front: Front, visit: Any, login_as: Sign) -> None:
    form = form_of((b"x" * 6 * 1024 * 1024, "a.pdf"))
    assert login_as("doctor").post("/doctor/act", **form).status_code == 413


# -- whose -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "status"), [("doctor2", 404), ("reception", 403), ("admin", 403), ("accountant", 403), ("riverside", 403)]
)
def test_nobody_else_gets_or_does_any_of_it(front: Front, visit: Any, login_as: Sign, user: str, status: int) -> None:
    one, file = prescribe(front, visit), attach(front, visit)
    client = login_as(user)
    visits = f"{API}/visits/{visit.id}"
    answers = [
        client.get(f"{visits}/prescriptions"),
        client.post(f"{visits}/prescriptions", json={"items": [MEDICINE]}),
        client.post(f"{API}/prescriptions/{one.id}/cancel", json={"reason": "x"}),
        client.get(f"{API}/prescriptions/{one.id}/pdf"),
        client.get(f"{visits}/attachments"),
        upload(client, visit, (PDF + b"other", "a.pdf")),
        client.get(f"{API}/attachments/{file.id}/content"),
    ]
    assert [answer.status_code for answer in answers] == [status] * len(answers)
    assert (count(Prescription), count(Attachment)) == (1, 1)


# -- history ---------------------------------------------------------------------------------------------------------


def test_a_doctor_asks_for_the_history_with_themselves_alone(front: Front, visit: Any, login_as: Sign) -> None:
    other = front.walk_in(patient_id=visit.patient_id, doctor_id=front.cast.doctor2_id)
    address = f"{API}/patients/{visit.patient_id}/history"
    assert login_as("doctor").get(f"{address}/{visit.doctor_id}").status_code == 200
    assert login_as("doctor").get(f"{address}/{other.doctor_id}").status_code == 404
    assert login_as("doctor2").get(f"{address}/{visit.doctor_id}").status_code == 404
    assert login_as("reception").get(f"{address}/{other.doctor_id}").status_code == 200


# -- sent again ------------------------------------------------------------------------------------------------------


def test_an_answer_kept_for_a_repetition_cannot_be_read_in_the_database(visit: Any, login_as: Sign) -> None:
    doctor, once = login_as("doctor"), {"headers": {"Idempotency-Key": "once"}}
    for path, body in (
        (f"/visits/{visit.id}/prescriptions", {"items": [{"medicine": "Clozapine"}]}),
        ("/queue/complete", {"visit_id": visit.id, "notes": "hears voices"}),
    ):
        first, again = (doctor.post(API + path, json=body, **once) for _ in range(2))
        assert (again.json, again.headers["Idempotency-Replayed"]) == (first.json, "true")
    db.session.rollback()
    kept = db.session.scalars(text("SELECT response_body FROM idempotency_key")).all()
    assert len(kept) == 2
    assert not [each for each in kept if "Clozapine" in each or "voices" in each]
