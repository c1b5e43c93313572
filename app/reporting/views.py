"""The audit log, to be read."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from markupsafe import Markup, escape

from app.kernel.models import AuditEntry
from app.web.crud import CommandView, ScopedInterface


def as_lines(values: dict[str, Any] | None) -> Markup:
    """The columns of a change, one a line."""
    return Markup("<br>").join(escape(f"{name}: {value}") for name, value in sorted((values or {}).items()))


class AuditView(CommandView):
    datamodel = ScopedInterface(AuditEntry)
    resource = "Audit"
    route_base = "/audit"
    list_title, show_title = _("Audit log"), _("Change")
    list_columns = ["at", "actor_name", "action", "entity", "entity_id"]
    show_columns = ["at", "actor_name", "action", "entity", "entity_id", "before", "after", "request_id"]
    label_columns = {
        "at": _("When"),
        "actor_name": _("Who"),
        "action": _("Act"),
        "entity": _("Table"),
        "entity_id": _("Record"),
        "before": _("Before"),
        "after": _("After"),
        "request_id": _("Request"),
    }
    formatters_columns = {"before": as_lines, "after": as_lines}
    search_columns = ["entity"]
    order_columns = ["at"]
    base_order = ("at", "desc")
