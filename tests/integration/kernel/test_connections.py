"""A database server may be restarted: connections that it has ended are noticed before they are used."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import create_engine, text

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


def end(number: int) -> None:
    """End a connection as a server does that shuts down."""
    admin = create_engine(db.engine.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
    admin.dispose()


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
