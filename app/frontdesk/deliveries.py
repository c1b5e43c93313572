"""What the outbox brings to the front desk: the end of a day's queue."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from app.frontdesk.day_end import DAY_OVER
from app.frontdesk.queue import end_day
from app.kernel import outbox
from app.kernel.actor import system


def _end_day(payload: dict[str, Any], _outcome: object, now: datetime) -> None:
    day = date.fromisoformat(payload["business_date"])
    end_day(payload["clinic_id"], day, actor=system("end of the day"), now=now)


outbox.register(DAY_OVER, outbox.Handler(settle=_end_day))
