"""The session and the one place that commits."""

from __future__ import annotations

import math
import random
import re
import select
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from flask import Flask
from flask_appbuilder import Model
from flask_appbuilder.models.sqla.base import SQLA
from sqlalchemy import Engine, ExceptionContext, UniqueConstraint, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, InvalidatePoolError
from sqlalchemy.orm.exc import StaleDataError

from app.kernel.actor import NOBODY, Actor
from app.kernel.errors import Refusal, Stale

WRITE_LOCK_SECONDS = 10.0
LONGEST_REST = 60.0

db = SQLA(session_options={"expire_on_commit": False})


@dataclass
class Unit:
    """One transaction: who acts in it, what is due before its commit and what after."""

    actor: Actor
    before_commit: list[Callable[[], None]] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    notes: dict[Any, Any] = field(default_factory=dict)


@contextmanager
def transaction(actor: Actor | None = None) -> Iterator[Unit]:
    """Commit what happens inside, or nothing of it. Nested uses join the outermost, which commits.

    What was read or changed on the session before is forgotten first, so that nothing slips in unseen.
    A constraint of the database that a domain has named through `refuses` is raised as that refusal.
    """
    session = db.session()
    joined = session.info.get("unit")
    if joined is not None:
        yield joined
        return
    session.rollback()
    unit = session.info["unit"] = Unit(actor or NOBODY)
    try:
        session.connection(execution_options={"write": True})
        yield unit
        session.flush()
        for step in unit.before_commit:
            step()
        session.commit()
    except IntegrityError as error:
        session.rollback()
        raise refusal_for(error) or error from error
    except StaleDataError as error:
        session.rollback()
        raise Stale from error
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info["unit"]
    for act in unit.after_commit:
        act()


def current_unit() -> Unit:
    """The open transaction; services run inside one."""
    unit: Unit | None = db.session().info.get("unit")
    if unit is None:
        raise RuntimeError("this needs an open transaction")
    return unit


def in_transaction() -> bool:
    """Whether what is read now may be undone: nothing of it may outlive the transaction."""
    return "unit" in db.session().info


def discard() -> None:
    """Forget what the session read or changed outside a transaction: after an error nobody expected."""
    db.session.rollback()


def insert_into(table: type[Any]) -> Any:
    """An INSERT that may say what to do on a conflict, in the dialect of this database."""
    return _DIALECTS[db.session.connection().dialect.name].insert(table)


def insert_missing(model: type[Any], row: dict[str, Any]) -> bool:
    """Insert the row, past the mapper, unless a unique constraint has one like it already: whether it was missing."""
    missing = _missing(model.__table__, db.session.connection().dialect.name)
    return db.session.execute(missing, row).first() is not None


@cache
def _missing(table: Any, dialect: str) -> Any:
    """Built once: putting it together takes as long as carrying it out."""
    return _DIALECTS[dialect].insert(table).on_conflict_do_nothing().returning(*table.primary_key)


_DIALECTS: dict[str, Any] = {"postgresql": postgresql, "sqlite": sqlite}


# -- constraints that speak ------------------------------------------------------------------------------------------

_refusals: dict[str, Callable[[], Refusal]] = {}


def refuses(constraint: str, refusal: Callable[[], Refusal]) -> None:
    """Say which refusal a violation of the named constraint means."""
    _refusals[constraint] = refusal


def refusal_for(error: IntegrityError) -> Refusal | None:
    """The refusal that a domain has named for the violated constraint, if any."""
    name = violated_constraint(error)
    return _refusals[name]() if name in _refusals else None


def violated_constraint(error: IntegrityError) -> str | None:
    """The constraint's name; SQLite names the columns of a unique one, which is looked up in the tables."""
    diagnosis = getattr(error.orig, "diag", None)
    if diagnosis is not None:
        name: str | None = diagnosis.constraint_name
        return name
    message = str(error.orig)
    unique = re.match(r"UNIQUE constraint failed: (.+)", message)
    if unique:
        return _unique_constraint(unique.group(1))
    check = re.match(r"CHECK constraint failed: (\S+)", message)
    return check.group(1) if check else message


