"""A prescription on paper: what was prescribed, to whom, by whom, in the patient's language and script."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from app.documents.prescriptions import prescription_document
from app.frontdesk import prescriptions
from app.frontdesk.errors import NotTheTreatingDoctor
from app.frontdesk.models import Visit
from app.kernel.db import db, transaction
from app.kernel.errors import NotFound
from app.people.models import Clinic, Specialty
from app.people.patient_models import Patient
from app.web.languages import translation_into
from tests.cast import Cast
from tests.factories import make, make_patient
from tests.integration.frontdesk.clinical import MEDICINE, prescribe
from tests.integration.frontdesk.front import Front

BORN = {"date_of_birth": date(1980, 3, 14)}


@pytest.fixture
def front(session: Any, cast: Cast) -> Front:
    return Front(cast)


def english(_language: str) -> Callable[[str], str]:
    return lambda text: text


def with_doctor(front: Front, **patient: Any) -> Visit:
    made: Patient = make_patient(front.cast.main_clinic, **patient)
    return front.start(front.walk_in(patient_id=made.id))


def pdf_of(front: Front, prescription: Any, translator: Any = english, *, demo: bool = False) -> bytes:
    db.session.rollback()
    db.session.expunge_all()
    document = prescription_document(prescription.id, actor=front.cast.doctor, translator=translator, demo=demo)
    assert (document.content_type, document.filename) == ("application/pdf", f"prescription-{prescription.id}.pdf")
    return document.bytes


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_it_says_what_is_to_be_taken_by_whom_and_who_says_so(front: Front) -> None:
    with transaction():
        db.session.get_one(Clinic, front.cast.main_id).address = "1 Long Street"
    visit = with_doctor(front, name="Pat Patient", **BORN)
    full = MEDICINE | {"duration": "5 days", "quantity": "15", "instructions": "after meals"}
    told = text_of(pdf_of(front, prescribe(front, visit, full, {"medicine": "Chamomile tea"})))
    for word in ("Prescription", "Main Clinic", "1 Long Street", "Pat Patient", "March 14, 1980", "May 6, 2030"):
        assert word in told
    for word in (
        "Ibuprofen 400 mg",
        "Dose: 1 tablet",
        "How often: 3 times a day",
        "For how long: 5 days",
        "Quantity: 15",
    ):
        assert word in told
    for word in ("after meals", "Chamomile tea", "Dr. Ada Main", "Signature of the doctor", "Page 1 of 1"):
        assert word in told


def test_nothing_else_of_the_patient_is_on_it(front: Front) -> None:
    visit = with_doctor(
        front, name="Pat Patient", allergies="penicillin", medical_history="asthma", email="p@mail.test"
    )
    told = text_of(pdf_of(front, prescribe(front, visit)))
    for word in ("penicillin", "asthma", "mail.test", "Date of birth"):
        assert word not in told


def test_it_is_in_the_language_of_the_patient_in_any_script(front: Front) -> None:
    visit = with_doctor(front, name="ليلى حداد", language="ar", **BORN)
    one = prescribe(front, visit, {"medicine": "باراسيتامول", "instructions": "بعد الأكل"})
    reader = PdfReader(io.BytesIO(pdf_of(front, one, translation_into)))
    assert reader.trailer["/Root"]["/Lang"] == "ar"
    assert reader.trailer["/Root"]["/ViewerPreferences"]["/Direction"] == "/R2L"
    told = reader.pages[0].extract_text()
    for word in ("ليلى", "باراسيتامول"):
        assert word in told or word[::-1] in told


def test_a_cancelled_one_and_one_of_the_demo_are_marked(front: Front) -> None:
    one = prescribe(front, with_doctor(front))
    assert "Cancelled" not in text_of(pdf_of(front, one))
    front.act(prescriptions.cancel_prescription, one.id, {"reason": "wrong"}, actor=front.cast.doctor)
    told = text_of(pdf_of(front, one, demo=True))
    assert "Cancelled" in told
    assert "not a valid prescription" in told
    assert "wrong" not in told


def test_many_long_medicines_run_over_pages_and_none_is_lost(front: Front) -> None:
    items = [{"medicine": f"Medicine {number}", "instructions": "as told " * 55} for number in range(12)]
    reader = PdfReader(io.BytesIO(pdf_of(front, prescribe(front, with_doctor(front), *items))))
    told = "\n".join(page.extract_text() for page in reader.pages)
    assert len(reader.pages) > 1
    assert all(f"Medicine {number}" in told for number in range(12))
    assert "Signature of the doctor" in reader.pages[-1].extract_text()


def test_the_same_prescription_is_always_the_same_bytes(front: Front) -> None:
    one = prescribe(front, with_doctor(front))
    assert pdf_of(front, one) == pdf_of(front, one)


def test_the_specialty_of_the_doctor_is_named(front: Front) -> None:
    specialty = make(Specialty(name="Cardiology"))
    with transaction():
        db.session.merge(front.cast.doctor_row).specialty_id = specialty.id
    assert "Cardiology" in text_of(pdf_of(front, prescribe(front, with_doctor(front))))


def test_nobody_but_the_treating_doctor_gets_it(front: Front) -> None:
    one = prescribe(front, with_doctor(front))
    for actor in (front.cast.doctor2, front.cast.reception, front.cast.admin, front.cast.accountant):
        with pytest.raises((NotFound, NotTheTreatingDoctor)):
            prescription_document(one.id, actor=actor, translator=english)
