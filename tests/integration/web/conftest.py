"""The application with the test screens beside its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from config import TestConfig
from tests.plugins.databases import Database

Counter = Callable[[], "contextmanager[list[str]]"]


@pytest.fixture(scope="session")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    from app import create_app
    from app.kernel.db import db
    from tests.integration.web import resources, screens

    app = create_app(TestConfig(database.url, tmp_path_factory.mktemp("instance")))
    with app.app_context():
        screens.register(app.extensions["appbuilder"])
        resources.register(app.extensions["appbuilder"])
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def statements(app: Flask) -> Callable[[], contextmanager[list[str]]]:
    """Counts what is sent to the database meanwhile."""

    @contextmanager
    def counted() -> Iterator[list[str]]:
        from app.kernel.db import db

        sent: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            sent.append(statement)

        with app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        yield sent
        event.remove(engine, "before_cursor_execute", note)

    return counted


@pytest.fixture
def make(app: Flask) -> Callable[..., Any]:
    """Calls a factory in an app context of its own, so that no request shares it."""

    def made(factory: Callable[..., Any], *args: object, **values: object) -> Any:
        with app.app_context():
            return factory(*args, **values)

    return made
