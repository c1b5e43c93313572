"""Text from outside, cleaned or refused, and CSV cells."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Invalid
from app.kernel.text import ForbiddenCharacter, NotText, TextTooLong, clean_line, clean_text, csv_safe

any_text = st.text(alphabet=st.characters(), max_size=60)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("  Ana \t Maria\r\n Silva ", "Ana Maria Silva"),
        ("Ana\u00a0Maria\u3000王", "Ana Maria 王"),
        ("Jose\u0301", "José"),
        ("\ufeffAna\u200b", "Ana"),
        ("\u200dAna \u200cB", "Ana B"),
        ("شه‌نواز", "شه‌نواز"),
        ("क्‍ष", "क्‍ष"),
        ("👩\u200d⚕️", "👩\u200d⚕️"),
        ("Ana\u200d\u200d\u200dMaria", "Ana\u200dMaria"),
        ("", ""),
    ],
)
def test_a_line_is_composed_trimmed_and_collapsed(raw: str, clean: str) -> None:
    assert clean_line(raw, 40) == clean


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x07",
        "\x1b",
        "\x7f",
        "\x9f",
        "\ud800",
        chr(0xDFFF),
        "\u202a",
        "\u202e",
        "\u2066",
        "\u2069",
        "\uffff",
        "\U000e0041",
    ],
)
def test_a_character_that_cannot_be_kept_is_refused_and_named(character: str) -> None:
    for clean in (clean_line, clean_text):
        with pytest.raises(ForbiddenCharacter) as refused:
            clean(f"Ana{character}", 40, field="name")
        assert refused.value.params["character"] == f"U+{ord(character):04X}"
        assert list(refused.value.errors) == ["name"]
        str(refused.value).encode()


def test_something_that_is_not_text_is_refused() -> None:
    for value in (None, 3, True, ["Ana"], b"Ana"):
        with pytest.raises(NotText):
            clean_line(value, 40)


def test_the_length_is_counted_after_cleaning() -> None:
    assert clean_line("  " + "e\u0301" * 10 + "  ", 10) == "é" * 10
    with pytest.raises(TextTooLong, match="at most 10 characters"):
        clean_line("a" * 11, 10)


def test_megabytes_of_marks_are_refused_at_once() -> None:
    for text in ("a" + "\u0301\u0316" * 1_000_000, "x" * 10_000_000):  # to put the marks in order takes an hour
        with pytest.raises(Invalid):
            clean_text(text, 500_000)


def test_text_keeps_its_lines_and_tabs() -> None:
    assert clean_text("  one \r\ntwo\t\tthree\u2028\n\n\n\nfour  five \x85", 100) == "one\ntwo\tthree\n\nfour five"


@given(any_text)
def test_what_was_accepted_is_accepted_again_unchanged(text: str) -> None:
    for clean in (clean_line, clean_text):
        try:
            once = clean(text, 60)
        except Invalid:
            continue
        assert clean(once, 60) == once
        assert unicodedata.is_normalized("NFC", once)
        once.encode("utf-8")


def original(cell: str) -> str:
    """The rule of `csv_safe`, backwards."""
    return cell[1:] if re.match(r"'+(\s*[=+\-@＝＋－＠]|[\t\r\n])", cell) else cell


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),
        ("\tx", "'\tx"),
        ("\rx", "'\rx"),
        ("-2+3", "'-2+3"),
        ("+5511987654321", "'+5511987654321"),
        ("'=1", "''=1"),
        ("-5", "-5"),
        ("-12.50", "-12.50"),
        (-5, "-5"),
        (None, ""),
        ("'Ana", "'Ana"),
        ("a=b", "a=b"),
        ("Ana", "Ana"),
    ],
)
def test_a_csv_cell_is_never_a_formula(value: object, cell: str) -> None:
    assert csv_safe(value) == cell


@given(st.text(alphabet=st.sampled_from("'=+-@ \t\r\n5.a＝"), max_size=8))
def test_a_csv_cell_can_be_read_back(text: str) -> None:
    cell = csv_safe(text)
    assert original(cell) == text
    assert cell.lstrip()[:1] not in {"=", "+", "@", "＝"}
    page = io.StringIO(newline="")
    csv.writer(page).writerow([cell])
    assert next(csv.reader(io.StringIO(page.getvalue(), newline=""))) == [cell]
