"""Random tokens of private addresses, of which only a hash is kept."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Final

TOKEN_BYTES: Final = 32


def new_token() -> str:
    """A token that nobody can guess, as it stands in an address."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_of(token: str) -> str:
    """What is kept of a token. It is looked up by this: how long that takes says nothing about the token."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
