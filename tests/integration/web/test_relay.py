"""Between processes: a message that cannot be read stops none that come after it, and none is too long to be sent."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
import redis
from flask import Flask

from app.kernel.live import Announcement, News
from app.web import live
from app.web.relays import LARGEST_DATAGRAM, RedisRelay, UnixRelay, packed, unpacked
from tests.plugins.servers import RedisServer
from tests.plugins.sockets import WAIT


def news_of(*versions: int) -> News:
    """As many announcements, of two thousand characters each."""
    text = {"notes": "x" * 2000}
    return News(
        ("user_1",), tuple(Announcement("queue_updated", ("clinic_1",), text | {"version": v}) for v in versions)
    )


def test_a_broken_message_stops_no_other(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(live, "deliver", told.append)
    for message in (b'{"announcements"', b"[]", b"{}", b'{"dismissed": [], "announcements": [1]}'):
        live.receive(message)
    live.receive(packed(news_of(2)))
    assert told == [news_of(2)]


def test_much_news_is_sent_in_portions_that_fit(tmp_path: Path) -> None:
    path = tmp_path / "live.sock"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        receiver.settimeout(WAIT)
        sender = threading.Thread(target=UnixRelay(path).pass_on, args=(news_of(*range(200)),))
        sender.start()
        got: list[News] = []
        while sum(len(one.announcements) for one in got) < 200:
            message = receiver.recv(LARGEST_DATAGRAM)
            assert len(message) < LARGEST_DATAGRAM / 2
            got.append(unpacked(message))
        sender.join()
    assert got[0].dismissed == ("user_1",)
    assert [one.payload["version"] for each in got for one in each.announcements] == list(range(200))


def test_nothing_is_sent_to_a_socket_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, own = tmp_path / "live.sock", os.getuid()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(str(path))
        receiver.settimeout(WAIT)
        monkeypatch.setattr(os, "getuid", lambda: own + 1)
        UnixRelay(path).pass_on(news_of(1))
        monkeypatch.setattr(os, "getuid", lambda: own)
        UnixRelay(path).pass_on(news_of(2))
        assert unpacked(receiver.recv(LARGEST_DATAGRAM)) == news_of(2)


def test_without_a_web_process_nothing_is_sent_and_nothing_fails(tmp_path: Path) -> None:
    UnixRelay(tmp_path / "live.sock").pass_on(news_of(1))
    assert list(tmp_path.iterdir()) == []


def test_who_shares_the_redis_server_reads_no_news_and_can_make_none(redis_server: RedisServer) -> None:
    heard: Queue[bytes] = Queue()
    listener, sender = (RedisRelay(redis_server.url, "secret of both", lambda: None) for _ in range(2))
    threading.Thread(target=listener.listen, args=(heard.put,), daemon=True).start()
    while not listener.hears():
        pass
    stranger = redis.Redis.from_url(redis_server.url, socket_timeout=WAIT)
    with stranger.pubsub() as everything:
        everything.psubscribe("*")
        assert everything.get_message(timeout=WAIT)["type"] == "psubscribe"
        sender.pass_on(news_of(1))
        overheard = everything.get_message(timeout=WAIT)
    assert b"queue_updated" not in overheard["data"]
    stranger.publish(overheard["channel"], b"0" * 32 + packed(news_of(2)))
    sender.pass_on(news_of(3))
    assert [unpacked(heard.get(timeout=WAIT)) for _ in range(2)] == [news_of(1), news_of(3)]
