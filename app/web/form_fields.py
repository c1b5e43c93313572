"""The fields of generated forms: each shows what a row holds for typing, and gives plain values to a service."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from flask_babel import gettext
from markupsafe import Markup
from wtforms import DateTimeLocalField, Field, HiddenField, SelectField, StringField, TextAreaField, widgets
from wtforms.fields.choices import Choice, SelectChoice, SelectFieldBase
from wtforms.validators import StopValidation
from wtforms.widgets import html_params

from app.kernel.errors import Invalid
from app.kernel.money import Money
from app.kernel.text import clean_text
from app.web.formatters import STATES
from app.web.numbers import for_typing, plain_number
from app.web.replies import message_of
from app.web.scoped import LARGEST_KEY, ScopedInterface, key_of
from app.web.zones import ClinicFacts, clinics, clinics_in_reach, from_wall

LONGEST_TEXT = 20_000
MOST_CHOICES = 500


def fits_a_column(_form: object, field: Field) -> None:
    """A validator: no integer column holds more."""
    if field.data is not None and abs(field.data) > LARGEST_KEY:
        raise StopValidation(gettext("This number is too large."))


class PlainText:
    """Mixed into text fields: refuses what no text may hold; an empty one is None."""

    data: Any

    def pre_validate(self, _form: object) -> None:
        try:
            clean_text(self.data or "", LONGEST_TEXT)
        except Invalid as refusal:
            raise StopValidation(message_of(refusal)) from None

    def plain(self, _zone: str) -> str | None:
        return self.data or None


class TextLine(PlainText, StringField):
    """One line of text."""


class TextBlock(PlainText, TextAreaField):
    """Several lines of text."""


class TagsField(PlainText, StringField):
    """A list of short texts, typed with commas between them; its value is the list."""

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else ", ".join(self.data or ())

    def process_data(self, value: Any) -> None:
        self.data = list(value() if callable(value) else value or ())

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = [tag.strip() for tag in ",".join(valuelist).split(",") if tag.strip()]

    def pre_validate(self, _form: object) -> None:
        try:
            clean_text(", ".join(self.data or ()), LONGEST_TEXT)
        except Invalid as refusal:
            raise StopValidation(message_of(refusal)) from None

    def plain(self, _zone: str) -> list[str]:  # type: ignore[override]
        return self.data or []


class AmountField(TextLine):
    """An amount of money in major units, typed as the reader's locale has it.

    Its value is that text in plain digits ("12.50"), under the column's name without "_minor".
    """

    def process_data(self, value: Any) -> None:
        typed = value if isinstance(value, str) else None
        self.data = for_typing(value.decimal()) if isinstance(value, Money) else typed

    def plain(self, _zone: str) -> str | None:
        return plain_number(self.data) if self.data else None

    @property
    def value_name(self) -> str:
        return str(self.short_name).removesuffix("_minor")


class PercentField(TextLine):
    """A part in percent, typed as the reader's locale has it ("12.5"); its value is in basis points (1250)."""

    def process_data(self, value: Any) -> None:
        self.data = for_typing(Decimal(f"{(Decimal(value) / 100).normalize():f}")) if isinstance(value, int) else None

    def pre_validate(self, form: object) -> None:
        super().pre_validate(form)
        if self.data and self._basis_points() is None:
            raise StopValidation(gettext("This is not a percentage with at most two digits after the point."))

    def plain(self, _zone: str) -> int | None:  # type: ignore[override]
        return self._basis_points()

    def _basis_points(self) -> int | None:
        try:
            points = Decimal(plain_number((self.data or "").strip().removesuffix("%"))) * 100
        except InvalidOperation:
            return None
        whole = points.is_finite() and abs(points) < 10**9 and points == points.to_integral_value()
        return int(points) if whole else None


