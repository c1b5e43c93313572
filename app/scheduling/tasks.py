"""What the worker does for appointments by itself."""

from __future__ import annotations

from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import transaction
from app.scheduling.holds import forget_expired
from app.web.celery import every

SWEEP_SECONDS = 60.0


@every(SWEEP_SECONDS, "holds.sweep")
def forget_expired_holds() -> None:
    """Delete the holds that have expired; their times are free since then, and nobody is told."""
    with transaction(system("worker")):
        forget_expired(now=clock.now())
