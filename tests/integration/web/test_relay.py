"""Between the worker and the web process: a message that cannot be read stops none that come after it."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from flask import Flask

from app.web import live


def test_a_broken_message_stops_no_other(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(live, "emit", told.append)
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.settimeout(0.2)
    with sender, receiver:
        sender.send(b'["queue_upda')
        sender.send(json.dumps(["queue_updated", ["clinic_1"], {"version": 2}]).encode())
        with pytest.raises(TimeoutError):
            live.serve_relay(app, receiver)
    assert [announcement.event for announcement in told] == ["queue_updated"]