def _unique_constraint(failed: str) -> str | None:
    if failed.startswith("index "):
        return failed.removeprefix("index ").strip("'")
    columns = [part.strip().split(".") for part in failed.split(",")]
    table = Model.metadata.tables.get(columns[0][0])
    if table is None:
        return None
    wanted = {column for _, column in columns}
    named = [c for c in table.constraints if isinstance(c, UniqueConstraint)] + [i for i in table.indexes if i.unique]
    for constraint in named:
        if {column.name for column in constraint.columns} == wanted:
            return str(constraint.name)
    return None


# -- locks -----------------------------------------------------------------------------------------------------------


def lock(space: int, *ids: int) -> None:
    """Hold these ids of a lock space until the transaction ends; SQLite has one writer anyway.

    Taken in order of id, so that two transactions that want the same ones never wait for each other in a circle.
    """
    if db.session.connection().dialect.name != "postgresql":
        return
    for one in sorted(set(ids)):
        db.session.execute(_LOCK, {"space": space, "id": one})


_LOCK = text("SELECT pg_advisory_xact_lock(:space, :id)")


# -- engines ---------------------------------------------------------------------------------------------------------


def init_app(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            _prepare_sqlite(db.engine)
        else:
            _notice_ended_connections(db.engine)
            _keep_prepared_statements(db.engine)


def _notice_ended_connections(engine: Engine) -> None:
    """Notice a connection that has ended before it is used, without asking the server each time.

    A server that ends a connection says so, and then there is something to read. One that has rested for long is asked
    all the same: something between may have dropped it in silence.
    """

    @event.listens_for(engine, "checkin")
    def _remember(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ensure_alive(connection: Any, record: Any, _fairy: object) -> None:
        since = record.info.get("rests_since", math.inf)  # a new one has not rested yet
        doubtful = time.monotonic() - since > LONGEST_REST or _has_something_to_read(connection)
        if doubtful and not _answers(engine, connection):
            raise InvalidatePoolError("the server has ended this connection")


def _keep_prepared_statements(engine: Engine) -> None:
    """Let the server plan a statement once for a connection.

    psycopg forgets what it has prepared at every ROLLBACK, for the sake of those who roll tables back; reading ends in
    one here, so that nothing would ever be prepared. A table that is changed by a migration meanwhile makes what was
    prepared useless: then all connections are opened anew.
    """

    @event.listens_for(engine, "connect")
    def _remember(connection: Any, _record: object) -> None:
        connection._prepared.clear = lambda: False  # noqa: SLF001 - it has no setting for this

    @event.listens_for(engine, "handle_error")
    def _begin_anew(context: ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == _PLAN_OUT_OF_DATE:
            context.is_disconnect = True


_PLAN_OUT_OF_DATE = "0A000"


def _has_something_to_read(connection: Any) -> bool:
    if connection.closed:
        return True
    try:
        return bool(select.select([connection.fileno()], [], [], 0)[0])
    except (ValueError, OSError):  # a number that select() cannot take
        return True


def _answers(engine: Engine, connection: Any) -> bool:
    try:
        engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False
    return True


def _prepare_sqlite(engine: Engine) -> None:
    """WAL, foreign keys, and write transactions that wait for their turn without stopping the whole process."""

    @event.listens_for(engine, "connect")
    def _configure(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=NORMAL",
            "busy_timeout=0",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        if not connection.get_execution_options().get("write"):
            connection.exec_driver_sql("BEGIN")
            return
        _begin_writing(connection.connection.driver_connection)


def _begin_writing(connection: sqlite3.Connection) -> None:
    give_up = time.monotonic() + WRITE_LOCK_SECONDS
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
            time.sleep(random.uniform(0.001, 0.006))  # noqa: S311 - spreads the waiters, hides no secret
        else:
            return
