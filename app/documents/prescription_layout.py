"""How a prescription looks on paper."""

from __future__ import annotations

from collections.abc import Iterator

from app.documents import figures
from app.documents.drawing import Box, Strip
from app.documents.flow import Block, space
from app.documents.prescription_content import MedicineContent, PrescriptionContent
from app.documents.sheet import LEFT, MARGIN, PAGE, RIGHT, Sheet
from app.documents.typesetting import GREY, HAIRLINE, INK, LABEL, Area, Style, side_by_side

NUMBER = Area(MARGIN, 24)
MEDICINE = Area(MARGIN + 24, PAGE.width - 24)
SIGNED = Area(MARGIN + PAGE.width * 0.52, PAGE.width * 0.48)


def prescription_pdf(content: PrescriptionContent) -> bytes:
    """One prescription as a PDF; the same content always gives the same bytes. Raises FontsMissing before the build."""
    return _Sheet(content).as_pdf(title=f"{content.labels.prescription} {content.number}", author=content.clinic.name)


class _Sheet(Sheet):
    """The pages of one prescription."""

    def __init__(self, content: PrescriptionContent) -> None:
        super().__init__(content.locale, page_words=content.labels.page)
        self.content, self.labels = content, content.labels

    @property
    def mark(self) -> str:
        return self.content.mark

    @property
    def owner(self) -> str:
        return f"{self.content.clinic.name}  ·  {self.content.patient_name}"

    def blocks(self) -> Iterator[Block]:
        yield self._letterhead()
        yield Block((Strip(14, 0), Strip(18, 0, boxes=(Box(PAGE.start, PAGE.width, 0, 0.6, HAIRLINE),))))
        yield self._parties()
        yield space(22)
        for number, medicine in enumerate(self.content.medicines, start=1):
            yield self._medicine(number, medicine)
        yield self._signature()

    def _letterhead(self) -> Block:
        clinic, set_ = self.content.clinic, self.setter.texts
        sender = set_(clinic.name, LEFT, Style(15, bold=True))
        for text in (*clinic.address_lines, figures.phone(clinic.phone), clinic.email):
            sender += set_(text, LEFT, Style(9, colour=GREY))
        title = set_(self.labels.prescription, RIGHT, Style(20, align="end"))
        title += set_(self.content.number, RIGHT, Style(9, colour=GREY, align="end"))
        return Block(tuple(side_by_side([sender, title])))

    def _parties(self) -> Block:
        content, labels, set_ = self.content, self.labels, self.setter.texts
        patient = set_(labels.patient, LEFT, LABEL) + set_(content.patient_name, LEFT, Style(12, bold=True))
        if content.date_of_birth:
            born = figures.day(content.date_of_birth, self.locale)
            patient += set_(f"{labels.date_of_birth}: {born}", LEFT)
        doctor = set_(labels.doctor, RIGHT, LABEL) + set_(content.doctor_name, RIGHT, Style(12, bold=True))
        doctor += set_(content.specialty, RIGHT, Style(9, colour=GREY))
        doctor += set_(f"{labels.date}: {figures.day(content.issued_on, self.locale)}", RIGHT)
        return Block(tuple(side_by_side([patient, doctor])))

    def _medicine(self, number: int, medicine: MedicineContent) -> Block:
        """Never parted by the end of a page."""
        set_, labels = self.setter.texts, self.labels
        name = " ".join(text for text in (medicine.medicine, medicine.strength) if text)
        lines = set_(name, MEDICINE, Style(11.5, bold=True))
        for label, text in (
            (labels.dose, medicine.dose),
            (labels.frequency, medicine.frequency),
            (labels.duration, medicine.duration),
            (labels.quantity, medicine.quantity),
        ):
            lines += set_(f"{label}: {text}", MEDICINE) if text else []
        lines += set_(medicine.instructions, MEDICINE, Style(colour=GREY))
        numbers = set_(figures.quantity(number, self.locale), NUMBER, Style(11.5, colour=GREY))
        strips = tuple(side_by_side([numbers, lines]))
        return Block((*strips, Strip(16, 0, boxes=(Box(PAGE.start, PAGE.width, 7, 0.5, HAIRLINE),))))

    def _signature(self) -> Block:
        lines = [
            *self.setter.texts(self.labels.signature, SIGNED, LABEL),
            *self.setter.texts(self.content.doctor_name, SIGNED),
        ]
        rule = Strip(6, 0, boxes=(Box(SIGNED.start, SIGNED.width, 0, 0.8, INK),))
        return Block((Strip(56, 0), rule, *side_by_side([lines])))
