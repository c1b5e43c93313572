"""Whatever a row can hold by name reads in words that the catalogues know: states, columns, tables, acts on record."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder import Model

from app.kernel.audit import Audited
from app.kernel.columns import EnumText
from app.reporting.views import ACTS, plain, table_word
from app.web.formatters import STATES
from app.web.presentation import LABELS
from config import ROOT

# A payment's method has words of its own (app/billing/words.py); a message's channel too (app/messaging/views.py).
ELSEWHERE = {"PaymentMethod", "Channel", "OutboxStatus"}


def models() -> list[Any]:
    return sorted((mapper.class_ for mapper in Model.registry.mappers), key=lambda model: model.__name__)


def kinds() -> set[type[StrEnum]]:
    columns = (column for model in models() for column in model.__table__.columns)
    return {column.type.kind for column in columns if isinstance(column.type, EnumText)}


@pytest.mark.parametrize("kind", sorted((kind for kind in kinds()), key=lambda kind: kind.__name__))
def test_every_state_has_a_word(kind: type[StrEnum]) -> None:
    if kind.__name__ not in ELSEWHERE:
        assert [member for member in kind if member.value not in STATES] == []


@pytest.mark.parametrize("model", [model for model in models() if issubclass(model, Audited)])
def test_every_column_on_record_has_a_label(model: Any) -> None:
    def plainly(name: str) -> str:
        return name.removesuffix("_minor").removesuffix("_bp").removesuffix("_id")

    names = [column.key for column in model.__table__.columns]
    assert [name for name in names if name not in LABELS and plainly(name) not in LABELS] == []


def test_every_table_on_record_has_a_name(app: Flask) -> None:
    tables = [model.__tablename__ for model in models() if issubclass(model, Audited)]
    with app.test_request_context():
        assert [table for table in tables if table_word(table) == plain(table) and not is_lazy(table_word(table))] == []


def is_lazy(word: Any) -> bool:
    return not isinstance(word, str)


def recorded_acts() -> Iterator[str]:
    """The acts that the product puts on record, read from its sources."""
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record" and node.args:
                texts = (one.value for one in ast.walk(node.args[0]) if isinstance(one, ast.Constant))
                yield from (text for text in texts if isinstance(text, str))


def test_every_act_on_record_has_a_word() -> None:
    acts = set(recorded_acts())
    assert "sign_in" in acts
    assert acts - ACTS.keys() == set()
