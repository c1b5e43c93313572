"""The fields of people's forms that no column gives by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import PasswordField, SelectField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, StopValidation

from app.people.roles import Role
from app.people.rules import Gender
from app.web.form_fields import TextBlock
from app.web.zones import clinics

GENDERS = {
    Gender.FEMALE: _("Female"),
    Gender.MALE: _("Male"),
    Gender.OTHER: _("Other"),
    Gender.UNKNOWN: _("Unknown"),
}
ROLES = {
    Role.ADMIN: _("Administrator"),
    Role.RECEPTIONIST: _("Receptionist"),
    Role.DOCTOR: _("Doctor"),
    Role.ACCOUNTANT: _("Accountant"),
}
_PAIR = re.compile(r"([^:]+):(.*)")


class GenderField(SelectField):
    """Not asked is a choice as well."""

    def process_data(self, value: str | None) -> None:
        super().process_data(value or "")


class PairsField(TextBlock):
    """Names and values, a pair on each line ("insurance: AOK"); numbers, true and false are kept as such."""

    def process_data(self, value: Any) -> None:
        pairs = value if isinstance(value, Mapping) else {}
        self.data = "\n".join(f"{name}: {_written(one)}" for name, one in pairs.items())

    def pre_validate(self, form: object) -> None:
        super().pre_validate(form)
        if any(not _PAIR.fullmatch(line) for line in self._lines()):
            raise StopValidation(gettext("Write each on a line of its own, as name: value."))

    def plain(self, _zone: str) -> dict[str, Any]:  # type: ignore[override]
        found = (_PAIR.fullmatch(line) for line in self._lines())
        return {pair[1].strip(): _read(pair[2].strip()) for pair in found if pair}

    def _lines(self) -> list[str]:
        return [line.strip() for line in (self.data or "").splitlines() if line.strip()]


def _written(value: object) -> str:
    """A text that would be read as something else, or runs over lines, is put in quotes."""
    plain = isinstance(value, str) and value.splitlines() == [value.strip()] and _read(value) == value
    return str(value) if plain else json.dumps(value, ensure_ascii=False)


def _read(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, list | dict) else value


class RolesField(SelectMultipleField):
    """The form may not call its field `roles`: that is the row's, and holds rows."""

    value_name = "roles"


def gender_field() -> GenderField:
    choices = [SelectChoice("", ""), *(SelectChoice(gender.value, word) for gender, word in GENDERS.items())]
    return GenderField(_("Gender"), choices=choices)


def pairs_field() -> PairsField:
    return PairsField(_("Custom fields"), description=_("Each on a line of its own, as name: value."))


def roles_field() -> RolesField:
    return RolesField(_("Roles"), choices=[SelectChoice(role.value, word) for role, word in ROLES.items()])


def clinics_field() -> SelectMultipleField:
    hint = _("Where a receptionist or an accountant works. A doctor's clinics are set with the doctor.")
    return SelectMultipleField(_("Clinics"), choices=every_clinic, coerce=int, description=hint)


def every_clinic() -> list[SelectChoice]:
    return [SelectChoice(str(key), clinic.name) for key, clinic in sorted(clinics().items())]


def password_field(label: Any, *, required: bool) -> PasswordField:
    validators = [InputRequired()] if required else []
    return PasswordField(label, validators, render_kw={"autocomplete": "new-password"})
