"""The live connections and the rights that each stands on: they end when those do.

A service that takes a right away dismisses the room of its user. What changes behind the services, and what simply
runs out, is found by looking: `watch_over`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, current_app, request, session
from flask_socketio import join_room

from app.kernel import clock
from app.kernel.live import Announcement, board_versions
from app.people.rooms import session_room, user_room, watchers_room
from app.web.rooms import EVERYWHERE, MayHear, Rooms
from app.web.security import Rights, rights_of

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds, at what has run out
VERSIONS_EVERY, RIGHTS_EVERY = 5, 10  # looks
CONNECTION, DISMISSED = "clinicdesk.connection", "clinicdesk.dismissed"  # in the environment of a connection
WATCHED = watchers_room(0).rstrip("0")
SESSION = session_room("")


@dataclass
class Connection:
    """Who is connected, on which rights, until when; `reach` are the clinics that a room may tell them of."""

    user_id: int
    ends_at: float  # by the computer's clock
    rights: Rights = frozenset()
    reach: dict[str, frozenset[int]] = field(default_factory=dict)


@dataclass
class _Known:
    """What this process remembers between its looks."""

    sessions_ended: dict[str, float] = field(default_factory=dict)  # rooms of browsers that signed out
    versions: dict[int, int] = field(default_factory=dict)  # of each watched board, as its watchers know it
    behind: dict[int, int] = field(default_factory=dict)  # what they should have been told by now


def _rooms() -> Rooms:
    rooms: Rooms = current_app.extensions["live_rooms"]
    return rooms


def _known() -> _Known:
    known: _Known = current_app.extensions.setdefault("live_known", _Known())
    return known


# -- coming in


def start_afresh() -> None:
    """Forget who came over this wire before."""
    session.clear()  # that of the connection; Flask-SocketIO keeps one for each wire
    request.environ.pop(CONNECTION, None)
    request.environ.pop(DISMISSED, None)


def begin(user_id: int, *, ends_at: float, session_key: str | None = None) -> None:
    """Count the connection of this request among those of its user, before any right is read.

    A right that is taken away meanwhile is thereby not missed: `was_dismissed` tells.
    """
    session.update({"_user_id": str(user_id), "_fresh": True})
    request.environ[CONNECTION] = Connection(user_id, ends_at)
    join_room(user_room(user_id))
    if session_key is not None:
        join_room(session_room(session_key))


def admit(rights: Rights) -> None:
    """Let the connection of this request stand on these rights."""
    request.environ[CONNECTION].rights = rights


def has_signed_out(session_key: str | None) -> bool:
    """Whether the browser with that session has signed out, whatever cookie it still shows."""
    return session_key is not None and session_room(session_key) in _known().sessions_ended


def was_dismissed() -> bool:
    """Whether the connection of this request has lost a right since it began."""
    return DISMISSED in request.environ


def is_open() -> bool:
    """Whether the connection of this request has been let in and not been ended since."""
    return bool(_rooms().is_connected(request.sid, EVERYWHERE))  # type: ignore[attr-defined]


def enter(room: str, clinic_ids: Collection[int]) -> None:
    """Have the connection of this request hear what is said in `room` about these clinics."""
    connection: Connection | None = request.environ.get(CONNECTION)
    if connection is not None:
        connection.reach[room] = frozenset(clinic_ids)
    join_room(room)
    for clinic_id in clinic_ids:
        join_room(watchers_room(clinic_id))


def note_first_versions(versions: Mapping[int, int]) -> None:
    """Begin to follow these boards; whoever watched before may have missed what led to a version, and keeps theirs."""
    for clinic_id, version in versions.items():
        _known().versions.setdefault(clinic_id, version)


def has_ended() -> bool:
    """Whether the session or the token that the connection of this request came with has run out."""
    connection: Connection | None = request.environ.get(CONNECTION)
    return connection is not None and connection.ends_at <= clock.by_the_computer()


def who_may_hear() -> MayHear:
    """Who may hear something about a clinic in a room; a connection of no user is in rooms of its own alone."""
    now = clock.by_the_computer()

    def may_hear(environ: Mapping[str, Any], room: str, clinic_id: int | None) -> bool:
        connection: Connection | None = environ.get(CONNECTION)
        if connection is None:
            return True
        return connection.ends_at > now and (room not in connection.reach or clinic_id in connection.reach[room])

    return may_hear


# -- going out


def dismiss(room: str) -> None:
    """Disconnect everybody of this process who is in the room."""
    if room.startswith(SESSION):
        _known().sessions_ended[room] = clock.by_the_computer()
    for sid in _rooms().members(room):
        drop(sid)


def drop(sid: str) -> None:
    """Disconnect one; who is only just connecting is refused in the end."""
    _rooms().connected_to(sid)[DISMISSED] = True
    current_app.extensions["socketio"].server.disconnect(sid)


# -- looking after them


def watch_over(app: Flask) -> None:
    """Look at what has run out every second, and now and then at the database, for as long as the process lives."""
    looks = 0
    while True:
        time.sleep(LOOK_EVERY)
        looks += 1
        try:
            with app.app_context():
                drop_ended(clock.by_the_computer())
                if looks % VERSIONS_EVERY == 0:
                    tell_of_lost_versions(clock.now())
                if looks % RIGHTS_EVERY == 0:
                    drop_changed()
        except Exception:
            log.warning("the live connections could not be looked after", exc_info=True)


def _open() -> dict[str, Connection]:
    """The connections of users, by the id of their socket."""
    found = ((sid, _rooms().connected_to(sid).get(CONNECTION)) for sid in _rooms().members())
    return {sid: connection for sid, connection in found if connection is not None}


def drop_ended(now: float) -> None:
    """Disconnect those whose session or token has run out."""
    for sid, connection in _open().items():
        if connection.ends_at <= now:
            drop(sid)
    oldest = now - current_app.permanent_session_lifetime.total_seconds()
    ended = _known().sessions_ended
    for room in [room for room, at in ended.items() if at < oldest]:
        del ended[room]


def drop_changed() -> None:
    """Disconnect those whose rights are others than when they came: one statement for all."""
    connected = _open()
    present = rights_of({connection.user_id for connection in connected.values()}) if connected else {}
    for sid, connection in connected.items():
        if present.get(connection.user_id) != connection.rights:
            drop(sid)


# -- the versions of the boards that somebody watches


def note_versions(announcements: Iterable[Announcement]) -> None:
    """The watchers of these boards know these versions now."""
    known = _known().versions
    for one in announcements:
        clinic_id, version = one.payload.get("clinic_id"), one.payload.get("version")
        if clinic_id in known and version is not None:
            known[clinic_id] = max(known[clinic_id], version)


def tell_of_lost_versions(now: datetime) -> None:
    """Tell the watchers of a board that it has changed where the event was lost on its way.

    One that is on its way still is given until the next look.
    """
    known = _known()
    watched = [int(room.removeprefix(WATCHED)) for room in _rooms().rooms_of(WATCHED)]
    known.versions = {clinic_id: known.versions[clinic_id] for clinic_id in watched if clinic_id in known.versions}
    stored = board_versions(watched) if watched else {}
    lost = {one: known.behind[one] for one in stored if known.behind.get(one, 0) > known.versions.get(one, 0)}
    known.behind = stored
    hints = [
        Announcement(
            "queue_updated",
            (watchers_room(clinic_id),),
            {"visit_id": None, "clinic_id": clinic_id, "version": version, "at": now.isoformat()},
        )
        for clinic_id, version in lost.items()
    ]
    _rooms().say(hints, who_may_hear())
    note_versions(hints)
