"""What is written to a browser arrives whole and in order, and a slow one holds up nobody."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import gevent
import gevent.socket
import pytest

from app.web.outlets import MOST_KEPT, Outlet, framed

Ends = tuple[gevent.socket.socket, socket.socket]


@pytest.fixture
def ends() -> Iterator[Ends]:
    """The server's end and the browser's."""
    here, there = socket.socketpair()
    ours = gevent.socket.socket(fileno=here.detach())
    there.setblocking(False)
    with ours, there:
        yield ours, there


def read_all(there: socket.socket, wanted: int) -> bytes:
    got = b""
    while len(got) < wanted:
        try:
            got += there.recv(65536)
        except BlockingIOError:
            gevent.sleep(0.001)
    return got


def test_what_does_not_fit_at_once_arrives_later_and_in_order(ends: Ends) -> None:
    ours, there = ends
    outlet = Outlet(ours)
    pieces = [bytes([number]) * 50_000 for number in range(40)]
    for piece in pieces:
        outlet.write(piece)  # never waits, though nobody reads
    assert read_all(there, 2_000_000) == b"".join(pieces)
    outlet.write(b"after that")
    assert read_all(there, 10) == b"after that"


def test_who_is_too_far_behind_is_hung_up_on(ends: Ends) -> None:
    ours, there = ends
    outlet = Outlet(ours)
    with pytest.raises(BrokenPipeError):
        for _ in range(MOST_KEPT // 50_000 + 20):
            outlet.write(b"x" * 50_000)
    with pytest.raises(BrokenPipeError):
        ours.send(b"x")
    there.close()


def test_who_is_gone_is_told_to_whoever_writes(ends: Ends) -> None:
    ours, there = ends
    there.close()
    with pytest.raises(BrokenPipeError):
        for _ in range(2):
            Outlet(ours).write(b"x")


@pytest.mark.parametrize(
    ("text", "head"), [("é", b"\x81\x02"), ("x" * 126, b"\x81\x7e\x00\x7e"), ("x" * 70_000, b"\x81\x7f")]
)
def test_a_text_is_framed_once_for_all(text: str, head: bytes) -> None:
    assert framed(text).startswith(head)
    assert framed(text).endswith(text.encode())
