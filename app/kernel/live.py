"""Hints to screens, sent after the commit and numbered by the version of the clinic's board.

A hint may be lost: each carries the version, and a screen that missed one takes the current board. Who lost a right
is disconnected after the same commit, before anything is said, and comes back to what is left to them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, select, update

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
class News:
    """What one transaction means to the screens: who is disconnected first, and what the others are then told."""

    dismissed: tuple[str, ...] = ()
    announcements: tuple[Announcement, ...] = ()


@dataclass(frozen=True)
class _Draft:
    event: str
    clinic_id: int
    rooms: tuple[str, ...]
    payload: Callable[[], Payload]


@dataclass
class _Due:
    """What one transaction tells the screens, and whose boards it changes."""

    drafts: list[_Draft] = field(default_factory=list)
    boards: set[int] = field(default_factory=set)
    dismissed: list[str] = field(default_factory=list)


Publish = Callable[[News], None]
_publish: list[Publish] = []


def publish_by(publish: Publish) -> None:
    """Have `publish` carry news to the screens of every web process."""
    _publish[:] = [publish]


def change_board(clinic_id: int) -> None:
    """Raise the clinic's board version, once per transaction however often this is called.

    Just before the commit: every act at the clinic's queue wants that row, so it is the last that is locked.
    """
    _due().boards.add(clinic_id)


def _raised_version(clinic_id: int) -> int:
    raised = (
        update(BoardVersion)
        .where(BoardVersion.clinic_id == clinic_id)
        .values(version=BoardVersion.version + 1)
        .returning(BoardVersion.version)
        .execution_options(synchronize_session=False)
    )
    version: int = db.session.execute(raised).scalar_one()
    return version


def board_version(clinic_id: int) -> int:
    """The current version of the clinic's board."""
    version: int = db.session.execute(_VERSION, {"clinic_id": clinic_id}).scalar_one()
    return version


def board_versions(clinic_ids: Iterable[int]) -> dict[int, int]:
    """The current version of each of these clinics' boards."""
    query = select(BoardVersion.clinic_id, BoardVersion.version).where(BoardVersion.clinic_id.in_(sorted(clinic_ids)))
    return {row.clinic_id: row.version for row in db.session.execute(query)}


_VERSION = select(BoardVersion.version).where(BoardVersion.clinic_id == bindparam("clinic_id"))  # built once


def announce(event: str, *, clinic_id: int, rooms: Iterable[str], payload: Callable[[], Payload]) -> None:
    """Tell the rooms after the commit. `payload` is called just before it, when all changes are flushed."""
    _due().drafts.append(_Draft(event, clinic_id, tuple(rooms), payload))


def dismiss(room: str) -> None:
    """Disconnect everybody who is in the room, in every web process, after the commit: a right or a session has ended.

    Screens come back by themselves and are let in where they still may.
    """
    _due().dismissed.append(room)


def dismiss_at_once(room: str) -> None:
    """As `dismiss`, where nothing is written to the database that could fail."""
    _send(News(dismissed=(room,)))


def _due() -> _Due:
    unit = current_unit()
    if "live" not in unit.notes:
        unit.notes["live"] = _Due()
        unit.before_commit.append(lambda: _complete(unit, unit.notes["live"]))
    due: _Due = unit.notes["live"]
    return due


def _complete(unit: Unit, due: _Due) -> None:
    payloads = [draft.payload() for draft in due.drafts]
    versions = {clinic_id: _raised_version(clinic_id) for clinic_id in sorted(due.boards)}
    for clinic_id in {draft.clinic_id for draft in due.drafts} - due.boards:
        versions[clinic_id] = board_version(clinic_id)
    at = clock.now().isoformat()
    ready = tuple(
        Announcement(
            draft.event,
            draft.rooms,
            payload | {"clinic_id": draft.clinic_id, "version": versions[draft.clinic_id], "at": at},
        )
        for draft, payload in zip(due.drafts, payloads, strict=True)
    )
    news = News(tuple(dict.fromkeys(due.dismissed)), ready)
    unit.after_commit.insert(0, lambda: _send(news))  # before work that may take longer, such as waking the worker


def _send(news: News) -> None:
    if not (news.dismissed or news.announcements):
        return
    for publish in _publish:
        try:
            publish(news)
        except Exception:
            log.warning("a hint to the screens was lost; they will resynchronise", exc_info=True)
