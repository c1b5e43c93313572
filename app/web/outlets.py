"""WebSockets that are written to without waiting: a slow browser holds up nobody else."""

from __future__ import annotations

import os
import socket
from typing import Any

import gevent
from geventwebsocket.handler import WebSocketHandler
from geventwebsocket.websocket import Header, WebSocket

MOST_KEPT = 4_000_000  # bytes that a browser may be behind; it then has to come back and take the current board


class Outlet:
    """The way to one browser: what the kernel does not take at once is kept and written as soon as it does."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._kept = bytearray()

    def write(self, data: bytes) -> None:
        """Raises OSError where the browser is gone or too far behind."""
        if not self._kept:
            data = data[self._written(data) :]
            if not data:
                return
            gevent.spawn(self._write_kept)
        if len(self._kept) + len(data) > MOST_KEPT:
            self._hang_up()
            raise BrokenPipeError
        self._kept += data

    def _written(self, data: bytes) -> int:
        try:
            return os.write(self._connection.fileno(), data)
        except BlockingIOError:
            return 0

    def _write_kept(self) -> None:
        try:
            while self._kept:
                piece = bytes(self._kept)
                self._connection.sendall(piece)  # waits
                del self._kept[: len(piece)]
        except OSError:
            self._hang_up()

    def _hang_up(self) -> None:
        """Wake whoever reads from it; who comes to write finds it closed."""
        try:
            self._connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class LiveHandler(WebSocketHandler):
    """The web server's handler of one connection; its WebSocket writes through an outlet."""

    def upgrade_connection(self) -> Any:
        answer = super().upgrade_connection()
        opened = getattr(self, "websocket", None)
        if opened is not None:
            opened.raw_write = Outlet(self.socket).write
        return answer


def framed(text: str) -> bytes:
    """A text message as it goes over the wire: the same for every browser."""
    payload = text.encode()
    return (
        bytes(Header.encode_header(fin=True, opcode=WebSocket.OPCODE_TEXT, mask=b"", length=len(payload), flags=0))
        + payload
    )
