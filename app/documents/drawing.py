"""From a page's contents to the marks on a PDF page: text as glyphs, rectangles; ReportLab keeps the document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import Any, Literal

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from app.documents.shaping import Glyph, Line

PAGE_WIDTH, PAGE_HEIGHT = A4
Colour = tuple[float, float, float]
THICKENING = 0.03  # stroke, in font sizes, of bold text whose font has no bold


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text in a box that begins `start` points from the leading edge of the page and is `width` wide.

    The leading edge is the left one, in a right-to-left document the right one; `align` follows it.
    """

    line: Line
    start: float
    width: float
    size: float
    colour: Colour
    align: Literal["start", "end"] = "start"


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle; its top lies `down` points under the top of the strip that holds it."""

    start: float
    width: float
    down: float
    height: float
    colour: Colour


@dataclass(frozen=True, slots=True)
class Strip:
    """A band of the page that is never cut: boxes below texts, which share one baseline."""

    height: float
    baseline: float
    texts: tuple[Text, ...] = ()
    boxes: tuple[Box, ...] = ()


class Paper:
    """A PDF being written, page after page; the same calls give the same bytes."""

    def __init__(self, *, title: str, author: str, language: str, right_to_left: bool) -> None:
        self._bytes = BytesIO()
        self._canvas = Canvas(self._bytes, pagesize=A4, invariant=1, pageCompression=1, lang=language)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self._canvas.setCreator("ClinicDesk")
        if right_to_left:
            self._canvas.setViewerPreference("Direction", "R2L")

    def bookmark(self, title: str, key: str) -> None:
        """An entry of the table of contents that leads to the present page."""
        self._canvas.bookmarkPage(key)
        self._canvas.addOutlineEntry(title, key)

    def draw(self, strips: Iterable[tuple[float, Strip]], *, right_to_left: bool) -> None:
        """Put strips on the present page, each with the distance of its top from the top of the page."""
        for top, strip in strips:
            for box in strip.boxes:
                left = PAGE_WIDTH - box.start - box.width if right_to_left else box.start
                self._fill(left, PAGE_HEIGHT - top - box.down - box.height, box)
            for text in strip.texts:
                self._text(text, PAGE_HEIGHT - top - strip.baseline, right_to_left=right_to_left)

    def watermark(self, line: Line, size: float, colour: Colour) -> None:
        """Text across the middle of the present page, rising from the lower left."""
        self._canvas.saveState()
        self._canvas.translate(PAGE_WIDTH / 2, PAGE_HEIGHT / 2)
        self._canvas.rotate(52)
        self._show(line, -line.width * size / 2000, 0, size, colour)
        self._canvas.restoreState()

    def end_page(self) -> None:
        self._canvas.showPage()

    def finish(self) -> bytes:
        self._canvas.save()
        return self._bytes.getvalue()

    def _fill(self, left: float, bottom: float, box: Box) -> None:
        self._canvas.addLiteral(
            f"{_colour(box.colour)} rg {left:.2f} {bottom:.2f} {box.width:.2f} {box.height:.2f} re f"
        )

    def _text(self, text: Text, y: float, *, right_to_left: bool) -> None:
        spare = text.width - text.line.width * text.size / 1000
        at_left = (text.align == "start") is not right_to_left
        left = PAGE_WIDTH - text.start - text.width if right_to_left else text.start
        self._show(text.line, left if at_left else left + spare, y, text.size, text.colour)

    def _show(self, line: Line, x: float, y: float, size: float, colour: Colour) -> None:
        if not line.runs:
            return
        marks = ["BT", _colour(colour), "rg"]
        document = self._canvas._doc  # noqa: SLF001 - ReportLab has no public name for it
        for run in line.runs:
            if run.thicken:
                marks.append(f"2 Tr {size * THICKENING:.2f} w {_colour(colour)} RG")
            marks.append(f"1 0 0 1 {x:.2f} {y:.2f} Tm")
            marks += _glyphs(run.font, run.glyphs, size, document)
            if run.thicken:
                marks.append("0 Tr")
            x += run.width * size / 1000
        marks.append("ET")
        self._canvas.addLiteral(" ".join(marks))


def _glyphs(font: Any, glyphs: tuple[Glyph, ...], size: float, document: Any) -> Iterator[str]:
    """Text operators that show glyphs of one font, each at the place HarfBuzz gave it (ISO 32000-1, 9.4.3)."""
    waiting = iter(glyphs)
    for subset, codes in font.splitString("".join(chr(glyph.code) for glyph in glyphs), document):
        yield f"{font.getSubsetInternalName(subset, document)} {size:g} Tf"
        yield from _show_subset(zip(codes, islice(waiting, len(codes)), strict=True), size)
    for glyph in glyphs:
        font.note_text(document, glyph.code, glyph.text)


def _show_subset(pairs: Iterable[tuple[int, Glyph]], size: float) -> Iterator[str]:
    shown, up = "", 0
    for code, glyph in pairs:
        if glyph.up != up:
            yield f"[{shown}] TJ {glyph.up * size / 1000:.2f} Ts"
            shown, up = "", glyph.up
        before, after = -glyph.right, glyph.width - glyph.advance + glyph.right
        between = " " if before and shown[-1:].isdigit() else ""  # two numbers, not one
        shown += f"{between}{before or ''}<{code:02x}>{after or ''}"
    yield f"[{shown.replace('><', '')}] TJ" + (" 0 Ts" if up else "")


def _colour(colour: Colour) -> str:
    return "{:.3f} {:.3f} {:.3f}".format(*colour)
