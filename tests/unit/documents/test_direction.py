"""Right-to-left text among left-to-right text, as the Unicode annex has it."""

from __future__ import annotations

import pytest

from app.documents.direction import LEFT_TO_RIGHT, RIGHT_TO_LEFT, direction_of, visual_order
from app.documents.figures import phone
from app.documents.shaping import set_line


def seen(text: str, base: int = LEFT_TO_RIGHT) -> str:
    """The characters from left to right, as they stand on paper."""
    line = set_line(text, bold=False, base=base, language="en")
    return "".join(glyph.text for run in line.runs for glyph in run.glyphs)


@pytest.mark.parametrize(
    ("text", "on_paper"),
    [
        ("abc אבג def", "abc גבא def"),
        ("אבג abc דהו", "והד abc גבא"),
        ("אבג 123 דהו", "והד 123 גבא"),
        ("אבג (VIP) 12", "12 (VIP) גבא"),
        ("אבג (דה)", "(הד) גבא"),
        ("Anna (אבג) 12", "Anna (גבא) 12"),
        ("אבג [a(b)c", "a(b)c] גבא"),
        ("אבג 12.50", "12.50 גבא"),
    ],
)
def test_words_numbers_and_brackets_stand_where_a_reader_expects_them(text: str, on_paper: str) -> None:
    assert seen(text) == on_paper


def test_an_override_in_a_name_turns_nothing_around() -> None:
    assert seen("a\u202ebc\u2067de") == "abcde"


def test_a_phone_number_keeps_its_order_on_a_right_to_left_page() -> None:
    assert seen(phone("+49 170 555"), RIGHT_TO_LEFT) == "+49 170 555"


def test_an_empty_phone_number_stays_empty() -> None:
    assert phone("") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", RIGHT_TO_LEFT),
        ("12 a", LEFT_TO_RIGHT),
        ("12 א a", RIGHT_TO_LEFT),
        ("a א", LEFT_TO_RIGHT),
        ("", RIGHT_TO_LEFT),
    ],
)
def test_the_first_letter_decides_the_direction_and_the_page_where_there_is_none(text: str, expected: int) -> None:
    assert direction_of(text, RIGHT_TO_LEFT) == expected


def test_runs_of_nested_levels_are_turned_level_by_level() -> None:
    assert visual_order([0, 1, 2, 1, 0]) == [0, 3, 2, 1, 4]
    assert visual_order([1, 2, 2, 1]) == [3, 1, 2, 0]
    assert visual_order([]) == []
