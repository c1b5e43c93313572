"""Invoices of the database as PDF, ZIP and CSV: the same bytes each time, in the patient's script, within reach."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import event, select

from app.billing.drafting import compose_invoice
from app.billing.issuing import issue
from app.billing.models import Invoice
from app.billing.payments import take_payment
from app.billing.states import PaymentMethod
from app.documents import service
from app.documents.errors import NothingToPrint, PeriodBackwards, TooManyInvoices
from app.documents.gathering import Wording, content_of, invoices_in_order
from app.documents.service import ExportFormat, Period, export_period, invoice_document
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.models import AuditEntry
from app.kernel.money import Money
from app.people.models import Clinic
from app.people.patient_models import Patient
from app.web.languages import translation_into
from tests.cast import Cast
from tests.factories import make_patient

pytestmark = pytest.mark.usefixtures("session")
NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)
MAY = (date(2030, 5, 1), date(2030, 5, 31))


def wording(*, demo: bool = False) -> Wording:
    return Wording(lambda language: lambda text: f"{text} [{language}]" if language != "en" else text, demo=demo)


def drafted(cast: Cast, patient: Patient, price: str = "100.00") -> Invoice:
    values = {
        "clinic_id": cast.main_id,
        "patient_id": patient.id,
        "doctor_id": cast.doctor_id,
        "lines": [{"description": "Treatment", "unit_price": price, "tax_rate": "19"}],
    }
    with transaction(cast.reception):
        return compose_invoice(values, actor=cast.reception, now=NOON)


def issued(cast: Cast, patient: Patient, price: str = "100.00", at: datetime = NOON) -> Invoice:
    invoice = drafted(cast, patient, price)
    with transaction(cast.reception):
        return issue(invoice.id, actor=cast.reception, now=at)


def pdf_of(cast: Cast, invoice: Invoice, *, demo: bool = False) -> bytes:
    db.session.rollback()
    return invoice_document(invoice.id, actor=cast.accountant, wording=wording(demo=demo)).bytes


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture
def patient(session: Any, cast: Cast) -> Patient:
    return make_patient(cast.main_clinic, name="Pat Payer", email="pat@example.com")


@contextmanager
def statements() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_an_invoice_prints_its_number_patient_sums_and_payments(cast: Cast, patient: Patient) -> None:
    invoice = issued(cast, patient)
    with transaction(cast.reception):
        take_payment(
            invoice.id,
            Money(5000, "EUR"),
            PaymentMethod.TRANSFER,
            reference="SEPA 7",
            actor=cast.reception,
            now=NOON,
        )
    text = text_of(pdf_of(cast, invoice))
    for expected in ("MAIN-2030-000001", "Pat Payer", "119.00", "69.00", "Bank transfer", "SEPA 7", "Dr. Ada Main"):
        assert expected in text


def test_the_same_invoice_is_the_same_bytes(cast: Cast, patient: Patient) -> None:
    invoice = issued(cast, patient)
    assert pdf_of(cast, invoice) == pdf_of(cast, invoice)


def test_an_issued_invoice_prints_what_it_was_whatever_changed_since(cast: Cast, patient: Patient) -> None:
    invoice = issued(cast, patient)
    before = pdf_of(cast, invoice)
    with transaction():
        row = db.session.get_one(Patient, patient.id)
        row.name, row.phone, row.language = "Pat Married", None, "ar"
        clinic = db.session.get_one(Clinic, cast.main_id)
        clinic.name, clinic.address, clinic.timezone = "Sold Clinic", "Elsewhere 1", "Asia/Tokyo"
    assert pdf_of(cast, invoice) == before


@pytest.mark.parametrize(
    "name", ["प्रिया शर्मा", "ليلى حداد", "山田花子", "김민준", "Łukasz Żółć", "Ngô Thị Ánh", "🦷 Zahn"]
)
def test_any_script_in_a_patients_name_is_printed(cast: Cast, name: str) -> None:
    invoice = issued(cast, make_patient(cast.main_clinic, name=name))
    first = pdf_of(cast, invoice)
    assert first.startswith(b"%PDF-")
    assert pdf_of(cast, invoice) == first
    assert len(PdfReader(io.BytesIO(first)).pages) == 1


def test_it_is_written_in_the_patients_language(cast: Cast) -> None:
    invoice = issued(cast, make_patient(cast.main_clinic, name="Ana", language="pt-BR"))
    (found,) = invoices_in_order([invoice.id])
    content = content_of(found, wording())
    assert (content.locale, content.labels.total, content.status) == ("pt-BR", "Total [pt-BR]", "Issued [pt-BR]")


def test_drafts_and_the_demo_are_marked(cast: Cast, patient: Patient) -> None:
    draft, invoice = drafted(cast, patient), issued(cast, patient)
    marks = {}
    for row in invoices_in_order([draft.id, invoice.id]):
        for demo in (False, True):
            content = content_of(row, wording(demo=demo))
            marks[row.id, demo] = content.labels.demo if content.demo else None
    assert marks == {
        (draft.id, False): "Draft, not an invoice",
        (draft.id, True): "Draft, not an invoice · Demonstration, not a valid invoice",
        (invoice.id, False): None,
        (invoice.id, True): "Demonstration, not a valid invoice",
    }
    assert "Draft, not an invoice" in text_of(pdf_of(cast, draft))


def test_who_may_print_what(cast: Cast, patient: Patient) -> None:
    invoice = issued(cast, patient)
    for actor, refusal in [(cast.riverside, NotFound), (cast.doctor2, NotFound), (cast.doctor, NotAllowed)]:
        with pytest.raises(refusal):
            invoice_document(invoice.id, actor=actor, wording=wording())
    assert invoice_document(invoice.id, actor=cast.reception, wording=wording()).filename == "MAIN-2030-000001.pdf"


def test_the_number_of_statements_does_not_grow_with_the_lines(cast: Cast, patient: Patient) -> None:
    invoice = issued(cast, patient)
    db.session.expunge_all()
    with statements() as seen:
        pdf_of(cast, invoice)
    assert len([one for one in seen if one.startswith("SELECT")]) == 3


# -- a period --------------------------------------------------------------------------------------------------------


def exported(cast: Cast, kind: ExportFormat, days: tuple[date, date] = MAY, **values: Any) -> Period:
    actor = values.pop("actor", cast.accountant)
    with transaction(actor):
        return export_period(kind, *days, actor=actor, now=NOON, **values)


def test_a_period_is_one_pdf_with_every_invoice(cast: Cast, patient: Patient) -> None:
    for _ in range(3):
        issued(cast, patient)
    drafted(cast, patient)
    period = exported(cast, ExportFormat.PDF)
    pdf = service.period_pdf(period, wording=wording())
    assert [f"MAIN-2030-00000{number}" in text_of(pdf) for number in (1, 2, 3)] == [True] * 3
    assert len(PdfReader(io.BytesIO(pdf)).outline) == 3
    assert service.period_pdf(period, wording=wording()) == pdf


def test_a_period_is_a_zip_of_pdfs(cast: Cast, patient: Patient) -> None:
    invoices = [issued(cast, patient) for _ in range(3)]
    period = exported(cast, ExportFormat.ZIP)
    packed = b"".join(service.period_zip(period, wording=wording()))
    assert b"".join(service.period_zip(period, wording=wording())) == packed
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == [f"{invoice.number}.pdf" for invoice in invoices]
        assert archive.read(archive.namelist()[0]) == pdf_of(cast, invoices[0])


def test_a_period_is_a_table_that_no_spreadsheet_runs(cast: Cast) -> None:
    issued(cast, make_patient(cast.main_clinic, name="=1+1"))
    table = "".join(service.period_csv(exported(cast, ExportFormat.CSV)))
    (row,) = csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))
    assert (row["number"], row["patient"], row["total"], row["tax"]) == ("MAIN-2030-000001", "'=1+1", "119.00", "19.00")
    assert (row["issued_on"], row["status"], row["balance"]) == ("2030-05-06", "issued", "119.00")


def test_days_are_the_clinics_own_and_both_included(cast: Cast, patient: Patient) -> None:
    first = datetime(2030, 4, 30, 22, tzinfo=UTC)  # midnight in Berlin
    last = datetime(2030, 5, 31, 21, 59, tzinfo=UTC)
    inside = [issued(cast, patient, at=at).id for at in (first, last)]
    for at in (first - timedelta(seconds=1), last + timedelta(minutes=1)):
        issued(cast, patient, at=at)
    assert exported(cast, ExportFormat.CSV).invoice_ids == tuple(inside)
    assert len(exported(cast, ExportFormat.CSV, (date.min, date.max)).invoice_ids) == 4


def test_only_clinics_in_reach_are_exported_and_only_by_those_who_may(cast: Cast, patient: Patient) -> None:
    invoice = issued(cast, patient)
    assert exported(cast, ExportFormat.CSV, actor=cast.admin).invoice_ids == (invoice.id,)
    assert exported(cast, ExportFormat.CSV, actor=cast.admin, clinic_id=cast.riverside_id).invoice_ids == ()
    with pytest.raises(NotFound):
        exported(cast, ExportFormat.CSV, clinic_id=cast.riverside_id)
    with pytest.raises(NotAllowed):
        exported(cast, ExportFormat.CSV, actor=cast.reception)


def test_what_cannot_be_exported_is_refused(cast: Cast, patient: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NothingToPrint):
        exported(cast, ExportFormat.PDF)
    with pytest.raises(PeriodBackwards):
        exported(cast, ExportFormat.PDF, (MAY[1], MAY[0]))
    for _ in range(2):
        issued(cast, patient)
    monkeypatch.setitem(service.MOST, ExportFormat.ZIP, 1)
    with pytest.raises(TooManyInvoices) as refusal:
        exported(cast, ExportFormat.ZIP)
    assert refusal.value.params == {"count": 2, "most": 1}


def test_an_export_is_on_record(cast: Cast, patient: Patient) -> None:
    issued(cast, patient)
    exported(cast, ExportFormat.ZIP)
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "export")).one()
    assert (entry.actor_name, entry.entity) == (cast.accountant.name, "invoice")
    assert entry.after is not None
    assert entry.after["count"] == 1


def test_the_number_of_statements_does_not_grow_with_the_invoices(cast: Cast, patient: Patient) -> None:
    ids = [issued(cast, patient).id for _ in range(12)]
    counts = []
    for some in (ids[:2], ids):
        db.session.rollback()
        db.session.expunge_all()
        with statements() as seen:
            for invoice in invoices_in_order(some):
                content_of(invoice, wording())
        counts.append(len([one for one in seen if one.startswith("SELECT")]))
    assert counts == [3, 3]


def test_a_wording_can_be_replaced_without_touching_the_content(cast: Cast, patient: Patient) -> None:
    (found,) = invoices_in_order([issued(cast, patient).id])
    plain = content_of(found, wording())
    assert replace(plain, demo=True) == content_of(found, wording(demo=True))


@pytest.mark.parametrize(
    ("language", "title", "billed_to", "paid"),
    [("es", "Factura", "Facturado a", "Efectivo"), ("ar", "فاتورة", "صادرة إلى", "نقدًا")],
)
def test_a_document_is_in_the_language_of_its_patient(
    cast: Cast, language: str, title: str, billed_to: str, paid: str
) -> None:
    patient = make_patient(cast.main_clinic, name="Amal Haddad", language=language)
    invoice = issued(cast, patient)
    with transaction(cast.reception):
        take_payment(invoice.id, Money(100, "EUR"), PaymentMethod.CASH, actor=cast.reception, now=NOON)
    [row] = invoices_in_order([invoice.id])
    content = content_of(row, Wording(translation_into, demo=False))
    assert (content.labels.invoice, content.labels.billed_to, content.locale) == (title, billed_to, language)
    assert content.payments[0].method == paid
