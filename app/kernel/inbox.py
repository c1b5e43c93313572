"""Messages from providers: kept once, answered at once, applied by the worker in a transaction of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.kernel import outbox
from app.kernel.db import db
from app.kernel.models import ProviderEvent

Apply = Callable[[dict[str, Any], datetime], None]


def applies(source: str) -> Callable[[Apply], Apply]:
    """Register the decorated function to apply a provider's events; it must not mind their order."""

    def register(apply: Apply) -> Apply:
        def settle(payload: dict[str, Any], _outcome: object, now: datetime) -> None:
            event = db.session.get_one(ProviderEvent, payload["provider_event_id"], with_for_update=True)
            if event.handled_at is None:
                apply(event.payload, now)
                event.handled_at = now

        outbox.register(f"inbox.{source}", outbox.Handler(settle=settle))
        return apply

    return register


def accept(source: str, event_id: str, payload: dict[str, Any], *, now: datetime) -> bool:
    """Keep a verified event. False where it was kept before."""
    known = select(ProviderEvent.id).where(ProviderEvent.source == source, ProviderEvent.event_id == event_id)
    if db.session.scalar(known) is not None:
        return False
    event = ProviderEvent(source=source, event_id=event_id, payload=payload, received_at=now)
    db.session.add(event)
    db.session.flush()
    return outbox.post(f"inbox.{source}", f"{source}:{event_id}", {"provider_event_id": event.id})
