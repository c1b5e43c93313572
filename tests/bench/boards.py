"""Hundreds of boards in one light process, which note when they hear what: `python -m tests.bench.boards`.

Told on its standard input, as JSON, where to connect; then `report` for what was heard since the last time. Says on its
standard output when all boards are in their room and have the current board, at first and whenever they had to come
back. Between those, a board costs one `recv`: what it got is read when it is asked for.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

PING, PONG = b"\x81\x012", b"\x81\x81\x00\x00\x00\x003"
ADDRESS = "/socket.io/?EIO=4&transport=websocket"
UPGRADE = (
    "GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
AGAIN_AFTER = 0.2
AT_MOST = 262_144


def masked(text: str) -> bytes:
    """A text message as a browser sends it; its mask is all zeros."""
    payload = text.encode()
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + payload


def messages(buffer: bytearray) -> Iterator[bytes]:
    """The payloads of the complete messages, which are taken out of the buffer."""
    while len(buffer) >= 2:
        length, start = buffer[1], 2
        if length == 126:
            length, start = int.from_bytes(buffer[2:4], "big"), 4
        elif length == 127:
            length, start = int.from_bytes(buffer[2:10], "big"), 10
        if len(buffer) < start + length:
            return
        payload = bytes(buffer[start : start + length])
        del buffer[: start + length]
        yield payload


@dataclass
class Board:
    """One screen: comes in step by step, then listens; `heard` are the pieces it got and when."""

    port: int
    token: str
    clinic_id: int
    connection: socket.socket | None = None
    buffer: bytearray = field(default_factory=bytearray)
    upgraded: bool = False
    ready: bool = False
    board: dict[str, Any] = field(default_factory=dict)
    heard: list[tuple[float, bytes]] = field(default_factory=list)

    def connect(self) -> socket.socket | None:
        self.buffer, self.upgraded, self.ready = bytearray(), False, False
        try:
            self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            self.connection.sendall(UPGRADE.format(address=ADDRESS, port=self.port).encode())
        except OSError:
            return None
        self.connection.setblocking(False)
        return self.connection

    def take(self, data: bytes, at: float) -> None:
        if self.ready:
            self.heard.append((at, data))
            if data.endswith(PING):
                self._send(PONG)
            return
        self.buffer += data
        if not self.upgraded:
            head, found, rest = bytes(self.buffer).partition(b"\r\n\r\n")
            if not found:
                return
            if b" 101 " not in head:
                raise ConnectionError(head)
            self.upgraded, self.buffer = True, bytearray(rest)
        for message in messages(self.buffer):
            self._come_in(message)

    def _come_in(self, message: bytes) -> None:
        about = json.dumps({"clinic_id": self.clinic_id})
        if message.startswith(b"0"):
            self._send(masked("40" + json.dumps({"token": self.token})))
        elif message.startswith(b"40"):
            self._send(masked(f'420["join_clinic_room",{about}]'))
        elif message.startswith(b"430"):
            self._send(masked(f'421["sync_queue",{about}]'))
        elif message.startswith(b"431"):
            self.board = json.loads(message[3:])[0]
            if not self.board["ok"]:
                raise ConnectionError(message)
            self.ready = True
        elif message == b"2":
            self._send(PONG)
        elif message.startswith((b"44", b"41")):
            raise ConnectionError(message)

    def _send(self, data: bytes) -> None:
        if self.connection is not None:
            self.connection.sendall(data)

    def receipts(self) -> Iterator[tuple[int, float]]:
        """Each visit that it was told of, and when that was complete."""
        buffer = bytearray()
        for at, data in self.heard:
            buffer += data
            for message in messages(buffer):
                if message.startswith(b'42["queue_updated"'):
                    yield json.loads(message[2:])[1]["visit_id"], at
        self.heard = []


class Wall:
    """All boards of the process."""

    def __init__(self, asked: dict[str, Any]) -> None:
        ports, clients = asked["ports"], asked["clients"]
        self.boards = [Board(ports[n % len(ports)], asked["token"], asked["clinic_id"]) for n in range(clients)]
        self._selector = selectors.DefaultSelector()
        self._selector.register(sys.stdin, selectors.EVENT_READ)
        self._away: dict[int, float] = dict.fromkeys(range(clients), 0.0)  # number of a board: when it tries (again)
        self._coming = clients  # boards that are not in their room yet

    def run(self) -> None:
        while True:
            self._bring_back()
            for key, _ in self._selector.select(timeout=0.05):
                if key.data is None:
                    if not self._answer(sys.stdin.readline().strip()):
                        return
                else:
                    self._read(key.data)

    def _bring_back(self) -> None:
        now = time.monotonic()
        for number in [number for number, when in self._away.items() if when <= now]:
            connection = self.boards[number].connect()
            if connection is None:
                self._away[number] = now + AGAIN_AFTER
                continue
            del self._away[number]
            self._selector.register(connection, selectors.EVENT_READ, number)

    def _read(self, number: int) -> None:
        board = self.boards[number]
        try:
            data = board.connection.recv(AT_MOST) if board.connection else b""
            at = time.time()
            if data:
                before = board.ready
                board.take(data, at)
                self._count(board, before)
                return
        except OSError as error:
            print(error, file=sys.stderr)
        self._selector.unregister(board.connection)
        board.connection.close()
        self._coming += board.ready
        board.ready = False
        self._away[number] = time.monotonic() + AGAIN_AFTER

    def _count(self, board: Board, before: bool) -> None:
        if board.ready and not before:
            self._coming -= 1
            if not self._coming:
                told({"ready": time.time(), "versions": sorted({each.board["version"] for each in self.boards})})

    def _answer(self, line: str) -> bool:
        """Whether there is more to do."""
        if line == "report":
            heard: dict[int, list[float]] = defaultdict(list)
            for board in self.boards:
                for visit_id, at in board.receipts():
                    heard[visit_id].append(at)
            told({"heard": heard})
        return line != ""


def told(what: dict[str, Any]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    Wall(json.loads(sys.stdin.readline())).run()
