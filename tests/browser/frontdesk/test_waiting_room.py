"""The waiting room in real browsers: the television announces each call by itself, the patient's page follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from app.frontdesk import arrivals, consultations, displays, queue
from app.frontdesk.models import Visit
from app.frontdesk.requests import WalkIn
from app.frontdesk.states import Phase
from app.kernel import clock
from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from app.people.settings import change_settings
from app.web.links import TICKET, token_for
from config import ROOT
from tests.cast import Cast, build_cast, zone_at_noon
from tests.factories import make_patient
from tests.plugins.browsers import sign_in
from tests.plugins.products import Product

pytestmark = pytest.mark.any_database

Open = Callable[..., Page]
WATCH = """
  window.announced = [];
  const box = document.querySelector("[data-announcement]");
  const said = (part) => box.querySelector(`[data-announced-${part}]`).textContent.trim();
  const note = () => box.hidden || announced.push(["number", "where", "words"].map(said));
  new MutationObserver(note).observe(box, { attributeFilter: ["hidden"] });
"""
COUNT_RINGING = """() => {
  window.rung = 0;
  const began = ({ target, oldValue }) => target.matches(".is-ringing") && !oldValue?.includes("is-ringing");
  const options = { subtree: true, attributeFilter: ["class"], attributeOldValue: true };
  new MutationObserver((changes) => (rung += changes.filter(began).length)).observe(document.body, options);
}"""
numbers = count(1)


@pytest.fixture(scope="module")
def cast(live_server: Product) -> Cast:
    assert live_server.app is not None
    with live_server.app.app_context():
        return build_cast(zone_at_noon())


@dataclass
class Room:
    """The running product, its waiting room, and what happens there."""

    product: Product
    cast: Cast
    open: Open

    def act(self, service: Callable[..., Any], *args: Any, actor: Actor | None = None, **values: Any) -> Any:
        actor = actor or self.cast.reception
        with transaction(actor):
            return service(*args, actor=actor, now=clock.now(), **values)

    def walk_in(self, doctor_id: int | None = None, **patient: Any) -> Visit:
        cast, patient_id = self.cast, make_patient(self.cast.main_clinic, **patient).id
        where = {"clinic_id": cast.main_id, "service_id": cast.service_id}
        visit: Visit = self.act(
            arrivals.walk_in, WalkIn(**where, doctor_id=doctor_id or cast.doctor_id, patient_id=patient_id)
        )
        return visit

    def call(self, visit: Visit) -> str:
        self.act(queue.call, visit.id)
        return str(visit.queue_number)

    def screen(self) -> tuple[int, str]:
        about = {"clinic_id": self.cast.main_id, "name": f"Screen {next(numbers)}", "languages": ["en"]}
        admin = self.cast.admin
        made = self.act(displays.create_display, about, offered=("en",), actor=admin)
        return made.id, self.act(displays.make_address, made.id, actor=admin)

    def television(self, token: str | None = None, **options: Any) -> Page:
        """A screen that is on and connected, and keeps what it announces in `announced`."""
        page = self.open(**{"width": 1920, "height": 1080} | options)
        with page.expect_websocket():
            page.goto(f"{self.product.url}/queue/display/{token or self.screen()[1]}")
        expect(page.locator("[data-announcement]")).to_be_hidden()
        page.evaluate(WATCH)
        return page

    def telephone(self, visit: Visit) -> Page:
        page = self.open(width=390, height=844)
        page.goto(f"{self.product.url}/t/{token_for(TICKET, visit.id)}")
        return page


@pytest.fixture
def room(live_server: Product, cast: Cast, new_page: Open) -> Iterator[Room]:
    assert live_server.app is not None
    with live_server.app.app_context():
        yield Room(live_server, cast, new_page)
        for visit in db.session.query(Visit).filter(Visit.status.in_(["waiting", "called"])).all():
            Room(live_server, cast, new_page).act(queue.leave, visit.id)
        db.session.remove()


def announcement(page: Page) -> Locator:
    return page.locator("[data-announced-number]")


def announced(page: Page, calls: int) -> list[str]:
    """The numbers of so many calls, once each has been announced for as long as it is."""
    page.wait_for_function(f"() => announced.length >= {calls}")
    expect(announcement(page)).to_be_hidden()
    numbers: list[str] = page.evaluate("announced.map(([number]) => number)")
    return numbers


def called(page: Page, number: str) -> Locator:
    return page.locator(f'[data-called^="{number}@"]')


def test_two_calls_in_quick_succession_are_announced_one_after_the_other_and_both_are_listed(room: Room) -> None:
    first, second = room.walk_in(), room.walk_in(room.cast.doctor2_id)
    television = room.television()
    told = [room.call(first), room.call(second)]
    for number in told:
        expect(called(television, number)).to_be_attached()
    assert announced(television, 2) == told
    assert television.evaluate("announced") == [
        [told[0], "Room 1", f"Number {told[0]}, please go to room 1."],
        [told[1], "Room 2", f"Number {told[1]}, please go to room 2."],
    ]
    for number in told:
        expect(called(television, number)).to_be_visible()
    room.act(queue.move, first.id, Phase.WITH_DOCTOR)
    expect(television.locator(f'[data-earlier^="{told[0]}@"]')).to_be_visible()
    expect(called(television, told[0])).to_have_count(0)
    room.act(consultations.complete, first.id, actor=room.cast.doctor)


def test_a_screen_that_was_cut_off_says_so_heals_and_announces_what_it_missed(room: Room) -> None:
    visit = room.walk_in()
    television = room.television()
    banner = television.locator(".stale-banner")
    expect(banner).to_be_hidden()
    television.context.set_offline(True)
    expect(banner).to_contain_text("Not connected: this page shows the state of")
    number = room.call(visit)
    expect(called(television, number)).to_have_count(0)
    television.context.set_offline(False)
    expect(banner).to_be_hidden()
    expect(called(television, number)).to_be_attached()
    assert announced(television, 1) == [number]


def test_a_call_that_was_taken_back_and_made_anew_is_announced_twice_and_a_reload_repeats_none(room: Room) -> None:
    visit = room.walk_in()
    television = room.television()
    number = room.call(visit)
    assert announced(television, 1) == [number]
    room.act(queue.move, visit.id, Phase.WAITING, reason="called by mistake")
    expect(called(television, number)).to_have_count(0)
    room.call(visit)
    assert announced(television, 2) == [number, number]
    television.reload()
    expect(called(television, number)).to_be_visible()
    expect(announcement(television)).to_be_hidden()


def test_who_is_called_again_on_the_board_is_announced_a_second_time_and_the_own_page_lights_up(room: Room) -> None:
    visit = room.walk_in(name="Anna Again")
    television, phone = room.television(), room.telephone(visit)
    desk = room.open()
    sign_in(desk, room.product, room.cast.reception)
    phone.evaluate(COUNT_RINGING)
    number = room.call(visit)
    phone.wait_for_function("() => rung === 1")
    assert announced(television, 1) == [number]
    expect(phone.locator(".is-ringing")).to_have_count(0)
    desk.goto(f"{room.product.url}/queue/")
    card = desk.locator("[data-visit]", has_text="Anna Again")
    card.locator("summary").click()
    card.get_by_role("button", name="Call again").click()
    phone.wait_for_function("() => rung === 2")
    expect(card.locator("details")).not_to_have_attribute("open", "")
    assert announced(television, 2) == [number, number]
    expect(called(television, number)).to_have_count(1)
    assert "Please go to room 1" in phone.locator("h1").inner_text()


def test_where_websocket_is_blocked_screen_and_ticket_poll(room: Room) -> None:
    visit, token = room.walk_in(), room.screen()[1]
    pages = [room.open(width=1280), room.open(width=390)]
    for page, path in zip(pages, (f"queue/display/{token}", f"t/{token_for(TICKET, visit.id)}"), strict=True):
        page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
        page.goto(f"{room.product.url}/{path}")
        expect(page.locator(".stale-banner")).to_contain_text("updated every five seconds")
    number = room.call(visit)
    expect(called(pages[0], number)).to_be_attached()
    expect(pages[1].locator("h1")).to_have_text("Please go to room 1")


def test_a_revoked_screen_goes_dark_by_itself(room: Room) -> None:
    pk, token = room.screen()
    television = room.television(token)
    expect(television.locator("[data-display]")).to_be_visible()
    room.act(displays.revoke_address, pk, actor=room.cast.admin)
    expect(television.locator("body")).to_contain_text("There is nothing here.")
    expect(television.locator("body")).not_to_contain_text("Main Clinic")


def test_a_screen_follows_what_the_clinic_allows_of_a_name(room: Room) -> None:
    visit = room.walk_in(name="Priya Secretname")
    television = room.television()
    number = room.call(visit)
    expect(called(television, number)).to_be_attached()
    expect(called(television, number)).not_to_contain_text("Priya")
    for setting, shown in (("first_name", "Priya"), ("initials", "P. S.")):
        room.act(change_settings, room.cast.main_id, {"display_names": setting}, actor=room.cast.admin)
        expect(called(television, number)).to_contain_text(shown)
    assert "Secretname" not in television.content()
    room.act(change_settings, room.cast.main_id, {"display_names": None}, actor=room.cast.admin)


def test_a_patients_page_follows_from_waiting_to_the_end(room: Room) -> None:
    other, own = room.walk_in(), room.walk_in()
    phone = room.telephone(own)
    state = phone.locator("h1")
    expect(state).to_have_text("1 person is ahead of you")
    phone.evaluate("document.body.dataset.same = 'yes'")
    room.act(queue.move, other.id, Phase.WITH_DOCTOR)
    expect(state).to_have_text("You are next")
    room.call(own)
    expect(state).to_have_text("Please go to room 1")
    room.act(queue.move, own.id, Phase.WITH_DOCTOR)
    expect(state).to_have_text("With the doctor")
    for visit in (other, own):
        room.act(consultations.complete, visit.id, actor=room.cast.doctor)
    expect(state).to_have_text("Your visit is over")
    phone.wait_for_timeout(2500)  # longer than a page waits before it says that it is cut off
    expect(phone.locator(".stale-banner")).to_be_hidden()
    assert phone.evaluate("document.body.dataset.same") == "yes"


def test_a_patients_page_heals_when_it_comes_back(room: Room) -> None:
    visit = room.walk_in()
    phone = room.telephone(visit)
    expect(phone.locator("h1")).to_have_text("You are next")
    phone.context.set_offline(True)
    expect(phone.locator(".stale-banner")).to_contain_text("Not connected")
    room.call(visit)
    phone.context.set_offline(False)
    expect(phone.locator("h1")).to_have_text("Please go to room 1")
    expect(phone.locator(".stale-banner")).to_be_hidden()


def test_the_desk_prints_a_ticket_which_prints_by_itself(room: Room) -> None:
    visit = room.walk_in(name="Paula Printed")
    desk = room.open()
    counted = "document.body.dataset.printed = Number(document.body.dataset.printed ?? 0) + 1"
    desk.context.add_init_script(f"window.print = () => {{ {counted} }}")
    sign_in(desk, room.product, room.cast.reception)
    desk.goto(f"{room.product.url}/queue/")
    card = desk.locator("[data-visit]", has_text="Paula Printed")
    card.locator("summary").click()
    with desk.expect_popup() as opened:
        card.get_by_role("link", name="Print ticket").click()
    paper = opened.value
    expect(paper.locator(".paper-number")).to_have_text(str(visit.queue_number))
    expect(paper.locator("body")).to_have_attribute("data-printed", "1")
    paper.get_by_role("button", name="Print").click()
    expect(paper.locator("body")).to_have_attribute("data-printed", "2")
    expect(paper.locator("svg.ticket-code")).to_be_visible()


# -- the order of calls, without a product ---------------------------------------------------------------------------

CALLS = (ROOT / "frontend/src/modules/calls.js").read_text(encoding="utf-8")
DRIVER = """
  const NOW = 1_000_000_000;
  const at = (secondsAgo) => new Date(NOW - secondsAgo * 1000).toISOString();
  const call = (key, secondsAgo = 1, open = true) => ({ key, open, called_at: at(secondsAgo) });
  function station(options) {
    const said = [], ends = [];
    const queue = new CallQueue((one) => { said.push(one.key); return new Promise((end) => ends.push(end)); }, options);
    const next = async () => { ends.shift()(); await new Promise((rest) => setTimeout(rest)); };
    const take = async (...calls) => { queue.take(calls, NOW); await new Promise((rest) => setTimeout(rest)); };
    return { said, next, take };
  }
