"""Carries announcements to the browsers: over Redis where there is one, else within this one installation.

Without Redis only the web process holds sockets; the worker hands its announcements over a Unix datagram socket in
the instance folder, readable by this user alone.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import socket
import tempfile
from pathlib import Path

from flask import Flask, current_app
from flask_socketio import SocketIO

from app.kernel import live
from app.kernel.live import Announcement

log = logging.getLogger(__name__)

LONGEST_SOCKET_PATH = 100
LARGEST_DATAGRAM = 200_000
DISMISSED = "dismissed"  # goes between processes, never to a screen


def init_app(app: Flask) -> None:
    """Make `app.extensions["socketio"]` and have the kernel publish through it."""
    queue = app.config["REDIS_URL"] or None
    sockets = SocketIO(
        async_mode=app.config["SOCKETIO_ASYNC_MODE"], transports=["websocket"], max_http_buffer_size=100_000
    )
    sockets.init_app(app, message_queue=queue, channel="clinicdesk")
    live.publish_by(_publish)
    live.dismiss_by(lambda room: _publish(Announcement(DISMISSED, (room,), {})))


def socketio() -> SocketIO:
    """The Socket.IO server of this app."""
    server: SocketIO = current_app.extensions["socketio"]
    return server


def _publish(announcement: Announcement) -> None:
    emit(announcement)
    if not current_app.config["REDIS_URL"] and not current_app.extensions.get("live_relay"):
        _hand_over(announcement, relay_path(current_app))


def emit(announcement: Announcement) -> None:
    """One event to its rooms; a client in two of them gets it once."""
    if announcement.event == DISMISSED:
        _dismiss(announcement.rooms)
    else:
        socketio().emit(announcement.event, announcement.payload, to=list(announcement.rooms))


def _dismiss(rooms: tuple[str, ...]) -> None:
    server = socketio().server
    if server is not None:
        for room in rooms:
            for sid, _ in list(server.manager.get_participants("/", room)):
                server.disconnect(sid)


# -- from the worker to the web process ------------------------------------------------------------------------------


def relay_path(app: Flask) -> Path:
    """Where the web process listens; a path too long for a socket address moves to the folder for temporary files."""
    path = Path(app.config["INSTANCE_PATH"]) / "live.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"clinicdesk-{os.getuid()}-{name}.sock"


def _hand_over(announcement: Announcement, path: Path) -> None:
    if not path.exists():
        return
    message = json.dumps([announcement.event, announcement.rooms, announcement.payload]).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.settimeout(1)
        sender.sendto(message, str(path))


def open_relay(app: Flask) -> socket.socket:
    """Begin to take announcements of other processes; `serve_relay` reads them. For the web process without Redis."""
    path = relay_path(app)
    path.unlink(missing_ok=True)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    before = os.umask(0o177)
    try:
        receiver.bind(str(path))
    finally:
        os.umask(before)
    app.extensions["live_relay"] = receiver
    return receiver


def serve_relay(app: Flask, receiver: socket.socket) -> None:
    """Emit what other processes announce, for as long as the process lives."""
    with app.app_context():
        while True:
            message = receiver.recv(LARGEST_DATAGRAM)
            try:
                event, rooms, payload = json.loads(message)
                emit(Announcement(event, tuple(rooms), payload))
            except Exception:
                log.warning("a hint of another process was lost; the screens will resynchronise", exc_info=True)
