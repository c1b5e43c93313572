"""What a doctor has put on the sheet of the patient who is there, for the screens of a consultation."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from sqlalchemy import select

from app.frontdesk import attachments, diagnoses, prescriptions
from app.frontdesk.attachments import GivenFile, sound
from app.frontdesk.models import Visit
from app.frontdesk.states import VisitStatus
from app.kernel import clock
from app.kernel.actor import Actor
from app.kernel.db import db
from app.people.models import Doctor
from app.people.roles import Role

CODES = ("J06.9", "I10", "E11.9")
MEDICINES = (
    {"medicine": "Ibuprofen", "strength": "400 mg", "dose": "1 tablet", "frequency": "3 times a day"},
    {"medicine": "Nasal spray", "dose": "2 puffs", "duration": "5 days", "instructions": "not longer than a week"},
)


def consult(doctor: Doctor) -> None:
    """Diagnoses, two prescriptions of which one is cancelled, and files, on the newest visit that is under way."""
    under_way = select(Visit.id).where(Visit.doctor_id == doctor.id, Visit.status == VisitStatus.IN_PROGRESS)
    visit_id = db.session.scalars(under_way.order_by(Visit.id.desc())).first() or 0
    roles = frozenset({Role.DOCTOR})
    acting: dict[str, Any] = {
        "actor": Actor(doctor.name, roles=roles, doctor_id=doctor.id, everywhere=True),
        "now": clock.now(),
    }
    for code in CODES:
        diagnoses.add_diagnosis(visit_id, {"code": code}, **acting)
    wrong = prescriptions.prescribe(visit_id, {"items": [MEDICINES[0]]}, **acting)
    prescriptions.cancel_prescription(wrong.id, {"reason": "stomach ulcer"}, **acting)
    prescriptions.prescribe(visit_id, {"items": list(MEDICINES)}, **acting)
    for name, content in (("ultrasound.png", _picture()), ("report.pdf", b"%PDF-1.7"), ("values.txt", b"Hb 13.2 g/dl")):
        attachments.attach(visit_id, sound(GivenFile(name, content)), **acting)


def _picture() -> bytes:
    """A small PNG: grey, growing darker."""
    size = 64
    rows = b"".join(b"\x00" + bytes((row * 3 + column) % 256 for column in range(size)) for row in range(size))
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
