"""Invoices to print in tests, and what can be read and seen on the pages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from itertools import groupby
from typing import Any

import pymupdf
from pypdf import PdfReader

from app.documents import direction
from app.documents.content import ClinicBlock, InvoiceContent, LineContent, PatientBlock, PaymentContent
from app.documents.drawing import Paper, Strip, Text
from app.documents.shaping import set_line
from app.kernel.money import Money

Word = tuple[float, float, float, float, str]
BLACK = (0.0, 0.0, 0.0)
DOTS_PER_INCH = 144


def make_line(
    description: str = "Consultation", minor: int = 4500, currency: str = "EUR", **fields: Any
) -> LineContent:
    values: dict[str, Any] = {
        "quantity": 1,
        "unit_price": Money(minor, currency),
        "discount": Money(0, currency),
        "tax_rate": 0,
        "total": Money(minor, currency),
    }
    return LineContent(description, **{**values, **fields})


def make_invoice(
    lines: tuple[LineContent, ...] = (make_line(),), name: str = "Anna Weber", currency: str = "EUR", **fields: Any
) -> InvoiceContent:
    total = Money(sum(line.total.minor for line in lines), currency)
    values: dict[str, Any] = {
        "clinic": ClinicBlock("Main Clinic", ("12 Harbour Street",), "DE 811 569 869", "+49 40 123456"),
        "patient": PatientBlock(name, "+49 170 5550123", "anna@example.org"),
        "number": "MAIN-2026-000123",
        "status": "Issued",
        "currency": currency,
        "subtotal": total,
        "discount": Money(0, currency),
        "tax": Money(0, currency),
        "total": total,
        "paid": Money(0, currency),
        "balance": total,
        "issued_on": date(2026, 11, 21),
        "due_on": date(2026, 12, 5),
        "doctor_name": "Dr. José Núñez",
    }
    return InvoiceContent(lines=lines, **{**values, **fields})


def numbered_lines(count: int) -> tuple[LineContent, ...]:
    return tuple(make_line(f"Service-{number:03}", 1000 + number) for number in range(1, count + 1))


def make_payment(minor: int, **fields: Any) -> PaymentContent:
    values: dict[str, Any] = {"paid_on": date(2026, 11, 21), "method": "Cash", "amount": Money(minor, "EUR")}
    return PaymentContent(**{**values, **fields})


def page_texts(pdf: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(pdf)).pages]


def words_of_pages(pdf: bytes) -> list[list[Word]]:
    """Left, top, right, bottom and text of each word of each page, in points."""
    with pymupdf.open(stream=pdf) as document:
        return [[tuple(word[:5]) for word in page.get_text("words")] for page in document]


def words(pdf: bytes) -> list[Word]:
    """The words of the first page."""
    return words_of_pages(pdf)[0]


def place_of(word: str, pdf: bytes) -> tuple[float, float]:
    """Left and right edge of a word that stands once on the first page."""
    [(left, _, right, _, _)] = [each for each in words(pdf) if each[4] == word]
    return left, right


def printed(text: str, *, bold: bool = False, base: int = direction.LEFT_TO_RIGHT) -> bytes:
    """A page with nothing but this text, in 24 points."""
    line = set_line(text, bold=bold, base=base, language="en")
    paper = Paper(title="", author="", language="en", right_to_left=False)
    paper.draw([(100, Strip(40, 30, (Text(line, 50, 400, 24, BLACK),)))], right_to_left=False)
    paper.end_page()
    return paper.finish()


def ink(pdf: bytes) -> pymupdf.Pixmap:
    """What `printed` put on its page, as grey dots."""
    with pymupdf.open(stream=pdf) as document:
        return document[0].get_pixmap(dpi=DOTS_PER_INCH, colorspace=pymupdf.csGRAY, clip=(40, 90, 300, 150))


def ink_widths(pdf: bytes, gap: float = 4.0) -> list[int]:
    """Widths in points, from the left, of the pieces of ink that at least `gap` points of white part."""
    pixmap = ink(pdf)
    samples = bytes(pixmap.samples)
    inked = [min(samples[column :: pixmap.stride]) < 128 for column in range(pixmap.width)]
    return [round(width * 72 / DOTS_PER_INCH) for width in _pieces(inked, round(gap * DOTS_PER_INCH / 72))]


def _pieces(inked: list[bool], gap: int) -> Iterator[int]:
    width, white = 0, 0
    for is_ink, columns in groupby(inked):
        count = len(list(columns))
        if not is_ink:
            white = count
            continue
        if width and white >= gap:
            yield width
            width = 0
        width += count + (white if width else 0)
    if width:
        yield width
