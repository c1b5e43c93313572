"""The table of expected answers: one line for each route, method and kind of row, a status for each role.

`python -m tests.access` writes it anew from what the application answers; every changed line is to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.access.markers import ROLES

FILE = Path(__file__).with_name("answers.txt")
EXPLANATION = """\
# What each role is answered, by route, method and kind of row. `python -m tests.access` writes this file anew:
# look at every changed line. Rows: own = main clinic and `doctor`; colleague = main clinic and `doctor2`;
# elsewhere = Riverside and `doctor2`, who works there too; foreign = Riverside and a doctor of Riverside alone;
# missing = no such row; - = the request names no row.
# No sign-in 401 (stranger), a row out of reach 404, an act that the role may not do 403, in that order.
"""

Key = tuple[str, str, str]  # endpoint, method, kind of row
Answers = Mapping[str, int]  # role: status


def read_table() -> dict[Key, dict[str, int]]:
    lines = FILE.read_text(encoding="utf-8").splitlines() if FILE.exists() else []
    table: dict[Key, dict[str, int]] = {}
    for line in lines:
        if not line or line.startswith(("#", "route")):
            continue
        endpoint, method, kind, *statuses = line.split()
        key = (endpoint, method, kind)
        assert key not in table, f"two lines for {key}"
        table[key] = dict(zip(ROLES, map(int, statuses), strict=True))
    return table


def write_table(table: Mapping[Key, Answers]) -> None:
    heads = ["route", "method", "row", *ROLES]
    rows = [[*key, *(str(answers[role]) for role in ROLES)] for key, answers in sorted(table.items(), key=_in_order)]
    widths = [max(len(row[place]) for row in [heads, *rows]) for place in range(len(heads))]
    FILE.write_text(EXPLANATION + "\n" + "\n".join(_lines([heads, *rows], widths)) + "\n", encoding="utf-8")


def _in_order(line: tuple[Key, Answers]) -> tuple[str, int, int]:
    (endpoint, method, kind), _ = line
    kinds = ("-", "own", "colleague", "elsewhere", "foreign", "missing")
    return endpoint, ("GET", "POST", "PATCH", "PUT", "DELETE").index(method), kinds.index(kind)


def _lines(rows: Iterable[list[str]], widths: list[int]) -> Iterable[str]:
    view = ""
    for row in rows:
        if row[0].partition(".")[0] != view:
            view = row[0].partition(".")[0]
            yield ""
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
