"""The pages of the waiting room without a login: what they show, to whom, and what they never show."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.frontdesk import displays, queue
from app.frontdesk.display_models import Display
from app.frontdesk.models import Visit
from app.kernel import clock
from app.kernel.db import db
from app.kernel.models import AuditEntry
from app.people import clinics
from app.people.settings import change_settings
from app.web.links import OFFER, TICKET, token_for
from tests.integration.frontdesk.front import NOW, Front

Sign = Callable[[str], FlaskClient]
ADDRESS = re.compile(r'value="(http[^"]+/queue/display/[^"]+)"')
SECRETS = {"name": "Priya Secretname", "phone": "+4930123456", "allergies": "Penicillin", "medical_history": "Asthma"}
CALLS = re.compile(r"data-calls>(.*?)</script>", re.DOTALL)


def screen(front: Front, **values: Any) -> str:
    """The path of a screen of the main clinic."""
    about = {"clinic_id": front.cast.main_id, "name": "Ground floor"} | values
    admin = front.cast.admin
    made = front.act(displays.create_display, about, offered=("ar", "en", "es"), actor=admin)
    return f"/queue/display/{front.act(displays.make_address, made.id, actor=admin)}"


def ticket(visit: Visit) -> str:
    return f"/t/{token_for(TICKET, visit.id)}"


def patient_who_waits(front: Front, **values: Any) -> Visit:
    return front.walk_in(patient_id=front.patient(**SECRETS | values).id)


def calls_of(page: str) -> list[dict[str, Any]]:
    found = CALLS.search(page)
    assert found
    return list(json.loads(unescape(found[1])))


def no_secret_is_in(page: str) -> None:
    for secret in ("Secretname", "30123456", "Penicillin", "Asthma", "Consultation", "patient_id"):
        assert secret not in page


# -- the screen


def test_a_screen_shows_who_is_called_who_is_next_and_who_was_before(front: Front, client: FlaskClient) -> None:
    path = screen(front)
    inside, called, waiting = (patient_who_waits(front, phone=f"+4930123456{number}") for number in range(3))
    for visit in (inside, called):
        front.act(queue.call, visit.id)
    front.start(inside)
    page = client.get(path).text
    assert f'data-called="{called.queue_number}@' in page
    assert f'data-earlier="{inside.queue_number}@' in page
    assert re.search(rf'class="tv-numbers">\s*<span>{waiting.queue_number}</span>', page)
    for words in ("Main Clinic", "Room 1", "Dr. Ada Main", "Now called", "Last called", "10:0"):
        assert words in page
    assert [call["number"] for call in calls_of(page)] == [inside.queue_number, called.queue_number]


def test_who_is_called_again_is_another_call_to_the_screen_and_to_the_own_ticket(
    front: Front, client: FlaskClient
) -> None:
    path, other, own = screen(front), patient_who_waits(front), patient_who_waits(front, phone="+4930123457")
    for visit in (own, other):
        front.act(queue.call, visit.id)
    call = re.compile(r'data-called="([^"]+)"')

    def shown() -> tuple[list[str], list[str]]:
        return call.findall(client.get(f"{path}/now").text), call.findall(client.get(f"{ticket(own)}/now").text)

    (others, first), ringing = shown()
    front.act(queue.call_again, own.id)
    assert shown()[0][1] == others
    assert shown()[0][0] not in (first, others)
    assert first.endswith(ringing[0])
    assert shown()[0][0].endswith(shown()[1][0])
    assert [each["number"] for each in calls_of(client.get(path).text)] == [other.queue_number, own.queue_number]
    front.start(own)
    assert shown()[1] == []


@pytest.mark.parametrize(("setting", "shown"), [("number", ""), ("initials", "P. S."), ("first_name", "Priya")])
def test_a_screen_shows_no_more_of_a_name_than_the_clinic_says(
    front: Front, client: FlaskClient, setting: str, shown: str
) -> None:
    front.act(change_settings, front.cast.main_id, {"display_names": setting}, actor=front.cast.admin)
    path = screen(front)
    called, waiting = patient_who_waits(front), patient_who_waits(front, phone="+4930123457", name="Walter Waiting")
    front.act(queue.call, called.id)
    for page in (client.get(path).text, client.get(f"{path}/now").text):
        no_secret_is_in(page)
        assert "Walter" not in page
        assert ("Priya" in page) is (setting == "first_name")
        assert shown in page
        assert {call["name"] for call in calls_of(page)} == {shown or None}
    assert waiting.queue_number


def test_a_screen_knows_nothing_of_another_clinic(front: Front, client: FlaskClient) -> None:
    path = screen(front, clinic_id=front.cast.riverside_id)
    front.act(queue.call, patient_who_waits(front).id)
    page = client.get(path).text
    assert "Riverside Clinic" in page
    assert calls_of(page) == []
    for foreign in ("Main Clinic", "Dr. Ada Main", "Room 1"):
        assert foreign not in page


def test_a_call_is_spoken_in_each_language_of_the_screen(front: Front, client: FlaskClient) -> None:
    path = screen(front, languages=["ar", "en"])
    number = front.act(queue.call, patient_who_waits(front).id).queue_number
    page = client.get(path).text
    assert 'dir="rtl"' in page
    words = calls_of(page)[0]["words"]
    assert [word["lang"].split("-")[0] for word in words] == ["ar", "en"]
    assert words[1]["text"] == f"Number {number}, please go to room 1."


def test_the_part_that_changes_is_not_sent_to_who_has_it(front: Front, client: FlaskClient) -> None:
    path = screen(front) + "/now"
    first = client.get(path)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert (first.status_code, client.get(path, headers=tag).status_code) == (200, 304)
    patient_who_waits(front)
    assert client.get(path, headers=tag).status_code == 200


def test_a_screen_that_is_set_up_otherwise_is_another_edition(front: Front, client: FlaskClient) -> None:
    path, edition = screen(front), re.compile(r'data-edition="([^"]+)"')
    before = edition.findall(client.get(path).text)
    assert len(set(before)) == 1
    pk, values = db.session.scalars(select(Display.id)).one(), {"speaks": False}
    front.act(displays.update_display, pk, values, offered=("en",), actor=front.cast.admin)
    assert edition.findall(client.get(f"{path}/now").text) != before[:1]


def test_guests_are_kept_by_nobody_and_send_no_address_along(front: Front, client: FlaskClient) -> None:
    visit = patient_who_waits(front)
    for path in (screen(front), ticket(visit), f"{ticket(visit)}/now", "/t/nobodys", "/queue/display/nobodys"):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("act", ["renewed", "revoked", "deleted", "closed"])
def test_an_address_that_is_over_says_what_one_says_that_never_was(front: Front, client: FlaskClient, act: str) -> None:
    path, admin = screen(front), front.cast.admin
    front.act(queue.call, patient_who_waits(front).id)
    pk = db.session.scalars(select(Display.id)).one()
    if act == "closed":
        front.act(clinics.remove_clinic, front.cast.main_id, actor=admin)
    else:
        commands = {"renewed": displays.make_address, "revoked": displays.revoke_address}
        front.act(commands.get(act, displays.remove_display), pk, actor=admin)
    over, never = client.get(path), client.get("/queue/display/nobodys")
    assert (over.status_code, client.get(f"{path}/now").status_code) == (404, 404)
    nonce = re.compile(r'nonce="[^"]+"')
    assert nonce.sub("", over.text) == nonce.sub("", never.text)
    assert "Main Clinic" not in over.text


def test_that_a_screen_is_on_is_noted_once_in_five_minutes(front: Front, client: FlaskClient) -> None:
    path = screen(front)
    client.get(path)
    with clock.freeze(NOW + timedelta(minutes=4)):
        client.get(f"{path}/now")
    db.session.rollback()
    seen = db.session.execute(select(Display.last_seen_at, Display.revision)).one()
    assert tuple(seen) == (NOW, 2)
    assert db.session.scalar(select(func.count()).where(AuditEntry.entity == "display")) == 2


# -- the ticket


def test_a_ticket_says_where_its_holder_stands_and_nothing_of_others(front: Front, client: FlaskClient) -> None:
    other = patient_who_waits(front)
    own = patient_who_waits(front, name="Own Holder", phone="+4930123457")
    page = client.get(ticket(own)).text
    assert "1 person is ahead of you" in page
    assert f'class="slip-number">{own.queue_number}<' in page
    no_secret_is_in(page)
    assert "Own Holder" not in page
    front.act(queue.call, other.id)
    assert "Now called" in client.get(f"{ticket(own)}/now").text
    front.start(other)
    assert "You are next" in client.get(f"{ticket(own)}/now").text
    front.act(queue.call, own.id)
    assert "Please go to room 1" in client.get(f"{ticket(own)}/now").text
    front.start(own)
    assert "With the doctor" in client.get(f"{ticket(own)}/now").text
    front.complete(own)
    page = client.get(f"{ticket(own)}/now").text
    assert "Your visit is over" in page
    assert "data-over" in page


def test_a_ticket_of_yesterday_thanks_and_says_nothing_else(front: Front, client: FlaskClient) -> None:
    visit = patient_who_waits(front)
    front.complete(front.start(visit))
    with clock.freeze(NOW + timedelta(days=1)):
        for path in (ticket(visit), f"{ticket(visit)}/now"):
            page = client.get(path)
            assert page.status_code == 200
            assert "Thank you for your visit" in page.text
            for gone in ("Main Clinic", "Dr. Ada", "slip-number"):
                assert gone not in page.text


def test_a_ticket_of_a_closed_clinic_is_none_until_it_opens_again(front: Front, client: FlaskClient) -> None:
    path, admin = ticket(patient_who_waits(front)), front.cast.admin
    front.act(clinics.remove_clinic, front.cast.main_id, actor=admin)
    over, never = client.get(path), client.get("/t/nobodys")
    assert (over.status_code, client.get(f"{path}/now").status_code) == (404, 404)
    nonce = re.compile(r'nonce="[^"]+"')
    assert nonce.sub("", over.text) == nonce.sub("", never.text)
    front.act(clinics.update_clinic, front.cast.main_id, {"is_active": True}, actor=admin)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("wrong", ["nobodys", "MQ.x", "x" * 5000, "%00", "..%2f..", "1"])
def test_a_wrong_ticket_is_no_page(client: FlaskClient, wrong: str) -> None:
    answer = client.get(f"/t/{wrong}")
    assert answer.status_code in {400, 404}
    assert "slip-number" not in answer.text


def test_the_signature_of_another_kind_of_link_opens_no_ticket(front: Front, client: FlaskClient) -> None:
    visit = patient_who_waits(front)
    assert client.get(f"/t/{token_for(OFFER, visit.id)}").status_code == 404
    assert client.get(f"/t/{token_for(TICKET, 999_999)}").status_code == 404


def test_a_ticket_is_in_the_patients_language_else_in_the_browsers(front: Front, client: FlaskClient) -> None:
    spanish, any_other = patient_who_waits(front, language="es"), patient_who_waits(front, phone="+4930123457")
    arabic = {"Accept-Language": "ar"}
    assert 'lang="es' in client.get(ticket(spanish), headers=arabic).text
    assert 'lang="ar' in client.get(ticket(any_other), headers=arabic).text


def test_looking_at_a_ticket_changes_nothing(front: Front, client: FlaskClient) -> None:
    visit = patient_who_waits(front)
    before = db.session.scalar(select(func.count()).select_from(AuditEntry))
    client.get(ticket(visit))
    assert client.post(ticket(visit)).status_code == 405
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == before
    assert front.version() == 1


# -- on paper


def test_the_desk_prints_a_ticket_with_a_code_of_its_page(
    app: Flask, front: Front, login_as: Sign, client: FlaskClient
) -> None:
    patient_who_waits(front)
    visit = patient_who_waits(front, phone="+4930123457")
    page = login_as("reception").get(f"/queue/ticket/{visit.id}").text
    for words in (f'paper-number">{visit.queue_number}<', "Main Clinic", "1 person is ahead of you", "<svg", "Print"):
        assert words in page
    no_secret_is_in(page)
    assert "Priya" not in page
    assert client.get(f"/queue/ticket/{visit.id}").status_code == 401
    for name, status in {"doctor": 403, "accountant": 403, "riverside": 404}.items():
        assert login_as(name).get(f"/queue/ticket/{visit.id}").status_code == status


def test_a_printed_ticket_names_as_much_as_the_screens_do(front: Front, login_as: Sign) -> None:
    front.act(change_settings, front.cast.main_id, {"display_names": "initials"}, actor=front.cast.admin)
    page = login_as("reception").get(f"/queue/ticket/{patient_who_waits(front).id}").text
    assert "P. S." in page
    no_secret_is_in(page)


def test_no_ticket_is_printed_for_who_is_with_the_doctor(front: Front, login_as: Sign) -> None:
    visit = front.start(patient_who_waits(front))
    assert login_as("reception").get(f"/queue/ticket/{visit.id}").status_code == 409


def test_the_board_leads_to_the_ticket_of_each_who_waits(front: Front, login_as: Sign) -> None:
    visit = patient_who_waits(front)
    client = login_as("reception")
    assert "/queue/ticket/0" in client.get("/queue/").text  # the pattern of each card's menu
    assert f"/queue/ticket/{visit.id}" in client.get(f"/queue/ask/more/{visit.id}").text


# -- setting screens up


def test_an_administrator_sets_up_a_screen_and_sees_its_address_once(
    front: Front, login_as: Sign, client: FlaskClient
) -> None:
    admin = login_as("admin")
    form = {"clinic": front.cast.main_id, "name": "Upstairs", "rooms": "1, 2", "languages": "es, en", "chimes": "y"}
    answer = admin.post("/displays/add", data=form)
    assert answer.status_code == 302, answer.text
    row = db.session.scalars(select(Display)).one()
    assert (row.rooms, row.languages, row.chimes, row.speaks) == (["1", "2"], ["es", "en"], True, False)
    page = admin.post(f"/displays/{row.id}/address", data={"act": "make"})
    found = ADDRESS.search(page.text)
    assert found
    assert page.headers["Cache-Control"] == "no-store"
    path = "/" + found[1].split("/", 3)[3]
    assert client.get(path).status_code == 200
    assert path not in admin.get(f"/displays/{row.id}/address").text
    admin.post(f"/displays/{row.id}/address", data={"act": "revoke"})
    assert client.get(path).status_code == 404
    assert admin.post(f"/displays/{row.id}/address", data={"act": "sing"}).status_code == 400


def test_a_language_that_no_voice_is_given_for_is_told_beside_its_field(front: Front, login_as: Sign) -> None:
    form = {"clinic": front.cast.main_id, "name": "Upstairs", "languages": "tlh"}
    answer = login_as("admin").post("/displays/add", data=form)
    assert answer.status_code == 422
    assert "ar, en, es" in answer.text


def test_an_administrator_says_what_is_shown_of_a_name(front: Front, login_as: Sign) -> None:
    admin, pk = login_as("admin"), front.cast.main_id
    assert "Number and initials" in admin.get(f"/settings/edit/{pk}").text
    assert admin.post(f"/settings/edit/{pk}", data={"display_names": "initials"}).status_code == 302
    assert admin.post(f"/settings/edit/{pk}", data={"display_names": "full"}).status_code == 422
