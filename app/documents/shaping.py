"""From characters to lines of positioned glyphs: a font for each run of text, HarfBuzz for its shapes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import NamedTuple

import uharfbuzz as hb
from bidi.mirror import MIRRORED

from app.documents import direction, fonts

UNKNOWN = "\ufffd"
# Marks that only steer the order of text: an override in a name could turn the rest of the line around.
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")
# Characters with no ink of their own (Default_Ignorable_Code_Point); HarfBuzz uses them and leaves them out.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e0fff]"
)
_IDEOGRAPHS = (
    "\u2e80-\u2fff\u3003-\u3007\u3012-\u3013\u3020-\u30ff\u3105-\ua4cf\uf900-\ufaff\uff10-\uff5a\U00020000-\U0003ffff"
)
_OPENING = "\u3008\u300a\u300c\u300e\u3010\u3014\u3016\u3018\u301a\u301d\uff08\uff3b\uff5b\uff5f"
_CLOSING = (
    "\u3001\u3002\u3009\u300b\u300d\u300f\u3011\u3015\u3017\u3019\u301b\u301e"
    "\u30fb\u30fc\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d\uff60"
)
# What stays together on a line: a word or one ideograph, with the punctuation and spaces that belong to it.
_UNIT = re.compile(f"[{_OPENING}]*(?:[^ {_IDEOGRAPHS}{_OPENING}{_CLOSING}]+|[{_IDEOGRAPHS}])?[{_CLOSING}]* *")
_DEVANAGARI = (fonts.MAIN,)


class Face(NamedTuple):
    """A font by name; a font may set several scripts, each shaped by its own rules ("" is the common one)."""

    name: str
    script: str = ""


class Glyph(NamedTuple):
    """Lengths in thousandths of the font size; `cluster` is the index of its first character in the run."""

    code: int
    text: str
    advance: int
    width: int
    right: int
    up: int
    cluster: int


class Run(NamedTuple):
    """Glyphs of one font from left to right; `thicken` where bold is wanted and the font has none."""

    font: fonts.PrintFont
    thicken: bool
    glyphs: tuple[Glyph, ...]
    width: int


_MAIN = Face(fonts.MAIN)
_MIRRORED = str.maketrans(MIRRORED)  # a "(" is drawn as ")" where text runs right to left


@dataclass(frozen=True, slots=True)
class Line:
    """One line ready to be drawn, runs from left to right; `width` in thousandths of the font size."""

    runs: tuple[Run, ...]
    width: int


@lru_cache(maxsize=2048)
def set_lines(text: str, width: int, *, bold: bool, base: int, language: str) -> tuple[Line, ...]:
    """Break text into lines of at most `width` thousandths of the font size; at least one line.

    `base` is the direction where the text has no letters of its own. `language` (a locale) decides between Chinese,
    Japanese and Korean forms of a character where the text does not. Any string is accepted: control characters,
    surrogates and what no font covers become a visible replacement character.
    """
    lines: list[Line] = []
    for paragraph in text.splitlines() or [""]:
        lines += _Paragraph(clean(paragraph), bold=bold, base=base, language=language).lines(width)
    return tuple(lines)


def set_line(text: str, *, bold: bool, base: int, language: str) -> Line:
    """All of the text on one line."""
    return set_lines(" ".join(text.splitlines()), 2**31, bold=bold, base=base, language=language)[0]


def clean(text: str) -> str:
    """Text that can be printed: overrides dropped, other spaces made plain, what is no character replaced."""
    return "".join(map(_printable, _OVERRIDES.sub("", text)))


def _printable(character: str) -> str:
    category = unicodedata.category(character)
    if character == "\t" or (category == "Zs" and character not in "\u00a0\u202f"):
        return " "
    if category in ("Cc", "Cs", "Co", "Zl", "Zp"):
        return UNKNOWN
    return "\u00a0" if character == "\u202f" else character


class _Paragraph:
    """A paragraph in logical order, with the level and the font of each character."""

    def __init__(self, text: str, *, bold: bool, base: int, language: str) -> None:
        self.bold = bold
        self.base = direction.direction_of(text, base)
        self.levels = direction.embedding_levels(text, self.base)
        self.text, self.faces = choose_fonts(text, language)

    def lines(self, width: int) -> list[Line]:
        line = self.line(0, len(self.text))
        if line.width <= width:
            return [line]
        return [self.line(start, end) for start, end in self._breaks(width)]

    def line(self, start: int, end: int) -> Line:
        end = start + len(self.text[start:end].rstrip(" "))
        runs, levels = [], []
        for first, last in self._runs(start, end):
            runs.append(self._shape(first, last))
            levels.append(self.levels[first])
        return Line(tuple(runs[i] for i in direction.visual_order(levels)), sum(run.width for run in runs))

    def _runs(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        def key(index: int) -> tuple[int, Face]:
            return self.levels[index], self.faces[index]

        for _, group in groupby(range(start, end), key):
            indexes = list(group)
            yield indexes[0], indexes[-1] + 1

    def _shape(self, first: int, last: int) -> Run:
        right_to_left = bool(self.levels[first] % 2)
        return shape(self.text[first:last], self.faces[first], bold=self.bold, right_to_left=right_to_left)

    def _breaks(self, width: int) -> Iterator[tuple[int, int]]:
        """Start and end of each line: as many units as fit; a unit wider than a line is cut between clusters."""
        start, used = 0, 0
        for first, last in self._units(width):
            bare = self._width(first, first + len(self.text[first:last].rstrip(" ")))
            if used and used + bare > width:
                yield start, first
                start, used = first, 0
            used += self._width(first, last)
        yield start, len(self.text)

    def _units(self, width: int) -> Iterator[tuple[int, int]]:
        for match in _UNIT.finditer(self.text):
            first, last = match.span()
            if first < last and self._width(first, last) <= width:
                yield first, last
            elif first < last:
                yield from self._cut(first, last, width)

    def _cut(self, first: int, last: int, width: int) -> Iterator[tuple[int, int]]:
        """Cut what is too wide for one line, never inside a cluster."""
        start, used = first, 0
        for position, advance in self._clusters(first, last):
            if used and used + advance > width:
                yield start, position
                start, used = position, 0
            used += advance
        yield start, last

    def _clusters(self, first: int, last: int) -> list[tuple[int, int]]:
        widths: dict[int, int] = {}
        for start, end in self._runs(first, last):
            for glyph in self._shape(start, end).glyphs:
                widths[start + glyph.cluster] = widths.get(start + glyph.cluster, 0) + glyph.advance
        return sorted(widths.items())

    def _width(self, first: int, last: int) -> int:
        return sum(self._shape(start, end).width for start, end in self._runs(first, last))


def choose_fonts(text: str, language: str) -> tuple[str, list[Face]]:
    """The text, with UNKNOWN for each character that no font has, and the face of each character.

    The main font sets all it can; marks and joiners stay with the letter that they belong to.
    """
    han = _han_fonts(text, language)
    shown: list[str] = []
    faces: list[Face] = []
    for character in text:
        face = _face(character, faces[-1] if faces else _MAIN, han)
        shown.append(character if face else UNKNOWN)
        faces.append(face or _MAIN)
    return "".join(shown), faces


def _face(character: str, previous: Face, han: tuple[str, ...]) -> Face | None:
    if _INVISIBLE.match(character):
        return previous
    script = fonts.script_of(character)
    if unicodedata.combining(character) and not script and _covers(previous.name, character):
        return previous
    if not script or script == _DEVANAGARI:
        names, own_rules = script or (fonts.MAIN,), "".join(script)
    else:
        names, own_rules = (fonts.MAIN, *(han if script == fonts.CHINESE else script)), ""
    return next((Face(name, own_rules) for name in names if _covers(name, character)), None)


def _covers(name: str, character: str) -> bool:
    return fonts.load(f"{name}-Regular").covers(character)


def _han_fonts(text: str, language: str) -> tuple[str, ...]:
    if language.startswith("ja") or any("\u3040" <= character <= "\u30ff" for character in text):
        return fonts.JAPANESE
    if language.startswith("ko") or any("\uac00" <= character <= "\ud7a3" for character in text):
        return fonts.KOREAN
    return fonts.CHINESE


@lru_cache(maxsize=4096)
def shape(text: str, face: Face, *, bold: bool, right_to_left: bool) -> Run:
    """Shape a run of one font, script and direction."""
    has_bold = face.name in fonts.WITH_BOLD
    font = fonts.load(f"{face.name}-{'Bold' if bold and has_bold else 'Regular'}")
    buffer = hb.Buffer()
    buffer.flags = hb.BufferFlags.REMOVE_DEFAULT_IGNORABLES
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.language = "und"
    buffer.direction = "rtl" if right_to_left else "ltr"
    hb.shape(font.shaper, buffer)
    glyphs = tuple(_glyphs(font, text.translate(_MIRRORED) if right_to_left else text, buffer))
    return Run(font, bold and not has_bold, glyphs, sum(glyph.advance for glyph in glyphs))


def _glyphs(font: fonts.PrintFont, text: str, buffer: hb.Buffer) -> Iterator[Glyph]:
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    meanings = _meanings(font, text, [(info.codepoint, info.cluster) for info in infos])
    for info, position, meaning in zip(infos, positions, meanings, strict=True):
        code = font.code(info.codepoint)
        width = font.face.charWidths[code]
        yield Glyph(code, meaning, position.x_advance, width, position.x_offset, position.y_offset, info.cluster)


def _meanings(font: fonts.PrintFont, text: str, glyphs: list[tuple[int, int]]) -> list[str]:
    """The characters that each glyph stands for: its own where it has one, the rest of its cluster for a ligature."""
    starts = [*sorted({cluster for _, cluster in glyphs}), len(text)]
    left = {start: list(text[start:end]) for start, end in pairwise(starts)}
    meanings = [""] * len(glyphs)
    joined = []
    for index, (glyph, cluster) in enumerate(glyphs):
        own = next((c for c in left[cluster] if font.face.charToGlyph.get(ord(c)) == glyph), None)
        if own is None:
            joined.append((index, cluster))
        else:
            left[cluster].remove(own)
            meanings[index] = own
    for index, cluster in joined:
        meanings[index] = "".join(left[cluster])
        left[cluster] = []
    return meanings
