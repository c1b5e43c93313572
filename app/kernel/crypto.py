"""Keeps clinical text and files encrypted in the database and moves them to new keys.

Fernet (AES-128-CBC with HMAC-SHA256) through MultiFernet: the first key of the ring writes, every key reads.
What is stored of a text is ASCII, about 4/3 of it plus 100 characters; of a file the same token without its base64,
some 70 bytes more than the file has. It cannot be searched or sorted.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import Dialect, LargeBinary, Table, Text, delete, insert, inspect, select, type_coerce, update
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.kernel.models import KeyRotation


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
        return self._opened(token.encode()).decode()

    def seal(self, content: bytes) -> bytes:
        return urlsafe_b64decode(self._ready().encrypt(content))

    def unseal(self, sealed: bytes) -> bytes:
        return self._opened(urlsafe_b64encode(sealed))

    def renewed(self, stored: str | bytes) -> str | bytes:
        """The same under the newest key; `stored` itself where that key reads it already."""
        if self._is_current(stored.encode() if isinstance(stored, str) else urlsafe_b64encode(stored)):
            return stored
        return self.encrypt(self.decrypt(stored)) if isinstance(stored, str) else self.seal(self.unseal(stored))

    def _opened(self, token: bytes) -> bytes:
        ring = self._ready()
        try:
            return ring.decrypt(token)
        except InvalidToken:
            raise FieldKeyError(
                "Encrypted text cannot be read: it was changed, or its key is not in FIELD_ENCRYPTION_KEYS."
            ) from None

    def _is_current(self, token: bytes) -> bool:
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


def encrypted(text: str) -> str:
    """What a column that is not of the kinds below keeps of a text."""
    return _key_ring.encrypt(text)


def decrypted(token: str) -> str:
    """The text of it."""
    return _key_ring.decrypt(token)


class EncryptedText(TypeDecorator[str]):
    """A text column that the database only sees encrypted; NULL stays NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _key_ring.encrypt(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return None if value is None else _key_ring.decrypt(value)


class EncryptedBytes(TypeDecorator[bytes]):
    """A column of files that the database only sees encrypted; NULL stays NULL."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _key_ring.seal(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> bytes | None:
        return None if value is None else _key_ring.unseal(bytes(value))


def rotate(session: Session, column: InstrumentedAttribute[Any], *, after_id: int = 0, limit: int = 500) -> int | None:
    """Move one batch of `Model.column` to the newest key: rows with `id` above `after_id`, `limit` of them.

    Answers the last id looked at, to go on from, or None when there are no more. What the newest key reads already is
    left alone, so a run that stopped may start over; a row that changes meanwhile keeps its change; `updated_at` stays.
    Guards of texts that nobody may change let it pass. One row is in memory at a time.
    The caller opens and commits one transaction for each batch. Raises FieldKeyError when a row's key is gone.
    """
    table: Table = inspect(column.class_).local_table
    plain: TypeEngine[Any] = LargeBinary() if isinstance(table.c[column.key].type, EncryptedBytes) else Text()
    row_id, stored = table.c.id, type_coerce(table.c[column.key], plain)
    found = select(row_id).where(row_id > after_id, stored.is_not(None)).order_by(row_id).limit(limit)
    ids = session.scalars(found).all()
    untouched = {c.name: c for c in table.c if c.onupdate is not None}
    session.execute(insert(KeyRotation.__table__).values(id=1))
    for found_id in ids:
        before = session.scalar(select(stored).where(row_id == found_id))
        renewed = None if before is None else _key_ring.renewed(before)
        if renewed != before:
            values = untouched | {column.key: type_coerce(renewed, plain)}
            session.execute(update(table).where(row_id == found_id, stored == before).values(values))
    session.execute(delete(KeyRotation.__table__))
    return ids[-1] if ids else None
