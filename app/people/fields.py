"""What one field of a form or a request may hold: small checks that clean a value or refuse it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, TypeGuard

from email_validator import EmailNotValidError, validate_email

from app.kernel.errors import Invalid
from app.kernel.text import clean_line, clean_text
from app.people.errors import (
    NotADate,
    NotAnEmail,
    NotAnId,
    NotAWholeNumber,
    NotOneOf,
    NotYesOrNo,
    Required,
    UnknownField,
)

LONGEST_EMAIL: Final = 254
LARGEST_ID: Final = 2**31 - 1
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Check = Callable[[object], object]


def checked(
    values: Mapping[str, object],
    checks: Mapping[str, Check],
    *,
    required: Iterable[str] = (),
    blank: Mapping[str, Callable[[], object]] = MappingProxyType({}),
) -> dict[str, Any]:
    """The values that were sent, each cleaned by the check of its name; a blank one is None, or as `blank` makes it.

    `required` names must be sent and not be blank. Refuses: Invalid with every problem of every field.
    """
    needed = set(required)
    cleaned: dict[str, Any] = {}
    problems: dict[str, list[Invalid]] = {}
    for name, raw in {**dict.fromkeys(needed), **values}.items():
        try:
            check = _check_of(checks, name)
            value = None if _is_blank(raw) else check(raw)
            if value is None and name in needed:
                raise Required
            cleaned[name] = blank[name]() if value is None and name in blank else value
        except Invalid as problem:
            problems[name] = [problem]
    if problems:
        raise Invalid(problems)
    return cleaned


def _is_blank(raw: object) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _check_of(checks: Mapping[str, Check], name: str) -> Check:
    if name not in checks:
        raise UnknownField
    return checks[name]


def line(longest: int) -> Check:
    """One line of text, cleaned."""
    return lambda raw: clean_line(raw, longest) or None


def paragraph(longest: int) -> Check:
    """Text of several lines, cleaned."""
    return lambda raw: clean_text(raw, longest) or None


def whole_number(least: int, most: int) -> Check:
    """An integer, or its digits, within bounds."""

    def check(raw: object) -> int:
        text = raw.strip() if isinstance(raw, str) else raw
        if isinstance(text, str) and re.fullmatch(r"-?[0-9]{1,15}", text):
            text = int(text)
        if not isinstance(text, int) or isinstance(text, bool) or not least <= text <= most:
            raise NotAWholeNumber(least=least, most=most)
        return text

    return check


def yes_or_no(raw: object) -> bool:
    if not isinstance(raw, bool):
        raise NotYesOrNo
    return raw


def is_row_id(raw: object) -> TypeGuard[int]:
    """Whether this could be the id of a row: other numbers are errors to a database."""
    return isinstance(raw, int) and not isinstance(raw, bool) and 1 <= raw <= LARGEST_ID


def row_id(raw: object) -> int:
    """The id of a row; whether it exists is another question."""
    if not is_row_id(raw):
        raise NotAnId
    return raw


def row_ids(raw: object) -> list[int]:
    """Several ids, each once."""
    if not isinstance(raw, list | tuple | set | frozenset):
        raise NotAnId
    return sorted({row_id(one) for one in raw})


def email(raw: object) -> str:
    """The address with its domain in small letters. Syntax only (RFC 5321, 5322, 6531): the demo's `.test` will do."""
    try:
        return validate_email(
            clean_line(raw, LONGEST_EMAIL), check_deliverability=False, test_environment=True
        ).normalized
    except EmailNotValidError:
        raise NotAnEmail from None


def calendar_day(raw: object) -> date:
    """A date, or its writing as YYYY-MM-DD."""
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw
    if not isinstance(raw, str) or not _ISO_DATE.fullmatch(raw.strip()):
        raise NotADate
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        raise NotADate from None


def one_of(members: list[Any]) -> Check:
    """A member of a StrEnum, or its value."""
    known = {member.value: member for member in members}

    def check(raw: object) -> StrEnum:
        member: StrEnum | None = known.get(str(raw).strip()) if isinstance(raw, str) else None
        if member is None:
            raise NotOneOf(known=", ".join(known))
        return member

    return check
