"""How diagnosis codes are found: by the beginning of the code, or by beginnings of words, through an index alone."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, false, select
from sqlalchemy.orm import aliased

from app.frontdesk.clinical_models import DiagnosisCode, DiagnosisTerm
from app.frontdesk.diagnosis_terms import query_terms, written_code
from app.kernel import scope
from app.kernel.actor import Actor
from app.kernel.db import db

NEAREST: Final = 100  # rows of the index, nearest terms first; a type-ahead shows the first of them by code
AFTER_ALL: Final = "\U0010ffff"


def matching_codes(typed: str) -> ColumnElement[bool]:
    """The criterion for the codes in use that are nearest to what was typed: a bounded range of the term index."""
    terms = query_terms(typed.encode("utf-8", "ignore").decode().replace("\x00", " "))
    if not terms:
        return false()
    first, *others = terms
    near = select(DiagnosisTerm.code_id).where(_begins(DiagnosisTerm, first), *map(_also, others))
    near = near.order_by(DiagnosisTerm.term, DiagnosisTerm.code_id).limit(NEAREST)
    return DiagnosisCode.id.in_(near)


def find_code(text: str, *, actor: Actor) -> DiagnosisCode | None:
    """The code in use that is written so, with or without its dot."""
    ways = [text.strip().upper(), written_code(text)]
    query = scope.rows(DiagnosisCode, actor).where(DiagnosisCode.code.in_(ways), DiagnosisCode.is_active)
    found: DiagnosisCode | None = db.session.scalars(query.order_by(DiagnosisCode.code)).first()
    return found


def _begins(terms: Any, prefix: str) -> ColumnElement[bool]:
    return and_(terms.term >= prefix, terms.term < prefix + AFTER_ALL)


def _also(prefix: str) -> ColumnElement[bool]:
    other = aliased(DiagnosisTerm)
    return exists().where(other.code_id == DiagnosisTerm.code_id, _begins(other, prefix))
