"""Hints to screens, sent after the commit and numbered by the version of the clinic's board.

A hint may be lost: each carries the version, and a screen that missed one takes the current board.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from app.kernel import clock
from app.kernel.db import Unit, current_unit, db
from app.kernel.models import BoardVersion

log = logging.getLogger(__name__)

Payload = dict[str, Any]


@dataclass(frozen=True)
class Announcement:
    """One event for some rooms; `payload` is complete, with clinic_id, version and at."""

    event: str
    rooms: tuple[str, ...]
    payload: Payload


@dataclass(frozen=True)
class _Draft:
    event: str
    clinic_id: int
    rooms: tuple[str, ...]
    payload: Callable[[], Payload]


Publish = Callable[[Announcement], None]
_publish: list[Publish] = []


def publish_by(publish: Publish) -> None:
    """Have `publish` carry announcements to the screens of every web process."""
    _publish[:] = [publish]


def change_board(clinic_id: int) -> None:
    """Raise the clinic's board version, once per transaction however often this is called."""
    unit = current_unit()
    versions = unit.notes.setdefault("board_versions", {})
    if clinic_id in versions:
        return
    raised = (
        update(BoardVersion)
        .where(BoardVersion.clinic_id == clinic_id)
        .values(version=BoardVersion.version + 1)
        .returning(BoardVersion.version)
        .execution_options(synchronize_session=False)
    )
    versions[clinic_id] = db.session.execute(raised).scalar_one()


def board_version(clinic_id: int) -> int:
    """The current version of the clinic's board."""
    version: int = db.session.scalars(select(BoardVersion.version).where(BoardVersion.clinic_id == clinic_id)).one()
    return version


def announce(event: str, *, clinic_id: int, rooms: Iterable[str], payload: Callable[[], Payload]) -> None:
    """Tell the rooms after the commit. `payload` is called just before it, when all changes are flushed."""
    unit = current_unit()
    drafts: list[_Draft] | None = unit.notes.get("announcements")
    if drafts is None:
        drafts = unit.notes["announcements"] = []
        unit.before_commit.append(lambda: _complete(unit))
    drafts.append(_Draft(event, clinic_id, tuple(rooms), payload))


def _complete(unit: Unit) -> None:
    versions: dict[int, int] = unit.notes.setdefault("board_versions", {})
    at = clock.now().isoformat()
    ready = []
    for draft in unit.notes["announcements"]:
        if draft.clinic_id not in versions:
            versions[draft.clinic_id] = board_version(draft.clinic_id)
        frame = {"clinic_id": draft.clinic_id, "version": versions[draft.clinic_id], "at": at}
        ready.append(Announcement(draft.event, draft.rooms, draft.payload() | frame))
    unit.after_commit.append(lambda: _send(ready))


def _send(ready: list[Announcement]) -> None:
    for announcement in ready:
        for publish in _publish:
            try:
                publish(announcement)
            except Exception:
                log.warning("a hint to the screens was lost; they will resynchronise", exc_info=True)
