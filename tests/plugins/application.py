"""The application on its test database: its session, its clients, and people who are signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextvars import Context
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer

from config import TestConfig
from tests.cast import Cast, build_cast
from tests.plugins.databases import Database

CSRF_SECRET = "one csrf secret for all clients of the tests"


def migrate(url: str, instance: Path) -> None:
    """Bring an empty database to the newest migration and fill in the roles."""
    from app import create_app
    from app.kernel.db import db
    from app.start import migrate_and_sync

    app = create_app(TestConfig(url, instance))
    with app.app_context():
        migrate_and_sync()
        db.session.remove()
        db.engine.dispose()


class SeparateClient(FlaskClient):
    """A client whose requests share nothing with the test's own app context: no session, no `g`, no signed-in user."""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        kwargs.setdefault("buffered", True)  # what is streamed is read in there as well
        return Context().run(super().open, *args, **kwargs)


@pytest.fixture(scope="session")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    from app import create_app
    from app.kernel.db import db

    app = create_app(TestConfig(database.url, tmp_path_factory.mktemp("instance")))
    app.test_client_class = SeparateClient
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def restored_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test that uses the application leaves its database as it found it."""
    if "app" not in request.fixturenames:
        yield
        return
    app, database = request.getfixturevalue("app"), request.getfixturevalue("database")
    yield
    from app.kernel.db import db

    with app.app_context():
        database.restore(db.engine.dispose)


@pytest.fixture
def session(app: Flask) -> Iterator[Any]:
    """The session of an open app context; requests made meanwhile have their own."""
    from app.kernel.db import db

    with app.app_context():
        yield db.session


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser that nobody has signed in with, and that sends no CSRF token."""
    return app.test_client()


@pytest.fixture
def cast(app: Flask) -> Cast:
    """Everybody of tests/cast.py, stored; with `session`, ask for that first to share its app context."""
    with app.app_context():
        return build_cast()


def user_id_of(app: Flask, username: str) -> int:
    with app.app_context():
        user = app.extensions["appbuilder"].sm.find_user(username=username)
        assert user is not None, f"nobody is called {username}; make the cast first"
        return int(user.id)


@pytest.fixture
def login_as(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser in which this user is signed in and whose posts carry the CSRF token."""

    def sign_in(username: str) -> FlaskClient:
        client = app.test_client()
        with client.session_transaction() as kept:
            kept["_user_id"], kept["_fresh"], kept["csrf_token"] = str(user_id_of(app, username)), True, CSRF_SECRET
        token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(CSRF_SECRET)
        client.environ_base["HTTP_X_CSRFTOKEN"] = str(token)
        return client

    return sign_in


@pytest.fixture
def token_for(app: Flask) -> Callable[[str], dict[str, str]]:
    """The headers with which a program calls the API as this user."""
    from flask_jwt_extended import create_access_token

    def headers(username: str) -> dict[str, str]:
        identity = str(user_id_of(app, username))
        with app.app_context():
            return {"Authorization": f"Bearer {create_access_token(identity=identity, fresh=True)}"}

    return headers
