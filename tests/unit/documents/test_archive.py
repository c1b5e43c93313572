"""Invoices in a ZIP: always the same bytes, and names that every system accepts."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest

from app.documents.archive import invoices_zip, pdf_name


def archive(*documents: tuple[str, bytes]) -> ZipFile:
    return ZipFile(BytesIO(b"".join(invoices_zip(documents))))


def test_each_document_is_in_the_archive_as_it_was() -> None:
    found = archive(("A-1", b"one" * 1000), ("A-2", b"two"))
    assert found.testzip() is None
    assert {name: found.read(name) for name in found.namelist()} == {"A-1.pdf": b"one" * 1000, "A-2.pdf": b"two"}


def test_the_same_documents_are_the_same_bytes() -> None:
    documents = [("A-1", b"one"), ("A-2", b"two")]
    assert b"".join(invoices_zip(documents)) == b"".join(invoices_zip(documents))
    assert {entry.date_time for entry in archive(*documents).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_documents_are_asked_for_one_by_one() -> None:
    asked = []

    def documents() -> Iterator[tuple[str, bytes]]:
        for number in range(3):
            asked.append(number)
            yield f"A-{number}", bytes(1000)

    chunks = invoices_zip(documents())
    assert b"A-0.pdf" in next(chunks)
    assert asked == [0]


def test_no_document_gives_an_empty_archive() -> None:
    assert archive().namelist() == []


def test_documents_of_one_number_keep_names_of_their_own() -> None:
    found = archive(("A/1", b"1"), ("A 1", b"2"), ("a-1", b"3"), ("A-1-2", b"4"))
    assert found.namelist() == ["A-1.pdf", "A-1-2.pdf", "a-1-3.pdf", "A-1-2-2.pdf"]


@pytest.mark.parametrize(
    ("number", "name"),
    [
        ("MAIN-2026-000123", "MAIN-2026-000123.pdf"),
        ("MAIN-1.pdf", "MAIN-1.pdf"),
        ("../../etc/passwd", "etc-passwd.pdf"),
        ("C:\\x|y*?", "C-x-y.pdf"),
        ("", "invoice.pdf"),
        ("...", "invoice.pdf"),
        ("con", "invoice-con.pdf"),
        ("COM1.x", "invoice-COM1.x.pdf"),
        ("فاتورة 7", "فاتورة-7.pdf"),
        ("a\x00\n\u202eb", "a-b.pdf"),
        ("\ud800", "invoice.pdf"),
        ("9" * 5000, "9" * 100 + ".pdf"),
    ],
)
def test_names_are_safe_on_every_system(number: str, name: str) -> None:
    assert pdf_name(number) == name
