"""What may be said of a patient: every field checked and cleaned, all problems told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from app.kernel.text import clean_line, clean_text
from app.people.errors import (
    BadCustomFieldName,
    BadCustomFieldValue,
    BornInTheFuture,
    BornTooLongAgo,
    NameWithoutLetters,
    NotAList,
    NotAnObject,
    TooManyCustomFields,
    TooManyTags,
    UnknownGender,
)
from app.people.fields import Check, calendar_day, checked, email, line, paragraph, row_id
from app.people.phones import to_e164

CLINICAL_FIELDS: Final = ("medical_history", "allergies")

LONGEST_NAME: Final = 160
LONGEST_EXTERNAL_ID: Final = 64
LONGEST_CLINICAL_TEXT: Final = 20_000
LONGEST_TAG: Final = 40
LONGEST_CUSTOM_VALUE: Final = 500
MOST_TAGS: Final = 20
MOST_CUSTOM_FIELDS: Final = 50
EARLIEST_BIRTH: Final = date(1900, 1, 1)  # before the oldest people alive; earlier ones are slips of the keyboard
LARGEST_EXACT_NUMBER: Final = 2**53 - 1  # beyond it JSON's readers round (RFC 8259, section 6)

_CUSTOM_FIELD_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


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
    checks: dict[str, Check] = {
        **_FIELDS,
        "phone": lambda raw: to_e164(raw, region, field=None),
        "date_of_birth": lambda raw: _date_of_birth(raw, today),
    }
    return checked(values, checks, required={"name"} & values.keys(), blank=_EMPTY)


def _name(raw: object) -> str:
    name = clean_line(raw, LONGEST_NAME)
    if not any(map(str.isalpha, name)):
        raise NameWithoutLetters
    return name


def _date_of_birth(raw: object, today: date) -> date:
    born = calendar_day(raw)
    if born > today:
        raise BornInTheFuture
    if born < EARLIEST_BIRTH:
        raise BornTooLongAgo(earliest=EARLIEST_BIRTH.isoformat())
    return born


def _gender(raw: object) -> Gender:
    try:
        return Gender(str(raw).strip().lower())
    except ValueError:
        raise UnknownGender(known=", ".join(Gender)) from None


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


_FIELDS: Final[Mapping[str, Check]] = {
    "name": _name,
    "email": email,
    "whatsapp_name": line(LONGEST_NAME),
    "gender": _gender,
    "medical_history": paragraph(LONGEST_CLINICAL_TEXT),
    "allergies": paragraph(LONGEST_CLINICAL_TEXT),
    "tags": _tags,
    "custom_fields": _custom_fields,
    "preferred_doctor_id": row_id,
    "contact_patient_id": row_id,
    "external_id": line(LONGEST_EXTERNAL_ID),
}
_EMPTY: Final[Mapping[str, Callable[[], object]]] = {"tags": list, "custom_fields": dict}
