"""Live connections without a login, which listen and nothing else: a screen of the waiting room, a patient's ticket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from app.frontdesk.displays import find_open_display
from app.frontdesk.errors import AddressOver
from app.frontdesk.states import ACTIVE
from app.frontdesk.tickets import find_visit
from app.kernel.errors import Invalid, NotAllowed
from app.people.rooms import display_room, display_token_room, ticket_room, tickets_room
from app.web.links import TICKET, row_of


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever holds the private address of a row: of which kind, which row, at which clinic, and what it may hear."""

    kind: str
    row_id: int
    clinic_id: int
    rooms: tuple[str, ...]


def _display(token: str) -> Guest:
    display = find_open_display(token)
    if display is None:
        raise AddressOver
    rooms = (display_room(display.clinic_id), display_token_room(display.id))
    return Guest("display", display.id, display.clinic_id, rooms)


def _ticket(token: str) -> Guest:
    visit = find_visit(row_of(TICKET, token) or 0)
    if visit is None or visit.status not in ACTIVE:
        raise AddressOver
    return Guest("ticket", visit.id, visit.clinic_id, (ticket_room(visit.id), tickets_room(visit.clinic_id)))


_BY_KIND: Final[Mapping[str, Callable[[str], Guest]]] = {"display": _display, "ticket": _ticket}


def guest_of(kind: str, token: object) -> Guest:
    """Whose address has this token now. Refuses: Invalid, AddressOver."""
    if not isinstance(token, str):
        raise Invalid
    return _BY_KIND[kind](token)


def kind_of(auth: Mapping[str, object]) -> str | None:
    """As what somebody connects with `auth`; None where it is not as a guest."""
    return next((kind for kind in _BY_KIND if kind in auth), None)


def ensure_may_send(event: str, kind: str | None) -> None:
    """A guest asks for its own room alone; `kind` is None for who is signed in. Refuses: NotAllowed."""
    if kind is not None and event != f"on_join_{kind}":
        raise NotAllowed
