"""What became of the rows: counts for the terminal, and a CSV file of every row not taken or taken with a doubt."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from app.imports.rules import Note
from app.kernel.text import csv_safe

HEADING: Final = ("line", "external_id", "result", "column", "reason")
_SHOWN_REASONS: Final = 12


class Report:
    """Writes as it goes, so that an interrupted run leaves what it found; nothing is kept but counts."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.counts: Counter[str] = Counter()
        self._reasons: Counter[tuple[str, str, str]] = Counter()
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file)
        self._rows.writerow(HEADING)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def refused(self, line: int, external_id: str, notes: Iterable[Note]) -> None:
        """The row is not taken."""
        self.counts["refused"] += 1
        self._write("refused", line, external_id, notes)

    def doubted(self, line: int, external_id: str, notes: Iterable[Note]) -> None:
        """The row is taken, with these warnings."""
        self.counts["warned"] += 1
        self._write("warning", line, external_id, notes)

    def summary(self) -> list[str]:
        """The reasons with how often each was given, most frequent first."""
        lines = [f"{times:>9,}  {result}: {column}: {code}" for (result, column, code), times in self._most_frequent()]
        more = len(self._reasons) - len(lines)
        return [*lines, f"           and {more} more kinds"] if more else lines

    def _most_frequent(self) -> list[tuple[tuple[str, str, str], int]]:
        return self._reasons.most_common(_SHOWN_REASONS)

    def _write(self, result: str, line: int, external_id: str, notes: Iterable[Note]) -> None:
        for column, problem in notes:
            self._reasons[result, column, problem.code.replace("_", " ")] += 1
            self._rows.writerow(
                [
                    line,
                    csv_safe(_printable(external_id)),
                    result,
                    csv_safe(_printable(column)),
                    csv_safe(_printable(str(problem))),
                ]
            )


def _printable(text: str) -> str:
    """Without what a terminal or a spreadsheet would obey, and without what UTF-8 cannot hold."""
    return "".join(character if character.isprintable() else "�" for character in text)
