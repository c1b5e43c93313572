"""The pages after midnight, of who came in the evening and waits again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient

from app.frontdesk import queue
from app.frontdesk.states import Phase
from app.kernel import clock, outbox
from tests.integration.frontdesk.front import NOW, Front
from tests.web.frontdesk.test_waiting_room_pages import calls_of, screen, ticket

Sign = Callable[[str], FlaskClient]
LATE = NOW + timedelta(hours=13, minutes=50)  # 23:50 in Berlin


def test_board_television_ticket_and_the_doctors_page_say_the_same(
    front: Front, login_as: Sign, client: FlaskClient
) -> None:
    tv = screen(front)
    front.now = LATE
    visit = front.walk_in(patient_id=front.patient(name="Nina Night").id)
    front.start(visit)
    front.now = LATE + timedelta(minutes=20)
    with clock.freeze(front.now):
        outbox.deliver_due()
        front.act(queue.move, visit.id, Phase.WAITING, reason="X-ray first")
        assert 'class="slip-number">1<' in client.get(f"{ticket(visit)}/now").text
        front.act(queue.call, visit.id)
        (call,) = calls_of(client.get(f"{tv}/now").text)
        assert (call["number"], call["open"]) == (1, True)
        assert "Please go to room 1" in client.get(f"{ticket(visit)}/now").text
        board = login_as("reception").get("/queue/columns").text
        assert "Nina Night" in board
        assert "Since " in board
        assert "Nina Night" in login_as("doctor").get("/doctor/now").text
