"""Numbers are given at issue, without gap or double, and what was issued never changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.billing.errors import InvoiceNotDraft, NothingToInvoice
from app.billing.issuing import issue
from app.billing.models import Invoice
from app.billing.payments import take_payment
from app.billing.states import InvoiceStatus, PaymentMethod
from app.kernel.db import db, transaction, violated_constraint
from app.kernel.errors import NotAllowed, NotFound, Stale
from app.kernel.money import Money
from app.people.models import Clinic
from app.people.patient_models import Patient

NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)


def issued(actor: Any, invoice: Invoice, now: datetime = NOON) -> Invoice:
    with transaction(actor):
        return issue(invoice.id, actor=actor, now=now)


def numbers() -> list[str | None]:
    db.session.rollback()
    return list(db.session.scalars(select(Invoice.number).order_by(Invoice.number)))


def test_the_first_numbers_of_a_clinic(desk: Any) -> None:
    assert [desk.issued().number for _ in range(2)] == ["MAIN-2030-000001", "MAIN-2030-000002"]


def test_a_draft_has_no_number_and_a_discarded_one_takes_none(desk: Any) -> None:
    assert desk.draft().number is None
    assert desk.issued().number == "MAIN-2030-000001"


def test_the_year_of_the_number_is_the_clinics_own(desk: Any) -> None:
    new_year_in_berlin = datetime(2030, 12, 31, 23, 30, tzinfo=UTC)
    invoice = issued(desk.cast.reception, desk.draft(), new_year_in_berlin)
    assert (invoice.number, invoice.due_date) == ("MAIN-2031-000001", date(2031, 1, 1))


def test_each_year_begins_at_one(desk: Any) -> None:
    first = issued(desk.cast.reception, desk.draft(), datetime(2030, 6, 1, tzinfo=UTC))
    second = issued(desk.cast.reception, desk.draft(), datetime(2031, 6, 1, tzinfo=UTC))
    assert [first.number, second.number] == ["MAIN-2030-000001", "MAIN-2031-000001"]


def test_a_renamed_clinic_counts_on(desk: Any) -> None:
    desk.issued()
    with transaction():
        db.session.get_one(Clinic, desk.cast.main_id).code = "a-code-of-24-characters-"
    assert desk.issued().number == "A-CODE-OF-24-CHARACTERS--2030-000002"


def test_eight_drafts_issued_at_once_leave_no_gap_and_no_double(desk: Any, at_once: Any) -> None:
    drafts = [desk.draft() for _ in range(24)]

    def some(index: int) -> list[Invoice]:
        return [issued(desk.cast.reception, draft) for draft in drafts[index::8]]

    outcomes = at_once(*[lambda index=index: some(index) for index in range(8)])
    assert all(isinstance(outcome, list) for outcome in outcomes), outcomes
    assert numbers() == [f"MAIN-2030-{number:06d}" for number in range(1, 25)]


def test_one_draft_issued_eight_times_at_once_gets_one_number(desk: Any, at_once: Any) -> None:
    draft = desk.draft()
    outcomes = at_once(*[lambda: issued(desk.cast.reception, draft)] * 8)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Invoice"] + ["InvoiceNotDraft"] * 7
    assert desk.issued().number == "MAIN-2030-000002"


def test_an_issue_that_is_rolled_back_gives_its_number_back(desk: Any) -> None:
    draft = desk.draft()
    with pytest.raises(RuntimeError), transaction(desk.cast.reception):
        issue(draft.id, actor=desk.cast.reception, now=NOON)
        raise RuntimeError("the power went")
    assert desk.issued().number == "MAIN-2030-000001"


def test_a_draft_without_lines_is_not_issued(desk: Any) -> None:
    with pytest.raises(NothingToInvoice):
        issued(desk.cast.reception, desk.draft(lines=[]))


def test_an_invoice_over_nothing_is_paid_at_once(desk: Any) -> None:
    assert desk.issued("0.00").status is InvoiceStatus.PAID


def test_what_is_printed_is_kept_whatever_changes_later(desk: Any) -> None:
    invoice = desk.issued()
    with transaction():
        db.session.get_one(Patient, desk.patient.id).name = "Pat Married"
        db.session.get_one(Clinic, desk.cast.main_id).name = "Sold Clinic"
    db.session.rollback()
    kept = db.session.get_one(Invoice, invoice.id)
    assert kept.billed_to is not None
    assert kept.issued_by is not None
    assert (kept.billed_to["name"], kept.issued_by["name"]) == ("Pat Payer", "Main Clinic")
    assert kept.issued_by["doctor"] == "Dr. Ada Main"


def test_who_may_issue(desk: Any) -> None:
    draft = desk.draft()
    expected = [(desk.cast.riverside, NotFound), (desk.cast.accountant, NotAllowed), (desk.cast.doctor, NotAllowed)]
    for actor, refusal in [*expected, (desk.cast.doctor2, NotFound)]:
        with pytest.raises(refusal):
            issued(actor, draft)
    assert issued(desk.cast.admin, draft).number == "MAIN-2030-000001"


def test_a_draft_that_somebody_changed_meanwhile_is_not_issued(desk: Any) -> None:
    draft = desk.draft()
    with pytest.raises(Stale), transaction(desk.cast.reception):
        issue(draft.id, revision=draft.revision + 1, actor=desk.cast.reception, now=NOON)
    assert issued(desk.cast.reception, draft).status is InvoiceStatus.ISSUED
    with pytest.raises(InvoiceNotDraft):
        issued(desk.cast.reception, draft)


# -- what the database itself refuses, whoever writes ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE invoice SET total_minor = 1, subtotal_minor = 1 WHERE id = :id", "ck_invoice_frozen_when_issued"),
        ("UPDATE invoice SET number = 'MAIN-2030-000009' WHERE id = :id", "ck_invoice_frozen_when_issued"),
        ("UPDATE invoice SET patient_id = patient_id + 1 WHERE id = :id", "ck_invoice_frozen_when_issued"),
        ("UPDATE invoice SET status = 'draft' WHERE id = :id", "ck_invoice_frozen_when_issued"),
        ("UPDATE invoice SET due_date = '2099-01-01' WHERE id = :id", "ck_invoice_frozen_when_issued"),
        ("UPDATE invoice SET billed_to = '{}' WHERE id = :id", "ck_invoice_frozen_when_issued"),
        ("UPDATE invoice SET issued_by = NULL WHERE id = :id", "ck_invoice_frozen_when_issued"),
        ("DELETE FROM invoice_line WHERE invoice_id = :id", "ck_invoice_frozen_when_issued"),
        ("UPDATE invoice_line SET description = 'x' WHERE invoice_id = :id", "ck_invoice_frozen_when_issued"),
        ("UPDATE invoice SET paid_minor = total_minor + 1 WHERE id = :id", "ck_invoice_not_overpaid"),
        ("UPDATE invoice SET refunded_minor = paid_minor + 1 WHERE id = :id", "ck_invoice_not_over_refunded"),
        ("UPDATE payment SET refunded_minor = amount_minor + 1 WHERE invoice_id = :id", "ck_payment_not_over_refunded"),
        ("UPDATE payment SET amount_minor = 0 WHERE invoice_id = :id", "ck_payment_amount"),
        ("UPDATE payment SET doctor_share_minor = amount_minor + 1 WHERE invoice_id = :id", "ck_payment_shares"),
        ("DELETE FROM invoice WHERE id = :id", "ck_invoice_frozen_when_issued"),
    ],
)
def test_the_database_guards_an_issued_invoice(desk: Any, statement: str, constraint: str) -> None:
    invoice = desk.issued("100.00")
    with transaction(desk.cast.reception):
        take_payment(invoice.id, Money(4000, "EUR"), PaymentMethod.CASH, actor=desk.cast.reception, now=NOON)
    with db.engine.begin() as connection, pytest.raises(IntegrityError) as error:
        connection.execute(text(statement), {"id": invoice.id})
    assert violated_constraint(error.value) == constraint


def test_the_database_refuses_a_number_twice(desk: Any) -> None:
    first, draft = desk.issued(), desk.draft()
    statement = "UPDATE invoice SET number = :number, status = 'issued' WHERE id = :id"
    with db.engine.begin() as connection, pytest.raises(IntegrityError) as error:
        connection.execute(text(statement), {"number": first.number, "id": draft.id})
    assert violated_constraint(error.value) == "uq_invoice_number"


def test_the_database_refuses_an_issued_invoice_without_a_number(desk: Any) -> None:
    draft = desk.draft()
    with db.engine.begin() as connection, pytest.raises(IntegrityError) as error:
        connection.execute(text("UPDATE invoice SET status = 'issued' WHERE id = :id"), {"id": draft.id})
    assert violated_constraint(error.value) == "ck_invoice_numbered_when_issued"
