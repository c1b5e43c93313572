"""Makes a generated screen's forms from the columns it names: the field of each by its type and its references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask_babel import gettext
from flask_wtf import FlaskForm
from markupsafe import Markup, escape
from sqlalchemy import JSON, Boolean, Column, Date, Integer, String, Text, Time
from wtforms import BooleanField, DateField, IntegerField, TimeField
from wtforms.fields.core import UnboundField
from wtforms.validators import InputRequired, Length, Optional

from app.kernel.columns import EnumText, UtcDateTime
from app.kernel.crypto import EncryptedText
from app.kernel.errors import Invalid, Refusal
from app.kernel.money import Money
from app.people.models import Clinic
from app.web import lookups
from app.web.form_fields import (
    AmountField,
    ChoiceField,
    ClinicField,
    LookupField,
    MomentField,
    PercentField,
    RevisionField,
    StateField,
    TagsField,
    TextBlock,
    TextLine,
    fits_a_column,
    plain_value,
    value_name,
)
from app.web.replies import field_messages, message_of
from app.web.scoped import ScopedInterface
from app.web.zones import currency_of, on_wall

SMALL_TABLES = frozenset(
    {"clinic", "doctor", "doctor_clinic", "doctor_service", "service", "specialty", "ab_role", "ab_user"}
)


class RecordForm(FlaskForm):
    """The base of every generated form."""


class FormBuilder:
    """Makes form classes for one view. `lookups`: the addresses of type-aheads where they are not the usual ones."""

    def __init__(
        self,
        interface: ScopedInterface,
        *,
        labels: Mapping[str, str],
        hints: Mapping[str, str],
        validators: Mapping[str, Sequence[Any]],
        lookups: Mapping[str, str],
    ) -> None:
        self.interface, self.labels, self.hints = interface, labels, hints
        self.validators, self.lookups = validators, lookups

    def entry_form(self, columns: Iterable[str], extra: Mapping[str, Any]) -> type[RecordForm]:
        """A form to add or edit a row with."""
        fields = {name: extra.get(name) or self._field(name, self._needed(name)) for name in columns}
        if "revision" in self.interface.list_columns:
            fields["revision"] = RevisionField()
        return type("EntryForm", (RecordForm,), fields)

    def search_form(self, columns: Iterable[str], extra: Mapping[str, Any]) -> type[RecordForm]:
        """The controls of a list's filters: nothing is required, and moments are asked for by day."""
        fields = {name: extra.get(name) or self._field(name, needed=False, search=True) for name in columns}
        return type("SearchForm", (RecordForm,), fields)

    def _needed(self, name: str) -> bool:
        if self.interface.is_relation(name):
            return not self.interface.is_nullable(name)
        column = self.interface.list_columns[name]
        return not column.nullable and not isinstance(column.type, Boolean | JSON)

    def _field(self, name: str, needed: bool, *, search: bool = False) -> UnboundField:  # noqa: FBT001
        settings: dict[str, Any] = {
            "label": self.labels.get(name, name),
            "description": "" if search else self.hints.get(name, ""),
            "validators": [InputRequired() if needed else Optional(), *self.validators.get(name, ())],
        }
        if self.interface.is_relation(name):
            return self._reference(name, settings)
        column = self.interface.list_columns[name]
        if not search and (default := self.interface.get_col_default(name)) is not None:
            settings["default"] = default
        return self._simple(name, column, settings, search=search)

    def _reference(self, name: str, settings: dict[str, Any]) -> UnboundField:
        related = self.interface.get_related_interface(name)
        settings |= {"interface": related, "value_name": self.interface.get_relation_fk(name).name}
        endpoint = self.lookups.get(name) or lookups.address_for(related.obj)
        if endpoint:
            return LookupField(endpoint=endpoint, **settings)
        if related.obj.__tablename__ not in SMALL_TABLES:
            raise LookupError(f"{name} refers to {related.obj.__tablename__}, which grows and has no look-up")
        return ClinicField(**settings) if related.obj is Clinic else ChoiceField(**settings)

    def _simple(self, name: str, column: Column[Any], settings: dict[str, Any], *, search: bool) -> UnboundField:
        kind = column.type
        if isinstance(kind, EnumText):
            return StateField(kind=kind.kind, optional=search or bool(column.nullable), **settings)
        if isinstance(kind, Integer) and not name.endswith(("_minor", "_bp")):
            settings["validators"].append(fits_a_column)
        if isinstance(kind, String) and not isinstance(kind, Text) and kind.length:
            settings["validators"].append(Length(max=kind.length))
        return _field_class(name, kind, search=search)(**settings)


def _field_class(name: str, kind: Any, *, search: bool) -> Any:
    """The kind of field for a column of this name and type."""
    suffixes = {"_minor": AmountField, "_bp": PercentField}
    if field := next((field for suffix, field in suffixes.items() if name.endswith(suffix)), None):
        return field
    moment = DateField if search else MomentField
    kinds: dict[Any, Any] = {
        UtcDateTime: moment,
        Date: DateField,
        Time: TimeField,
        JSON: TagsField,
        Boolean: BooleanField,
        Integer: IntegerField,
        (Text, EncryptedText): TextBlock,
    }
    return next((field for types, field in kinds.items() if isinstance(kind, types)), TextLine)


def row_data(row: Any, names: Iterable[str], zone: str) -> dict[str, Any]:
    """What a form shows of a row: times on the wall of `zone`, amounts with their currency."""
    shown: dict[str, Any] = {}
    for name in names:
        value: Any = getattr(row, name, None)
        if isinstance(value, datetime):
            value = on_wall(value, zone)
        if name.endswith("_minor") and value is not None and (currency := currency_of(row)):
            value = Money(value, currency)
        shown[name] = value
    return shown


def prefill(form: RecordForm, given: Mapping[str, str]) -> None:
    """Put what an address proposes into a fresh form, and the only choice where there is but one.

    What cannot be read is left out.
    """
    for field in form:
        if isinstance(field, ChoiceField):
            field.choose_the_only_one()
    for name in given.keys() & form._fields.keys() - {"csrf_token", "revision"}:
        with suppress(ValueError, Refusal):
            form[name].process_formdata([given[name]])


def values_of(form: RecordForm, zone: str) -> dict[str, Any]:
    """The form as plain values by the names that services know. Refuses: SkippedTime."""
    return {value_name(field): plain_value(field, zone) for field in form if field.short_name != "csrf_token"}


def show_refusal(form: RecordForm, refusal: Refusal, *, existing: str | None = None) -> None:
    """Put a refusal beside the fields it is about, or above the form where it is about none.

    `existing` is the address of the record that stands in the way.
    """
    messages = field_messages(refusal) if isinstance(refusal, Invalid) else {}
    if not messages:
        link = Markup(' <a href="{}">{}</a>').format(existing, gettext("Open that record")) if existing else ""
        messages = {refusal.field or "": [escape(message_of(refusal)) + link]}
    for name, texts in messages.items():
        field = next((field for field in form if name in (field.short_name, value_name(field))), None)
        if field is None:
            form.form_errors.extend(texts)
        else:
            field.errors = [*field.errors, *texts]
