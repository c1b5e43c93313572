"""How a form's fields are drawn: plain, labelled HTML controls in place of Flask-AppBuilder's scripted widgets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask
from flask_appbuilder.fieldwidgets import (
    BS3PasswordFieldWidget,
    DatePickerWidget,
    DateTimePickerWidget,
    Select2ManyWidget,
    Select2Widget,
)
from flask_appbuilder.models.filters import BaseFilter
from flask_babel import format_date, format_datetime, gettext, lazy_gettext
from markupsafe import Markup
from wtforms import BooleanField, DateField, DateTimeField, DecimalField, Field, FloatField, IntegerField, widgets

from app.web.filters import TODAY

LOCAL_DATETIME = "%Y-%m-%dT%H:%M"
NUMBERS = {IntegerField: "numeric", DecimalField: "decimal", FloatField: "decimal"}
INPUT_TYPES = {"email": "email", "phone": "tel"}
OPERATORS = {
    "eq": lazy_gettext("is"),
    "neq": lazy_gettext("is not"),
    "ct": lazy_gettext("contains"),
    "nct": lazy_gettext("does not contain"),
    "sw": lazy_gettext("starts with"),
    "nsw": lazy_gettext("does not start with"),
    "ew": lazy_gettext("ends with"),
    "new": lazy_gettext("does not end with"),
    "gt": lazy_gettext("more than"),
    "lt": lazy_gettext("less than"),
    "rel_o_m": lazy_gettext("is"),
    "nrel_o_m": lazy_gettext("is not"),
    "rel_m_m": lazy_gettext("has"),
}
OPERATORS_ON_DATES = {"gt": lazy_gettext("after"), "lt": lazy_gettext("before")}


def init_app(app: Flask) -> None:
    """Give templates the functions below."""
    app.jinja_env.globals.update(
        choices=choices,
        control=control,
        filter_control=filter_control,
        filter_operator=filter_operator,
        filter_text=filter_text,
        is_many_choice=is_many_choice,
    )


def control(field: Field, **attributes: Any) -> Markup:
    """The field's control with `attributes`, keeping what was typed when it could not be read."""
    widget, own = plain_widget(field)
    attributes = {**own, **attributes}
    if isinstance(field, BooleanField):
        attributes.setdefault("class", "form-check-input")
    elif isinstance(widget, widgets.Select):
        attributes.setdefault("class", "form-select")
    else:
        attributes.setdefault("class", "form-control")
    html: Markup = widget(field, **attributes)
    return html


def plain_widget(field: Field) -> tuple[Any, dict[str, str]]:
    """The widget that draws `field` without a script, and the attributes that go with it."""
    for scripted, plain in PLAIN_WIDGETS.items():
        if isinstance(field.widget, scripted):
            return plain(field)
    return field.widget, {}


def _datetime_widget(field: Field) -> tuple[Any, dict[str, str]]:
    if LOCAL_DATETIME in getattr(field, "strptime_format", ()):
        return widgets.DateTimeLocalInput(), {}
    return widgets.TextInput(), {"placeholder": "2030-12-31 14:30:00"}


def _text_widget(field: Field) -> tuple[Any, dict[str, str]]:
    for kind, mode in NUMBERS.items():
        if isinstance(field, kind):
            return widgets.TextInput(), {"inputmode": mode}
    return widgets.TextInput(), {"type": INPUT_TYPES.get(field.short_name, "text")}


PLAIN_WIDGETS: dict[type, Callable[[Field], tuple[Any, dict[str, str]]]] = {
    DatePickerWidget: lambda _field: (widgets.DateInput(), {}),
    DateTimePickerWidget: _datetime_widget,
    Select2Widget: lambda _field: (widgets.Select(), {}),
    Select2ManyWidget: lambda _field: (widgets.Select(multiple=True), {}),
    widgets.TextArea: lambda _field: (widgets.TextArea(), {"rows": "3"}),
    BS3PasswordFieldWidget: lambda _field: (widgets.PasswordInput(), {"autocomplete": "new-password"}),
    widgets.NumberInput: _text_widget,  # a wheel over a number input changes it
    widgets.TextInput: _text_widget,
}


def is_many_choice(field: Field) -> bool:
    """Whether the field takes several of a list, drawn as a list of boxes."""
    return bool(getattr(field.widget, "multiple", False)) or isinstance(field.widget, Select2ManyWidget)


def choices(field: Field) -> list[tuple[str, str, bool]]:
    """Value, words and whether chosen, of each option of a list."""
    return [
        (str(option[0]), str(option[1]), bool(option[2]))
        if isinstance(option, tuple)
        else (str(option.value), str(option.label), bool(option.selected))
        for option in field.iter_choices()
    ]


def filter_control(field: Field) -> Markup:
    """The control to choose a filter's value with: never required, one choice of many, named by the script."""
    attributes = {"required": False, "data_filter_value": True, "aria_label": field.label.text}
    if is_many_choice(field):
        html: Markup = widgets.Select()(field, **{"class": "form-select"}, **attributes)
        return html
    return control(field, **attributes)


def filter_operator(operator: BaseFilter, field: Field) -> str:
    """How a filter compares, in words that fit between its column and its value."""
    if isinstance(field, DateField | DateTimeField):
        return str(OPERATORS_ON_DATES.get(operator.arg_name) or OPERATORS.get(operator.arg_name, operator.name))
    return str(OPERATORS.get(operator.arg_name, operator.name))


def filter_text(field: Field, value: str) -> str:
    """What a filter's raw `value` from the address means to a reader: "Yes" for "y", a row's name for its key."""
    if isinstance(field, BooleanField):
        return gettext("Yes") if value == "y" else gettext("No")
    if isinstance(field, DateField | DateTimeField):
        return _date_text(value)
    if hasattr(field, "iter_choices"):
        return next((label for choice, label, _chosen in choices(field) if choice == value), value)
    if getattr(field, "endpoint", None):  # a type-ahead: its own scoped look-up, so a foreign row stays unnamed
        field.process_formdata([value])
        return str(field.data) if field.data is not None else value
    return value


def _date_text(value: str) -> str:
    if value == TODAY:
        return gettext("today")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return str(
        format_date(moment, rebase=False) if len(value) <= len("2030-12-31") else format_datetime(moment, rebase=False)
    )
