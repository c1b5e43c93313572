"""The commands of `flask --app app`."""

from __future__ import annotations

from flask import Flask

from app.demo.commands import group as demo
from app.frontdesk.commands import patients
from app.frontdesk.wait_commands import queue
from app.imports import code_commands  # noqa: F401 - adds its command to the group
from app.imports.commands import group as imports
from app.people.commands import roles, users
from app.web.commands import outbox


def init_app(app: Flask) -> None:
    """Add every command group."""
    app.cli.add_command(demo)
    app.cli.add_command(imports)
    app.cli.add_command(outbox)
    app.cli.add_command(patients)
    app.cli.add_command(queue)
    app.cli.add_command(roles)
    app.cli.add_command(users)
