"""Private addresses for people without a login: signed by this installation, so that nothing of them is stored.

A kind of link is named by where its pages are, which is part of what is signed: none opens the page of another.
"""

from __future__ import annotations

from typing import Final

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

OFFER: Final = "offer"
TICKET: Final = "t"  # printed, as a picture that a telephone reads: the shorter the better
LONGEST_TOKEN: Final = 200


def private_address(kind: str, row_id: int) -> str:
    """The whole address of a row's page, for who is given it."""
    return f"{current_app.config['PUBLIC_URL']}/{kind}/{token_for(kind, row_id)}"


def token_for(kind: str, row_id: int) -> str:
    """The token of a row's private address."""
    return str(_signer(kind).dumps(row_id))


def row_of(kind: str, token: str) -> int | None:
    """The row whose private address has this token; None for one that this installation has not signed."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        row_id = _signer(kind).loads(token)
    except (BadSignature, UnicodeError):
        return None
    return row_id if isinstance(row_id, int) else None


def _signer(kind: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt=kind)
