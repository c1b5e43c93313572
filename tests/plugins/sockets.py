"""Screens that are connected live: Socket.IO clients that keep what they hear."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import socketio
from flask import Flask

WAIT = 60.0  # nothing is expected to take that long: a busy machine fails no test


class Screen:
    """One live connection; what it heard, in order, is in `heard`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.client = socketio.Client(reconnection=False)
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self._news = threading.Condition()
        self.client.on("*", self._note)
        self.client.on("connect_error", self._refused)
        self.refusal: object = None

    def _note(self, event: str, payload: dict[str, Any]) -> None:
        with self._news:
            self.heard.append((event, payload))
            self._news.notify_all()

    def _refused(self, reason: Any) -> None:
        self.refusal = reason["message"] if isinstance(reason, dict) else reason

    def connect(self, *, auth: Any = None, **headers: str) -> None:
        """Raises ConnectionRefusedError with the server's reason."""
        try:
            self.client.connect(self._url, headers=headers, auth=auth, transports=["websocket"], wait_timeout=WAIT)
        except socketio.exceptions.ConnectionError:
            raise ConnectionRefusedError(self.refusal) from None

    def ask(self, event: str, *sent: Any) -> dict[str, Any]:
        """Send an event and give its acknowledgement."""
        answer: dict[str, Any] = self.client.call(event, sent, timeout=WAIT)
        return answer

    def events(self) -> list[str]:
        return [event for event, _ in self.heard]

    def wait_until(self, satisfied: Callable[[list[tuple[str, dict[str, Any]]]], bool], within: float = WAIT) -> None:
        """Until what was heard is as it should be."""
        give_up = time.monotonic() + within
        with self._news:
            while not satisfied(self.heard):
                if not self._news.wait(max(0.0, give_up - time.monotonic())):
                    raise AssertionError(f"it did not come; heard {self.events()}")

    def wait_for(self, event: str, within: float = WAIT) -> dict[str, Any]:
        """The newest payload of this event, as soon as there is one."""
        self.wait_until(lambda heard: event in [name for name, _ in heard], within)
        with self._news:
            return next(payload for name, payload in reversed(self.heard) if name == event)

    def wait_for_the_end(self, within: float = WAIT) -> None:
        """Until the server has let this screen go."""
        give_up = time.monotonic() + within
        while self.client.connected:
            if time.monotonic() > give_up:
                raise AssertionError("the screen is still connected")
            time.sleep(0.02)


def session_cookie(app: Flask, user_id: int, **held: str) -> str:
    """The Cookie header of a browser in which this user is signed in."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    value = serializer.dumps({"_user_id": str(user_id), "_fresh": True} | held)
    return f"{app.config['SESSION_COOKIE_NAME']}={value}"


@pytest.fixture
def connect_screen() -> Iterator[Callable[..., Screen]]:
    """Connects screens to the address of a running product and closes them at the end."""
    screens: list[Screen] = []

    def connect(url: str, *, cookie: str = "", auth: Any = None) -> Screen:
        screens.append(Screen(url))
        screens[-1].connect(auth=auth, **({"Cookie": cookie} if cookie else {}))
        return screens[-1]

    yield connect
    for screen in screens:
        screen.client.disconnect()
