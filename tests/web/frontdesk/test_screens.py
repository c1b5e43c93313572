"""The board, the doctor's first page and the screen of visits, as a browser without scripts gets them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.frontdesk import queue
from app.frontdesk.states import Phase, Priority, VisitStatus
from app.kernel import clock
from app.kernel.db import db
from app.people import doctors
from app.people.models import DoctorClinic
from app.people.roles import Role
from app.people.rooms import clinic_room
from tests.factories import make_clinic, make_doctor, make_patient, make_user
from tests.integration.frontdesk.front import NOW, Front

Sign = Callable[[str], FlaskClient]
JSON = {"Accept": "application/json"}


def press(client: FlaskClient, act: str, *, headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
    return client.post("/queue/act", data={"act": act} | fields, headers=headers)


def status_of(front: Front, visit: Any) -> VisitStatus:
    return next(row.status for row in front.visits() if row.id == visit.id)


# -- the board -------------------------------------------------------------------------------------------------------


def test_the_board_shows_each_column_with_what_may_be_done(front: Front, login_as: Sign) -> None:
    front.walk_in(patient_id=front.patient(name="Wanda Waits").id, priority=Priority.URGENT)
    front.start(front.walk_in(patient_id=front.patient(name="Ingo Inside").id))
    front.complete(front.start(front.walk_in(patient_id=front.patient(name="Dora Done").id)))
    page = login_as("reception").get("/queue/").text
    waiting, inside, completed = (page.index(f'id="column-{name}"') for name in ("waiting", "with-doctor", "completed"))
    assert (
        waiting < page.index("Wanda Waits") < inside < page.index("Ingo Inside") < completed < page.index("Dora Done")
    )
    for word in ("Urgent", "Walk-in", "Room 1", "Call next", "Back to waiting"):
        assert word in page


def test_the_board_says_who_is_expected_today_and_not_here(front: Front, login_as: Sign) -> None:
    names = {
        "Tom Today": NOW + timedelta(hours=1),
        "Lara Late": NOW - timedelta(hours=1),
        "Toni Tomorrow": NOW + timedelta(days=1),
        "Carl Come": NOW + timedelta(hours=3),
    }
    rows = {name: front.appointment(at, patient=front.patient(name=name)) for name, at in names.items()}
    front.check_in(rows["Carl Come"])
    part = login_as("reception").get("/queue/expected").text
    assert part.index("Lara Late") < part.index("Tom Today")
    assert "Toni Tomorrow" not in part
    assert "Carl Come" not in part
    found = login_as("reception").get("/queue/expected?q=lar").text
    assert "Lara Late" in found
    assert "Tom Today" not in found


def test_the_board_of_one_doctor(front: Front, login_as: Sign) -> None:
    front.walk_in(patient_id=front.patient(name="Ada's Patient").id)
    front.walk_in(patient_id=front.patient(name="Bens Patient").id, doctor_id=front.cast.doctor2_id)
    client = login_as("reception")
    part = client.get(f"/queue/columns?doctor={front.cast.doctor2_id}").text
    assert "Bens Patient" in part
    assert "Ada&#39;s Patient" not in part
    assert "Bens Patient" in client.get("/queue/columns?doctor=999").text
    assert "Bens Patient" in client.get("/queue/columns?doctor=x").text


def test_a_part_that_has_not_changed_is_not_sent_again(front: Front, login_as: Sign) -> None:
    client = login_as("reception")
    front.walk_in()
    tag = client.get("/queue/columns").headers["ETag"]
    assert client.get("/queue/columns", headers={"If-None-Match": tag}).status_code == 304
    chosen = client.get(f"/queue/columns?doctor={front.cast.doctor_id}", headers={"If-None-Match": tag})
    assert chosen.status_code == 200
    front.walk_in()
    assert client.get("/queue/columns", headers={"If-None-Match": tag}).status_code == 200


def test_each_answer_says_what_time_it_is(front: Front, login_as: Sign) -> None:
    """Also one without the part: a browser would take the time that the part was drawn at out of its cache."""
    client = login_as("reception")
    tag = client.get("/queue/columns").headers["ETag"]
    with clock.freeze(NOW + timedelta(minutes=20)):
        unchanged = client.get("/queue/columns", headers={"If-None-Match": tag})
        assert (unchanged.status_code, unchanged.headers["X-Now"]) == (304, "2030-05-06T08:20:00+00:00")


def test_a_board_turns_over_at_the_clinics_midnight(front: Front, login_as: Sign) -> None:
    client = login_as("reception")
    front.complete(front.start(front.walk_in(patient_id=front.patient(name="Dora Done").id)))
    shown = client.get("/queue/columns")
    assert 'data-day-ends="2030-05-06T22:00:00+00:00"' in shown.text  # midnight in Berlin
    with clock.freeze(datetime(2030, 5, 6, 22, tzinfo=UTC)):
        fresh = client.get("/queue/columns", headers={"If-None-Match": shown.headers["ETag"]})
        assert fresh.status_code == 200
        assert "Dora Done" not in fresh.text
        assert 'data-day-ends="2030-05-07T22:00:00+00:00"' in fresh.text


def test_a_part_is_of_its_readers_language_and_minute(front: Front, login_as: Sign) -> None:
    client = login_as("reception")
    front.walk_in()
    tag = client.get("/queue/columns").headers["ETag"]
    assert ">0 min<" in client.get("/queue/columns").text
    with clock.freeze(NOW + timedelta(minutes=21)):
        assert ">20 min<" in client.get("/queue/columns").text
    client.post("/choose/language", data={"language": "es"})
    spanish = client.get("/queue/columns", headers={"If-None-Match": tag})
    assert spanish.status_code == 200
    assert "En espera" in spanish.text or "Esperando" in spanish.text or "espera" in spanish.text


def test_two_clinics_boards_are_never_mixed_up(front: Front, login_as: Sign) -> None:
    """One doctor works at both; each desk sees who waits at its own."""
    cast = front.cast
    front.walk_in(doctor_id=cast.doctor2_id, patient_id=front.patient(name="Mia Main").id)
    front.walk_in(
        actor=cast.riverside,
        clinic_id=cast.riverside_id,
        doctor_id=cast.doctor2_id,
        service_id=cast.riverside_service_id,
        patient_id=make_patient(cast.riverside_clinic, name="Rita Riverside").id,
    )
    for _ in range(2):
        main, riverside = (login_as(name).get("/queue/columns").text for name in ("reception", "riverside"))
        assert ("Mia Main" in main, "Rita Riverside" in main) == (True, False)
        assert ("Mia Main" in riverside, "Rita Riverside" in riverside) == (False, True)


def test_who_waits_reads_the_place_with_the_own_doctor(front: Front, login_as: Sign) -> None:
    for doctor_id in (front.cast.doctor_id, front.cast.doctor2_id, front.cast.doctor_id):
        front.walk_in(doctor_id=doctor_id)
    part = login_as("reception").get("/queue/columns").text
    assert [int(place) for place in re.findall(r"Place (\d+)", part)] == [1, 1, 2]
    assert re.findall(r">(soon|about \d+ min)<", part) == ["about 5 min", "about 5 min", "about 35 min"]


def test_names_are_text_and_nothing_else(front: Front, login_as: Sign) -> None:
    front.walk_in(patient_id=front.patient(name="<script>alert(1)</script>").id)
    front.appointment(patient=front.patient(name='"><img src=x>'))
    page = login_as("reception").get("/queue/").text
    assert "<script>alert" not in page
    assert "<img" not in page


# -- acts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "status"),
    [
        ("call", VisitStatus.CALLED),
        ("in", VisitStatus.IN_PROGRESS),
        ("left", VisitStatus.LEFT),
        ("undo", VisitStatus.LEFT),
    ],
)
def test_a_button_does_what_it_says_and_leads_back(front: Front, login_as: Sign, act: str, status: VisitStatus) -> None:
    visit = front.check_in()
    fields = {"doctor": front.cast.doctor_id, "reason": "a test"}
    answer = press(login_as("reception"), f"{act} {visit.id} waiting", **fields)
    assert answer.status_code == 302
    assert answer.location == f"/queue/?doctor={front.cast.doctor_id}"
    assert status_of(front, visit) is status


def test_the_other_buttons(front: Front, login_as: Sign) -> None:
    client, appointment = login_as("reception"), front.appointment()
    assert press(client, f"check-in {appointment.id}").status_code == 302
    (visit,) = front.visits()
    assert press(client, f"call-next {front.cast.doctor_id}").status_code == 302
    assert status_of(front, visit) is VisitStatus.CALLED
    assert press(client, f"back {visit.id} called", suggested="Called by mistake", reason="").status_code == 302
    assert status_of(front, visit) is VisitStatus.WAITING
    assert front.visits()[0].status_reason == "Called by mistake"


def test_who_was_called_is_called_again_from_the_page_without_scripts(front: Front, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.act(queue.call, front.walk_in().id)
    assert "Call again" not in client.get(f"/queue/ask/more/{front.walk_in().id}").text
    with clock.freeze(NOW + timedelta(minutes=9)):
        page = client.get(f"/queue/ask/more/{visit.id}").text
        (button,) = re.findall(r'value="(call-again [^"]+)"', page)
        assert button == f"call-again {visit.id} called {int(visit.called_time.timestamp())}"
        assert press(client, button, clinic=front.cast.main_id).location == f"/queue/?clinic={front.cast.main_id}"
        assert front.visits()[0].called_time == NOW + timedelta(minutes=9)
        late = press(client, button, headers=JSON)
        assert (late.status_code, late.json["code"]) == (409, "stale")
        told = client.post("/queue/act", data={"act": button}, follow_redirects=True)
        assert "Somebody else has called this patient again meanwhile." in told.text


def test_a_card_says_how_long_ago_its_patient_was_called(front: Front, login_as: Sign) -> None:
    visit = front.act(queue.call, front.walk_in().id)
    since = rf'is-call">Called · <span data-since="{int(visit.called_time.timestamp())}">7 min<'
    with clock.freeze(NOW + timedelta(minutes=9)):
        for name, address in (("reception", "/queue/columns"), ("doctor", "/doctor/now")):
            assert re.search(since, login_as(name).get(address).text)


@pytest.mark.parametrize("call", ["x", "-1", "1.5", "1893456120 ", "99999999999", "٣"])
def test_a_call_that_cannot_have_been_seen_is_refused(front: Front, login_as: Sign, call: str) -> None:
    visit = front.act(queue.call, front.walk_in().id)
    answer = press(login_as("reception"), f"call-again {visit.id} called {call}", headers=JSON)
    assert (answer.status_code, front.version()) == (422, 2)


@pytest.mark.parametrize("order", [("reception", "doctor"), ("doctor", "reception")])
def test_call_next_on_a_page_that_is_late_calls_nobody_else(
    front: Front, login_as: Sign, order: tuple[str, str]
) -> None:
    meant, after = front.walk_in(), front.walk_in()
    pages = {"reception": ("/queue/", front.cast.doctor_id), "doctor": ("/doctor/", front.cast.main_id)}
    shown = {name: login_as(name).get(path).text for name, (path, _) in pages.items()}
    answers = []
    for name in order:
        path, key = pages[name]
        (button,) = re.findall(rf'value="(call-next {key} waiting \d+)"', shown[name])
        answers.append(login_as(name).post(f"{path}act", data={"act": button}, headers=JSON))
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json["code"] == "state_changed"
    assert (status_of(front, meant), status_of(front, after)) == (VisitStatus.CALLED, VisitStatus.WAITING)


def test_nobody_is_completed_from_the_board(front: Front, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.start(front.walk_in())
    refused = press(client, f"done {visit.id} in_progress", headers=JSON)
    assert (refused.status_code, refused.json["code"]) == (409, "only_doctor_completes")


# -- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("act", ["back", "undo", "urgent"])
@pytest.mark.parametrize("reason", ["", "  "])
def test_an_act_without_its_reason_is_asked_again(front: Front, login_as: Sign, act: str, reason: str) -> None:
    client, visit = login_as("reception"), front.walk_in()
    if act == "back":
        front.start(visit)
    before = front.version()
    asked = press(client, f"{act} {visit.id}", reason=reason)
    assert asked.status_code == 422
    assert "Please give a reason." in asked.text
    assert "data-ask-form" in asked.text
    by_script = press(client, f"{act} {visit.id}", headers=JSON, reason=reason)
    assert (by_script.status_code, by_script.json["code"]) == (422, "reason_missing")
    assert set(by_script.json["errors"]) == {"reason"}
    assert front.version() == before


@pytest.mark.parametrize("reason", ["x" * 201, "a\x00b", "a\x07b"])
def test_a_reason_that_cannot_be_one_is_refused(front: Front, login_as: Sign, reason: str) -> None:
    visit = front.start(front.walk_in())
    assert press(login_as("reception"), f"back {visit.id}", headers=JSON, reason=reason).status_code == 422
    assert status_of(front, visit) is VisitStatus.IN_PROGRESS


def test_a_question_that_no_longer_fits_leads_back(front: Front, login_as: Sign) -> None:
    visit = front.walk_in()
    late = press(login_as("reception"), f"back {visit.id} called", reason="why")
    assert (late.status_code, late.location) == (302, "/queue/")


@pytest.mark.parametrize("name", ["back", "left", "undo", "urgent", "normal", "hand-over", "hand-over-all", "more"])
def test_each_question_has_a_page(front: Front, login_as: Sign, name: str) -> None:
    visit = front.walk_in(patient_id=front.patient(name="Wanda Waits").id)
    key = front.cast.doctor_id if name == "hand-over-all" else visit.id
    client = login_as("reception")
    page = client.get(f"/queue/ask/{name}/{key}?seen=waiting").text
    assert ("Dr. Ada Main" if name == "hand-over-all" else "Wanda Waits") in page
    assert "<main" in page
    if name != "more":
        part = client.get(f"/queue/ask/{name}/{key}?seen=waiting&part=1").text
        assert "<main" not in part
        assert f'value="{name} {key} ' in part
        assert ("Dr. Ben Both" in part) is name.startswith("hand-over")


def test_the_queue_of_a_doctor_who_has_left_the_clinic_has_a_page(front: Front, login_as: Sign) -> None:
    cast = front.cast
    front.walk_in()
    works_here = select(DoctorClinic.id).where(
        DoctorClinic.doctor_id == cast.doctor_id, DoctorClinic.clinic_id == cast.main_id
    )
    front.act(doctors.end_workplace, db.session.scalar(works_here), actor=cast.admin)
    answer = login_as("reception").get(f"/queue/ask/hand-over-all/{cast.doctor_id}?clinic={cast.main_id}")
    assert answer.status_code == 200
    assert "Dr. Ada Main" in answer.text


def test_a_doctor_who_was_archived_stays_on_the_board_and_is_marked(front: Front, login_as: Sign) -> None:
    cast, client = front.cast, login_as("reception")
    front.walk_in(patient_id=front.patient(name="Wanda Waits").id)
    front.appointment(patient=front.patient(name="Tom Today"))
    assert "No longer works here" not in client.get("/queue/").text
    front.act(doctors.remove_doctor, cast.doctor_id, actor=cast.admin)
    columns = client.get("/queue/columns").text
    for words in ("Wanda Waits", "Dr. Ada Main", "No longer works here", f'value="call-next {cast.doctor_id} '):
        assert words in columns
    assert "No longer works here" in client.get("/queue/expected").text
    page = client.get(f"/queue/?doctor={cast.doctor_id}").text
    assert f"/queue/ask/hand-over-all/{cast.doctor_id}" in page
    question = client.get(f"/queue/ask/hand-over-all/{cast.doctor_id}?clinic={cast.main_id}").text
    assert "Dr. Ben Both" in question
    act = f"hand-over-all {cast.doctor_id} "
    answer = press(client, act, clinic=cast.main_id, to=cast.doctor2_id, reason="gone")
    assert (answer.status_code, front.visits()[0].doctor_id) == (302, cast.doctor2_id)
    assert "No longer works here" not in client.get("/queue/columns").text


def test_questions_out_of_reach(front: Front, login_as: Sign, client: FlaskClient) -> None:
    visit = front.walk_in()
    assert client.get(f"/queue/ask/back/{visit.id}").status_code == 401
    assert login_as("riverside").get(f"/queue/ask/back/{visit.id}").status_code == 404
    assert login_as("doctor2").get(f"/queue/ask/back/{visit.id}").status_code == 404
    assert login_as("accountant").get(f"/queue/ask/back/{visit.id}").status_code == 403
    assert login_as("doctor").get(f"/queue/ask/back/{visit.id}").status_code == 200
    assert login_as("reception").get("/queue/ask/erase/1").status_code == 404
    assert login_as("reception").get("/queue/ask/back/999999").status_code == 404
    for name in ("undo", "urgent", "hand-over"):
        assert login_as("doctor").get(f"/queue/ask/{name}/{visit.id}").status_code == 403
    queue = f"/queue/ask/hand-over-all/{front.cast.doctor_id}"
    assert login_as("riverside").get(queue).status_code == 404
    assert login_as("doctor").get(queue).status_code == 404


def test_a_doctor_sends_back_from_the_question_and_comes_home(front: Front, login_as: Sign) -> None:
    visit = front.start(front.walk_in())
    sent = press(login_as("doctor"), f"back {visit.id} in_progress", reason="needs an X-ray first")
    assert (sent.status_code, sent.location) == (302, "/doctor/today")
    assert front.visits()[0].status_reason == "needs an X-ray first"


def test_urgent_and_why_stand_on_the_card(front: Front, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.walk_in()
    assert press(client, f"urgent {visit.id} waiting", reason="chest <pain>").status_code == 302
    part = client.get("/queue/columns").text
    assert "is-urgent" in part
    assert "chest &lt;pain&gt;" in part
    again = press(client, f"urgent {visit.id} waiting", reason="chest pain", headers=JSON)
    assert (again.status_code, again.json["code"]) == (409, "same_priority")


def test_one_is_handed_over_and_then_all(front: Front, login_as: Sign) -> None:
    client, cast = login_as("reception"), front.cast
    one = front.walk_in(patient_id=front.patient(name="Olga One").id)
    others = [front.walk_in(), front.walk_in()]
    chosen = {"to": cast.doctor2_id, "from": cast.doctor_id}
    assert press(client, f"hand-over {one.id} waiting", **chosen).status_code == 302
    late = press(client, f"hand-over {one.id} waiting", headers=JSON, **chosen)
    assert (late.status_code, late.json["code"]) == (409, "state_changed")
    stays = front.walk_in(patient_id=one.patient_id)
    done = press(client, f"hand-over-all {cast.doctor_id}", headers=JSON, clinic=cast.main_id, reason="ill", **chosen)
    assert done.json == {
        "ok": True,
        "message": "2 patients were handed over. Olga One stays: The patient is in this doctor's queue already.",
    }
    assert {row.id for row in front.visits() if row.doctor_id == cast.doctor2_id} == {one.id, *(v.id for v in others)}
    nobody = press(client, f"hand-over {stays.id} waiting", headers=JSON, to="x")
    assert (nobody.status_code, nobody.json["code"]) == (422, "doctor_not_offering")


def test_a_script_is_answered_in_json(front: Front, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.walk_in()
    done = press(client, f"call {visit.id} waiting", headers=JSON)
    assert (done.status_code, done.json) == (200, {"ok": True})
    late = press(client, f"call {visit.id} waiting", headers=JSON)
    assert (late.status_code, late.json["code"]) == (409, "state_changed")


def test_a_refusal_is_told_on_the_page(front: Front, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.walk_in()
    press(client, f"call {visit.id} waiting")
    page = client.post("/queue/act", data={"act": f"call {visit.id} waiting"}, follow_redirects=True)
    assert "Somebody else has moved this patient meanwhile." in page.text


@pytest.mark.parametrize(
    "act", ["", "call", "call x", "call 1 sleeping", "erase 1", "call-again", "call 99999999999999", "complete 1"]
)
def test_a_button_that_does_not_exist(front: Front, login_as: Sign, act: str) -> None:
    assert press(login_as("reception"), act, headers=JSON).status_code == 422
    assert press(login_as("reception"), act).status_code == 422


def test_acts_need_the_pages_token(front: Front, app: Any, login_as: Sign) -> None:
    client, visit = login_as("reception"), front.walk_in()
    del client.environ_base["HTTP_X_CSRFTOKEN"]
    assert press(client, f"call {visit.id} waiting").status_code == 400
    assert status_of(front, visit) is VisitStatus.WAITING


def test_a_foreign_board_and_a_foreign_visit_are_not_there(front: Front, login_as: Sign) -> None:
    visit = front.walk_in(patient_id=front.patient(name="Marker Mary").id)
    stranger = login_as("riverside")
    assert "Marker Mary" not in stranger.get("/queue/").text
    for address in ("/queue/", "/queue/columns", "/queue/expected"):
        assert stranger.get(f"{address}?clinic={front.cast.main_id}").status_code == 404
        assert stranger.get(f"{address}?clinic=x").status_code == 404
    assert press(stranger, f"call {visit.id}").status_code == 404
    assert status_of(front, visit) is VisitStatus.WAITING


def test_the_board_is_the_desks(front: Front, login_as: Sign, client: FlaskClient) -> None:
    assert client.get("/queue/").status_code == 401
    for name in ("doctor", "accountant"):
        assert login_as(name).get("/queue/").status_code == 403
    assert login_as("admin").get("/queue/").status_code == 200


def test_an_administrator_chooses_the_clinic(front: Front, login_as: Sign) -> None:
    admin = login_as("admin")
    front.walk_in(patient_id=front.patient(name="Marker Mary").id)
    page = admin.get(f"/queue/?clinic={front.cast.riverside_id}").text
    assert "Marker Mary" not in page
    assert "Riverside Clinic" in page
    assert "Marker Mary" in admin.get(f"/queue/?clinic={front.cast.main_id}").text


def test_nobody_without_a_clinic_gets_a_board(session: Any, cast: Any, login_as: Sign) -> None:
    make_user(Role.RECEPTIONIST, username="lonely")
    page = login_as("lonely").get("/queue/")
    assert page.status_code == 200
    assert "There is no clinic yet" in page.text
    assert clinic_room(cast.main_id) not in page.text


# -- the doctor's page -----------------------------------------------------------------------------------------------


def test_a_doctor_reads_who_is_here_and_who_waits(front: Front, login_as: Sign) -> None:
    patient = front.patient(name="Eva Example", allergies="Penicillin", medical_history="Asthma")
    front.complete(front.start(front.walk_in(patient_id=patient.id)), notes="Inhaler twice a day")
    visit = front.start(front.walk_in(patient_id=patient.id))
    front.walk_in(patient_id=front.patient(name="Wanda Waits").id)
    front.walk_in(patient_id=front.patient(name="Bens Patient").id, doctor_id=front.cast.doctor2_id)
    for address in ("/doctor/", "/doctor/today"):
        page = login_as("doctor").get(address).text
        for words in ("Eva Example", "Penicillin", "Wanda Waits", f"/doctor/consultations/{visit.id}"):
            assert words in page
        for words in ("Bens Patient", "Inhaler"):
            assert words not in page
    assert "Penicillin" not in login_as("doctor2").get("/doctor/").text


def test_the_day_is_told_in_figures(front: Front, login_as: Sign) -> None:
    front.complete(front.start(front.walk_in()))
    front.start(front.walk_in())
    for _ in range(5):
        front.walk_in()
    page = login_as("doctor").get("/doctor/").text
    figures = re.findall(r'stat-value figure">\s*(\d+)\s*<', page)
    assert figures == ["7", "5", "1", "1"]
    assert page.count("0,00\xa0€") == 3


def test_only_the_next_three_are_unfolded(front: Front, login_as: Sign) -> None:
    names = [f"Person Number{number}" for number in range(5)]
    for name in names:
        front.walk_in(patient_id=front.patient(name=name).id)
    before, _fold, after = login_as("doctor").get("/doctor/now").text.partition('<details class="next-done"')
    assert [name in before for name in names] == [True, True, True, False, False]
    assert all(name in after for name in names[3:])


def test_who_is_here_since_yesterday_is_flagged(front: Front, login_as: Sign) -> None:
    visit = front.start(front.walk_in())
    client = login_as("doctor")
    assert "Since" not in client.get("/doctor/now").text
    with clock.freeze(NOW + timedelta(days=1)):
        for address in ("/doctor/now", f"/doctor/consultations/{visit.id}"):
            assert "Since" in client.get(address).text


def test_a_doctor_of_two_clinics_sees_both_queues(front: Front, login_as: Sign) -> None:
    cast = front.cast
    front.walk_in(doctor_id=cast.doctor2_id, patient_id=front.patient(name="Mia Main").id)
    front.walk_in(
        actor=cast.riverside,
        clinic_id=cast.riverside_id,
        doctor_id=cast.doctor2_id,
        service_id=cast.riverside_service_id,
        patient_id=make_patient(cast.riverside_clinic, name="Rita Riverside").id,
    )
    page = login_as("doctor2").get("/doctor/").text.partition("<main")[2]
    assert page.index("Mia Main") < page.index("Riverside Clinic") < page.index("Rita Riverside")


def test_a_doctor_calls_and_begins(front: Front, login_as: Sign) -> None:
    client, visit = login_as("doctor"), front.walk_in()

    def act(pressed: str, leads_to: str = "/doctor/today") -> VisitStatus:
        assert client.post("/doctor/act", data={"act": pressed}).location == leads_to
        return status_of(front, visit)

    assert act(f"call-next {front.cast.main_id}") is VisitStatus.CALLED
    assert press(client, f"back {visit.id} called", reason="The wrong one").location == "/doctor/today"
    assert act(f"call {visit.id} waiting") is VisitStatus.CALLED
    with clock.freeze(NOW + timedelta(minutes=9)):
        (button,) = re.findall(r'value="(call-again [^"]+)"', client.get("/doctor/now").text)
        assert act(button) is VisitStatus.CALLED
        assert front.visits()[0].called_time == NOW + timedelta(minutes=9)
    assert act(f"start {visit.id} called", f"/doctor/consultations/{visit.id}") is VisitStatus.IN_PROGRESS


def test_a_doctor_who_works_at_no_clinic_is_told_so(front: Front, login_as: Sign) -> None:
    workplace = db.session.scalars(select(DoctorClinic).where(DoctorClinic.doctor_id == front.cast.doctor_id)).one()
    front.act(doctors.end_workplace, workplace.id, actor=front.cast.admin)
    assert "You work at no clinic at present" in login_as("doctor").get("/doctor/").text
    assert "You work at no clinic at present" not in login_as("doctor2").get("/doctor/").text


def test_a_doctor_acts_on_own_patients_alone(front: Front, login_as: Sign) -> None:
    visit = front.start(front.walk_in())
    assert login_as("doctor2").post("/doctor/act", data={"act": f"call {visit.id}"}).status_code == 404
    for name in ("reception", "admin", "accountant"):
        assert login_as(name).get("/doctor/").status_code == 403
    assert status_of(front, visit) is VisitStatus.IN_PROGRESS


def test_a_user_with_the_role_and_no_record_is_told_so(session: Any, cast: Any, login_as: Sign) -> None:
    make_user(Role.DOCTOR, username="new-doctor")
    client = login_as("new-doctor")
    for address, status in (("/doctor/", 200), ("/doctor/templates/list/", 200), ("/doctor/consultations/1", 404)):
        page = client.get(address)
        assert page.status_code == status
        assert "No doctor" in page.text
    assert client.get("/doctor/now").status_code == 403
    assert client.post("/doctor/consultations/1/act", data={"act": "begin"}).status_code == 404


# -- visits ----------------------------------------------------------------------------------------------------------


def test_visits_are_listed_and_shown_without_notes(front: Front, login_as: Sign) -> None:
    patient = front.patient(name="Eva Example")
    visit = front.complete(front.start(front.walk_in(patient_id=patient.id)), notes="secret finding")
    client = login_as("reception")
    assert "Eva Example" in client.get("/visits/list/").text
    page = client.get(f"/visits/show/{visit.id}").text
    assert "Eva Example" in page
    assert "secret finding" not in page + client.get("/visits/export.csv").text
    assert client.get(f"/visits/invoice/{visit.id}").location.startswith("/invoices/show/")
    assert login_as("riverside").get(f"/visits/show/{visit.id}").status_code == 404
    assert login_as("accountant").get("/visits/list/").status_code == 403


def test_a_visit_without_an_invoice_leads_nowhere_else(front: Front, login_as: Sign) -> None:
    visit = front.walk_in()
    assert login_as("reception").get(f"/visits/invoice/{visit.id}").location == f"/visits/show/{visit.id}"


def test_a_walk_in_is_added_on_its_page(front: Front, login_as: Sign) -> None:
    patient = front.patient()
    fields = {
        "patient": patient.id,
        "doctor": front.cast.doctor_id,
        "service": front.cast.service_id,
        "priority": "urgent",
    }
    client = login_as("reception")
    refused = client.post("/visits/add", data=fields)
    assert refused.status_code == 422
    assert "Please give a reason." in refused.text
    fields["priority_reason"] = "in pain"
    assert client.post("/visits/add", data=fields).status_code == 302
    (visit,) = front.visits()
    assert visit.priority_reason == "in pain"
    assert (visit.patient_id, visit.clinic_id, visit.priority) == (patient.id, front.cast.main_id, Priority.URGENT)
    again = client.post("/visits/add", data=fields)
    assert again.status_code == 409
    assert "in this doctor&#39;s queue already" in again.text
    stranger = fields | {"doctor": make_doctor(make_clinic()).id}
    assert client.post("/visits/add", data=stranger).status_code == 422
    assert len(front.visits()) == 1


@pytest.mark.parametrize("path", ["edit", "delete"])
def test_visits_are_neither_edited_nor_deleted_here(front: Front, login_as: Sign, path: str) -> None:
    visit = front.walk_in()
    assert login_as("admin").post(f"/visits/{path}/{visit.id}").status_code == 404
    assert front.columns()[Phase.WAITING] == [visit.id]