"""


@pytest.fixture
def driven(new_page: Open) -> Callable[[str], Any]:
    """Runs a script against the queue of calls."""
    page = new_page()
    return lambda script: page.evaluate(f"async () => {{ {CALLS.replace('export ', '')} {DRIVER} {script} }}")


def test_calls_are_announced_in_the_order_in_which_they_were_made(driven: Any) -> None:
    script = """
      const { said, next, take } = station();
      await take(call("c", 1), call("a", 30), call("b", 20));
      const first = [...said];
      await next(); await next(); await next();
      return [first, said];
    """
    assert driven(script) == [["a"], ["a", "b", "c"]]


def test_a_call_that_comes_meanwhile_waits_for_its_turn_and_none_is_said_twice(driven: Any) -> None:
    script = """
      const { said, next, take } = station();
      await take(call("a"));
      await take(call("a"), call("b"));
      await take(call("a"), call("b"), call("c", 0));
      const during = [...said];
      await next(); await next(); await next();
      await take(call("a"), call("b"), call("c", 0));
      return [during, said];
    """
    assert driven(script) == [["a"], ["a", "b", "c"]]


def test_a_call_that_was_taken_back_before_its_turn_is_left_out(driven: Any) -> None:
    script = """
      const { said, next, take } = station();
      await take(call("a"), call("b"), call("c"));
      await take(call("a"), call("c"));
      await next(); await next();
      return said;
    """
    assert driven(script) == ["a", "c"]


def test_only_calls_of_the_last_two_minutes_are_announced(driven: Any) -> None:
    script = """
      const { said, next, take } = station();
      await take(call("old", 121), call("new", 119));
      await next();
      return said;
    """
    assert driven(script) == ["new"]


def test_who_has_gone_in_meanwhile_is_not_called_any_more_unless_it_was_just_now(driven: Any) -> None:
    script = """
      const { said, next, take } = station();
      await take(call("before", 2, false));
      await take(call("before", 2, false), call("gone in", 30, false), call("hurried", 2, false));
      await next();
      return said;
    """
    assert driven(script) == ["hurried"]


def test_what_was_announced_before_a_reload_is_not_said_again_and_what_waited_is(driven: Any) -> None:
    script = """
      let kept = [];
      const before = station({ remember: (keys) => (kept = keys) });
      await before.take(call("a"), call("b"));
      const after = station({ known: kept });
      await after.take(call("a"), call("b"));
      return [before.said, kept, after.said];
    """
    assert driven(script) == [["a"], ["a"], ["b"]]


def test_an_announcement_that_fails_holds_nobody_up(driven: Any) -> None:
    script = """
      const said = [];
      const queue = new CallQueue((one) => { said.push(one.key); throw new Error("no voice"); });
      queue.take([call("a"), call("b")], NOW);
      await new Promise((rest) => setTimeout(rest, 20));
      return said;
    """
    assert driven(script) == ["a", "b"]
