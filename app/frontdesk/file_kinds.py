"""What kind of file some bytes are, by the bytes alone: a name can say anything."""

from __future__ import annotations

import re
from typing import Final

PDF, PNG, JPEG, WEBP, TEXT = "application/pdf", "image/png", "image/jpeg", "image/webp", "text/plain"
PICTURES: Final = frozenset({PNG, JPEG, WEBP})
ENDINGS: Final = {PDF: (".pdf",), PNG: (".png",), JPEG: (".jpg", ".jpeg"), WEBP: (".webp",), TEXT: (".txt",)}

_PDF_HEAD: Final = 1024  # readers look for the mark in the first kilobyte (ISO 32000-1, annex H)
_NOT_IN_TEXT: Final = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_MARKUP: Final = re.compile(r"<\s*[!?/a-z]", re.IGNORECASE)
_MARKED: Final = 4096


def kind_of(content: bytes) -> str | None:
    """The media type of a PDF, a PNG, JPEG or WebP picture or plain text; None for everything else, markup too."""
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[12:16] == b"IHDR":
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return WEBP
    if _is_pdf(content):
        return PDF
    return TEXT if _is_plain_text(content) else None


def fitting_name(name: str, kind: str) -> str:
    """The name with an ending that says what the file is."""
    endings = ENDINGS[kind]
    return name if name.lower().endswith(endings) else f"{name}{endings[0]}"


def _is_pdf(content: bytes) -> bool:
    """The mark at the beginning, after blanks at most: with other things before it it may be something else as well."""
    return content[:_PDF_HEAD].removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-")


def _is_plain_text(content: bytes) -> bool:
    """UTF-8 without control characters, and nothing near its beginning that a browser could take for markup."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not _NOT_IN_TEXT.search(text) and not _MARKUP.search(text[:_MARKED])
