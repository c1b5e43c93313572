"""Which rows of a table an actor may see: one criterion each, used by every door."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select, true
from sqlalchemy.orm.interfaces import ORMOption

from app.kernel.actor import Actor
from app.kernel.db import db
from app.kernel.errors import NotFound

M = TypeVar("M")
Policy = Callable[[Actor], ColumnElement[bool]]

_policies: dict[type[Any], Policy] = {}


def policy(model: type[Any]) -> Callable[[Policy], Policy]:
    """Register the decorated function as the answer for `model`."""

    def register(answer: Policy) -> Policy:
        _policies[model] = answer
        return answer

    return register


def visible(model: type[Any], actor: Actor) -> ColumnElement[bool]:
    """The criterion for the rows of `model` in the actor's reach. A table nobody classified is a LookupError."""
    if model not in _policies:
        raise LookupError(f"no scope policy for {model.__name__}")
    return true() if actor.is_system else _policies[model](actor)


def rows(model: type[M], actor: Actor) -> Select[M]:
    """A SELECT of the rows in reach."""
    return select(model).where(visible(model, actor))


def find(
    model: type[M],
    pk: int,
    *,
    actor: Actor,
    lock: bool = False,
    alone: bool = False,
    options: tuple[ORMOption, ...] = (),
) -> M | None:
    """The row in reach with this key, or None. `lock` holds it until the transaction ends and reads it afresh.

    Held so, others may still add rows that refer to it (FOR NO KEY UPDATE): they would wait in circles otherwise.
    Held `alone` they wait (FOR UPDATE); whoever has one of those rows locked must then not ask for this one.
    """
    query = rows(model, actor).where(model.id == pk).options(*options)  # type: ignore[attr-defined]
    if lock or alone:
        query = query.with_for_update(of=model, key_share=not alone).execution_options(populate_existing=True)
    row: M | None = db.session.scalars(query).one_or_none()
    return row


def get(
    model: type[M],
    pk: int,
    *,
    actor: Actor,
    lock: bool = False,
    alone: bool = False,
    options: tuple[ORMOption, ...] = (),
) -> M:
    """Like `find`. Refuses: NotFound."""
    row = find(model, pk, actor=actor, lock=lock, alone=alone, options=options)
    if row is None:
        raise NotFound
    return row
