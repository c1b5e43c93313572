"""What text from outside must be like before anything keeps it, and how it leaves in a CSV cell."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby

from app.kernel.errors import N_, Invalid

LONGEST_RUN_OF_MARKS = 30  # combining marks in a row: the Stream-Safe Text Format of UAX #15

# Control characters (but tab, line feed, carriage return, next line), lone surrogates, bidirectional embeddings,
# overrides and isolates, deprecated format controls, interlinear annotation, noncharacters, invisible tags.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u206f"
    "\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\U000e0000-\U000e007f]"
)
_PASTE_LEFTOVERS = re.compile("[\u00ad\u200b\u2060-\u2064\ufeff]")
# ZWNJ and ZWJ shape Persian, Indic and emoji, and there they follow something visible: elsewhere they only make two
# texts that look alike differ. Runs count as one.
_IDLE_JOINER = re.compile("(^|(?<=[\\s\u200c\u200d]))[\u200c\u200d]+")
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_BLANKS_IN_LINE = re.compile(r"[^\S\n]+")
_EMPTY_LINES = re.compile(r"\n{3,}")

_FORMULA = re.compile(r"'*(\s*[=+\-@＝＋－＠]|[\t\r\n])")
_PLAIN_NUMBER = re.compile(r"-[0-9]+(\.[0-9]+)?")


class NotText(Invalid):
    code = "not_text"
    template = N_("This must be text.")


class ForbiddenCharacter(Invalid):
    code = "forbidden_character"
    template = N_("This contains a character that cannot be kept: %(character)s.")


class TextTooLong(Invalid):
    code = "too_long"
    template = N_("This is too long: at most %(max_length)s characters.")


def clean_line(text: object, max_length: int, *, field: str | None = None) -> str:
    """One line in NFC: every run of white space, line ends too, becomes one space; none is left at the ends.

    `max_length` counts characters (code points) after cleaning. The answer may be empty.
    Refuses: NotText, ForbiddenCharacter, TextTooLong.
    """
    return _within(" ".join(_admissible(text, max_length, field).split()), max_length, field)


def clean_text(text: object, max_length: int, *, field: str | None = None) -> str:
    """Text of several lines in NFC, ended by LF: no blanks at line ends, at most one empty line in a row.

    Tabs stay tabs; other runs of blanks become one space. Refuses as `clean_line` does.
    """
    lines = _LINE_END.sub("\n", _admissible(text, max_length, field)).split("\n")
    cleaned = "\n".join(_BLANKS_IN_LINE.sub(_tab_or_space, line).strip() for line in lines)
    return _within(_EMPTY_LINES.sub("\n\n", cleaned).strip(), max_length, field)


def csv_safe(value: object) -> str:
    """The text of a CSV cell that no spreadsheet takes for a formula (OWASP, "CSV Injection"). None is empty.

    A text that begins with = + - @ (wide forms too, blanks before them or not), a tab or a line end gets an apostrophe
    in front; so does one that already begins with apostrophes before such a sign. To read it back, take one apostrophe
    away from a text that begins with apostrophes before such a sign. A negative number stays a number; +5511987654321
    is a phone to us and a number to a spreadsheet, which would drop the plus, so it gets the apostrophe.
    """
    text = "" if value is None else str(value)
    if _FORMULA.match(text) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def _admissible(text: object, max_length: int, field: str | None) -> str:
    if not isinstance(text, str):
        raise NotText(field=field)
    if len(text) > 4 * max_length + 1000:  # far too long whatever cleaning takes away; spares the work on megabytes
        raise TextTooLong(field=field, max_length=max_length)
    found = _FORBIDDEN.search(text) or _too_many_marks(text)
    if found:
        raise ForbiddenCharacter(field=field, character=f"U+{ord(found[0]):04X}")
    return unicodedata.normalize("NFC", _IDLE_JOINER.sub("", _PASTE_LEFTOVERS.sub("", text)))


def _too_many_marks(text: str) -> str | None:
    """The first mark of a heap of marks: unreadable, and sorting it for NFC takes quadratic time."""
    if text.isascii():
        return None
    for marks, run in groupby(text, key=lambda character: unicodedata.combining(character) != 0):
        if marks and len(heap := "".join(run)) > LONGEST_RUN_OF_MARKS:
            return heap
    return None


def _tab_or_space(blanks: re.Match[str]) -> str:
    return "\t" if "\t" in blanks[0] else " "


def _within(text: str, max_length: int, field: str | None) -> str:
    if len(text) > max_length:
        raise TextTooLong(field=field, max_length=max_length)
    return text
