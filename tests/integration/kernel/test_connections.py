"""What is kept of a connection to a database server, which may be restarted, and whose tables may change."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import NotSupportedError

from app.kernel import db as database
from app.kernel.db import db


@pytest.fixture
def kept_connection(session: Any) -> int:
    """The server's number of a connection that rests in the pool."""
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no server")
    db.engine.dispose()  # the pool has no other
    number: int = session.scalar(text("SELECT pg_backend_pid()"))
    session.remove()
    return number


def elsewhere(statement: str, **values: Any) -> None:
    """Have somebody else tell the server something."""
    admin = create_engine(db.engine.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as other:
        other.execute(text(statement), values)
    admin.dispose()


def end(number: int) -> None:
    """End a connection as a server does that shuts down."""
    elsewhere("SELECT pg_terminate_backend(:number, 5000)", number=number)


def ask_often(session: Any, statement: str) -> None:
    """As often as it takes the driver to prepare it, each time as one reads: what was begun is rolled back."""
    for _ in range(7):
        session.execute(text(statement)).all()
        session.rollback()


def test_a_connection_that_the_server_ended_is_replaced(session: Any, kept_connection: int) -> None:
    end(kept_connection)
    assert session.scalar(text("SELECT pg_backend_pid()")) != kept_connection


def test_a_connection_that_lives_is_used_again(session: Any, kept_connection: int) -> None:
    assert session.scalar(text("SELECT pg_backend_pid()")) == kept_connection


def test_only_a_connection_that_rested_long_is_asked_first(
    session: Any, kept_connection: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def ping(connection: Any) -> bool:
        asked.append(connection.info.backend_pid)
        return True

    monkeypatch.setattr(db.engine.dialect, "do_ping", ping)
    session.execute(text("SELECT 1"))
    session.remove()
    assert asked == []
    monkeypatch.setattr(database, "LONGEST_REST", -1.0)
    session.execute(text("SELECT 1"))
    assert asked == [kept_connection]


def test_a_statement_is_prepared_although_reading_ends_in_a_rollback(session: Any, kept_connection: int) -> None:
    ask_often(session, "SELECT 'asked often'")
    prepared = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%asked often%'")
    assert session.scalar(prepared) == 1


def test_a_table_that_changes_under_a_prepared_statement_costs_one_request(session: Any, kept_connection: int) -> None:
    elsewhere("CREATE TABLE changing (number integer)")
    try:
        ask_often(session, "SELECT number FROM changing")
        elsewhere("ALTER TABLE changing ALTER number TYPE text")
        with pytest.raises(NotSupportedError):
            session.execute(text("SELECT number FROM changing"))
        session.rollback()
        ask_often(session, "SELECT number FROM changing")
    finally:
        session.rollback()
        elsewhere("DROP TABLE changing")
