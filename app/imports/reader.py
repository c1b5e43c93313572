"""Reads the rows of a CSV file, gzipped or not, one at a time, whatever is in it."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from app.imports.errors import CellTooLarge, FileNotUsable, RowProblem, WrongEncoding, WrongNumberOfCells
from app.imports.mapping import MappingFile

LONGEST_LINE: Final = 1_000_000
LARGEST_CELL: Final = 100_000
_GZIP: Final = b"\x1f\x8b"
_DAMAGED: Final = (zlib.error, EOFError, gzip.BadGzipFile)
_UNREADABLE: Final = (*_DAMAGED, OSError, UnicodeError)


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row: the `line` it begins on (the heading is line 1) and its cells by column, or what is wrong with it."""

    line: int
    cells: Mapping[str, str]
    problem: RowProblem | None = None


class CsvFile:
    """An open file: its columns, then its rows; `position` of `size` bytes have been read of the disk."""

    def __init__(self, raw: IO[bytes], text: io.TextIOBase, mapping: MappingFile) -> None:
        self._raw, self._mapping = raw, mapping
        csv.field_size_limit(LARGEST_CELL)
        self._reader = csv.reader(_lines(text), delimiter=mapping.delimiter)
        self.columns = self._heading()

    @property
    def position(self) -> int:
        return self._raw.tell()

    def rows(self) -> Iterator[FileRow]:
        """Every row that is not blank. Refuses: FileNotUsable where reading cannot go on."""
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error:  # the reader begins afresh with the next line
                yield FileRow(line, {}, CellTooLarge())
                continue
            except _UNREADABLE as error:
                raise _unreadable(error, line) from None
            if cells:
                yield self._row(line, cells)

    def _row(self, line: int, cells: list[str]) -> FileRow:
        row = dict(zip(self.columns, cells, strict=False))
        if any(map(_is_undecoded, cells)):
            return FileRow(line, row, WrongEncoding(encoding=self._mapping.encoding))
        if len(cells) != len(self.columns):
            return FileRow(line, row, WrongNumberOfCells(found=len(cells), expected=len(self.columns)))
        return FileRow(line, row)

    def _heading(self) -> list[str]:
        """The columns' names. Refuses: FileNotUsable, also where one that the mapping reads is missing."""
        try:
            names = [name.strip() for name in next(self._reader, [])]
        except (*_UNREADABLE, csv.Error) as error:
            raise _unreadable(error, 1) from None
        if not names:
            raise FileNotUsable(place="", reason="it is empty")
        if any(_is_undecoded(name) or "\0" in name for name in names):
            raise FileNotUsable(place="", reason=f"its heading is not written in {self._mapping.encoding}")
        if missing := sorted(self._mapping.columns() - set(names)):
            raise FileNotUsable(
                place="", reason=f"it has no column {', '.join(missing)}; it has {', '.join(names)[:500]}"
            )
        if doubled := sorted({name for name in names if names.count(name) > 1}):
            raise FileNotUsable(place="", reason=f"its heading names {', '.join(doubled)[:500]} more than once")
        return names


@contextmanager
def open_csv(path: Path, mapping: MappingFile) -> Iterator[CsvFile]:
    """The file, unpacked where it is gzipped. Refuses: FileNotUsable."""
    try:
        raw = path.open("rb")
    except OSError as error:
        raise FileNotUsable(place="", reason=error.strerror) from None
    with raw:
        packed = raw.read(2) == _GZIP
        raw.seek(0)
        stream = gzip.GzipFile(fileobj=raw) if packed else raw
        # What cannot be decoded becomes a lone surrogate, so that one bad row does not end the reading.
        text = io.TextIOWrapper(stream, encoding=mapping.encoding, errors="surrogateescape", newline="")
        yield CsvFile(raw, text, mapping)


def _lines(text: io.TextIOBase) -> Iterator[str]:
    """The lines, none longer than `LONGEST_LINE`: the rest of a longer one is skipped."""
    while line := text.readline(LONGEST_LINE):
        rest = line
        while len(rest) == LONGEST_LINE and not rest.endswith("\n"):
            rest = text.readline(LONGEST_LINE)
        yield line


def _is_undecoded(text: str) -> bool:
    return not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text)


def _unreadable(error: Exception, line: int) -> FileNotUsable:
    reason = "its compression is damaged" if isinstance(error, _DAMAGED) else str(error)
    return FileNotUsable(place=f" from line {line} on" if line > 1 else "", reason=reason)
