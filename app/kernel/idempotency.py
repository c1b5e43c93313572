"""Requests that may be sent again: the first answer is kept for a day and given again.

It is kept encrypted: it may hold what one reader alone may read, such as the notes of a consultation.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, delete, select, update

from app.kernel.crypto import decrypted, encrypted
from app.kernel.db import db, insert_missing
from app.kernel.errors import N_, Conflict, Invalid
from app.kernel.models import IdempotencyKey

KEPT = timedelta(hours=24)
GIVEN_UP = timedelta(minutes=2)
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

    A second request with the same key waits for the first one's transaction: the database does not take the key twice.
    Refuses: KeyReused, and StillInProgress while the first is between two transactions; one that has been so for two
    minutes is taken for dead.
    """
    if _take(ask, now):
        return None
    row = _find(ask, lock=True)
    if row is None:  # given back just now
        return claim(ask, now=now)
    if row.created_at <= now - KEPT:
        row.body_hash, row.status_code, row.response_body, row.created_at = ask.body_hash, UNANSWERED, "", now
        return None
    if row.body_hash != ask.body_hash:
        raise KeyReused(field="Idempotency-Key")
    if row.status_code != UNANSWERED:
        return Answer(row.status_code, _opened(row.response_body))
    if row.created_at > now - GIVEN_UP:
        raise StillInProgress
    row.created_at = now
    return None


def keep(ask: Ask, answer: Answer) -> None:
    """Store the answer, in the transaction of the act itself where it has only one."""
    db.session.flush()
    values = {"status_code": answer.status_code, "response_body": encrypted(answer.body)}
    kept = update(IdempotencyKey).where(*_of(ask)).values(values)
    db.session.execute(kept, execution_options={"synchronize_session": False})


def _opened(kept: str) -> str:
    """The body; one that an earlier release kept as it was begins as JSON does, which no token does."""
    return kept if kept.startswith(("{", "[")) else decrypted(kept)


def release(ask: Ask) -> None:
    """Let the key be used again: the request was refused, and nothing happened."""
    row = _find(ask)
    if row is not None:
        db.session.delete(row)


def forget_expired(*, now: datetime) -> int:
    """Delete the answers that are older than a day; how many."""
    deleted = db.session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at <= now - KEPT))
    return deleted.rowcount if isinstance(deleted, CursorResult) else 0


def _of(ask: Ask) -> tuple[ColumnElement[bool], ...]:
    return IdempotencyKey.user_id == ask.user_id, IdempotencyKey.route == ask.route, IdempotencyKey.key == ask.key


def _find(ask: Ask, *, lock: bool = False) -> IdempotencyKey | None:
    query = select(IdempotencyKey).where(*_of(ask)).execution_options(populate_existing=True)
    row: IdempotencyKey | None = db.session.scalars(query.with_for_update() if lock else query).one_or_none()
    return row


def _take(ask: Ask, now: datetime) -> bool:
    """Whether the key was nobody's, and is this request's now."""
    row = {**asdict(ask), "status_code": UNANSWERED, "response_body": "", "created_at": now}
    return insert_missing(IdempotencyKey, row)
