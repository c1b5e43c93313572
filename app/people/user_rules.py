"""What may be said of a user: names, address, roles, password."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from app.people.errors import BadUsername, PasswordNotKept, PasswordTooShort, UnknownRole
from app.people.fields import Check, email, line, row_ids, yes_or_no
from app.people.roles import Role

SHORTEST_PASSWORD: Final = 10
DEMO_PASSWORD: Final = "demo"  # noqa: S105 - known to everybody; it opens nothing outside the demo
LONGEST_PASSWORD: Final = 200  # hashing takes its time by the length
_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


def username(raw: object) -> str:
    """In small letters, so that "Ada" and "ada" are never two people."""
    name = raw.strip().lower() if isinstance(raw, str) else ""
    if not _USERNAME.fullmatch(name):
        raise BadUsername
    return name


def user_email(raw: object) -> str:
    return email(raw).lower()


def roles(raw: object) -> list[Role]:
    """One or more, each once."""
    names = list(raw) if isinstance(raw, list | tuple | set | frozenset) else []
    if not names or not all(isinstance(name, str) and name in set(Role) for name in names):
        raise UnknownRole(known=", ".join(Role))
    return [role for role in Role if role in names]


def password_of(shortest: int) -> Callable[[object], str]:
    """At least `shortest` characters that can be typed again; blanks count."""

    def check(raw: object) -> str:
        if not isinstance(raw, str) or len(raw) > LONGEST_PASSWORD or re.search("[\x00-\x1f\x7f\ud800-\udfff]", raw):
            raise PasswordNotKept
        if len(raw) < shortest:
            raise PasswordTooShort(least=shortest)
        return raw

    return check


USER_CHECKS: Final[Mapping[str, Check]] = {
    "username": username,
    "first_name": line(64),
    "last_name": line(64),
    "email": user_email,
    "roles": roles,
    "clinic_ids": row_ids,
    "active": yes_or_no,
}
