"""The end of a day's queue, which the outbox brings at the clinic's midnight."""

from __future__ import annotations

from datetime import date

from app.kernel import outbox
from app.kernel.clock import day_bounds
from app.people.models import Clinic

DAY_OVER = "queue.day_over"


def post_day_over(clinic: Clinic, day: date) -> None:
    """Have the queue end with this day of the clinic; once is enough."""
    payload = {"clinic_id": clinic.id, "business_date": day.isoformat()}
    _, midnight = day_bounds(day, clinic.timezone)
    outbox.post(DAY_OVER, f"queue-day-over-{clinic.id}-{day.isoformat()}", payload, due_at=midnight)
