"""The rooms of this process: who is in which, and how what is said there reaches them all in one pass."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

from engineio.packet import MESSAGE
from engineio.packet import Packet as Carried
from socketio import Manager
from socketio.packet import EVENT

from app.kernel.live import Announcement
from app.web.outlets import framed

log = logging.getLogger(__name__)

MayHear = Callable[[dict[str, Any], str, int | None], bool]
EVERYWHERE = "/"  # the one namespace


class Rooms(Manager):
    """Socket.IO's own book of rooms, which can say several things at once.

    All that one transaction announces is put into words once, framed once, and written to each browser at once.
    """

    def members(self, room: str | None = None) -> list[str]:
        """The connections in the room; all of them without one."""
        return list(self.rooms.get(EVERYWHERE, {}).get(room, ()))

    def rooms_of(self, prefix: str) -> list[str]:
        """The rooms with somebody inside whose names begin so."""
        return [name for name in self.rooms.get(EVERYWHERE, ()) if name is not None and name.startswith(prefix)]

    def connected_to(self, sid: str) -> dict[str, Any]:
        """The WSGI environment that the connection was opened with."""
        environ: dict[str, Any] = self.server.get_environ(sid, EVERYWHERE) or {}
        return environ

    def say(self, announcements: Sequence[Announcement], may_hear: MayHear) -> None:
        """Say these to their rooms, in this order; to somebody in two rooms once, to whom `may_hear` alone."""
        worded = cache(lambda number: self._worded(announcements[number]))

        @cache
        def together(numbers: tuple[int, ...]) -> bytes:
            return b"".join(framed(worded(number)) for number in numbers)

        due: dict[str, list[int]] = defaultdict(list)
        for number, announcement in enumerate(announcements):
            for eio_sid in self._audience(announcement, may_hear):
                due[eio_sid].append(number)
        for eio_sid, numbers in due.items():
            if self._takes_at_once(eio_sid):
                self._write(eio_sid, together(tuple(numbers)))
            else:
                for number in numbers:
                    self.server._send_eio_packet(eio_sid, Carried(MESSAGE, worded(number)[1:]))  # noqa: SLF001 - as Manager

    def _worded(self, announcement: Announcement) -> str:
        data = [announcement.event, announcement.payload]
        return str(MESSAGE) + self.server.packet_class(EVENT, namespace=EVERYWHERE, data=data).encode()

    def _audience(self, announcement: Announcement, may_hear: MayHear) -> Iterator[str]:
        reached = set()
        clinic_id = announcement.payload.get("clinic_id")
        for room in announcement.rooms:
            for _, eio_sid in self.get_participants(EVERYWHERE, room):
                if eio_sid not in reached and may_hear(self.server.environ.get(eio_sid, {}), room, clinic_id):
                    reached.add(eio_sid)
                    yield eio_sid

    def _takes_at_once(self, eio_sid: str) -> bool:
        """Whether something may go out past the queue: only where nothing waits there, so that order is kept."""
        carrier = self.server.eio.sockets.get(eio_sid)
        opened = self.server.environ.get(eio_sid, {}).get("wsgi.websocket")
        return carrier is not None and opened is not None and not opened.closed and carrier.queue.empty()

    def _write(self, eio_sid: str, data: bytes) -> None:
        try:
            self.server.environ[eio_sid]["wsgi.websocket"].raw_write(data)
        except OSError:  # gone: whoever reads from it notices as well
            log.debug("a browser was gone")
