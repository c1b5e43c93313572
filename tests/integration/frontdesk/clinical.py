"""Diagnoses, prescriptions and files of the tests, and what the database keeps of them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app.frontdesk import attachments, diagnoses, prescriptions
from app.frontdesk.attachments import GivenFile, sound
from app.frontdesk.clinical_models import Attachment, Prescription, VisitDiagnosis
from app.frontdesk.clinical_queries import list_diagnoses
from app.frontdesk.clinical_requests import DiagnosisAct
from app.kernel.db import db, violated_constraint
from app.kernel.models import AuditEntry
from tests.integration.frontdesk.front import Front

MEDICINE = {"medicine": "Ibuprofen", "strength": "400 mg", "dose": "1 tablet", "frequency": "3 times a day"}
PDF = b"%PDF-1.7 of a report"


def diagnose(front: Front, visit: Any, code: str = "J06.9", **values: Any) -> VisitDiagnosis:
    added: VisitDiagnosis = front.act(
        diagnoses.add_diagnosis, visit.id, {"code": code} | values, actor=front.cast.doctor
    )
    return added


def change(front: Front, visit: Any, diagnosis: Any, act: str) -> None:
    front.act(diagnoses.change_diagnosis, visit.id, diagnosis.id, DiagnosisAct(act), actor=front.cast.doctor)


def listed(front: Front, visit: Any) -> list[tuple[str, str]]:
    db.session.rollback()
    return [(one.code, one.kind.value) for one in list_diagnoses(visit.id, actor=front.cast.doctor)]


def prescribe(front: Front, visit: Any, *items: dict[str, Any], **more: Any) -> Prescription:
    values = {"items": list(items) or [MEDICINE]}
    issued: Prescription = front.act(prescriptions.prescribe, visit.id, values, actor=front.cast.doctor, **more)
    return issued


def attach(front: Front, visit: Any, content: bytes = PDF, name: str = "report.pdf") -> Attachment:
    kept: Attachment = front.act(attachments.attach, visit.id, sound(GivenFile(name, content)), actor=front.cast.doctor)
    return kept


def form_of(*files: tuple[bytes, str]) -> dict[str, Any]:
    """The body of a form with files; the test client would leave a temporary file open for a large one."""
    mark = "a-line-between-the-parts"
    parts = []
    for content, name in files:
        head = f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    body = b"".join(parts) + f"--{mark}--\r\n".encode()
    return {"data": body, "content_type": f"multipart/form-data; boundary={mark}"}


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def refused_by(statement: str, **values: Any) -> str | None:
    """The constraint or guard of the database that refuses a statement; None where nothing does."""
    db.session.rollback()
    try:
        db.session.connection(execution_options={"write": True})
        db.session.execute(text(statement), values)
        db.session.flush()
    except IntegrityError as error:
        return violated_constraint(error)
    finally:
        db.session.rollback()
    return None


def on_record() -> str:
    """All that the audit log says."""
    db.session.rollback()
    return str([(entry.entity, entry.before, entry.after) for entry in db.session.scalars(select(AuditEntry))])
