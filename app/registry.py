"""Every view, API, socket namespace and menu entry of the product, in menu order, and nothing else."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_appbuilder import AppBuilder, BaseView

from app.billing import stripe_deliveries  # noqa: F401 - registers what the worker delivers
from app.billing.webhooks import webhooks
from app.frontdesk import deliveries as frontdesk_deliveries  # noqa: F401 - registers what the worker delivers
from app.frontdesk import scope as frontdesk_scope  # noqa: F401 - registers who sees which rows
from app.messaging import deliveries as messaging_deliveries  # noqa: F401 - registers what the worker delivers
from app.messaging import scope as messaging_scope  # noqa: F401
from app.messaging.views import NotificationView
from app.people.lookups import offer_lookups
from app.web.health import health
from app.web.lookups import LookupView
from app.web.openapi import OpenApiView
from app.web.security import Security

FRAME: dict[str, Any] = {"security_manager_class": Security, "update_perms": False}

# The sidebar, in the order of the day: view and icon; named by the view's `resource`, labelled by its `list_title`.
MENU: tuple[tuple[type[BaseView], str], ...] = ((NotificationView, "ti-mail"),)

# Pages and REST that the sidebar does not lead to.
WITHOUT_MENU: tuple[type[BaseView], ...] = (LookupView, OpenApiView)
APIS: tuple[type[BaseView], ...] = ()


def register(app: Flask, builder: AppBuilder) -> None:
    """Register everything on this app."""
    offer_lookups()
    app.register_blueprint(health)
    app.register_blueprint(webhooks)
    app.extensions["csrf"].exempt(webhooks)
    for view, icon in MENU:
        builder.add_view(view, view.resource, label=view.list_title, icon=icon)
    for view in WITHOUT_MENU:
        builder.add_view_no_menu(view)
    for api in APIS:
        builder.add_api(api)
