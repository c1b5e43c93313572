"""The audit log, to be read."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.kernel.models import AuditEntry
from app.kernel.money import Money
from app.web.crud import CommandView, ScopedInterface
from app.web.formatters import money, show_value
from app.web.presentation import label_for
from app.web.record_pages import record_views


def as_lines(values: dict[str, Any] | None) -> Markup:
    """The columns of a change, one a line."""
    values = values or {}
    lines = ((str(label_for(name)), in_units(name, value, values.get("currency"))) for name, value in values.items())
    return Markup("<br>").join(Markup("{}: {}").format(name, value) for name, value in sorted(lines))


def in_units(name: str, value: Any, currency: str | None) -> Any:
    """An amount in major units and a rate in percent; where the currency is not known, the amount in minor ones."""
    if name.endswith("_bp") and isinstance(value, int):
        return f"{value / 100:g} %"
    if name.endswith("_minor") and isinstance(value, int):
        return money(Money(value, currency)) if currency else gettext("%(amount)s in the smallest unit", amount=value)
    return show_value(value)


ACTS = {
    "create": _("Created"),
    "update": _("Changed"),
    "delete": _("Deleted"),
    "export": _("Exported"),
    "sign_in": _("Signed in"),
    "sign_in_failed": _("Failed to sign in"),
    "set_password": _("Set the password"),
    "retry": _("Sent again"),
    "money_not_counted": _("Received, but not counted"),
    "change_lines": _("Changed the lines"),
    "demo_loaded": _("Loaded the demo"),
    "recount": _("Counted anew"),
}


def act_word(action: str) -> Any:
    return ACTS.get(action) or plain(action)


# Tables whose rows have no page of their own.
TABLES = {
    "appointment_series": _("Series of appointments"),
    "attachment": _("Attachment"),
    "calendar_feed": _("Calendar feed"),
    "display": _("Waiting-room screen"),
    "prescription": _("Prescription"),
    "setting": _("Setting"),
    "staff_clinic": _("Post at a clinic"),
    "visit_amendment": _("Amendment"),
    "visit_diagnosis": _("Diagnosis"),
    "waitlist_offer": _("Time offered to the waiting list"),
}


def table_word(table: str) -> Any:
    """A table by the title of the page that shows its rows."""
    titles = {model.__tablename__: view.show_title for model, view in record_views().items()} | TABLES
    return titles.get(table) or plain(table)


def plain(name: str) -> str:
    return name.replace("_", " ").capitalize()


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
        "action": _("Action"),
        "entity": _("What"),
        "entity_id": _("Number"),
        "before": _("Before"),
        "after": _("After"),
        "request_id": _("Request"),
    }
    formatters_columns = {"before": as_lines, "after": as_lines, "action": act_word, "entity": table_word}
    fleeting_columns = ["before", "after", "request_id"]
    search_columns = ["entity"]
    order_columns = ["at"]
    base_order = ("at", "desc")

    def heading(self, row: AuditEntry) -> str:
        return f"{act_word(row.action)}: {table_word(row.entity)} {row.entity_id}"
