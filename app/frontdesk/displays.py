"""The screens of waiting rooms: set up by administrators, each with an address that can be renewed and revoked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from app.frontdesk.board import get_board
from app.frontdesk.display_models import Display
from app.frontdesk.display_rules import WaitingRoom, waiting_room
from app.frontdesk.errors import NotSpoken, TooManyEntries
from app.kernel import live, scope
from app.kernel.actor import Actor, system
from app.kernel.db import db, refuses
from app.kernel.errors import Invalid
from app.kernel.text import clean_line
from app.kernel.tokens import hash_of, new_token
from app.people.errors import DuplicateName, NotAList, UnknownReference
from app.people.fields import Check, checked, row_id, yes_or_no
from app.people.models import Clinic
from app.people.record_rules import name_of
from app.people.records import ensure_current, store
from app.people.roles import Role
from app.people.rooms import display_room, display_token_room
from app.people.settings import get_settings

refuses("uq_display_name", lambda: DuplicateName(field="name"))

SCREEN: Final = system("waiting-room screen")
NOTED_EVERY: Final = timedelta(minutes=5)
MOST_ROOMS: Final = 40
MOST_LANGUAGES: Final = 4


def create_display(
    values: Mapping[str, Any],
    *,
    offered: Collection[str],
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Display:
    """Set up a screen, which has no address yet; `offered` are the languages that the product speaks.

    Refuses: NotAllowed, Invalid with all problems, DuplicateName.
    """
    actor.require_role(Role.ADMIN)
    given = checked(values, _checks(offered), required=("clinic_id", "name"), blank=_BLANK)
    if scope.find(Clinic, given["clinic_id"], actor=actor) is None:
        raise Invalid({"clinic_id": [UnknownReference()]})
    return store(Display(), given)


def update_display(
    display_id: int,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    offered: Collection[str],
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> Display:
    """Change what is sent. Refuses: NotFound, NotAllowed, Stale, Invalid with all problems, DuplicateName."""
    display = _own(display_id, actor)
    ensure_current(display, revision)
    checks = {name: check for name, check in _checks(offered).items() if name != "clinic_id"}
    needed = {"name", "chimes", "speaks"} & values.keys()
    store(display, checked(values, checks, required=needed, blank=_BLANK))
    _tell(display)
    return display


def make_address(display_id: int, *, actor: Actor, now: datetime) -> str:  # noqa: ARG001 - as all commands
    """Give the screen an address, or another one instead: answers the token, which nobody can read again.

    Whoever is connected by the old one is let go at once. Refuses: NotFound, NotAllowed.
    """
    display, token = _own(display_id, actor), new_token()
    store(display, {"token_hash": hash_of(token), "last_seen_at": None, "revoked_at": None})
    live.dismiss(display_token_room(display.id))
    return token


def revoke_address(display_id: int, *, actor: Actor, now: datetime) -> None:
    """Let nobody use the screen's address any more, from now on. Refuses: NotFound, NotAllowed."""
    display = _own(display_id, actor)
    if display.has_address:
        store(display, {"token_hash": None, "revoked_at": now})
        live.dismiss(display_token_room(display.id))


def remove_display(display_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Delete the screen, and its address with it. Refuses: NotFound, NotAllowed."""
    display = _own(display_id, actor)
    live.dismiss(display_token_room(display.id))
    db.session.delete(display)
    db.session.flush()


def find_open_display(token: str) -> Display | None:
    """The screen whose address has this token, with its clinic; None for every other token and of a closed clinic."""
    query = (
        select(Display)
        .join(Display.clinic)
        .options(joinedload(Display.clinic))
        .where(Display.token_hash == hash_of(token), Clinic.is_active)
    )
    found: Display | None = db.session.scalars(query).one_or_none()
    return found


def see_waiting_room(display: Display, *, now: datetime) -> WaitingRoom:
    """What an open screen shows now."""
    board = get_board(display.clinic_id, actor=SCREEN, now=now)
    return waiting_room(board, rooms=display.rooms, names=get_settings(display.clinic_id).display_names)


def is_overdue(display: Display, *, now: datetime) -> bool:
    """Whether it is worth a row to note that the screen was seen."""
    return display.last_seen_at is None or now - display.last_seen_at >= NOTED_EVERY


def note_seen(display_id: int, *, now: datetime) -> None:
    """Keep that the screen is on. It asks all day: that is no change to audit, nor one of the screen itself."""
    values = {"last_seen_at": now, "updated_at": Display.updated_at}
    db.session.execute(update(Display).where(Display.id == display_id).values(values))


def _own(display_id: int, actor: Actor) -> Display:
    """The screen, locked until the transaction ends. Refuses: NotFound, NotAllowed."""
    display = scope.get(Display, display_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    return display


def _tell(display: Display) -> None:
    clinic_id = display.clinic_id
    live.announce("display_updated", clinic_id=clinic_id, rooms=[display_room(clinic_id)], payload=dict)


_BLANK: Final[Mapping[str, Callable[[], object]]] = {"languages": list, "rooms": list}


def _checks(offered: Collection[str]) -> Mapping[str, Check]:
    def language(raw: object) -> str:
        if not isinstance(raw, str) or raw not in offered:
            raise NotSpoken(known=", ".join(sorted(offered)))
        return raw

    return {
        "clinic_id": row_id,
        "name": name_of(80),
        "languages": _list_of(language, most=MOST_LANGUAGES),
        "rooms": _list_of(lambda raw: clean_line(raw, 40), most=MOST_ROOMS),
        "chimes": yes_or_no,
        "speaks": yes_or_no,
    }


def _list_of(check: Callable[[object], str], *, most: int) -> Check:
    """Several of what `check` takes, each once, in their order."""

    def clean(raw: object) -> list[str]:
        if not isinstance(raw, list | tuple):
            raise NotAList
        if len(raw) > most:
            raise TooManyEntries(most=most)
        return list(dict.fromkeys(cleaned for cleaned in map(check, raw) if cleaned))

    return clean
