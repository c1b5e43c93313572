"""What all sheets have in common: margins, the running of blocks over pages, the mark across them, the footer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

from app.documents import direction, figures
from app.documents.drawing import PAGE_HEIGHT, PAGE_WIDTH, Box, Paper, Strip
from app.documents.flow import Block, Placed, paginate
from app.documents.shaping import clean
from app.documents.typesetting import GREY, HAIRLINE, LABEL, STRONG, Area, Style, Typesetter

MARGIN = 52.0
TOP, BOTTOM = 50.0, PAGE_HEIGHT - 62
FOOTER = PAGE_HEIGHT - 42
PAGE = Area(MARGIN, PAGE_WIDTH - 2 * MARGIN)
LEFT = Area(MARGIN, PAGE.width * 0.56)
RIGHT = Area(MARGIN + PAGE.width * 0.62, PAGE.width * 0.38)
SUMS = Area(MARGIN + PAGE.width * 0.56, PAGE.width * 0.44)
MARK_COLOUR = (0.915, 0.925, 0.94)
MARK_WIDTH, MARK_SIZE = 620.0, 64.0


class Sheet(ABC):
    """The pages of one document in a locale; `page_words` say "Page %(page)s of %(pages)s" there."""

    def __init__(self, locale: str, *, page_words: str) -> None:
        self.locale = figures.locale_of(locale)
        self.page_words = page_words
        self.right_to_left = self.locale.text_direction == "rtl"
        base = direction.RIGHT_TO_LEFT if self.right_to_left else direction.LEFT_TO_RIGHT
        self.setter = Typesetter(str(self.locale), base)

    @abstractmethod
    def blocks(self) -> Iterator[Block]:
        """What stands on the pages, from the top."""

    @property
    @abstractmethod
    def mark(self) -> str:
        """What is written across each page; often nothing."""

    @property
    @abstractmethod
    def owner(self) -> str:
        """Whose sheet it is, for the foot of each page."""

    def paper(self, *, title: str, author: str) -> Paper:
        """An empty document in the language of this sheet."""
        language = str(self.locale).replace("_", "-")
        return Paper(title=clean(title), author=clean(author), language=language, right_to_left=self.right_to_left)

    def print_on(self, paper: Paper) -> None:
        pages = paginate(list(self.blocks()), TOP, BOTTOM)
        for number, page in enumerate(pages, start=1):
            if self.mark:
                line = self.setter.line(self.mark, STRONG)
                paper.watermark(line, min(MARK_SIZE, MARK_WIDTH * 1000 / max(line.width, 1)), MARK_COLOUR)
            paper.draw([*page, self._footer(number, len(pages))], right_to_left=self.right_to_left)
            paper.end_page()

    def as_pdf(self, *, title: str, author: str) -> bytes:
        """The sheet alone; the same content always gives the same bytes. Raises FontsMissing before the build."""
        paper = self.paper(title=title, author=author)
        self.print_on(paper)
        return paper.finish()

    def _footer(self, number: int, pages: int) -> Placed:
        page = self.page_words % {"page": number, "pages": pages}
        left, right = Area(PAGE.start, PAGE.width * 0.7), Area(PAGE.start + PAGE.width * 0.7, PAGE.width * 0.3)
        whose = self.setter.texts(self.owner, left, LABEL)[:1]
        where = self.setter.texts(page, right, Style(LABEL.size, colour=GREY, align="end"))[:1]
        return FOOTER, Strip(14, 12, (*whose, *where), (Box(PAGE.start, PAGE.width, 0, 0.5, HAIRLINE),))
