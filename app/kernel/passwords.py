"""Passwords are kept as hashes that Flask-AppBuilder's sign-in reads."""

from __future__ import annotations

from werkzeug.security import check_password_hash, generate_password_hash

_method = "scrypt"


def configure(method: str | None) -> None:
    """Hash by this method from now on (as werkzeug names it); what is stored names its own."""
    global _method  # noqa: PLW0603 - one for the process, as the keys of crypto are
    _method = method or "scrypt"


def hashed(password: str) -> str:
    return generate_password_hash(password, method=_method)


def matches(stored: str | None, typed: object) -> bool:
    """Whether `typed` is the password that was stored; nothing is where none was."""
    return isinstance(typed, str) and bool(stored) and check_password_hash(stored or "", typed)
