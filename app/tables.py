"""Every table, imported once so that migrations and mappers know them all."""

from __future__ import annotations

from app.billing import models as billing
from app.frontdesk import models as frontdesk
from app.kernel import models as kernel
from app.messaging import models as messaging
from app.people import models as people
from app.people import patient_models as patients
from app.scheduling import models as scheduling

__all__ = ["billing", "frontdesk", "kernel", "messaging", "patients", "people", "scheduling"]
