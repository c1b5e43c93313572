"""Fails where the migrations and the models disagree: migrates an empty database and compares."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import flask_migrate

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from app import create_app
from config import TestConfig


def main() -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(TestConfig(f"sqlite:///{folder}/empty.db", folder))
        with app.app_context():
            flask_migrate.upgrade()
            flask_migrate.check()


if __name__ == "__main__":
    main()
