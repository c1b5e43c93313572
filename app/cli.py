"""The commands of `flask --app app`."""

from __future__ import annotations

from flask import Flask

from app.imports.commands import group as imports


def init_app(app: Flask) -> None:
    """Add every command group."""
    app.cli.add_command(imports)
