"""Many PDFs as one ZIP archive, written piece by piece and always with the same bytes."""

from __future__ import annotations

import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from io import RawIOBase

EARLIEST = (1980, 1, 1, 0, 0, 0)  # a ZIP entry has to have a time; ours says nothing
LONGEST = 100  # characters of a name without its ending
READABLE_BY_ALL = 0o644 << 16
_UNSAFE = re.compile(r"[^\w.-]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def invoices_zip(documents: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """A ZIP of (name, PDF) pairs in chunks; names are made safe and unique. Holds one document in memory at a time."""
    sink = _Sink()
    taken: set[str] = set()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in documents:
            entry = zipfile.ZipInfo(_free_name(pdf_name(name), taken), EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever this runs
            entry.external_attr = READABLE_BY_ALL
            archive.writestr(entry, content)
            yield sink.take()
    yield sink.take()


def pdf_name(number: str) -> str:
    """A file name that every system accepts, from an invoice number: "A/2026 7" becomes "A-2026-7.pdf"."""
    stem = unicodedata.normalize("NFKC", number.encode("utf-8", "replace").decode()).removesuffix(".pdf")
    stem = _UNSAFE.sub("-", stem).strip("-._")[:LONGEST].rstrip("-._")
    return f"{'invoice-' if not stem or _RESERVED.fullmatch(stem) else ''}{stem}".rstrip("-") + ".pdf"


def _free_name(name: str, taken: set[str]) -> str:
    """The name, or with a number where an earlier entry has it; capitals make no difference to some systems."""
    stem, candidate, number = name.removesuffix(".pdf"), name, 1
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{stem}-{number}.pdf"
    taken.add(candidate.casefold())
    return candidate


class _Sink(RawIOBase):
    """Takes what the archive writes and gives it on; it cannot be read back or wound back."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # RawIOBase allows any buffer; zipfile gives bytes
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        chunk = b"".join(self._written)
        self._written.clear()
        return chunk
