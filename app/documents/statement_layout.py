"""How a doctor's statement of earnings looks on paper."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from app.documents import figures
from app.documents.drawing import Box, Strip, Text
from app.documents.flow import Block, space
from app.documents.sheet import LEFT, PAGE, RIGHT, SUMS, Sheet
from app.documents.statement_content import StatementContent
from app.documents.typesetting import (
    BODY_TEXT,
    GREY,
    HAIRLINE,
    INK,
    LABEL,
    Area,
    Heading,
    Style,
    side_by_side,
)
from app.kernel.money import Money


def statement_pdf(content: StatementContent) -> bytes:
    """A statement as a PDF; the same content always gives the same bytes. Raises FontsMissing before the build."""
    return _Sheet(content).as_pdf(title=f"{content.labels.statement} {content.doctor}", author=content.doctor)


class _Sheet(Sheet):
    """The pages of one statement."""

    def __init__(self, content: StatementContent) -> None:
        super().__init__(content.locale, page_words=content.labels.page)
        self.content, self.labels = content, content.labels

    @property
    def mark(self) -> str:
        return self.labels.demo if self.content.demo else ""

    @property
    def owner(self) -> str:
        return self.content.doctor

    def blocks(self) -> Iterator[Block]:
        yield from self._head()
        if self.content.rows:
            yield from self._rows()
        else:
            yield Block(tuple(side_by_side([self.setter.texts(self.labels.nothing, PAGE, Style(colour=GREY))])))
        for sums in self.content.sums:
            yield space(12)
            yield self._sums(
                [
                    (self.labels.paid, sums.paid),
                    (self.labels.refunded, sums.refunded),
                    (self.labels.pending, sums.pending),
                ]
            )

    def _head(self) -> Iterator[Block]:
        set_ = self.setter.texts
        whose = set_(self.content.doctor, LEFT, Style(15, bold=True))
        for clinic in self.content.clinics:
            whose += set_(clinic, LEFT, Style(9, colour=GREY))
        title = set_(self.labels.statement, RIGHT, Style(17, align="end"))
        yield Block(tuple(side_by_side([whose, title])))
        yield Block((Strip(14, 0), Strip(14, 0, boxes=(Box(PAGE.start, PAGE.width, 0, 0.6, HAIRLINE),))))
        facts = [(self.labels.period, self._period()), (self.labels.printed_on, self._day(self.content.printed_on))]
        facts += [(self.labels.state, self.content.status), (self.labels.method, self.content.method)]
        wide = max(self.setter.width(name, LABEL) for name, value in facts if value) + 12
        for name, value in facts:
            if value:
                values = set_(value, Area(PAGE.start + wide, PAGE.width - wide), Style(9))
                yield Block(tuple(side_by_side([set_(name, Area(PAGE.start, wide), LABEL), values])))
        yield space(16)

    def _period(self) -> str:
        ends = [self._day(day) if day else "…" for day in (self.content.start, self.content.end)]
        return " – ".join(ends) if self.content.start or self.content.end else self.labels.everything

    def _day(self, day: date) -> str:
        return figures.short_day(day, self.locale)

    def _rows(self) -> list[Block]:
        labels, several = self.labels, len(self.content.sums) > 1
        headings = [
            Heading(labels.date),
            Heading(labels.patient, flexible=True),
            Heading(labels.method),
            Heading(labels.state),
            Heading(labels.total, figures=True),
            Heading(labels.share, figures=True),
        ]
        amount = figures.with_currency if several else figures.without_currency
        rows = [
            (
                figures.short_day(row.day, self.locale),
                f"{row.patient} · {row.service}" if row.service else row.patient,
                row.method,
                row.status,
                amount(row.total, self.locale),
                amount(row.share, self.locale),
            )
            for row in self.content.rows
        ]
        return self.setter.table(PAGE, headings, rows)

    def _sums(self, sums: list[tuple[str, Money]]) -> Block:
        """One block: totals are never parted by the end of a page."""
        return Block(tuple(self._sum(label, money) for label, money in sums))

    def _sum(self, label: str, amount: Money) -> Strip:
        style = BODY_TEXT
        names = self.setter.texts(label, Area(SUMS.start, SUMS.width * 0.65), style)[:1]
        line = self.setter.line(figures.with_currency(amount, self.locale), style)
        value = Text(line, SUMS.start + SUMS.width * 0.65, SUMS.width * 0.35, style.size, INK, "end")
        return Strip(style.size * 1.75, style.size * 1.25, (*names, value))
