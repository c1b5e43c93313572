"""The live connection of the screens: who may connect, which rooms they may join, and the current board on demand.

Rights are read from the database when a room is joined. Every message is acknowledged: `{"ok": true, ...}`, or
`{"ok": false, "code", "message"}`, which says no more about a foreign clinic than about one that does not exist.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from functools import wraps
from threading import BoundedSemaphore
from typing import Any

from flask import Flask, current_app, request, session
from flask_babel import gettext
from flask_jwt_extended import decode_token
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import Namespace, join_room, leave_room
from itsdangerous import BadSignature

from app.frontdesk.board import get_board
from app.frontdesk.errors import AddressOver
from app.frontdesk.guest_sockets import ensure_may_send, guest_of, kind_of
from app.frontdesk.watching import room_of_clinic, room_of_doctor
from app.kernel import clock
from app.kernel.actor import Actor
from app.kernel.db import discard
from app.kernel.errors import N_, Invalid, NotAllowed, Refusal
from app.kernel.live import board_versions
from app.people.fields import row_id
from app.people.roles import Role
from app.web import connections, live
from app.web.replies import message_of
from app.web.security import SESSION_KEY, actor_of, present_rights, signed_in_user

log = logging.getLogger(__name__)

Payload = dict[str, Any]
# After a restart hundreds come at once; pages must find a connection to the database meanwhile.
TURNS = BoundedSemaphore(10)
EVENTS = frozenset({"join_clinic_room", "join_doctor_room", "join_display", "join_ticket", "sync_queue"})
GUEST = "guest"  # in the session of a connection without a login: as what it came, and of which row


class SignedOut(Refusal):
    code = "unauthorized"
    template = N_("Please sign in.")
    status = 401


class Interrupted(Refusal):
    """Nothing is wrong with who connects: they may try again in a moment."""

    code = "unavailable"


class UnknownEvent(Invalid):
    code = "unknown_event"
    template = N_("There is no such message.")


Act = Callable[["Desk", Mapping[str, object]], Payload]


def acknowledged(act: Act) -> Callable[..., Payload]:
    """For an event that a client sends: its one object in, an acknowledgement out, whatever happens."""

    @wraps(act)
    def answer(self: Desk, *sent: object) -> Payload:
        try:
            ensure_may_send(act.__name__, session.get(GUEST, (None,))[0])
            return {"ok": True} | act(self, _object(sent))
        except Refusal as refusal:
            return {"ok": False, "code": refusal.code, "message": message_of(refusal)}
        except Exception:
            log.exception("a socket event failed")
            discard()
            return {"ok": False, "code": "error", "message": gettext("Something went wrong on our side.")}

    return answer


def _object(sent: tuple[object, ...]) -> Mapping[str, object]:
    if len(sent) != 1 or not isinstance(sent[0], Mapping):
        raise Invalid
    return sent[0]


def _only_id(sent: Mapping[str, object], name: str) -> int:
    """The id that the message names, and names alone. Refuses: Invalid."""
    if set(sent) != {name}:
        raise Invalid
    return row_id(sent[name])


def present_actor() -> Actor:
    """Who is connected, with the rights they have now. Refuses: SignedOut."""
    user = signed_in_user()
    if user is None or not user.is_active or connections.has_ended():
        raise SignedOut
    return actor_of(user)


def begin_with_token(auth: Mapping[str, object]) -> None:
    """Connect as the user of the access token in `auth`, until it expires. Refuses: SignedOut."""
    try:
        claims = decode_token(str(auth.get("token")))
        user_id = int(claims["sub"]) if claims["type"] == "access" else None
        ends_at = float(claims["exp"])
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it opens no door
        raise SignedOut from None
    if user_id is None:
        raise SignedOut
    connections.begin(user_id, ends_at=ends_at)


def begin_with_session() -> None:
    """Connect as whoever is signed in in this browser, until they sign out. Refuses: SignedOut."""
    serializer = current_app.session_interface.get_signing_serializer(current_app)  # type: ignore[attr-defined]
    cookie = request.cookies.get(current_app.config["SESSION_COOKIE_NAME"], "")
    lifetime = current_app.permanent_session_lifetime.total_seconds()
    try:
        held, made = serializer.loads(cookie, max_age=lifetime, return_timestamp=True)
        user_id = int(held["_user_id"])
    except (BadSignature, KeyError, TypeError, ValueError):
        raise SignedOut from None
    key = held.get(SESSION_KEY)
    if connections.has_signed_out(key):
        raise SignedOut
    connections.begin(user_id, ends_at=made.timestamp() + lifetime, session_key=key)


def admit() -> None:
    """Let in who has begun to connect, on the rights they have now. Refuses: SignedOut, Interrupted."""
    present_actor()
    connections.admit(present_rights(signed_in_user()))
    if connections.was_dismissed():
        raise Interrupted


def join(room: str, clinic_ids: Collection[int]) -> dict[int, int]:
    """Join the room to hear of these clinics; their boards' versions. Refuses: SignedOut (meanwhile)."""
    if not connections.is_open():
        raise SignedOut
    connections.enter(room, clinic_ids)
    versions = board_versions(clinic_ids)  # read after joining: what changes from now on is told
    connections.note_first_versions(versions)
    return versions


