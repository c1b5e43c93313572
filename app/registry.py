"""Every view, API, socket namespace and menu entry of the product, in menu order, and nothing else."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder

from app.messaging import deliveries as messaging_deliveries  # noqa: F401 - registers what the worker delivers
from app.messaging import scope as messaging_scope  # noqa: F401
from app.web.health import health
from app.web.security import Security

FRAME: dict[str, Any] = {"security_manager_class": Security, "update_perms": False}


def register(app: Flask, builder: AppBuilder) -> None:
    """Register everything on this app."""
    app.register_blueprint(health)
