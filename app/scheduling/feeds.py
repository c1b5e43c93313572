"""The private address of a doctor's calendar: made, renewed, revoked, and noted when it is used."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import case, update

from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotAllowed
from app.kernel.tokens import hash_of, new_token
from app.people.models import Doctor
from app.people.roles import Role
from app.scheduling.calendar_files import OpenFeed
from app.scheduling.models import CalendarFeed

NOTED_EVERY: Final = timedelta(hours=1)


def find_feed(doctor_id: int, *, actor: Actor) -> CalendarFeed | None:
    """The feed of a doctor in reach, where there is one. Refuses: NotFound, NotAllowed."""
    _ensure_own(doctor_id, actor)
    return _feed_of(doctor_id, actor)


def make_feed(doctor_id: int, *, actor: Actor, now: datetime) -> str:
    """Give the doctor's calendar an address, or another one instead: answers the token, which nobody can read again.

    What was known of the old address stops working. Refuses: NotFound, NotAllowed.
    """
    _ensure_own(doctor_id, actor, lock=True)
    token = new_token()
    feed = _feed_of(doctor_id, actor)
    if feed is None:
        feed = CalendarFeed(doctor_id=doctor_id)
        db.session.add(feed)
    feed.token_hash, feed.created_at, feed.last_used_at = hash_of(token), now, None
    db.session.flush()
    return token


def revoke_feed(doctor_id: int, *, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - as all commands
    """Let nobody read the doctor's calendar by an address any more. Refuses: NotFound, NotAllowed."""
    _ensure_own(doctor_id, actor, lock=True)
    feed = _feed_of(doctor_id, actor)
    if feed is not None:
        db.session.delete(feed)
        db.session.flush()


def is_news(feed: OpenFeed, fingerprint: str, *, now: datetime) -> bool:
    """Whether this reading is worth a row: the file is another one, or nothing was noted for an hour."""
    unused = feed.last_used_at is None or now - feed.last_used_at >= NOTED_EVERY
    return unused or feed.content_hash != fingerprint


def note_use(feed: OpenFeed, fingerprint: str, *, now: datetime) -> None:
    """Keep that the feed was read now, and since when it says this. Programs read often: it is no change to audit."""
    changed = case((CalendarFeed.content_hash == fingerprint, CalendarFeed.content_changed_at), else_=now)
    values = {"last_used_at": now, "content_hash": fingerprint, "content_changed_at": changed}
    db.session.execute(update(CalendarFeed).where(CalendarFeed.id == feed.id).values(values))


def _feed_of(doctor_id: int, actor: Actor) -> CalendarFeed | None:
    query = scope.rows(CalendarFeed, actor).where(CalendarFeed.doctor_id == doctor_id)
    feed: CalendarFeed | None = db.session.scalars(query).one_or_none()
    return feed


def _ensure_own(doctor_id: int, actor: Actor, *, lock: bool = False) -> None:
    """Refuses: NotFound unless the doctor is in reach, NotAllowed unless it is the actor or an administrator acts."""
    scope.get(Doctor, doctor_id, actor=actor, lock=lock)
    if not actor.has_role(Role.ADMIN) and actor.doctor_id != doctor_id:
        raise NotAllowed
