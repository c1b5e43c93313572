"""What may be said of a patient: every field checked and cleaned, all problems told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from email_validator import EmailNotValidError, validate_email

from app.kernel.errors import Invalid
from app.kernel.text import clean_line, clean_text
from app.people.errors import (
    BadCustomFieldName,
    BadCustomFieldValue,
    BornInTheFuture,
    BornTooLongAgo,
    NameWithoutLetters,
    NotADate,
    NotAList,
    NotAnEmail,
    NotAnId,
    NotAnObject,
    Required,
    TooManyCustomFields,
    TooManyTags,
    UnknownField,
    UnknownGender,
)
from app.people.phones import to_e164

CLINICAL_FIELDS: Final = ("medical_history", "allergies")

LONGEST_NAME: Final = 160
LONGEST_EMAIL: Final = 254
LONGEST_EXTERNAL_ID: Final = 64
LONGEST_CLINICAL_TEXT: Final = 20_000
LONGEST_TAG: Final = 40
LONGEST_CUSTOM_VALUE: Final = 500
MOST_TAGS: Final = 20
MOST_CUSTOM_FIELDS: Final = 50
EARLIEST_BIRTH: Final = date(1900, 1, 1)  # before the oldest people alive; earlier ones are slips of the keyboard
LARGEST_ID: Final = 2**31 - 1
LARGEST_EXACT_NUMBER: Final = 2**53 - 1  # beyond it JSON's readers round (RFC 8259, section 6)

_CUSTOM_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Gender(StrEnum):
    """Administrative gender as in HL7 FHIR; not asked is None."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientDraft:
    """A new patient whose every value may be stored as it is; `phone` is E.164."""

    name: str
    phone: str | None = None
    email: str | None = None
    whatsapp_name: str | None = None
    date_of_birth: date | None = None
    gender: Gender | None = None
    medical_history: str | None = None
    allergies: str | None = None
    tags: list[str] = field(default_factory=list)
    custom_fields: dict[str, Any] = field(default_factory=dict)
    preferred_doctor_id: int | None = None
    contact_patient_id: int | None = None
    external_id: str | None = None


def validated_patient(values: Mapping[str, object], *, region: str, today: date) -> PatientDraft:
    """A new patient from what was sent; only the name is required, blank means not known.

    `region` is the clinic's country (ISO 3166), `today` the clinic's day.
    Refuses: Invalid with every problem of every field, unknown fields included.
    """
    return PatientDraft(**validated_changes({"name": None, **values}, region=region, today=today))


def validated_changes(values: Mapping[str, object], *, region: str, today: date) -> dict[str, Any]:
    """The fields that were sent, cleaned, for a change of a patient: a field that is absent stays as it is.

    Refuses as `validated_patient` does.
    """
    rules: dict[str, Callable[[object], object]] = {
        **_FIELDS,
        "phone": lambda raw: to_e164(raw, region, field=None),
        "date_of_birth": lambda raw: _date_of_birth(raw, today),
    }
    cleaned: dict[str, Any] = {}
    problems: dict[str, list[Invalid]] = {}
    for name, raw in values.items():
        try:
            cleaned[name] = _checked(rules, name, raw)
        except Invalid as problem:
            problems[name] = [problem]
    if problems:
        raise Invalid(problems)
    return cleaned


def _checked(rules: Mapping[str, Callable[[object], object]], name: str, raw: object) -> object:
    if name not in rules:
        raise UnknownField
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        if name == "name":
            raise Required
        return _EMPTY[name]() if name in _EMPTY else None
    return rules[name](raw)


def _name(raw: object) -> str:
    name = clean_line(raw, LONGEST_NAME)
    if not any(map(str.isalpha, name)):
        raise NameWithoutLetters
    return name


def _line(max_length: int) -> Callable[[object], str | None]:
    return lambda raw: clean_line(raw, max_length) or None


def _clinical_text(raw: object) -> str | None:
    return clean_text(raw, LONGEST_CLINICAL_TEXT) or None


def _email(raw: object) -> str:
    """The address with its domain in small letters. Syntax only (RFC 5321, 5322, 6531): the demo's `.test` will do."""
    try:
        return validate_email(
            clean_line(raw, LONGEST_EMAIL), check_deliverability=False, test_environment=True
        ).normalized
    except EmailNotValidError:
        raise NotAnEmail from None


def _date_of_birth(raw: object, today: date) -> date:
    born = _date(raw)
    if born > today:
        raise BornInTheFuture
    if born < EARLIEST_BIRTH:
        raise BornTooLongAgo(earliest=EARLIEST_BIRTH.isoformat())
    return born


def _date(raw: object) -> date:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if not isinstance(raw, str) or not _ISO_DATE.fullmatch(raw.strip()):
        raise NotADate
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        raise NotADate from None


def _gender(raw: object) -> Gender:
    try:
        return Gender(str(raw).strip().lower())
    except ValueError:
        raise UnknownGender(known=", ".join(Gender)) from None


def _id(raw: object) -> int:
    if not isinstance(raw, int) or isinstance(raw, bool) or not 1 <= raw <= LARGEST_ID:
        raise NotAnId
    return raw


def _tags(raw: object) -> list[str]:
    """Each tag once, whatever its case, in the order given; blank ones are left out."""
    if not isinstance(raw, list | tuple):
        raise NotAList
    if len(raw) > MOST_TAGS:
        raise TooManyTags(most=MOST_TAGS)
    tags = {tag.casefold(): tag for tag in reversed([clean_line(one, LONGEST_TAG) for one in raw]) if tag}
    return list(reversed(tags.values()))


def _custom_fields(raw: object) -> dict[str, Any]:
    if not isinstance(raw, Mapping):
        raise NotAnObject
    if len(raw) > MOST_CUSTOM_FIELDS:
        raise TooManyCustomFields(most=MOST_CUSTOM_FIELDS)
    return {_custom_field_name(name): _custom_field_value(name, value) for name, value in raw.items()}


def _custom_field_name(name: object) -> str:
    if not isinstance(name, str) or not _CUSTOM_FIELD_NAME.fullmatch(name):
        raise BadCustomFieldName
    return name


def _custom_field_value(name: str, value: object) -> object:
    if isinstance(value, str):
        return clean_text(value, LONGEST_CUSTOM_VALUE)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float) and abs(value) <= LARGEST_EXACT_NUMBER:  # neither infinite nor NaN either
        return value
    raise BadCustomFieldValue(name=name)


_FIELDS: Final[Mapping[str, Callable[[object], object]]] = {
    "name": _name,
    "email": _email,
    "whatsapp_name": _line(LONGEST_NAME),
    "gender": _gender,
    "medical_history": _clinical_text,
    "allergies": _clinical_text,
    "tags": _tags,
    "custom_fields": _custom_fields,
    "preferred_doctor_id": _id,
    "contact_patient_id": _id,
    "external_id": _line(LONGEST_EXTERNAL_ID),
}
_EMPTY: Final[Mapping[str, Callable[[], object]]] = {"tags": list, "custom_fields": dict}
