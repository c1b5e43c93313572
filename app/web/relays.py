"""Carries news from process to process: over Redis where there is one, else over a Unix socket of the installation."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import socket
import tempfile
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from threading import Event

import redis
from cryptography.fernet import Fernet, InvalidToken
from flask import Flask
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.kernel.live import Announcement, News

log = logging.getLogger(__name__)

LONGEST_SOCKET_PATH = 100
LARGEST_DATAGRAM = 200_000
PORTION = 64_000
ROOM_SECONDS = 5.0  # for the web process to take what was sent before: it may be busy

ANSWER_SECONDS = 2.0
PING_EVERY, SILENT_TOO_LONG = 5.0, 12.0
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0

Receive = Callable[[bytes], None]


def packed(news: News) -> bytes:
    return json.dumps(asdict(news), separators=(",", ":")).encode()


def unpacked(message: bytes) -> News:
    """Raises ValueError, TypeError or KeyError where the message is none of ours."""
    news = json.loads(message)
    told = (Announcement(one["event"], tuple(one["rooms"]), one["payload"]) for one in news["announcements"])
    return News(tuple(news["dismissed"]), tuple(told))


# -- without Redis: from the worker to the one web process -----------------------------------------------------------


def relay_path(app: Flask) -> Path:
    """Where the web process listens; a path too long for a socket address moves to the folder for temporary files."""
    path = Path(app.config["INSTANCE_PATH"]) / "live.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(str(path).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"clinicdesk-{os.getuid()}-{name}.sock"


class UnixRelay:
    """A datagram socket in the instance folder, readable by this user alone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._receiver: socket.socket | None = None

    def hears(self) -> bool:
        """Whether this process is told what others do: always, for it is the one that holds the sockets."""
        return True

    def pass_on(self, news: News) -> None:
        """Tell the web process, unless this is it or none runs; in portions that fit a datagram."""
        if self._receiver is not None or not self._is_ours():
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(ROOM_SECONDS)
            for portion in _portions(news):
                sender.sendto(portion, str(self._path))

    def _is_ours(self) -> bool:
        """Whether this user laid the socket: in the folder for temporary files anybody may lay one, and listen."""
        try:
            return self._path.lstat().st_uid == os.getuid()
        except FileNotFoundError:
            return False

    def _opened(self) -> socket.socket:
        self._path.unlink(missing_ok=True)
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        before = os.umask(0o177)
        try:
            receiver.bind(str(self._path))
        finally:
            os.umask(before)
        return receiver

    def listen(self, receive: Receive) -> None:
        """Give every message of other processes to `receive`, for as long as the process lives."""
        self._receiver = receiver = self._opened()
        while True:
            receive(receiver.recv(LARGEST_DATAGRAM))


def _portions(news: News) -> Iterator[bytes]:
    whole = packed(news)
    if len(whole) <= PORTION or len(news.announcements) < 2:
        yield whole
        return
    half = len(news.announcements) // 2
    yield from _portions(News(news.dismissed, news.announcements[:half]))
    yield from _portions(News((), news.announcements[half:]))


# -- over Redis: between any number of web processes and workers -----------------------------------------------------


class RedisRelay:
    """Publishes to all processes, and knows whether it hears them: a gap in what it heard is `lost` to its screens.

    The server may be shared, and some news is for one doctor's eyes: it is encrypted with the installation's secret.
    """

    def __init__(self, url: str, secret: str, lost: Callable[[], None]) -> None:
        how = {"socket_connect_timeout": ANSWER_SECONDS, "socket_timeout": ANSWER_SECONDS, "socket_keepalive": True}
        # Once more where a connection of the pool has died; never silently where something may have been missed.
        self._sender = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 1), **how)
        self._listener = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **how)
        # Another installation may use the same server, whose channels do not keep its databases apart.
        self._channel = f"clinicdesk:live:{hashlib.sha256(secret.encode()).hexdigest()[:16]}"
        self._seal = Fernet(urlsafe_b64encode(hashlib.sha256(b"live relay\0" + secret.encode()).digest()))
        self._own = uuid.uuid4().hex.encode()
        self._lost = lost
        self._hearing = Event()

    def hears(self) -> bool:
        """Whether this process is told what others do; at the start that takes a moment."""
        return self._hearing.wait(ANSWER_SECONDS)

    def pass_on(self, news: News) -> None:
        """Raises a redis.RedisError where it cannot be told."""
        self._sender.publish(self._channel, self._own + self._seal.encrypt(packed(news)))

    def listen(self, receive: Receive) -> None:
        """Give every message of other processes to `receive`, for as long as the process lives."""
        pause = FIRST_PAUSE
        while True:
            try:
                for message in self._messages():
                    pause = FIRST_PAUSE
                    if message[: len(self._own)] != self._own:
                        self._take(message[len(self._own) :], receive)
            except (redis.RedisError, OSError) as error:
                log.warning("Redis is not heard: %s", error)
                if self._hearing.is_set():
                    self._hearing.clear()
                    self._lost()
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _take(self, sealed: bytes, receive: Receive) -> None:
        try:
            message = self._seal.decrypt(sealed)
        except InvalidToken:
            log.warning("somebody else speaks on the channel of this installation")
            return
        receive(message)

    def _messages(self) -> Iterator[bytes]:
        """What is published from the subscription on. Raises where the connection breaks or falls silent."""
        with self._listener.pubsub() as subscription:  # type: ignore[no-untyped-call]
            subscription.subscribe(self._channel)
            heard = time.monotonic()
            while True:
                message = subscription.get_message(timeout=PING_EVERY)
                if message is None:
                    if time.monotonic() - heard > SILENT_TOO_LONG:
                        raise redis.ConnectionError("silence")
                    subscription.ping()
                    continue
                heard = time.monotonic()
                if message["type"] == "subscribe":
                    self._hearing.set()
                elif message["type"] == "message":
                    yield message["data"]
