"""How a form's fields are drawn: plain, labelled HTML controls in place of Flask-AppBuilder's scripted widgets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask_appbuilder.fieldwidgets import (
    BS3PasswordFieldWidget,
    BS3TextAreaFieldWidget,
    BS3TextFieldWidget,
    DatePickerWidget,
    DateTimePickerWidget,
    Select2ManyWidget,
    Select2Widget,
)
from flask_babel import gettext
from markupsafe import Markup
from wtforms import BooleanField, DecimalField, Field, FloatField, IntegerField, widgets

LOCAL_DATETIME = "%Y-%m-%dT%H:%M"
NUMBERS = {IntegerField: "numeric", DecimalField: "decimal", FloatField: "decimal"}
INPUT_TYPES = {"email": "email", "phone": "tel"}


def init_app(app: Flask) -> None:
    """Give templates the functions below."""
    app.jinja_env.globals.update(
        control=control, filter_control=filter_control, is_many_choice=is_many_choice, filter_text=filter_text
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
    BS3TextAreaFieldWidget: lambda _field: (widgets.TextArea(), {"rows": "3"}),
    BS3PasswordFieldWidget: lambda _field: (widgets.PasswordInput(), {"autocomplete": "new-password"}),
    BS3TextFieldWidget: _text_widget,
}


def is_many_choice(field: Field) -> bool:
    """Whether the field takes several of a list, drawn as a list of boxes."""
    return bool(getattr(field.widget, "multiple", False)) or isinstance(field.widget, Select2ManyWidget)


def filter_control(field: Field) -> Markup:
    """The control to choose a filter's value with: never required, one choice of many, named by the script."""
    attributes = {"required": False, "data_filter_value": True, "aria_label": field.label.text}
    if is_many_choice(field):
        html: Markup = widgets.Select()(field, **{"class": "form-select"}, **attributes)
        return html
    return control(field, **attributes)


def filter_text(field: Field, value: str) -> str:
    """What a filter's raw `value` from the address means to a reader: "Yes" for "y", a row's name for its key."""
    if isinstance(field, BooleanField):
        return gettext("Yes") if value == "y" else gettext("No")
    if hasattr(field, "iter_choices"):
        return next((str(choice[1]) for choice in field.iter_choices() if str(choice[0]) == value), value)
    if getattr(field, "endpoint", None):  # a type-ahead: its own scoped look-up, so a foreign row stays unnamed
        field.process_formdata([value])
        return str(field.data) if field.data is not None else value
    return value
