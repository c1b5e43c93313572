"""The screens of waiting rooms: who may set them up, what is kept of an address, when one ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.frontdesk import displays, queue
from app.frontdesk.display_models import Display
from app.frontdesk.errors import NotSpoken
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound, Stale
from app.kernel.models import AuditEntry
from app.kernel.tokens import hash_of
from app.people.errors import DuplicateName
from app.people.models import Clinic
from app.people.settings import DisplayNames, change_settings, get_settings
from tests.integration.frontdesk.front import Front

OFFERED = ("ar", "en", "es")


def create(front: Front, actor: Actor | None = None, **values: Any) -> Display:
    about = {"clinic_id": front.cast.main_id, "name": "Ground floor"} | values
    screen: Display = front.act(displays.create_display, about, offered=OFFERED, actor=actor or front.cast.admin)
    return screen


def address(front: Front, screen: Display) -> str:
    return str(front.act(displays.make_address, screen.id, actor=front.cast.admin))


def test_a_new_screen_speaks_and_chimes_in_the_clinics_language_and_has_no_address(front: Front) -> None:
    screen = create(front)
    assert (screen.chimes, screen.speaks, screen.languages, screen.rooms) == (True, True, [], [])
    assert (screen.has_address, screen.last_seen_at) == (False, None)


def test_of_an_address_only_a_hash_is_kept(front: Front) -> None:
    screen = create(front)
    token = address(front, screen)
    assert len(token) >= 43
    kept = db.session.get_one(Display, screen.id, populate_existing=True)
    assert kept.token_hash == hash_of(token) != token
    found = displays.find_open_display(token)
    assert found is not None
    assert found.id == screen.id
    for wrong in (kept.token_hash, "", token[:-1], token.swapcase(), "\ud800", "x" * 10_000):
        assert displays.find_open_display(wrong) is None


def test_the_audit_log_knows_who_made_an_address_and_not_which(front: Front) -> None:
    token = address(front, create(front))
    query = select(AuditEntry).where(AuditEntry.entity == "display").order_by(AuditEntry.id)
    entries = db.session.scalars(query).all()
    assert [entry.action for entry in entries] == ["create", "update"]
    assert {entry.actor_name for entry in entries} == {front.cast.admin.name}
    written = str([(entry.before, entry.after) for entry in entries])
    assert token not in written
    assert hash_of(token) not in written


def test_a_renewed_address_ends_the_one_before_and_whoever_uses_it(front: Front, let_go: list[str]) -> None:
    screen = create(front)
    old = address(front, screen)
    let_go.clear()
    new = address(front, screen)
    assert displays.find_open_display(old) is None
    assert displays.find_open_display(new) is not None
    assert let_go == [f"display_token_{screen.id}"]


@pytest.mark.parametrize("end", [displays.revoke_address, displays.remove_display])
def test_a_revoked_or_deleted_screen_ends_at_once(front: Front, let_go: list[str], end: Callable[..., None]) -> None:
    screen = create(front)
    token = address(front, screen)
    let_go.clear()
    front.act(end, screen.id, actor=front.cast.admin)
    assert displays.find_open_display(token) is None
    assert let_go == [f"display_token_{screen.id}"]


def test_a_revoked_screen_gets_another_address(front: Front) -> None:
    screen = create(front)
    old = address(front, screen)
    front.act(displays.revoke_address, screen.id, actor=front.cast.admin)
    assert db.session.get_one(Display, screen.id, populate_existing=True).revoked_at == front.now
    assert displays.find_open_display(address(front, screen)) is not None
    assert displays.find_open_display(old) is None


def test_of_two_addresses_that_are_made_at_once_one_is_good(front: Front, at_once: Any) -> None:
    screen, admin, now = create(front), front.cast.admin, front.now

    def make() -> str:
        with transaction(admin):
            return displays.make_address(screen.id, actor=admin, now=now)

    tokens = at_once(make, make)
    db.session.rollback()
    assert len(set(map(str, tokens))) == 2
    assert [displays.find_open_display(str(token)) is not None for token in tokens].count(True) == 1


def test_a_closed_clinic_has_no_screens(front: Front) -> None:
    token = address(front, create(front))
    with transaction():
        db.session.get_one(Clinic, front.cast.main_id).is_active = False
    assert displays.find_open_display(token) is None


@pytest.mark.parametrize("name", ["reception", "doctor", "accountant"])
def test_only_administrators_set_screens_up(front: Front, name: str) -> None:
    screen, actor = create(front), getattr(front.cast, name)
    with pytest.raises(NotAllowed):
        create(front, actor, name="Another")
    for command in (displays.make_address, displays.revoke_address, displays.remove_display):
        with pytest.raises(NotAllowed):
            front.act(command, screen.id, actor=actor)
    with pytest.raises(NotAllowed):
        front.act(displays.update_display, screen.id, {"name": "X"}, offered=OFFERED, actor=actor)


def test_a_foreign_clinics_screen_is_none(front: Front) -> None:
    screen = create(front)
    assert scope.find(Display, screen.id, actor=front.cast.riverside) is None
    with pytest.raises(NotFound):
        front.act(displays.revoke_address, screen.id, actor=front.cast.riverside)


def test_every_problem_of_a_screen_is_told_at_once(front: Front) -> None:
    wrong = {"name": "", "languages": ["tlh"], "rooms": "1", "speaks": 7, "token_hash": "x"}
    with pytest.raises(Invalid) as refused:
        create(front, **wrong)
    assert set(refused.value.errors) == set(wrong)
    with pytest.raises(Invalid) as unknown:
        create(front, clinic_id=999_999)
    assert set(unknown.value.errors) == {"clinic_id"}
    for languages in (["en"] * 5, [{}], [None]):
        with pytest.raises(Invalid):
            create(front, languages=languages)
    assert db.session.scalars(select(Display)).all() == []


def test_languages_keep_their_order_and_each_stands_once(front: Front) -> None:
    screen = create(front, languages=["es", "en", "es"], rooms=["2", " 2 ", "3"])
    assert (screen.languages, screen.rooms) == (["es", "en"], ["2", "3"])


def test_a_language_that_is_not_spoken_is_refused_by_those_that_are(front: Front) -> None:
    with pytest.raises(Invalid) as refused:
        create(front, languages=["de"])
    (problem,) = refused.value.errors["languages"]
    assert isinstance(problem, NotSpoken)
    assert "ar, en, es" in str(problem)


def test_two_screens_of_a_clinic_have_two_names(front: Front) -> None:
    create(front)
    with pytest.raises(DuplicateName):
        create(front)
    create(front, clinic_id=front.cast.riverside_id)


def test_a_stale_form_changes_nothing(front: Front) -> None:
    screen = create(front)
    admin = front.cast.admin
    front.act(displays.update_display, screen.id, {"rooms": ["1"]}, revision=1, offered=OFFERED, actor=admin)
    with pytest.raises(Stale):
        front.act(displays.update_display, screen.id, {"rooms": []}, revision=1, offered=OFFERED, actor=admin)
    assert db.session.get_one(Display, screen.id, populate_existing=True).rooms == ["1"]


def test_that_a_screen_is_on_is_noted_now_and_then_and_is_no_change_of_it(front: Front) -> None:
    screen = create(front)
    assert displays.is_overdue(screen, now=front.now)
    with transaction(displays.SCREEN):
        displays.note_seen(screen.id, now=front.now)
    seen = db.session.get_one(Display, screen.id, populate_existing=True)
    assert (seen.last_seen_at, seen.revision, seen.updated_at) == (front.now, 1, screen.updated_at)
    assert not displays.is_overdue(seen, now=front.now + timedelta(minutes=4))
    assert displays.is_overdue(seen, now=front.now + timedelta(minutes=5))


def test_the_database_itself_refuses_an_address_that_is_revoked(front: Front) -> None:
    screen = create(front)
    with pytest.raises(IntegrityError), transaction():
        row = db.session.get_one(Display, screen.id)
        row.token_hash, row.revoked_at = "x" * 64, front.now


def test_a_screen_shows_its_own_clinic(front: Front) -> None:
    screen, other = create(front), create(front, clinic_id=front.cast.riverside_id)
    number = front.act(queue.call, front.walk_in().id).queue_number
    tokens = [address(front, each) for each in (screen, other)]
    mine, foreign = (displays.find_open_display(token) for token in tokens)
    assert mine
    assert foreign
    assert [call.number for call in displays.see_waiting_room(mine, now=front.now).called] == [number]
    assert displays.see_waiting_room(foreign, now=front.now).calls == []


def test_what_is_shown_of_a_name_is_the_clinics_setting(front: Front, sent: Any) -> None:
    assert get_settings(front.cast.main_id).display_names is DisplayNames.NUMBER
    values = {"display_names": "first_name"}
    front.act(change_settings, front.cast.main_id, values, actor=front.cast.admin)
    assert get_settings(front.cast.main_id).display_names is DisplayNames.FIRST_NAME
    assert [one.rooms for one in sent if one.event == "display_updated"] == [(f"display_{front.cast.main_id}",)]
    for wrong in ("full", 7, ["number"]):
        with pytest.raises(Invalid):
            front.act(change_settings, front.cast.main_id, {"display_names": wrong}, actor=front.cast.admin)
