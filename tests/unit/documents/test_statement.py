"""A doctor's statement on paper: every row, sums that stay together, any script, the same content the same file."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.documents.statement_content import EarnedContent, EarningsSums, StatementContent, StatementLabels
from app.documents.statement_layout import statement_pdf
from app.kernel.money import Money
from tests.unit.documents.paper import page_texts

MANY_SCRIPTS = "Анна दिव्या شرمة 山田花子 김민수 สวัสดี"


def make_statement(count: int = 1, currencies: tuple[str, ...] = ("EUR",), **values: Any) -> StatementContent:
    rows = tuple(
        EarnedContent(
            day=date(2030, 5, 1) + timedelta(days=number % 30),
            patient=f"Patient {number}",
            service="Consultation",
            total=Money(10_000 + number, currencies[number % len(currencies)]),
            share=Money(5_000, currencies[number % len(currencies)]),
            status="Paid",
            method="Cash",
        )
        for number in range(count)
    )
    sums = tuple(
        EarningsSums(Money(5_000 * count, currency), Money(0, currency), Money(250, currency))
        for currency in currencies
    )
    known: dict[str, Any] = {
        "doctor": "Dr. José Núñez",
        "clinics": ("Main Clinic", "Riverside Clinic"),
        "start": date(2030, 5, 1),
        "end": date(2030, 5, 31),
        "printed_on": date(2030, 6, 1),
        "rows": rows,
        "sums": sums,
    }
    return StatementContent(**known | values)


def test_a_statement_says_whose_it_is_of_what_time_and_what_it_comes_to() -> None:
    [text] = page_texts(statement_pdf(make_statement(2, status="Paid")))
    for expected in ("Dr. José Núñez", "Main Clinic", "Riverside Clinic", "May 1, 2030 – May 31, 2030", "Patient 1"):
        assert expected in text, expected
    for amount in ("100.01", "€100.00", "€2.50", "Page 1 of 1"):
        assert amount in text, amount


def test_every_row_is_printed_however_many_pages_it_takes() -> None:
    pages = page_texts(statement_pdf(make_statement(200)))
    text = "\n".join(pages)
    assert len(pages) > 3
    assert all(f"Patient {number} ·" in text for number in range(200))
    assert all("Own share" in page for page in pages)  # the head is on every page
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    assert "Own share still unpaid" in pages[-1]


def test_an_open_period_and_nothing_in_it_are_said() -> None:
    [text] = page_texts(statement_pdf(make_statement(0, start=None, end=None)))
    assert "No payments in this time" in text
    assert "All" in text
    [text] = page_texts(statement_pdf(make_statement(0, end=None)))
    assert "May 1, 2030 – …" in text


def test_several_currencies_have_sums_of_their_own_and_amounts_with_their_sign() -> None:
    [text] = page_texts(statement_pdf(make_statement(2, ("EUR", "USD"))))
    for amount in ("€100.00", "$100.01", "$2.50"):
        assert amount in text, amount


@pytest.mark.parametrize("locale", ["en", "ar", "he", "de", "hi"])
def test_names_in_any_script_are_printed_in_either_direction(locale: str) -> None:
    content = make_statement(3, doctor=MANY_SCRIPTS, clinics=("عيادة",), locale=locale)
    first = statement_pdf(content)
    assert first == statement_pdf(content)
    assert first.startswith(b"%PDF")


def test_the_demo_marks_its_statements() -> None:
    marked = make_statement(1, demo=True, labels=StatementLabels(demo="Not valid"))
    assert "Not valid" in page_texts(statement_pdf(marked))[0]
    assert "Not valid" not in page_texts(statement_pdf(make_statement()))[0]
