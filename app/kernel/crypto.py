"""Keeps clinical text encrypted in the database and moves it to new keys.

Fernet (AES-128-CBC with HMAC-SHA256) through MultiFernet: the first key of the ring writes, every key reads.
What is stored is ASCII, about 4/3 of the text plus 100 characters. It cannot be searched or sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, Table, Text, inspect, select, type_coerce, update
from sqlalchemy.orm import InstrumentedAttribute, Session
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
            return ring.decrypt(token.encode()).decode()
        except InvalidToken:
            raise FieldKeyError(
                "Encrypted text cannot be read: it was changed, or its key is not in FIELD_ENCRYPTION_KEYS."
            ) from None

    def is_current(self, token: str) -> bool:
        """Whether the newest key alone reads this."""
        self._ready()
        try:
            self._fernets[0].decrypt(token.encode())
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


def rotate(session: Session, column: InstrumentedAttribute[Any], *, after_id: int = 0, limit: int = 500) -> int | None:
    """Move one batch of `Model.column` to the newest key: rows with `id` above `after_id`, `limit` of them.

    Answers the last id looked at, to go on from, or None when there are no more. What the newest key reads already is
    left alone, so a run that stopped may start over; a row that changes meanwhile keeps its change; `updated_at` stays.
    The caller opens and commits one transaction for each batch. Raises FieldKeyError when a row's key is gone.
    """
    table: Table = inspect(column.class_).local_table
    row_id, stored = table.c.id, type_coerce(table.c[column.key], Text)
    rows = session.execute(
        select(row_id, stored).where(row_id > after_id, stored.is_not(None)).order_by(row_id).limit(limit)
    ).all()
    untouched = {c.name: c for c in table.c if c.onupdate is not None}
    for found_id, token in rows:
        if not _key_ring.is_current(token):
            renewed = type_coerce(_key_ring.encrypt(_key_ring.decrypt(token)), Text)
            session.execute(
                update(table).where(row_id == found_id, stored == token).values(untouched | {column.key: renewed})
            )
    return rows[-1][0] if rows else None
