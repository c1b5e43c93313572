"""The queue board of a clinic: who waits, who is with the doctor, who has been seen today."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any

from sqlalchemy import select

from app.frontdesk.models import Visit
from app.frontdesk.queries import Entry, list_entries, on_board
from app.frontdesk.rules import estimated_starts, in_queue_order
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


# The newest board of each clinic, complete; what an actor does not see is left out on the way to them.
_newest: dict[int, tuple[_Edition, Board]] = {}
# Held while a clinic's board is read: of hundreds that ask at once, after a restart say, one reads.
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
    return _as_seen_by(actor, _kept(edition) or _read_once(edition))


def _kept(edition: _Edition) -> Board | None:
    newest, board = _newest.get(edition.clinic_id, (None, None))
    return board if newest == edition else None


def _read_once(edition: _Edition) -> Board:
    with _reading[edition.clinic_id]:
        board = _kept(edition)
        if board is None:
            board = _read(edition)
            _newest[edition.clinic_id] = edition, board
        return board


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
    entries = list_entries(on_board(edition.clinic_id, edition.day))
    estimates = estimated_by_visit(entries)
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


def estimated_by_visit(entries: Sequence[Entry]) -> dict[int, datetime]:
    """When each of those who wait will probably begin, as far as it could be said when the board last changed."""
    estimates: dict[int, datetime] = {}
    as_of = max((entry.updated_at for entry in entries), default=None)
    if as_of is None:
        return estimates
    for doctor_id in {entry.doctor_id for entry in entries}:
        own = [entry for entry in entries if entry.doctor_id == doctor_id]
        waiting, inside = _column(own, Phase.WAITING), _column(own, Phase.WITH_DOCTOR)
        current = (inside[0].start_time, inside[0].duration_minutes) if inside and inside[0].start_time else None
        starts = estimated_starts(as_of, [entry.duration_minutes for entry in waiting], current=current)
        estimates.update(zip((entry.id for entry in waiting), starts, strict=True))
    return estimates


def list_shown(visits: Sequence[Visit], *, actor: Actor, now: datetime) -> list[Board]:
    """These visits in reach of the actor as JSON, in their order; with `notes` for the doctor who treats."""
    entries = {entry.id: entry for entry in list_entries(Visit.id.in_([visit.id for visit in visits]))}
    clinics = {entry.clinic_id for entry in entries.values() if phase_of(entry.status) is Phase.WAITING}
    estimated = {
        each["id"]: each["estimated_start"]
        for clinic_id in clinics
        for each in get_board(clinic_id, actor=actor, now=now)["phases"][Phase.WAITING]
    }
    shown = []
    for visit in visits:
        shown.append(visit_fields(entries[visit.id]) | {"estimated_start": estimated.get(visit.id)})
        if actor.doctor_id == visit.doctor_id:
            shown[-1]["notes"] = visit.notes
    return shown


def _sees_all(actor: Actor, board: Board) -> bool:
    return actor.has_role(Role.ADMIN, Role.RECEPTIONIST, at=board["clinic_id"])


def _as_seen_by(actor: Actor, board: Board) -> Board:
    if _sees_all(actor, board):
        return board
    if actor.doctor_id is None:
        raise NotAllowed
    own = {
        name: [visit for visit in visits if visit["doctor_id"] == actor.doctor_id]
        for name, visits in board["phases"].items()
    }
    return board | {"phases": own}
