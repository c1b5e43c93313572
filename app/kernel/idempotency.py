"""Requests that may be sent again: the first answer is kept for a day and given again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import CursorResult, delete, select

from app.kernel.db import db, lock
from app.kernel.errors import N_, Conflict, Invalid
from app.kernel.models import IdempotencyKey

KEPT = timedelta(hours=24)
GIVEN_UP = timedelta(minutes=2)
LOCK_SPACE = 24
UNANSWERED = 0


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    template = N_("This Idempotency-Key was used before for another request.")


class StillInProgress(Conflict):
    code = "idempotency_in_progress"
    template = N_("The same request is being carried out; ask again in a moment.")


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of one user; `body_hash` says whether two are the same."""

    user_id: int
    route: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    status_code: int
    body: str


def claim(ask: Ask, *, now: datetime) -> Answer | None:
    """The kept answer, or None when the caller is to carry the request out and then `keep` or `release`.

    A second request with the same key waits for the first one's transaction. Refuses: KeyReused, and StillInProgress
    while the first is between two transactions; one that has been so for two minutes is taken for dead.
    """
    lock(LOCK_SPACE, _lock_id(ask))
    row = _find(ask)
    if row is not None and row.created_at <= now - KEPT:
        db.session.delete(row)
        db.session.flush()
        row = None
    if row is None:
        db.session.add(_unanswered(ask, now))
        db.session.flush()
        return None
    if row.body_hash != ask.body_hash:
        raise KeyReused(field="Idempotency-Key")
    if row.status_code != UNANSWERED:
        return Answer(row.status_code, row.response_body)
    if row.created_at > now - GIVEN_UP:
        raise StillInProgress
    row.created_at = now
    return None


def keep(ask: Ask, answer: Answer) -> None:
    """Store the answer, in the transaction of the act itself where it has only one."""
    row = _find(ask)
    if row is not None:
        row.status_code, row.response_body = answer.status_code, answer.body


def release(ask: Ask) -> None:
    """Let the key be used again: the request was refused, and nothing happened."""
    row = _find(ask)
    if row is not None:
        db.session.delete(row)


def forget_expired(*, now: datetime) -> int:
    """Delete the answers that are older than a day; how many."""
    deleted = db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - KEPT))
    return deleted.rowcount if isinstance(deleted, CursorResult) else 0


def _find(ask: Ask) -> IdempotencyKey | None:
    row: IdempotencyKey | None = db.session.scalars(
        select(IdempotencyKey).where(
            IdempotencyKey.user_id == ask.user_id,
            IdempotencyKey.route == ask.route,
            IdempotencyKey.key == ask.key,
        )
    ).one_or_none()
    return row


def _unanswered(ask: Ask, now: datetime) -> IdempotencyKey:
    return IdempotencyKey(
        user_id=ask.user_id,
        route=ask.route,
        key=ask.key,
        body_hash=ask.body_hash,
        status_code=UNANSWERED,
        response_body="",
        created_at=now,
    )


def _lock_id(ask: Ask) -> int:
    digest = sha256(f"{ask.user_id}\n{ask.route}\n{ask.key}".encode()).digest()
    return int.from_bytes(digest[:4], signed=True)
