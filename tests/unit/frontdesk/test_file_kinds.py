"""What a file is, its content says and its name does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.frontdesk.file_kinds import JPEG, PDF, PICTURES, PNG, TEXT, WEBP, fitting_name, kind_of

PNG_HEAD = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n...", PDF),
        (b"\n %PDF-1.4", PDF),
        (PNG_HEAD, PNG),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", JPEG),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", WEBP),
        (b"Blood pressure 128/82", TEXT),
        ("Größe 1,80 m\r\nضغط الدم".encode(), TEXT),
        (b"\xef\xbb\xbfwith a mark", TEXT),
        (b"pH < 7.35 and > 7", TEXT),
    ],
)
def test_what_may_be_attached(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<?xml version='1.0'?><svg/>",
        b"<!DOCTYPE html><html></html>",
        b"\n\n  <HTML>",
        b"text, then <script>alert(1)</script>",
        b"GIF89a\x01\x00\x01\x00",
        b"PK\x03\x04 a zip",
        b"MZ\x90\x00",
        b"\x7fELF",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        b"\x89PNG\r\n\x1a\nbroken",
        b"\xff\xfeU\x00T\x00F\x00",
        b"text with a \x00 in it",
        b"Latin-1: \xe9",
        b"<html>%PDF-1.7",
    ],
)
def test_what_may_not(content: bytes) -> None:
    assert kind_of(content) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_something_or_nothing(content: bytes) -> None:
    assert kind_of(content) in {None, PDF, TEXT, *PICTURES}


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("a.PDF", PDF, "a.PDF"),
        ("a.jpeg", JPEG, "a.jpeg"),
        ("invoice.exe", PDF, "invoice.exe.pdf"),
        ("scan", PNG, "scan.png"),
    ],
)
def test_a_name_ends_as_the_file_is(name: str, kind: str, kept: str) -> None:
    assert fitting_name(name, kind) == kept
