"""The queue board of a clinic: who waits, who is with the doctor, who has been seen today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from threading import Lock
from typing import Any

from sqlalchemy import select

from app.frontdesk.estimates import estimated_by_visit
from app.frontdesk.models import Visit
from app.frontdesk.queries import Entry, list_entries, list_on_board, notes_by_visit
from app.frontdesk.rules import in_queue_order
from app.frontdesk.shapes import visit_fields
from app.frontdesk.states import Phase, phase_of
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.db import db, in_transaction
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.models import BoardVersion
from app.people.models import Clinic
from app.people.roles import Role

Board = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Edition:
    """What a board depends on besides its rows: whose it is, of which day, and how often it has changed.

    `clinic_created` tells a clinic from another one that had the same id in a database that was replaced.
    """

    clinic_id: int
    clinic_created: datetime
    day: date
    version: int

    def serves(self, asked: _Edition) -> bool:
        """Whether this is the edition that is asked for, or a newer one of the same board and day."""
        return replace(self, version=asked.version) == asked and self.version >= asked.version


_Kept = tuple[_Edition, Board]

# The newest board of each clinic, complete; what an actor does not see is left out on the way to them.
_newest: dict[int, _Kept] = {}
# Held while a clinic's board is read: of hundreds that ask at once, after a change or a restart, one reads.
_reading: defaultdict[int, Lock] = defaultdict(Lock)


def get_board(clinic_id: int, *, actor: Actor, now: datetime) -> Board:
    """The board as contract.md has it, with `clinic_id` and `business_date`; a doctor's holds own visits alone.

    Never carries a version newer than its rows: who has seen version N and knows the board of N has missed nothing.
    Refuses: NotFound, NotAllowed (who has no part in the queue).
    """
    edition = _edition(clinic_id, actor, now)
    actor.require_role(Role.ADMIN, Role.RECEPTIONIST, Role.DOCTOR, at=clinic_id)
    if in_transaction():
        return _as_seen_by(actor, _read(edition))
    kept = _newest.get(clinic_id)
    if kept is None or kept[0] != edition:
        kept = _read_once(edition, kept)
    return _as_seen_by(actor, kept[1])


def _read_once(edition: _Edition, before: _Kept | None) -> _Kept:
    """What somebody else has read since `before` was found, else what is read now."""
    with _reading[edition.clinic_id]:
        kept = _newest.get(edition.clinic_id)
        if kept is None or kept is before or not kept[0].serves(edition):
            kept = edition, _read(edition)
            _newest[edition.clinic_id] = kept
        return kept


def board_tag(board: Board, actor: Actor) -> str:
    """What tells this board from any other that the same address may answer."""
    return f"{board['version']}-{board['business_date']}-{'all' if _sees_all(actor, board) else actor.doctor_id}"


def _edition(clinic_id: int, actor: Actor, now: datetime) -> _Edition:
    """Read before the rows: on PostgreSQL each statement sees the newest commits, so the rows may only be newer."""
    query = (
        select(Clinic.timezone, Clinic.created_at, BoardVersion.version)
        .join(BoardVersion, BoardVersion.clinic_id == Clinic.id)
        .where(Clinic.id == clinic_id, scope.visible(Clinic, actor))
    )
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    zone, created_at, version = row
    return _Edition(clinic_id, created_at, clinic_day(now, zone), version)


def _read(edition: _Edition) -> Board:
    entries = list_on_board(edition.clinic_id, edition.day)
    estimates = estimated_by_visit(
        entries, clinic_id=edition.clinic_id, clinic_created=edition.clinic_created, day=edition.day
    )
    shown = {entry.id: visit_fields(entry, estimated_start=estimates.get(entry.id)) for entry in entries}
    return {
        "clinic_id": edition.clinic_id,
        "business_date": edition.day.isoformat(),
        "version": edition.version,
        "phases": {phase.value: [shown[entry.id] for entry in _column(entries, phase)] for phase in Phase},
    }


def _column(entries: Sequence[Entry], phase: Phase) -> list[Entry]:
    """Who waits in the order of the queue, who is inside by beginning, who was seen the latest first."""
    mine = {entry.id: entry for entry in entries if phase_of(entry.status) is phase}
    if phase is Phase.WAITING:
        return [mine[queued.visit_id] for queued in in_queue_order(entry.queued for entry in mine.values())]
    moment: Callable[[Entry], datetime] = lambda entry: entry.end_time or entry.start_time or entry.check_in_time  # noqa: E731
    return sorted(mine.values(), key=moment, reverse=phase is Phase.COMPLETED)


def list_shown(visits: Sequence[Visit], *, actor: Actor, now: datetime) -> list[Board]:
    """These visits in reach of the actor as JSON, in their order; with `notes` for the doctor who treats."""
    entries = {entry.id: entry for entry in list_entries(Visit.id.in_([visit.id for visit in visits]))}
    clinics = {entry.clinic_id for entry in entries.values() if phase_of(entry.status) is Phase.WAITING}
    estimated = {
        each["id"]: each["estimated_start"]
        for clinic_id in clinics
        for each in get_board(clinic_id, actor=actor, now=now)["phases"][Phase.WAITING]
    }
    notes = notes_by_visit(visits, doctor_id=actor.doctor_id) if actor.doctor_id else {}
    return [
        visit_fields(entries[visit.id])
        | {"estimated_start": estimated.get(visit.id)}
        | ({"notes": notes[visit.id]} if visit.id in notes else {})
        for visit in visits
    ]


def _sees_all(actor: Actor, board: Board) -> bool:
    return actor.has_role(Role.ADMIN, Role.RECEPTIONIST, at=board["clinic_id"])


def _as_seen_by(actor: Actor, board: Board) -> Board:
    if _sees_all(actor, board):
        return board
    if actor.doctor_id is None:
        raise NotAllowed
    return own_part(board, actor.doctor_id)


def own_part(board: Board, doctor_id: int) -> Board:
    """The board with the visits of one doctor alone."""
    own = {
        name: [visit for visit in visits if visit["doctor_id"] == doctor_id] for name, visits in board["phases"].items()
    }
    return board | {"phases": own}
