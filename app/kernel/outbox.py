"""Effects that matter, kept with the change that caused them and carried out at least once.

One delivery is: claim (a short transaction, attempts + 1, a lease) -> act (no transaction open) -> settle (one
transaction that also stamps the row). An effect that lives in the database alone has no act and happens exactly once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from app.kernel import actor as actors
from app.kernel import clock
from app.kernel.db import current_unit, db, insert_missing, transaction
from app.kernel.models import OutboxMessage, OutboxStatus

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
FIRST_RETRY = timedelta(seconds=10)
LONGEST_RETRY = timedelta(hours=6)
MOST_ATTEMPTS = 12

Payload = dict[str, Any]


class Temporary(Exception):
    """The other side cannot take it now; try again later."""


class Permanent(Exception):
    """The other side will never take it; a person has to look."""


@dataclass(frozen=True)
class Handler:
    """How one kind of message is delivered.

    `act(payload, key)` reaches outside; `settle(payload, outcome, now)` records its outcome;
    `give_up(payload, error, now)` records that it will never be delivered.
    """

    settle: Callable[[Payload, Any, datetime], None]
    act: Callable[[Payload, str], Any] | None = None
    give_up: Callable[[Payload, str, datetime], None] | None = None


@dataclass(frozen=True)
class Claimed:
    id: int
    kind: str
    key: str
    payload: Payload
    attempts: int


def _wait_for_a_newer_worker(_payload: Payload, _key: str) -> None:
    raise Temporary("this worker does not know the kind")


UNKNOWN = Handler(settle=lambda _payload, _outcome, _now: None, act=_wait_for_a_newer_worker)
"""What another version of the product has posted."""

_handlers: dict[str, Handler] = {}
_wake: list[Callable[[], None]] = []


def register(kind: str, handler: Handler) -> None:
    _handlers[kind] = handler


def wake_by(call: Callable[[], None]) -> None:
    """Have `call` tell the worker, after a commit, that something is due. It may fail; a sweep finds the rest."""
    _wake[:] = [call]


def post(kind: str, key: str, payload: Payload, *, due_at: datetime | None = None) -> bool:
    """Put an effect beside the change of this transaction. A key that is there already is left as it is: False."""
    if kind not in _handlers:
        raise LookupError(f"nobody delivers {kind}")
    row = {"kind": kind, "key": key, "payload": payload, "due_at": due_at or clock.now()}
    if not insert_missing(OutboxMessage, row):
        return False
    unit = current_unit()
    if "woken" not in unit.notes:
        unit.notes["woken"] = True
        unit.after_commit.append(_wake_worker)
    return True


def _wake_worker() -> None:
    for call in _wake:
        try:
            call()
        except Exception:
            log.warning("the worker could not be woken; the sweep will find the message", exc_info=True)


def deliver_due(limit: int = 50) -> int:
    """Deliver what is due, with what that posts in turn, up to `limit` messages; the number delivered or retried."""
    worked = 0
    while worked < limit:
        message = _claim()
        if message is None:
            break
        _deliver(message)
        worked += 1
    return worked


def _claim() -> Claimed | None:
    """The next message that is due: one at a time, so that its lease is not used up by those before it."""
    now = clock.now()
    with transaction(actors.system("outbox")):
        row: OutboxMessage | None = db.session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.status.in_((OutboxStatus.PENDING, OutboxStatus.CLAIMED)), OutboxMessage.due_at <= now)
            .order_by(OutboxMessage.due_at, OutboxMessage.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        row.status = OutboxStatus.CLAIMED
        row.attempts += 1
        row.due_at = now + LEASE
        return Claimed(row.id, row.kind, row.key, row.payload, row.attempts)


def _deliver(message: Claimed) -> None:
    handler = _handlers.get(message.kind, UNKNOWN)
    try:
        outcome = handler.act(message.payload, message.key) if handler.act else None
        with transaction(actors.system("outbox", request_id=message.key[:64])):
            row = _held(message)
            if row is None:
                return
            row.status, row.done_at, row.last_error = OutboxStatus.DONE, clock.now(), None
            handler.settle(message.payload, outcome, clock.now())
    except Permanent as error:
        _fail(message, handler, error)
    except Exception as error:
        if not isinstance(error, Temporary):
            log.exception("delivery of %s failed", message.key)
        _fail(message, handler, error) if message.attempts >= MOST_ATTEMPTS else _retry(message, error)


def _held(message: Claimed) -> OutboxMessage | None:
    """The row, if this claim still holds it: a lease that ran out may have given it to another worker."""
    row = db.session.scalars(select(OutboxMessage).where(OutboxMessage.id == message.id).with_for_update()).one()
    return row if row.status is OutboxStatus.CLAIMED and row.attempts == message.attempts else None


def _retry(message: Claimed, error: Exception) -> None:
    wait = min(FIRST_RETRY * 2 ** (message.attempts - 1), LONGEST_RETRY)
    with transaction(actors.system("outbox")):
        row = _held(message)
        if row is not None:
            row.status, row.due_at, row.last_error = OutboxStatus.PENDING, clock.now() + wait, str(error)[:2000]


def _fail(message: Claimed, handler: Handler, error: Exception) -> None:
    with transaction(actors.system("outbox")):
        row = _held(message)
        if row is None:
            return
        row.status, row.done_at, row.last_error = OutboxStatus.FAILED, clock.now(), str(error)[:2000]
        if handler.give_up:
            handler.give_up(message.payload, str(error), clock.now())
