"""What the desk and the doctor read about an archived patient who is expected, or who is here already."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.people.patients import archive_patient, restore_patient
from app.scheduling.models import Appointment
from tests.integration.frontdesk.front import Front

Sign = Callable[[str], FlaskClient]
JSON = {"Accept": "application/json"}
REFUSED = "This patient is archived. Bring the record back first."


@pytest.fixture
def expected(front: Front) -> Appointment:
    """The appointment of today of somebody whose record was archived."""
    appointment = front.appointment(patient=front.patient(name="Archie Archived"))
    front.act(archive_patient, appointment.patient_id)
    return appointment


def test_the_list_of_who_is_expected_leads_to_the_record_instead_of_to_a_refusal(
    front: Front, expected: Appointment, login_as: Sign
) -> None:
    client = login_as("reception")
    button, record = f'value="check-in {expected.id}"', f'href="/patients/show/{expected.patient_id}"'
    part = client.get("/queue/expected").text
    assert ("Archie Archived" in part, "Archived</span>" in part, record in part, button in part) == (True,) * 3 + (
        False,
    )
    front.act(restore_patient, expected.patient_id)
    part = client.get("/queue/expected").text
    assert ("Archived</span>" in part, record in part, button in part) == (False, False, True)


def test_the_appointment_says_that_the_record_comes_first(front: Front, expected: Appointment, login_as: Sign) -> None:
    client, path = login_as("reception"), f"/appointments/show/{expected.id}"
    page = client.get(path).text
    assert "data-archived" in page
    assert f'href="/patients/show/{expected.patient_id}"' in page
    assert f'value="check-in {expected.id}"' not in page
    assert "Restore" in client.get(f"/patients/show/{expected.patient_id}").text
    front.act(restore_patient, expected.patient_id)
    page = client.get(path).text
    assert "data-archived" not in page
    assert f'value="check-in {expected.id}"' in page


def test_every_door_refuses_with_the_same_words(front: Front, expected: Appointment, login_as: Sign) -> None:
    client = login_as("reception")
    pressed = client.post("/queue/act", data={"act": f"check-in {expected.id}"}, headers=JSON)
    asked = client.post(f"/api/v1/appointments/{expected.id}/check-in", json={})
    for answer in (pressed, asked):
        problem = answer.get_json()
        assert (answer.status_code, problem["code"], problem["detail"]) == (409, "patient_archived", REFUSED)
    page = client.post("/queue/act", data={"act": f"check-in {expected.id}"}, follow_redirects=True)
    assert (page.status_code, REFUSED in page.text) == (200, True)
    assert front.visits() == []


def test_the_doctor_is_told_and_completes(front: Front, login_as: Sign) -> None:
    visit = front.walk_in()
    client, path = login_as("doctor"), f"/doctor/consultations/{visit.id}"
    assert "data-archived" not in client.get(path).text
    front.act(archive_patient, visit.patient_id)
    for act, words in (("begin", "can be completed"), ("complete", "Nothing can be added until")):
        assert "data-archived" in client.get(path).text
        revision = {"revision": "0"} if act == "complete" else {}
        assert client.post(f"{path}/act", data={"act": act, **revision}).status_code == 302
        page = client.get(path)
        assert (page.status_code, words in page.text) == (200, True)
    assert stored(front, visit).status is VisitStatus.COMPLETED
    for address in ("/doctor/", f"/doctor/patients/{visit.patient_id}", f"/visits/show/{visit.id}"):
        assert client.get(address).status_code == 200


def stored(front: Front, visit: Visit) -> Visit:
    return next(row for row in front.visits() if row.id == visit.id)
