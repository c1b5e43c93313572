"""Takes diagnosis codes batch by batch: new ones are added, changed titles are changed, nothing comes twice."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, Table, bindparam, delete, select, update

from app.frontdesk.clinical_models import LONGEST_CODE, LONGEST_TITLE, DiagnosisCode, DiagnosisTerm
from app.frontdesk.diagnosis_terms import terms_of_code
from app.imports.errors import NotACode, RepeatedInFile, ValueMissing
from app.imports.mapping import MappingFile, Source
from app.imports.reader import FileRow
from app.imports.report import Report
from app.imports.rules import Note, RowRefused
from app.imports.seen import Seen
from app.kernel import audit
from app.kernel.actor import Actor
from app.kernel.bulk import among, insert_rows
from app.kernel.db import db
from app.kernel.errors import Invalid
from app.kernel.text import clean_line
from app.people.record_rules import name_of
from app.people.roles import Role

HEADING: Final = MappingFile(
    encoding="utf-8-sig", patient={"external_id": Source(column="code"), "name": Source(column="title")}
)
_CODES: Final[Table] = DiagnosisCode.__table__
_CODE: Final = re.compile(r"[A-Z0-9][A-Z0-9.+*!†-]*")


class CodeValues(NamedTuple):
    """One code as a file has it."""

    code: str
    title: str


def record_run(action: str, system: str, **facts: object) -> None:
    """Say in the audit log that an import of codes began or ended."""
    audit.record(action, "diagnosis_code", system, after=facts)


def read_code(cells: Mapping[str, str]) -> CodeValues:
    """Refuses: RowRefused with every problem of the row."""
    notes: list[Note] = []
    values = {}
    for column, read in (("code", _code), ("title", _title)):
        try:
            values[column] = read(cells[column])
        except Invalid as problem:
            notes.append((column, problem))
    if notes:
        raise RowRefused(notes)
    return CodeValues(**values)


class CodeImport:
    """One run for one classification (`system`). `take` each batch in a transaction of its own.

    Without `apply` nothing is stored; the counts are those of a run that would.
    """

    def __init__(self, system: str, report: Report, *, apply: bool, actor: Actor, now: datetime) -> None:
        actor.require_role(Role.ADMIN)
        self._system, self._report, self._apply, self._now = system, report, apply, now
        self._seen = Seen()

    def close(self) -> None:
        self._seen.close()

    def take(self, file_rows: Sequence[FileRow]) -> None:
        """Take one batch of rows, or look at what would become of it."""
        counts = self._report.counts
        counts["rows"] += len(file_rows)
        told = list(self._readable(file_rows))
        stored = _load([one.code for one in told])
        fresh = [one for one in told if one.code not in stored]
        changed = [one for one in told if one.code in stored and _differs(stored[one.code], one, self._system)]
        counts["codes added"] += len(fresh)
        counts["codes changed"] += len(changed)
        counts["codes unchanged"] += len(told) - len(fresh) - len(changed)
        if self._apply:
            add_codes(fresh, self._system, now=self._now)
            _change([(stored[one.code].id, one) for one in changed], self._system, now=self._now)

    def deactivate_missing(self) -> None:
        """Take codes of this classification that the file did not have out of use; visits keep theirs."""
        query = select(DiagnosisCode.id, DiagnosisCode.code)
        in_use = db.session.execute(query.where(DiagnosisCode.system == self._system, DiagnosisCode.is_active)).all()
        missing = [pk for pk, code in in_use if self._seen.first(code, "") == ""]
        self._report.counts["codes deactivated"] += len(missing)
        if self._apply and missing:
            db.session.execute(delete(DiagnosisTerm).where(among(DiagnosisTerm.code_id, missing)))
            off = update(_CODES).where(among(_CODES.c.id, missing)).values(is_active=False, updated_at=self._now)
            db.session.execute(off)

    def _readable(self, file_rows: Sequence[FileRow]) -> Iterator[CodeValues]:
        """What the rows say, without those that are not taken."""
        for row in file_rows:
            try:
                self._ensure_sound(row)
                yield read_code(row.cells)
            except RowRefused as refused:
                self._report.refused(row.line, row.cells.get("code", ""), refused.notes)

    def _ensure_sound(self, row: FileRow) -> None:
        """Refuses: RowRefused. A code counts as in the file even where the rest of its row is no good."""
        code = row.cells.get("code", "").strip().upper()
        first = self._seen.first(code, str(row.line)) if code else str(row.line)
        if row.problem is not None:
            raise RowRefused([("", row.problem)])
        if first != str(row.line):
            raise RowRefused([("code", RepeatedInFile(line=first, column="code"))])


def add_codes(codes: Sequence[CodeValues], system: str, *, now: datetime) -> None:
    """Store codes that are not there yet, with the terms they are found by."""
    fixed = {"system": system, "is_active": True, "created_at": now, "updated_at": now}
    columns = ("code", "title", *fixed)
    insert_rows(_CODES, (one._asdict() | fixed for one in codes), columns)
    ids = {code: row.id for code, row in _load([one.code for one in codes]).items()}
    _add_terms((ids[one.code], one) for one in codes)


def _code(text: str) -> str:
    code = clean_line(text, LONGEST_CODE).upper()
    if not code:
        raise ValueMissing
    if not _CODE.fullmatch(code):
        raise NotACode(value=code)
    return code


def _title(text: str) -> str:
    if not text.strip():
        raise ValueMissing
    title: str = name_of(LONGEST_TITLE)(text)  # type: ignore[assignment]  # what a check gives is its own affair
    return title


def _load(codes: Sequence[str]) -> dict[str, Row[Any]]:
    query = select(_CODES.c.id, _CODES.c.code, _CODES.c.title, _CODES.c.system, _CODES.c.is_active)
    return {row.code: row for row in db.session.execute(query.where(among(_CODES.c.code, codes)))} if codes else {}


def _differs(stored: Row[Any], told: CodeValues, system: str) -> bool:
    return (stored.title, stored.system, stored.is_active) != (told.title, system, True)


def _change(changed: Sequence[tuple[int, CodeValues]], system: str, *, now: datetime) -> None:
    if not changed:
        return
    statement = update(_CODES).where(_CODES.c.id == bindparam("pk")).values(title=bindparam("told"))
    statement = statement.values(system=system, is_active=True, updated_at=now)
    db.session.execute(statement, [{"pk": pk, "told": one.title} for pk, one in changed])
    db.session.execute(delete(DiagnosisTerm).where(among(DiagnosisTerm.code_id, [pk for pk, _ in changed])))
    _add_terms(changed)


def _add_terms(codes: Iterable[tuple[int, CodeValues]]) -> None:
    rows = ({"term": term, "code_id": pk} for pk, one in codes for term in terms_of_code(one.code, one.title))
    insert_rows(DiagnosisTerm.__table__, rows, ("term", "code_id"))
