"""What the outbox brings to the waiting list: freed times to offer, and offers that nobody answered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.kernel import outbox
from app.kernel.actor import system
from app.scheduling.effects import TIME_FREED
from app.scheduling.waitlist_answers import expire
from app.scheduling.waitlist_effects import OFFER_DUE
from app.scheduling.waitlist_errors import EntriesBusy
from app.scheduling.waitlist_offers import offer_freed_time
from app.scheduling.waitlist_rules import Gap

ACTOR = system("waiting list")


def _offer_freed_time(payload: dict[str, Any], _outcome: object, now: datetime) -> None:
    start, end = datetime.fromisoformat(payload["start"]), datetime.fromisoformat(payload["end"])
    try:
        offer_freed_time(payload["clinic_id"], Gap(payload["doctor_id"], start, end), actor=ACTOR, now=now)
    except EntriesBusy as busy:
        raise outbox.Temporary(str(busy)) from None


def _expire(payload: dict[str, Any], _outcome: object, now: datetime) -> None:
    expire(payload["offer_id"], actor=ACTOR, now=now)


outbox.register(TIME_FREED, outbox.Handler(settle=_offer_freed_time))
outbox.register(OFFER_DUE, outbox.Handler(settle=_expire))
