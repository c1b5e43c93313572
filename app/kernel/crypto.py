"""Keeps clinical text encrypted in the database and moves it to new keys.

Fernet (AES-128-CBC with HMAC-SHA256) through MultiFernet: the first key of the ring writes, every key reads.
What is stored is ASCII, about 4/3 of the text plus 100 characters. It cannot be searched or sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Text
from sqlalchemy.types import TypeDecorator


class FieldKeyError(RuntimeError):
    """The field encryption keys are missing, malformed, or not the ones that the text was written with."""


class KeyRing:
    """The keys of clinical text, newest first."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._fernets = [_fernet(key, place) for place, key in enumerate(keys, start=1)]
        self._ring = MultiFernet(self._fernets) if self._fernets else None

    def encrypt(self, text: str) -> str:
        return self._ready().encrypt(text.encode()).decode("ascii")

    def decrypt(self, token: str) -> str:
        ring = self._ready()
        try:
            return ring.decrypt(token).decode()
        except InvalidToken:
            raise FieldKeyError(
                "Encrypted text cannot be read: it was changed, or its key is not in FIELD_ENCRYPTION_KEYS."
            ) from None

    def is_current(self, token: str) -> bool:
        """Whether the newest key alone reads this."""
        self._ready()
        try:
            self._fernets[0].decrypt(token)
        except InvalidToken:
            return False
        return True

    def _ready(self) -> MultiFernet:
        if self._ring is None:
            raise FieldKeyError("FIELD_ENCRYPTION_KEYS is not set: clinical text can be neither written nor read.")
        return self._ring


def _fernet(key: str, place: int) -> Fernet:
    try:
        return Fernet(key.strip())
    except ValueError:
        # The text of the key stays out of the message: it ends in logs.
        raise FieldKeyError(
            f"Key {place} of FIELD_ENCRYPTION_KEYS is not 32 bytes in URL-safe base64 (44 characters)."
        ) from None


_key_ring = KeyRing(())


def configure(keys: Sequence[str]) -> None:
    """Take the keys, newest first, for this process. Raises FieldKeyError when one is malformed."""
    global _key_ring  # noqa: PLW0603 - a column type has no other way to its keys
    _key_ring = KeyRing(keys)


def generate_key() -> str:
    """A new key in the form that FIELD_ENCRYPTION_KEYS takes."""
    return Fernet.generate_key().decode("ascii")


class EncryptedText(TypeDecorator[str]):
    """A text column that the database only sees encrypted; NULL stays NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _key_ring.encrypt(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else _key_ring.decrypt(value)
