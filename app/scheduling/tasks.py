"""What the worker does with appointments by itself, every minute."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import transaction
from app.scheduling import overdue, waitlist, waitlist_answers
from app.scheduling.holds import forget_expired
from app.scheduling.waitlist_queries import list_overdue_offers
from app.web.celery import every

log = logging.getLogger(__name__)

SWEEP_SECONDS: Final = 60.0
BATCH: Final = 100


@every(SWEEP_SECONDS, "holds.sweep")
def forget_expired_holds() -> None:
    """Delete the holds that have expired; their times are free since then, and nobody is told."""
    with transaction(system("worker")):
        forget_expired(now=clock.now())


@every(SWEEP_SECONDS, "appointments.sweep")
def settle_overdue() -> None:
    """Cancel the requests that nobody answered in time, and record the no-shows."""
    now = clock.now()
    _sweep(overdue.list_unanswered, overdue.cancel_unanswered, "unanswered requests", now)
    _sweep(overdue.list_unattended, overdue.miss_unattended, "no-shows", now)


@every(SWEEP_SECONDS, "waitlist.sweep")
def settle_waiting() -> None:
    """End the offers that nobody answered in time, and take those off the lists for whom nothing can come any more."""
    actor, now = system("waiting list"), clock.now()
    for offer_id in list_overdue_offers(now=now):
        _act(waitlist_answers.expire, offer_id, actor.name, now)
    for clinic_id in overdue.list_clinic_ids():
        with transaction(actor):
            waitlist.lapse_entries(clinic_id, actor=actor, now=now)


def _sweep(find: Callable[..., list[overdue.Place]], command: Callable[..., Any], name: str, now: datetime) -> None:
    """Each appointment in a transaction of its own: one that fails keeps nobody up, and is tried again next time."""
    for clinic_id in overdue.list_clinic_ids():
        found = find(clinic_id, None, now=now, limit=BATCH)
        while found:
            for _, appointment_id in found:
                _act(command, appointment_id, name, now)
            found = find(clinic_id, found[-1], now=now, limit=BATCH)


def _act(command: Callable[..., Any], key: int, name: str, now: datetime) -> None:
    actor = system(name)
    try:
        with transaction(actor):
            command(key, actor=actor, now=now)
    except Exception:
        log.exception("%s: number %d could not be settled; the next sweep tries again", name, key)
