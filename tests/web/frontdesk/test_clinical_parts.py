"""The parts of a consultation's page, with and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.frontdesk import queue
from app.frontdesk.clinical_models import Attachment, Prescription, VisitDiagnosis
from app.frontdesk.clinical_rules import LARGEST_FILE
from app.kernel.db import db
from app.people.patients import archive_patient
from tests.factories import make_code
from tests.integration.frontdesk.clinical import PDF, attach, count, diagnose, form_of, listed, prescribe
from tests.integration.frontdesk.front import Front

Sign = Callable[[str], FlaskClient]
SCRIPT = {"X-Requested-With": "fetch"}
PARTS = ("diagnoses", "prescriptions", "attachments")
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR picture"


@pytest.fixture
def visit(front: Front) -> Any:
    """A patient who is with the doctor."""
    make_code("J06.9", "Acute infection of the upper airways")
    make_code("I10", "High blood pressure")
    return front.start(front.walk_in(patient_id=front.patient(name="Pat Patient", allergies="penicillin").id))


def at(visit: Any, part: str) -> str:
    return f"/doctor/consultations/{visit.id}/{part}"


def is_part(answer: Any, part: str) -> bool:
    return answer.text.lstrip().startswith("<section") and f'data-clinical="{part}"' in answer.text


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_drawn_by_itself_for_a_script_and_as_a_page_for_a_person(
    front: Front, visit: Any, login_as: Sign, part: str
) -> None:
    doctor = login_as("doctor")
    assert is_part(doctor.get(at(visit, part), headers=SCRIPT), part)
    page = doctor.get(at(visit, part))
    assert page.text.startswith("<!DOCTYPE html>")
    assert "Pat Patient" in page.text
    assert f'href="/doctor/consultations/{visit.id}"' in page.text
    for user, status in {"doctor2": 404, "reception": 403, "admin": 403, "accountant": 403}.items():
        assert login_as(user).get(at(visit, part)).status_code == status


# -- diagnoses -------------------------------------------------------------------------------------------------------


def test_a_diagnosis_is_added_without_leaving_the_page(front: Front, visit: Any, login_as: Sign) -> None:
    answer = login_as("doctor").post(at(visit, "diagnoses"), data={"code": "j069"}, headers=SCRIPT)
    assert answer.status_code == 200
    assert is_part(answer, "diagnoses")
    assert "Acute infection of the upper airways" in answer.text
    assert listed(front, visit) == [("J06.9", "main")]


def test_a_person_without_scripts_is_led_back_to_the_consultation(front: Front, visit: Any, login_as: Sign) -> None:
    answer = login_as("doctor").post(at(visit, "diagnoses"), data={"code": "I10", "code_id": ""})
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/doctor/consultations/{visit.id}#diagnoses")


def test_the_choice_of_the_type_ahead_counts_before_what_was_typed(front: Front, visit: Any, login_as: Sign) -> None:
    code = make_code("R05", "Cough")
    login_as("doctor").post(
        at(visit, "diagnoses"), data={"code": "R05 · Cough with more words", "code_id": str(code.id)}
    )
    assert listed(front, visit) == [("R05", "main")]


def test_a_diagnosis_is_moved_made_main_and_removed(front: Front, visit: Any, login_as: Sign) -> None:
    diagnose(front, visit)
    second = diagnose(front, visit, "I10")
    doctor, address = login_as("doctor"), f"{at(visit, 'diagnoses')}/{second.id}"
    assert is_part(doctor.post(address, data={"act": "main"}, headers=SCRIPT), "diagnoses")
    assert listed(front, visit)[0] == ("I10", "main")
    doctor.post(address, data={"act": "remove"}, headers=SCRIPT)
    assert listed(front, visit) == [("J06.9", "secondary")]
    gone = doctor.post(address, data={"act": "main"}, headers=SCRIPT)
    assert (gone.status_code, is_part(gone, "diagnoses")) == (409, True)
    assert "has been removed meanwhile" in gone.text
    assert doctor.post(address, data={"act": "other"}, headers=SCRIPT).status_code == 422


def test_an_unknown_code_is_told_on_the_part(front: Front, visit: Any, login_as: Sign) -> None:
    answer = login_as("doctor").post(at(visit, "diagnoses"), data={"code": "X99"}, headers=SCRIPT)
    assert answer.status_code == 422
    assert "There is no such code." in answer.text
    nothing = login_as("doctor").post(at(visit, "diagnoses"), data={"code": ""})
    assert nothing.status_code == 422
    assert count(VisitDiagnosis) == 0


def test_a_completed_consultation_shows_and_changes_no_more(front: Front, visit: Any, login_as: Sign) -> None:
    row, file = diagnose(front, visit), attach(front, visit)
    front.complete(visit)
    doctor = login_as("doctor")
    shown = doctor.get(at(visit, "diagnoses"), headers=SCRIPT)
    assert "J06.9" in shown.text
    assert "<form" not in shown.text
    for address in (f"{at(visit, 'diagnoses')}/{row.id}", f"/doctor/attachments/{file.id}/remove"):
        late = doctor.post(address, data={"act": "remove"}, headers=SCRIPT)
        assert late.status_code == 409
        assert "This record is signed" in late.text
    files = doctor.get(at(visit, "attachments"), headers=SCRIPT).text
    assert "/remove" not in files
    assert 'type="file"' in files


def test_a_visit_that_ended_without_the_doctor_is_told_plainly(front: Front, login_as: Sign) -> None:
    left = front.walk_in()
    front.act(queue.leave, left.id)
    answer = login_as("doctor").post(at(left, "diagnoses"), data={"code": "I10"}, headers=SCRIPT)
    assert answer.status_code == 409
    assert "This visit has ended." in answer.text


def test_an_archived_patient_is_told_plainly_on_every_part(front: Front, visit: Any, login_as: Sign) -> None:
    front.complete(visit)
    front.act(archive_patient, visit.patient_id)
    doctor = login_as("doctor")
    sent = {"act": "issue", "items-0-medicine": "Tea"}
    answers = [
        doctor.post(at(visit, "prescriptions"), data=sent, headers=SCRIPT),
        doctor.post(at(visit, "attachments"), data={"file": (BytesIO(PDF), "a.pdf")}, headers=SCRIPT),
    ]
    for answer in answers:
        assert answer.status_code == 409
        assert "This patient is archived." in answer.text


# -- prescriptions ---------------------------------------------------------------------------------------------------


def test_the_form_warns_of_allergies(front: Front, visit: Any, login_as: Sign) -> None:
    assert "penicillin" in login_as("doctor").get(at(visit, "prescriptions"), headers=SCRIPT).text


def test_a_prescription_is_issued_once_from_one_form(front: Front, visit: Any, login_as: Sign) -> None:
    sent = {
        "act": "issue",
        "form_key": "k",
        "items-0-medicine": "Ibuprofen",
        "items-2-medicine": "Tea",
        "items-1-dose": " ",
    }
    doctor = login_as("doctor")
    answers = [doctor.post(at(visit, "prescriptions"), data=sent, headers=SCRIPT) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert count(Prescription) == 1
    assert answers[1].text.index("Ibuprofen") < answers[1].text.index("Tea")
    without = doctor.post(at(visit, "prescriptions"), data=sent | {"form_key": "l"})
    assert (without.status_code, without.headers["Location"]) == (
        302,
        f"/doctor/consultations/{visit.id}#prescriptions",
    )
    assert count(Prescription) == 2


def test_a_refused_prescription_loses_nothing_that_was_typed(front: Front, visit: Any, login_as: Sign) -> None:
    sent = {"act": "issue", "form_key": "k", "items-0-medicine": "Ibuprofen", "items-1-dose": "two spoons"}
    for headers in (SCRIPT, {}):
        answer = login_as("doctor").post(at(visit, "prescriptions"), data=sent, headers=headers)
        assert answer.status_code == 422
        for word in ('value="Ibuprofen"', 'value="two spoons"', 'id="items-1-medicine-error"', 'value="k"'):
            assert word in answer.text
    empty = login_as("doctor").post(at(visit, "prescriptions"), data={"act": "issue"}, headers=SCRIPT)
    assert empty.status_code == 422
    assert "Please give at least one medicine." in empty.text
    assert count(Prescription) == 0


def test_rows_are_added_and_left_out_without_keeping_anything(front: Front, visit: Any, login_as: Sign) -> None:
    typed = {"items-0-medicine": "One", "items-1-medicine": "Two"}
    doctor = login_as("doctor")
    more = doctor.post(at(visit, "prescriptions"), data=typed | {"act": "more"}, headers=SCRIPT)
    assert more.text.count("<fieldset") == 3
    fewer = doctor.post(at(visit, "prescriptions"), data=typed | {"act": "drop 0"}, headers=SCRIPT)
    assert 'value="One"' not in fewer.text
    assert 'value="Two"' in fewer.text
    assert count(Prescription) == 0


def test_the_medicines_of_last_time_are_taken_over_into_the_form(front: Front, visit: Any, login_as: Sign) -> None:
    earlier = prescribe(front, visit, {"medicine": "Amlodipine", "strength": "5 mg"})
    front.complete(visit)
    again = front.start(front.walk_in(patient_id=visit.patient_id))
    foreign = prescribe(front, front.start(front.walk_in()))
    doctor, address = login_as("doctor"), at(again, "prescriptions")
    assert f'value="copy {earlier.id}"' in doctor.get(address, headers=SCRIPT).text
    form = doctor.post(address, data={"act": f"copy {earlier.id}", "items-0-medicine": "Tea"}, headers=SCRIPT)
    assert form.text.index('value="Tea"') < form.text.index('value="Amlodipine"') < form.text.index('value="5 mg"')
    for number in (foreign.id, 999_999, "x", ""):
        assert doctor.post(address, data={"act": f"copy {number}"}, headers=SCRIPT).status_code == 404
    assert count(Prescription) == 2


def test_a_prescription_is_cancelled_with_a_reason(front: Front, visit: Any, login_as: Sign) -> None:
    one = prescribe(front, visit)
    address = f"/doctor/prescriptions/{one.id}/cancel"
    assert login_as("doctor").post(address, data={"reason": " "}, headers=SCRIPT).status_code == 422
    answer = login_as("doctor").post(address, data={"reason": "wrong dose"}, headers=SCRIPT)
    assert "wrong dose" in answer.text
    assert "is-cancelled" in answer.text
    assert login_as("doctor2").post(address, data={"reason": "x"}).status_code == 404


# -- attachments -----------------------------------------------------------------------------------------------------


def test_files_are_uploaded_listed_and_removed(front: Front, visit: Any, login_as: Sign) -> None:
    doctor = login_as("doctor")
    sent = {"file": [(BytesIO(PDF), "report.pdf"), (BytesIO(PNG), "scan.png")]}
    answer = doctor.post(at(visit, "attachments"), data=sent, headers=SCRIPT)
    assert answer.status_code == 200
    assert answer.text.index("report.pdf") < answer.text.index("scan.png")
    assert answer.text.count("/preview") == 2, "a picture and its link"
    first = db.session.query(Attachment).order_by(Attachment.id).first()
    assert first is not None
    gone = doctor.post(f"/doctor/attachments/{first.id}/remove", headers=SCRIPT)
    assert "report.pdf" not in gone.text
    assert doctor.get(f"/doctor/attachments/{first.id}/content").status_code == 409


def test_only_pictures_are_shown_and_nothing_of_ours_trusts_them(front: Front, visit: Any, login_as: Sign) -> None:
    picture, paper = attach(front, visit, PNG, "scan.png"), attach(front, visit)
    doctor = login_as("doctor")
    shown = doctor.get(f"/doctor/attachments/{picture.id}/preview")
    assert (shown.data, shown.mimetype) == (PNG, "image/png")
    assert shown.headers["Content-Disposition"] == 'inline; filename="scan.png"'
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Content-Type-Options"] == "nosniff"
    assert doctor.get(f"/doctor/attachments/{paper.id}/preview").status_code == 404
    saved = doctor.get(f"/doctor/attachments/{picture.id}/content")
    assert saved.headers["Content-Disposition"] == 'attachment; filename="scan.png"'
    for act in ("preview", "content"):
        assert login_as("doctor2").get(f"/doctor/attachments/{picture.id}/{act}").status_code == 404
        assert login_as("admin").get(f"/doctor/attachments/{picture.id}/{act}").status_code == 403


def test_a_bad_file_is_told_by_its_name(front: Front, visit: Any, login_as: Sign) -> None:
    doctor = login_as("doctor")
    bad = doctor.post(at(visit, "attachments"), data={"file": (BytesIO(b"<svg/>"), "x.svg")}, headers=SCRIPT)
    assert bad.status_code == 422
    assert "The file x.svg is neither" in bad.text
    content = PDF + b"x" * LARGEST_FILE
    large = doctor.post(at(visit, "attachments"), **form_of((content, "y.pdf")), headers=SCRIPT)
    assert large.status_code == 413
    assert "The file y.pdf is too large: at most 10 MB." in large.text
    nothing = doctor.post(at(visit, "attachments"), data={"file": (BytesIO(b""), "")})
    assert nothing.status_code == 422
    assert count(Attachment) == 0


@pytest.mark.parametrize("part", PARTS)
def test_nothing_is_done_without_the_csrf_token(front: Front, visit: Any, login_as: Sign, part: str) -> None:
    doctor = login_as("doctor")
    del doctor.environ_base["HTTP_X_CSRFTOKEN"]
    sent = {"code": "I10", "act": "issue", "items-0-medicine": "Tea", "file": (BytesIO(PDF), "a.pdf")}
    assert doctor.post(at(visit, part), data=sent, headers=SCRIPT).status_code == 400
    assert (count(VisitDiagnosis), count(Prescription), count(Attachment)) == (0, 0, 0)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_takes_no_more_statements_with_many_rows(front: Front, visit: Any, login_as: Sign, part: str) -> None:
    doctor = login_as("doctor")
    fill(front, visit, 0)
    before = statements_of(lambda: doctor.get(at(visit, part), headers=SCRIPT))
    for number in range(1, 6):
        fill(front, visit, number)
    assert tables_read(statements_of(lambda: doctor.get(at(visit, part), headers=SCRIPT))) == tables_read(before)


def test_a_list_of_files_leaves_their_content_in_the_database(front: Front, visit: Any, login_as: Sign) -> None:
    fill(front, visit, 0)
    seen = statements_of(lambda: login_as("doctor").get(at(visit, "attachments"), headers=SCRIPT))
    assert any("FROM attachment" in statement for statement in seen)
    assert not [
        statement for statement in seen if "attachment.content," in statement or "attachment.content " in statement
    ]


def tables_read(statements: list[str]) -> list[str]:
    return [re.sub(r"\?(, \?)*|%\(\w+\)s(::\w+)?(, %\(\w+\)s(::\w+)?)*", "?", statement) for statement in statements]


def fill(front: Front, visit: Any, number: int) -> None:
    make_code(f"Z{number:02d}", "A reason")
    diagnose(front, visit, f"Z{number:02d}")
    prescribe(front, visit)
    attach(front, visit, PDF + bytes([number]))


def statements_of(ask: Callable[[], Any]) -> list[str]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert ask().status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return seen
