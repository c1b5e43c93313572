"""The application factory: what the product is put together from, in order."""

from __future__ import annotations

from flask import Flask
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

import config as configuration
from app import cli, registry, tables  # noqa: F401 - the tables are known before the mappers are used
from app.gateways import gateways_for
from app.kernel import crypto, passwords
from app.kernel import db as database
from app.web import (
    addresses,
    assets,
    csp,
    fields,
    formatters,
    languages,
    live,
    pages,
    replies,
    security,
    uploads,
)
from app.web.builder import Builder
from app.web.celery import make_celery

csrf = CSRFProtect()
migrate = Migrate()


def create_app(settings: configuration.Config | None = None) -> Flask:
    """The Flask application with everything registered; `settings` default to what the environment says."""
    app = Flask(__name__, template_folder=str(configuration.ROOT / "templates"), static_folder="static")
    app.config.from_object(settings or configuration.load())
    crypto.configure(app.config["FIELD_ENCRYPTION_KEYS"])
    passwords.configure(app.config.get("FAB_PASSWORD_HASH_METHOD"))
    database.init_app(app)
    migrate.init_app(app, database.db, directory=str(configuration.ROOT / "migrations"), render_as_batch=True)
    for part in (addresses, assets, csp, fields, formatters, pages, replies, uploads, security, live, cli):
        part.init_app(app)
    csrf.init_app(app)  # after security: whoever is not signed in is told that first
    app.extensions["gateways"] = gateways_for(app.config)
    make_celery(app)
    with app.app_context():
        builder = Builder(app, database.db.session, **registry.FRAME)
        registry.register(app, builder)
    languages.init_app(app)  # Flask-Babel came with the builder
    return app
