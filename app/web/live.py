"""The live connections of this process: what is announced reaches them, whichever process announced it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from flask_socketio import SocketIO

from app.kernel import live
from app.kernel.live import News
from app.web import connections
from app.web.relays import RedisRelay, UnixRelay, relay_path, unpacked
from app.web.rooms import Rooms

log = logging.getLogger(__name__)

Job = Callable[[], None]


def init_app(app: Flask) -> None:
    """Make `app.extensions["socketio"]` and have the kernel publish through it."""
    rooms = Rooms()
    sockets = SocketIO(
        async_mode=app.config["SOCKETIO_ASYNC_MODE"],
        transports=["websocket"],
        max_http_buffer_size=100_000,
        client_manager=rooms,
    )
    sockets.init_app(app)
    app.extensions["live_rooms"] = rooms
    url = app.config["REDIS_URL"]
    app.extensions["live_relay"] = (
        RedisRelay(url, app.config["SECRET_KEY"], lambda: drop_all(app)) if url else UnixRelay(relay_path(app))
    )
    live.publish_by(publish)


def publish(news: News) -> None:
    """To the screens of this process at once, then to the other processes."""
    deliver(news)
    current_app.extensions["live_relay"].pass_on(news)


def deliver(news: News) -> None:
    """To the screens of this process: who is dismissed goes first, and hears nothing of the rest."""
    for room in news.dismissed:
        connections.dismiss(room)
    rooms: Rooms = current_app.extensions["live_rooms"]
    rooms.say(news.announcements, connections.who_may_hear())
    connections.note_versions(news.announcements)


def drop_all(app: Flask) -> None:
    """Disconnect every screen, which may have missed something: each comes back and takes the current board."""
    with app.app_context():
        for sid in app.extensions["live_rooms"].members():
            connections.drop(sid)


def hears(app: Flask) -> bool:
    """Whether this process learns what others do; while it does not, it holds no screens."""
    relay: Any = app.extensions["live_relay"]
    return bool(relay.hears())


def jobs(app: Flask) -> list[Job]:
    """What a process that holds sockets does beside serving them, for as long as it lives."""
    return [lambda: listen(app), lambda: connections.watch_over(app)]


def listen(app: Flask) -> None:
    """Deliver what other processes announce."""
    with app.app_context():
        app.extensions["live_relay"].listen(receive)


def receive(message: bytes) -> None:
    """Deliver one message of another process; one that cannot be read stops none that come after it."""
    try:
        deliver(unpacked(message))
    except Exception:
        log.warning("a hint of another process was lost; the screens will resynchronise", exc_info=True)
