"""How fields are drawn without scripts."""

from __future__ import annotations

import pytest
from flask_appbuilder.fieldwidgets import BS3TextFieldWidget, DatePickerWidget, Select2ManyWidget, Select2Widget
from werkzeug.datastructures import MultiDict
from wtforms import DateField, Field, Form, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from app.web.fields import control, filter_control, is_many_choice


class Trial(Form):
    name = StringField(widget=BS3TextFieldWidget(), validators=[InputRequired()])
    phone = StringField()
    notes = TextAreaField()
    visits = IntegerField()
    born = DateField(widget=DatePickerWidget())
    clinic = SelectField(choices=[SelectChoice("1", "Main")], widget=Select2Widget())
    tags = SelectMultipleField(choices=[SelectChoice("1", "VIP")], widget=Select2ManyWidget())


def field(name: str, typed: str | None = None) -> Field:
    return Trial(MultiDict({} if typed is None else {name: typed}))[name]


@pytest.mark.parametrize(
    ("name", "drawn"),
    [
        ("name", 'type="text"'),
        ("phone", 'type="tel"'),
        ("visits", 'inputmode="numeric"'),
        ("born", 'type="date"'),
        ("notes", 'rows="3"'),
        ("clinic", 'class="form-select"'),
    ],
)
def test_a_field_is_drawn_as_the_plain_control_of_its_kind(name: str, drawn: str) -> None:
    html = control(field(name))
    assert drawn in html
    assert "fa-" not in html
    assert "my_select2" not in html


def test_a_date_that_could_not_be_read_stays_as_it_was_typed() -> None:
    assert 'value="31/31/1980"' in control(field("born", "31/31/1980"))


def test_what_was_typed_is_escaped() -> None:
    assert "<script" not in control(field("name", '"><script>alert(1)</script>'))


def test_several_of_a_list_are_known_from_one_of_a_list() -> None:
    assert is_many_choice(field("tags"))
    assert not is_many_choice(field("clinic"))


def test_a_filter_is_never_required() -> None:
    assert "required" in control(field("name"))
    assert "required" not in filter_control(field("name"))
