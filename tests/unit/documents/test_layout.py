"""Invoices on paper: nothing is lost, nothing is parted that belongs together, the same content is the same file."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from hashlib import sha256
from io import BytesIO

import pytest
from pypdf import PdfReader

from app.documents.content import ClinicBlock, CreditNoteContent, InvoiceLabels, PatientBlock
from app.documents.drawing import PAGE_HEIGHT, PAGE_WIDTH
from app.documents.errors import NothingToPrint
from app.documents.layout import invoice_pdf, invoices_pdf
from app.documents.sheet import BOTTOM, MARGIN
from app.kernel.money import Money
from config import ROOT
from tests.unit.documents.paper import (
    make_invoice,
    make_line,
    make_payment,
    numbered_lines,
    page_texts,
    place_of,
    words,
    words_of_pages,
)

MANY_SCRIPTS = "Анна दिव्या شرمة 山田花子 김민수 สวัสดี"


def test_an_invoice_shows_whose_it_is_and_what_it_comes_to() -> None:
    [text] = page_texts(invoice_pdf(make_invoice((make_line("X-ray of the chest", 12050),), paid=Money(2000, "EUR"))))
    for expected in (
        "Main Clinic",
        "MAIN-2026-000123",
        "Anna Weber",
        "Dr. José Núñez",
        "X-ray of the chest",
        "€120.50",
    ):
        assert expected in text
    assert "November 21, 2026" in text
    assert "Page 1 of 1" in text


def test_the_same_invoice_is_the_same_file_whatever_was_printed_before() -> None:
    content = make_invoice(name=MANY_SCRIPTS)
    first = invoice_pdf(content)
    invoice_pdf(make_invoice(name="अर्जुन ज्ञान श्री كتاب 李 ffi"))
    assert invoice_pdf(content) == first


def test_the_same_invoice_is_the_same_file_in_another_process() -> None:
    program = (
        "from hashlib import sha256; from app.documents.layout import invoice_pdf;"
        "from tests.unit.documents.paper import make_invoice;"
        f"print(sha256(invoice_pdf(make_invoice(name={MANY_SCRIPTS!r}))).hexdigest())"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == sha256(invoice_pdf(make_invoice(name=MANY_SCRIPTS))).hexdigest()


def test_threads_print_at_the_same_time_without_disturbing_each_other() -> None:
    contents = [make_invoice(numbered_lines(30), name=f"{MANY_SCRIPTS} {number}") for number in range(8)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(invoice_pdf, contents))
    assert together == [invoice_pdf(content) for content in contents]


def test_a_long_table_loses_no_row_and_repeats_its_head_on_every_page() -> None:
    pages = page_texts(invoice_pdf(make_invoice(numbered_lines(200))))
    assert len(pages) > 5
    assert re.findall(r"Service-\d{3}", "".join(pages)) == [f"Service-{number:03}" for number in range(1, 201)]
    assert all("Unit price" in page for page in pages)
    assert [f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1)] == [True] * len(pages)


@pytest.mark.parametrize("rows", range(12, 24))
def test_totals_are_never_parted_by_the_end_of_a_page(rows: int) -> None:
    pages = page_texts(invoice_pdf(make_invoice(numbered_lines(rows), discount=Money(1, "EUR"), tax=Money(1, "EUR"))))
    where = [
        [label in page for page in pages].index(True) for label in ("Subtotal", "Total", "Paid so far", "Balance due")
    ]
    assert len(set(where[:1] + where[2:])) == 1
    assert len(re.findall(r"Service-\d{3}", "".join(pages))) == rows


def test_nothing_is_printed_over_the_footer_or_past_the_margins() -> None:
    pdf = invoice_pdf(make_invoice(numbered_lines(60), name="W" * 900))
    for page in words_of_pages(pdf):
        for left, top, right, bottom, _ in page:
            assert left >= MARGIN - 1
            assert right <= PAGE_WIDTH - MARGIN + 1
            assert bottom <= BOTTOM + 4 or top > BOTTOM


def test_a_description_longer_than_a_page_goes_on_with_every_word_of_it() -> None:
    text = " ".join(f"note{number}" for number in range(3000))
    pages = page_texts(invoice_pdf(make_invoice((make_line("before"), make_line(text), make_line("after")))))
    assert len(pages) > 3
    assert re.findall(r"note\d+", " ".join(pages)) == text.split()
    assert "after" in pages[-1]


def test_a_column_that_says_nothing_is_left_out() -> None:
    [plain] = page_texts(invoice_pdf(make_invoice()))
    [full] = page_texts(invoice_pdf(make_invoice((make_line(tax_rate=750, discount=Money(100, "EUR")),))))
    assert "Discount" not in plain
    assert "Tax\n" not in plain
    assert "Discount" in full
    assert "7.5%" in full


def test_payments_and_credit_notes_are_listed() -> None:
    note = CreditNoteContent(date(2026, 12, 1), "CN-7", Money(700, "EUR"), "Charged twice")
    payments = (make_payment(3000, reference="Receipt 4711"), make_payment(-500, method="Card"))
    [text] = page_texts(invoice_pdf(make_invoice(payments=payments, credit_notes=(note,))))
    for expected in ("Receipt 4711", "30.00", "-5.00", "CN-7", "Charged twice", "7.00", "Dec 1, 2026"):
        assert expected in text


@pytest.mark.parametrize(
    ("currency", "minor", "expected"), [("JPY", 1250000, "¥1,250,000"), ("KWD", 1250500, "KWD1,250.500")]
)
def test_amounts_have_the_digits_of_their_currency(currency: str, minor: int, expected: str) -> None:
    [text] = page_texts(invoice_pdf(make_invoice((make_line("Surgery", minor, currency),), currency=currency)))
    assert expected in text.replace("\u00a0", "")


def test_quantities_may_be_fractions() -> None:
    [text] = page_texts(invoice_pdf(make_invoice((make_line(quantity=Decimal("1.5")),))))
    assert "1.5" in text


def test_amounts_too_wide_for_their_columns_shrink_and_push_nothing_off_the_page() -> None:
    huge = Money(10**13, "EUR")
    line = make_line("Gold", unit_price=huge, discount=huge, total=huge, tax_rate=1900, quantity=999_999_999)
    pdf = invoice_pdf(make_invoice((line,)))
    assert all(left >= MARGIN - 1 and right <= PAGE_WIDTH - MARGIN + 1 for left, _, right, _, _ in words(pdf))
    assert page_texts(pdf)[0].count("100,000,000,000.00") >= 3


def test_an_arabic_invoice_is_laid_out_from_right_to_left() -> None:
    english, arabic = (invoice_pdf(make_invoice(locale=locale)) for locale in ("en", "ar"))
    for pdf, is_mirrored in ((english, False), (arabic, True)):
        assert (place_of("Description", pdf)[0] > PAGE_WIDTH / 2) is is_mirrored
        assert (place_of("Amount", pdf)[0] < PAGE_WIDTH / 2) is is_mirrored
    left, right = place_of("Description", english)
    assert place_of("Description", arabic) == pytest.approx((PAGE_WIDTH - right, PAGE_WIDTH - left), abs=0.5)
    assert "+49 170 5550123" in page_texts(arabic)[0]


def test_figures_stand_under_each_other_in_both_directions() -> None:
    lines = (make_line("small", 105), make_line("large", 1234567))
    for locale in ("en", "ar"):
        placed = words(invoice_pdf(make_invoice(lines, locale=locale)))
        edges = {round(right) for _, _, right, _, text in placed if text in ("1.05", "12,345.67")}
        assert len(edges) == 2  # one edge for the unit prices, one for the amounts


def test_labels_are_translated_by_the_function_that_is_given() -> None:
    labels = InvoiceLabels.translated(str.upper)
    assert labels.billed_to == "BILLED TO"
    [text] = page_texts(invoice_pdf(make_invoice(labels=replace(labels, page="%(page)s/%(pages)s"))))
    assert "BALANCE DUE" in text
    assert "1/1" in text


def test_a_demonstration_is_marked_on_every_page_and_a_real_invoice_is_not() -> None:
    demo = page_texts(invoice_pdf(make_invoice(numbered_lines(50), demo=True)))
    real = page_texts(invoice_pdf(make_invoice()))
    assert len(demo) > 1
    assert all("Demonstration" in page for page in demo)
    assert "Demonstration" not in real[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "\x00\x07\x1b[31m",
        "\ud800 and \udfff",
        "👨\u200d👩\u200d👧 🩺",
        "\u202eesrever\u2066\u2069\u202c",
        "\u200d\u200f\ufeff\ufe0f",
        "\u0301\u0301 starts with marks",
        "\U000f0041 private \ue000",
        "\U0010ffff\ufffe",
        "x" * 5000,
        "ش" * 5000,
        "漢" * 5000,
        "क्षि" * 1250,
        "สวัสดี" * 800,
        "(" * 5000 + "א",
        "word " * 1000,
        "%(page)s %s {} <b>&amp;</b> \\ ) (",
    ],
    ids=lambda text: ascii(text[:12]),
)
@pytest.mark.parametrize("locale", ["en", "ar"])
def test_any_text_in_any_place_makes_a_pdf(text: str, locale: str) -> None:
    content = make_invoice(
        (make_line(text), make_line(text)),
        name=text,
        clinic=ClinicBlock(text, (text,), text, text, text),
        patient=PatientBlock(text, text, text, (text,)),
        number=text,
        status=text,
        doctor_name=text,
        notes=text,
        payments=(make_payment(1, method=text[:40], reference=text),),
        locale=locale,
    )
    pages = words_of_pages(invoices_pdf([content]))
    assert pages
    assert all(top >= 0 and bottom <= PAGE_HEIGHT for page in pages for _, top, _, bottom, _ in page)


@pytest.mark.parametrize("locale", ["", "xx", "tlh_QO", "pt-BR", "zh_Hans_CN", "../etc"])
def test_any_locale_makes_a_pdf(locale: str) -> None:
    assert "MAIN-2026-000123" in page_texts(invoice_pdf(make_invoice(locale=locale)))[0]


def test_an_invoice_without_lines_dates_or_doctor_is_printed() -> None:
    bare = make_invoice(
        (), issued_on=None, due_on=None, doctor_name="", clinic=ClinicBlock("C"), patient=PatientBlock("P")
    )
    assert "Balance due" in page_texts(invoice_pdf(bare))[0]


def test_a_period_is_one_file_in_which_each_invoice_starts_a_page_and_counts_its_own() -> None:
    contents = [make_invoice(numbered_lines(rows), number=f"N-{rows}") for rows in (1, 40, 2)]
    pdf = invoices_pdf(iter(contents))
    pages = page_texts(pdf)
    assert [re.findall(r"N-\d+|Page \d of \d", page)[-2:] for page in pages] == [
        ["N-1", "Page 1 of 1"],
        ["N-40", "Page 1 of 2"],
        ["N-40", "Page 2 of 2"],
        ["N-2", "Page 1 of 1"],
    ]
    assert [entry.title.split()[0] for entry in PdfReader(BytesIO(pdf)).outline] == ["N-1", "N-40", "N-2"]
    assert pdf == invoices_pdf(contents)


def test_a_period_without_invoices_is_refused() -> None:
    with pytest.raises(NothingToPrint):
        invoices_pdf([])
