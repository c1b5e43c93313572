"""The building blocks of a page: columns of text side by side, tables with repeated heads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

from app.documents import direction, shaping
from app.documents.drawing import Box, Colour, Strip, Text
from app.documents.flow import Block

INK: Colour = (0.11, 0.14, 0.19)
GREY: Colour = (0.40, 0.45, 0.52)
HAIRLINE: Colour = (0.86, 0.88, 0.91)
LEADING = 1.45
ASCENT = 1.07
BODY = 9.5
SMALL = 8.0
GAP = 14.0
PADDING = 5.5
NARROWEST = 150.0  # points that the widest column keeps, however long the figures beside it are

Align = Literal["start", "end"]


@dataclass(frozen=True, slots=True)
class Style:
    size: float = BODY
    bold: bool = False
    colour: Colour = INK
    align: Align = "start"


BODY_TEXT = Style()
LABEL = Style(size=SMALL, colour=GREY)
STRONG = Style(bold=True)


@dataclass(frozen=True, slots=True)
class Area:
    """A box of the page that text is set in: points from the leading edge, and the width."""

    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: its title; `figures` keeps digits of one value under each other, in either direction of
    the page; `flexible` takes the room the others leave and wraps its text.
    """

    title: str
    figures: bool = False
    flexible: bool = False


class Typesetter:
    """Sets texts of one document: its language, and its direction where a text has none of its own."""

    def __init__(self, language: str, base: int) -> None:
        self.language, self.base = language, base

    def line(self, text: str, style: Style = BODY_TEXT) -> shaping.Line:
        return shaping.set_line(text, bold=style.bold, base=self.base, language=self.language)

    def width(self, text: str, style: Style = BODY_TEXT) -> float:
        """The width in points of the text on one line."""
        return self.line(text, style).width * style.size / 1000

    def texts(self, text: str, area: Area, style: Style = BODY_TEXT) -> list[Text]:
        """The text broken into lines of the area's width; nothing for an empty text."""
        if not text:
            return []
        most = int(area.width * 1000 / style.size)
        lines = shaping.set_lines(text, most, bold=style.bold, base=self.base, language=self.language)
        return [Text(line, area.start, area.width, style.size, style.colour, style.align) for line in lines]

    def table(self, area: Area, headings: Sequence[Heading], rows: Sequence[Sequence[str]]) -> list[Block]:
        """One block for each row, the head on every page."""
        size, areas = self._columns(area, headings, rows)
        titles = [
            self.texts(heading.title, each, Style(SMALL, colour=GREY, align=self._align(heading)))
            for heading, each in zip(headings, areas, strict=True)
        ]
        head = tuple(_ruled(list(side_by_side(titles)), area, INK, 0.8))
        blocks = []
        for index, row in enumerate(rows):
            cells = [
                self.texts(text, each, Style(BODY if heading.flexible else size, align=self._align(heading)))
                for text, heading, each in zip(row, headings, areas, strict=True)
            ]
            strips = _ruled(_padded(list(side_by_side(cells))), area, HAIRLINE, 0.5)
            blocks.append(Block(tuple(strips), head, opens=index == 0))
        return blocks

    def _align(self, heading: Heading) -> Align:
        return "end" if heading.figures and self.base == direction.LEFT_TO_RIGHT else "start"

    def _columns(
        self, area: Area, headings: Sequence[Heading], rows: Sequence[Sequence[str]]
    ) -> tuple[float, list[Area]]:
        """The size of figures and the place of each column; figures shrink rather than push the text off the page."""
        widths = [
            0.0 if heading.flexible else max([self._title_width(heading), *(self.width(row[index]) for row in rows)])
            for index, heading in enumerate(headings)
        ]
        room = area.width - NARROWEST - GAP * (len(headings) - 1)
        shrink = min(1.0, room / max(sum(widths), 1))
        widths = [width * shrink for width in widths]
        spare = area.width - sum(widths) - GAP * (len(headings) - 1)
        areas, start = [], area.start
        for heading, width in zip(headings, widths, strict=True):
            areas.append(Area(start, spare if heading.flexible else width + 0.01))
            start += areas[-1].width + GAP
        return BODY * shrink, areas

    def _title_width(self, heading: Heading) -> float:
        """A title of several words may be broken; its longest word may not."""
        style = Style(SMALL)
        return max(
            min(self.width(heading.title, style), 60), *(self.width(word, style) for word in heading.title.split()), 0
        )


def side_by_side(columns: Sequence[Sequence[Text | None]]) -> Iterator[Strip]:
    """Columns of lines as strips: the nth lines of all columns share a baseline."""
    for row in zip_longest(*columns):
        texts = tuple(text for text in row if text is not None)
        size = max((text.size for text in texts), default=BODY)
        yield Strip(size * LEADING, size * ASCENT, texts)


def _padded(strips: list[Strip]) -> list[Strip]:
    strips = strips or [Strip(BODY * LEADING, BODY)]
    first, last = strips[0], strips[-1]
    strips[0] = Strip(first.height + PADDING, first.baseline + PADDING, first.texts)
    last = strips[-1]
    strips[-1] = Strip(last.height + PADDING, last.baseline, last.texts)
    return strips


def _ruled(strips: list[Strip], area: Area, colour: Colour, thickness: float) -> list[Strip]:
    """The same strips with a line under the last."""
    last = strips[-1]
    down = last.height + (2 if colour is INK else 0)
    line = Box(area.start, area.width, down - thickness, thickness, colour)
    strips[-1] = Strip(down, last.baseline, last.texts, (*last.boxes, line))
    return strips
