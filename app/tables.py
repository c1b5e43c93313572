"""Every table and who may see its rows, imported once so that migrations, mappers and every door know them all."""

from __future__ import annotations

from app.billing import models as billing
from app.billing import scope as billing_scope
from app.frontdesk import clinical_models as clinical
from app.frontdesk import clinical_scope
from app.frontdesk import display_models as displays
from app.frontdesk import models as frontdesk
from app.frontdesk import scope as frontdesk_scope
from app.kernel import models as kernel
from app.messaging import models as messaging
from app.messaging import scope as messaging_scope
from app.people import models as people
from app.people import patient_models as patients
from app.people import scope as people_scope
from app.reporting import scope as reporting_scope
from app.scheduling import models as scheduling
from app.scheduling import scope as scheduling_scope

__all__ = [
    "billing",
    "billing_scope",
    "clinical",
    "clinical_scope",
    "displays",
    "frontdesk",
    "frontdesk_scope",
    "kernel",
    "messaging",
    "messaging_scope",
    "patients",
    "people",
    "people_scope",
    "reporting_scope",
    "scheduling",
    "scheduling_scope",
]
