"""How an invoice looks on paper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.documents import figures
from app.documents.content import InvoiceContent
from app.documents.drawing import Box, Paper, Strip, Text
from app.documents.errors import NothingToPrint
from app.documents.flow import Block, space
from app.documents.shaping import clean
from app.documents.sheet import LEFT, PAGE, RIGHT, SUMS, Sheet
from app.documents.typesetting import (
    BODY_TEXT,
    GREY,
    HAIRLINE,
    INK,
    LABEL,
    STRONG,
    Area,
    Heading,
    Style,
    side_by_side,
)
from app.kernel.money import Money


def invoice_pdf(content: InvoiceContent) -> bytes:
    """One invoice as a PDF; the same content always gives the same bytes. Raises FontsMissing before the build."""
    return _Sheet(content).as_pdf(title=f"{content.labels.invoice} {content.number}", author=content.clinic.name)


def invoices_pdf(contents: Iterable[InvoiceContent]) -> bytes:
    """Invoices one after another, each on pages of its own and in the table of contents. Refuses: NothingToPrint."""
    paper: Paper | None = None
    for index, content in enumerate(contents):
        sheet = _Sheet(content)
        paper = paper or sheet.paper(title=content.clinic.name, author=content.clinic.name)
        paper.bookmark(clean(f"{content.number}  {content.patient.name}"), f"invoice-{index}")
        sheet.print_on(paper)
    if paper is None:
        raise NothingToPrint
    return paper.finish()


class _Sheet(Sheet):
    """The pages of one invoice."""

    def __init__(self, content: InvoiceContent) -> None:
        super().__init__(content.locale, page_words=content.labels.page)
        self.content, self.labels = content, content.labels

    @property
    def mark(self) -> str:
        return self.labels.demo if self.content.demo else ""

    @property
    def owner(self) -> str:
        return f"{self.content.clinic.name}  ·  {self.content.number}"

    def blocks(self) -> Iterator[Block]:
        yield from self._letterhead()
        yield from self._parties()
        yield from self._lines()
        yield self._sums()
        yield from self._payments()
        yield from self._credit_notes()
        if self.content.notes:
            yield space(18)
            yield Block(tuple(side_by_side([self.setter.texts(self.content.notes, PAGE, Style(colour=GREY))])))

    def _letterhead(self) -> Iterator[Block]:
        clinic, set_ = self.content.clinic, self.setter.texts
        tax_id = f"{self.labels.tax_id}: {clinic.tax_id}" if clinic.tax_id else ""
        sender = set_(clinic.name, LEFT, Style(15, bold=True))
        for text in (*clinic.address_lines, figures.phone(clinic.phone), clinic.email, tax_id):
            sender += set_(text, LEFT, Style(9, colour=GREY))
        title = set_(self.labels.invoice, RIGHT, Style(22, align="end"))
        title += set_(self.content.number, RIGHT, Style(11, bold=True, align="end"))
        title += set_(self.content.status, RIGHT, Style(9, colour=GREY, align="end"))
        yield Block(tuple(side_by_side([sender, title])))
        yield Block((Strip(14, 0), Strip(18, 0, boxes=(Box(PAGE.start, PAGE.width, 0, 0.6, HAIRLINE),))))

    def _parties(self) -> Iterator[Block]:
        patient, set_ = self.content.patient, self.setter.texts
        to = set_(self.labels.billed_to, LEFT, LABEL) + set_(patient.name, LEFT, Style(11, bold=True))
        for text in (*patient.address_lines, figures.phone(patient.phone), patient.email):
            to += set_(text, LEFT)
        names, values = self._facts()
        yield Block(tuple(side_by_side([to, names, values])))
        yield space(24)

    def _facts(self) -> tuple[list[Text | None], list[Text | None]]:
        content, labels = self.content, self.labels
        facts = [
            (labels.issued_on, figures.day(content.issued_on, self.locale) if content.issued_on else ""),
            (labels.due_on, figures.day(content.due_on, self.locale) if content.due_on else ""),
            (labels.doctor, content.doctor_name),
            (labels.currency, content.currency),
        ]
        facts = [(name, value) for name, value in facts if value]
        wide = max(self.setter.width(name, LABEL) for name, _ in facts) + 10
        names: list[Text | None] = []
        values: list[Text | None] = []
        for name, value in facts:
            names += self.setter.texts(name, Area(RIGHT.start, wide), LABEL)
            values += self.setter.texts(value, Area(RIGHT.start + wide, RIGHT.width - wide), Style(9))
            names += [None] * (len(values) - len(names))
        return names, values

    def _lines(self) -> list[Block]:
        lines, labels, locale = self.content.lines, self.labels, self.locale
        columns = [
            (Heading(labels.description, flexible=True), [line.description for line in lines]),
            (Heading(labels.quantity, figures=True), [figures.quantity(line.quantity, locale) for line in lines]),
            (
                Heading(labels.unit_price, figures=True),
                [figures.without_currency(line.unit_price, locale) for line in lines],
            ),
        ]
        if any(line.discount.minor for line in lines):
            discounts = [
                figures.without_currency(line.discount, locale) if line.discount.minor else "" for line in lines
            ]
            columns.append((Heading(labels.discount, figures=True), discounts))
        if any(line.tax_rate for line in lines):
            columns.append((Heading(labels.tax, figures=True), [figures.rate(line.tax_rate, locale) for line in lines]))
        columns.append(
            (Heading(labels.amount, figures=True), [figures.without_currency(line.total, locale) for line in lines])
        )
        return self.setter.table(
            PAGE, [head for head, _ in columns], list(zip(*(texts for _, texts in columns), strict=True))
        )

    def _sums(self) -> Block:
        """The totals, one block: they are never parted by the end of a page."""
        content, labels = self.content, self.labels
        strips = [Strip(8, 0), self._sum(labels.subtotal, content.subtotal)]
        if content.discount.minor:
            strips.append(self._sum(labels.discount, -content.discount))
        if content.tax.minor:
            strips.append(self._sum(labels.tax, content.tax))
        strips.append(self._sum(labels.total, content.total, STRONG))
        strips.append(self._sum(labels.paid, content.paid))
        strips.append(Strip(9, 0, boxes=(Box(SUMS.start, SUMS.width, 5, 0.8, INK),)))
        strips.append(self._sum(labels.balance, content.balance, Style(11.5, bold=True)))
        return Block(tuple(strips))

    def _sum(self, label: str, amount: Money, style: Style = BODY_TEXT) -> Strip:
        half = SUMS.width / 2
        names = self.setter.texts(label, Area(SUMS.start, half), style)[:1]
        line = self.setter.line(figures.with_currency(amount, self.locale), style)
        value = Text(line, SUMS.start + half, half, style.size, INK, "end")
        return Strip(style.size * 1.75, style.size * 1.25, (*names, value))

    def _payments(self) -> Iterator[Block]:
        labels, payments = self.labels, self.content.payments
        headings = [
            Heading(labels.date),
            Heading(labels.method),
            Heading(labels.reference, flexible=True),
            Heading(labels.amount, figures=True),
        ]
        rows = [
            (
                figures.short_day(payment.paid_on, self.locale),
                payment.method,
                payment.reference,
                figures.without_currency(payment.amount, self.locale),
            )
            for payment in payments
        ]
        return self._titled_table(labels.payments, headings, rows)

    def _credit_notes(self) -> Iterator[Block]:
        labels, notes = self.labels, self.content.credit_notes
        headings = [
            Heading(labels.date),
            Heading(labels.number),
            Heading(labels.reason, flexible=True),
            Heading(labels.amount, figures=True),
        ]
        rows = [
            (
                figures.short_day(note.issued_on, self.locale),
                note.number,
                note.reason,
                figures.without_currency(note.amount, self.locale),
            )
            for note in notes
        ]
        return self._titled_table(labels.credit_notes, headings, rows)

    def _titled_table(self, title: str, headings: list[Heading], rows: Sequence[Sequence[str]]) -> Iterator[Block]:
        if not rows:
            return
        first, *others = self.setter.table(PAGE, headings, rows)
        heading = tuple(side_by_side([self.setter.texts(title, PAGE, STRONG)]))
        yield space(22)
        yield Block((*heading, Strip(4, 0), *first.head, *first.strips), first.head)
        yield from others
