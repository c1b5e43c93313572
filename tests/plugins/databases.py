"""A migrated database for the tests, SQLite or PostgreSQL (`--database`), and its state between them.

One template is migrated per run; every test process works on its own copy, which is brought back after each test.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests.plugins.postgresql import SERVER, PostgresDatabases, start_postgresql

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


# -- pytest ----------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database", choices=["sqlite", "postgresql"], default="sqlite", help="run on SQLite or PostgreSQL"
    )
    parser.addoption("--only-database-tests", action="store_true", help="leave out what is the same on any database")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--only-database-tests"):
        tells = {item: tells_of_the_database(item) for item in items}
        config.hook.pytest_deselected(items=[item for item in items if not tells[item]])
        items[:] = [item for item in items if tells[item]]


def tells_of_the_database(item: pytest.Item) -> bool:
    """Whether the test may end otherwise on another database: it uses one, and nobody has said that any will do."""
    return "databases" in getattr(item, "fixturenames", ()) and item.get_closest_marker("any_database") is None


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
