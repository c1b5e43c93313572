"""What a doctor has put on the sheet of a visit, each text with its word."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.frontdesk.clinical_models import Attachment, Prescription, PrescriptionItem, VisitDiagnosis
from app.frontdesk.clinical_states import DiagnosisKind
from app.frontdesk.models import Visit

FILES = {"attachment": "text/plain", "picture": "image/png"}


def on_the_sheet(visit: Visit, told: str, now: datetime) -> dict[str, Any]:
    """A diagnosis, a prescription and two files, to be stored, by their names; `told` is clinical."""
    whose = {"visit_id": visit.id, "clinic_id": visit.clinic_id, "doctor_id": visit.doctor_id}
    of_patient = {**whose, "patient_id": visit.patient_id}
    item = PrescriptionItem(position=1, medicine=told, instructions=told)
    return {
        "diagnosis": VisitDiagnosis(**whose, code="ZQ2", title=told, position=1, kind=DiagnosisKind.MAIN),
        "prescription": Prescription(**of_patient, issued_at=now, item_count=1, items=[item]),
        **{name: _file(of_patient, name, kind, told, now) for name, kind in FILES.items()},
    }


def _file(of_patient: dict[str, int], name: str, kind: str, told: str, now: datetime) -> Attachment:
    content = f"{told} {name}".encode()
    facts = {"size": len(content), "sha256": name, "uploaded_at": now, "uploaded_by": "Doctor Test"}
    return Attachment(**of_patient, **facts, name=f"{told}.{name}", content_type=kind, content=content)