class MomentField(DateTimeLocalField):
    """A date and time on the clinic's wall; its value is the instant in UTC."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **kwargs)

    def plain(self, zone: str) -> Any:
        return from_wall(self.data, zone, field=self.short_name) if self.data else None


class StateField(SelectField):
    """One of a StrEnum's members, in `words` (its badge's where none are given); its value is the member."""

    def __init__(
        self,
        *args: Any,
        kind: type[StrEnum],
        optional: bool = False,
        words: Callable[[Any], Any] | None = None,
        **kwargs: Any,
    ) -> None:
        members = [SelectChoice(member.value, (words or word_for)(member)) for member in kind]
        choices = [SelectChoice("", ""), *members] if optional else members
        super().__init__(*args, choices=choices, coerce=str, **kwargs)
        self.kind = kind

    def process_data(self, value: Any) -> None:
        self.data = str(value.value if isinstance(value, StrEnum) else value or "")

    def plain(self, _zone: str) -> StrEnum | None:
        return self.kind(self.data) if self.data else None


def word_for(member: StrEnum) -> Any:
    """A state in the words of its badge."""
    return STATES[member.value][2]


class RevisionField(HiddenField):
    """The revision that a form was made from, so that a stale one is noticed."""

    def plain(self, _zone: str) -> int | None:
        return key_of(self.data or "")


# -- references ------------------------------------------------------------------------------------------------------


class ReferenceField(Field):
    """A row that a column points at, in the actor's reach; its value is the row's key, under the foreign key's name."""

    def __init__(self, *args: Any, interface: ScopedInterface, value_name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.interface, self.value_name, self.unknown = interface, value_name, False

    def process_formdata(self, valuelist: list[str]) -> None:
        typed = valuelist[0] if valuelist else ""
        self.data = self._row(typed) if typed else None
        self.unknown = bool(typed) and self.data is None

    def _row(self, key: str) -> Any | None:
        return self.interface.get(key)

    def pre_validate(self, _form: object) -> None:
        if self.unknown:
            raise StopValidation(gettext("There is no such record."))

    def plain(self, _zone: str) -> int | None:
        return self.data.id if self.data is not None else None


class OptionsWidget(widgets.Select):
    """A select whose options go straight onto the page: a list's filters have hundreds of them."""

    option = Markup('<option %svalue="%s">%s</option>')
    chosen = {True: Markup("selected "), False: Markup()}

    def __call__(self, field: Any, **kwargs: Any) -> Markup:
        kwargs = {"id": field.id, "required": bool(field.flags.required), **kwargs}
        options = Markup().join(self.option % (self.chosen[c[2]], c[0], c[1] or c[0]) for c in field.iter_choices())
        return Markup("<select %s>%s</select>") % (html_params(name=field.name, **kwargs), options)


class ChoiceField(ReferenceField, SelectFieldBase):
    """A reference into a small table: a list of all its rows in reach that are in use."""

    widget = OptionsWidget()

    def choose_the_only_one(self) -> None:
        """Take a required reference for granted where it can only be one row."""
        rows = self._rows() if self.flags.required and self.data is None else []
        if len(rows) == 1:
            self.data = rows[0]

    def iter_choices(self) -> Iterator[Choice]:
        if not self.flags.required or self.data is None:
            yield Choice("", "", self.data is None, {})
        for row in self._rows():
            yield Choice(str(row.id), str(row), self.data is not None and row.id == self.data.id, {})

    def _rows(self) -> list[Any]:
        if not hasattr(self, "_found"):
            statement = self.interface.statement()
            order = ("name", "asc") if "name" in self.interface.list_columns else ("", "")
            rows = self.interface.rows(statement, order=order, limit=MOST_CHOICES)
            chosen = None if self.data is None else self.data.id
            self._found = [row for row in rows if getattr(row, "is_active", True) or row.id == chosen]
        return self._found


class ClinicField(ChoiceField):
    """A reference to a clinic: those in reach are known to every page already."""

    def choose_the_only_one(self) -> None:
        super().choose_the_only_one()
        if isinstance(self.data, ClinicFacts):
            self.data = self._row(str(self.data.id))

    def _rows(self) -> list[Any]:
        chosen = None if self.data is None else self.data.id
        found = [clinics()[key] for key in clinics_in_reach() if clinics()[key].is_active or key == chosen]
        return sorted(found, key=str)


class LookupWidget:
    """A select with at most the chosen option, which the page turns into a type-ahead."""

    def __call__(self, field: LookupField, **kwargs: Any) -> Markup:
        kwargs.setdefault("id", field.id)
        kwargs["class"] = "lookup form-select"
        attributes = Markup(html_params(name=field.name, data_lookup_url=field.endpoint, **kwargs))  # noqa: S704 - escaped
        option = Markup('<option value="{}" selected>{}</option>')
        chosen = Markup() if field.data is None else option.format(field.data.id, str(field.data))
        return Markup('<select {}><option value=""></option>{}</select>').format(attributes, chosen)


class LookupField(ReferenceField):
    """A reference into a table that grows: a type-ahead that asks `endpoint` (an address below /lookup)."""

    widget = LookupWidget()

    def __init__(self, *args: Any, endpoint: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.endpoint = endpoint


def value_name(field: Field) -> str:
    """The name under which a service takes the field's value."""
    return str(getattr(field, "value_name", field.short_name))


def plain_value(field: Field, zone: str) -> Any:
    """The field's value for a service; times are read on the wall clock of `zone`. Refuses: SkippedTime."""
    plain: Callable[[str], Any] | None = getattr(field, "plain", None)
    return plain(zone) if plain else field.data
