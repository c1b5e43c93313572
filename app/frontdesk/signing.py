"""Whether a consultation is closed: then what it holds is added to, and neither changed nor taken away."""

from __future__ import annotations

from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus


def is_signed(visit: Visit) -> bool:
    return visit.status in (VisitStatus.COMPLETED, VisitStatus.LEFT)