def _app_of(connecting: tuple[Any, ...]) -> Flask | None:
    """The application of a connection that begins; None where a client sends a message that is called so."""
    environ = connecting[1] if len(connecting) > 1 else None
    app = environ.get("flask.app") if isinstance(environ, dict) else None
    return app if isinstance(app, Flask) else None


class Desk(Namespace):
    """The default namespace."""

    def trigger_event(self, event: object, *args: Any) -> Any:
        """What nobody listens to is refused, too."""
        if event == "disconnect":
            return None  # rooms are left by themselves
        app = _app_of(args) if event == "connect" else None
        if app is not None and not live.hears(app):
            raise Refused(Interrupted.code)
        if app is not None or event in EVENTS:
            with TURNS:
                return super().trigger_event(event, *args)
        return {"ok": False, "code": UnknownEvent.code, "message": UnknownEvent.template}

    def on_connect(self, auth: object = None) -> None:
        """With the session cookie, or with `auth`, which then counts alone: an access token or a private address."""
        connections.start_afresh()
        try:
            if auth and (kind := kind_of(_object((auth,)))):
                guest = guest_of(kind, _object((auth,))[kind])
                session[GUEST] = (guest.kind, guest.row_id)
                return
            if auth:
                begin_with_token(_object((auth,)))
            else:
                begin_with_session()
            admit()
        except Interrupted:
            raise Refused(Interrupted.code) from None
        except Refusal:
            raise Refused(SignedOut.code) from None
        except Exception:
            log.exception("a screen could not be let in")
            discard()
            raise Refused(Interrupted.code) from None

    @acknowledged
    def on_join_clinic_room(self, sent: Mapping[str, object]) -> Payload:
        clinic_id = _only_id(sent, "clinic_id")
        versions = join(room_of_clinic(clinic_id, actor=present_actor()), [clinic_id])
        return {"clinic_id": clinic_id, "version": versions[clinic_id]}

    @acknowledged
    def on_join_doctor_room(self, sent: Mapping[str, object]) -> Payload:
        actor, doctor_id = present_actor(), _only_id(sent, "doctor_id")
        versions = join(room_of_doctor(doctor_id, actor=actor), actor.clinics_as(Role.DOCTOR))
        return {"doctor_id": doctor_id, "versions": versions}

    @acknowledged
    def on_join_display(self, sent: Mapping[str, object]) -> Payload:
        return _joined_as_guest("display", sent)

    @acknowledged
    def on_join_ticket(self, sent: Mapping[str, object]) -> Payload:
        return _joined_as_guest("ticket", sent)

    @acknowledged
    def on_sync_queue(self, sent: Mapping[str, object]) -> Payload:
        now = clock.now()
        board = get_board(_only_id(sent, "clinic_id"), actor=present_actor(), now=now)
        return board | {"at": now.isoformat()}


def _joined_as_guest(kind: str, sent: Mapping[str, object]) -> Payload:
    """In the rooms of a private address. Who came by one stays with it. Refuses: Invalid, AddressOver, NotAllowed."""
    if set(sent) != {"token"}:
        raise Invalid
    guest = guest_of(kind, sent["token"])
    if tuple(session.get(GUEST, (guest.kind, guest.row_id))) != (guest.kind, guest.row_id):
        raise NotAllowed
    for room in guest.rooms:
        join_room(room)
    try:
        discard()  # what was read before
        guest_of(kind, sent["token"])  # it may have ended before the room was entered, which is told to the room alone
    except AddressOver:
        for room in guest.rooms:
            leave_room(room)
        raise
    return {"clinic_id": guest.clinic_id, "version": board_versions([guest.clinic_id])[guest.clinic_id]}
