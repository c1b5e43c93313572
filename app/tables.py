"""Every table and who may see its rows, imported once so that migrations, mappers and every door know them all."""

from __future__ import annotations

from app.billing import models as billing
from app.frontdesk import models as frontdesk
from app.kernel import models as kernel
from app.messaging import models as messaging
from app.people import models as people
from app.people import patient_models as patients
from app.people import scope as people_scope
from app.scheduling import models as scheduling

__all__ = ["billing", "frontdesk", "kernel", "messaging", "patients", "people", "people_scope", "scheduling"]
