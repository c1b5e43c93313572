"""The application with the world of the access test, which is built once and brought back after each change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel import clock
from tests.access.walk import Walker
from tests.access.world import NOW, World, build_world
from tests.fakes.stripe_server import StripeServer
from tests.plugins.databases import Database


@pytest.fixture(scope="session")
def world(app: Flask, database: Database) -> World:
    from app.kernel.db import db

    with app.app_context():
        with clock.freeze(NOW):
            world = build_world()
        db.session.remove()
        database.keep(db.engine.dispose)
    return world


@pytest.fixture(scope="session")
def database(new_database: Callable[[], Database]) -> Database:
    """One of its own: the world stays in it."""
    return new_database()


@pytest.fixture(scope="session")
def app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    from app import create_app
    from app.kernel.db import db
    from config import TestConfig

    with StripeServer() as stripe:
        app = create_app(TestConfig(database.url, tmp_path_factory.mktemp("access"), STRIPE_API_BASE=stripe.url))
        app.extensions["stripe_server"] = stripe
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture(autouse=True)
def restored_database(walker: Walker) -> Iterator[None]:
    """Instead of the one for all other tests: the world remains."""
    yield
    walker.restore()


@pytest.fixture(scope="session")
def walkers() -> dict[int, Walker]:
    return {}


@pytest.fixture
def walker(
    app: Flask,
    world: World,
    database: Database,
    login_as: Callable[[str], FlaskClient],
    walkers: dict[int, Walker],
) -> Walker:
    """Its browsers stay signed in from test to test; its problems are this test's."""
    walker = walkers.setdefault(id(app), Walker(app, world, database, login_as))
    walker.problems.clear()
    return walker
