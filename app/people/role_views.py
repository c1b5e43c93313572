"""The screen of roles: what each may do. Roles are given to users on their own screen; what they allow is code."""

from __future__ import annotations

from typing import Any

from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_babel import lazy_gettext as _
from markupsafe import Markup

from app.people.forms import ROLES
from app.people.roles import Role
from app.people.staff import list_users_with
from app.web import permissions
from app.web.crud import CommandView, ScopedInterface

PURPOSES = {
    Role.ADMIN: _("Sets up clinics, doctors, prices and users; reaches all clinics."),
    Role.RECEPTIONIST: _("Registers, books, checks in, calls and takes money at the clinics assigned."),
    Role.DOCTOR: _("Sees own patients, consults, and knows what was earned."),
    Role.ACCOUNTANT: _("Reads invoices, payments and the records of money; exports them."),
}
ACTS = {
    "list": _("See"),
    "add": _("Add"),
    "edit": _("Change"),
    "delete": _("Delete or archive"),
    "restore": _("Restore"),
    "export": _("Export"),
    "confirm": _("Confirm"),
    "reschedule": _("Move"),
    "cancel": _("Cancel"),
    "repeat": _("Repeat"),
    "cancel_series": _("Cancel the rest of the series"),
    "no_show": _("Mark a no-show"),
    "undo_no_show": _("Undo a no-show"),
    "check_in": _("Check in"),
    "call": _("Call"),
    "move": _("Move on the board"),
    "undo": _("Undo a check-in"),
    "prioritise": _("Mark as urgent"),
    "hand_over": _("Hand over to another doctor"),
    "complete": _("Complete"),
    "issue": _("Issue"),
    "pay": _("Take payment"),
    "retry": _("Send again"),
    "offer": _("Offer a time"),
    "answer": _("Answer for a patient"),
    "own": _("Make the own address"),
}


def role_word(name: str) -> Markup:
    """A role in words, with what it is for."""
    role = Role(name)
    return Markup('{}<div class="text-secondary">{}</div>').format(ROLES[role], PURPOSES[role])


class RoleView(CommandView):
    datamodel = ScopedInterface(RoleRow)
    resource = "Role"
    route_base = "/roles"
    list_title, show_title = _("Roles"), _("Role")
    list_columns = show_columns = ["name"]
    formatters_columns = {"name": role_word}
    base_order = ("id", "asc")
    exclude_route_methods = {"export"}
    show_template = "people/role.html"

    def heading(self, row: RoleRow) -> Any:
        return ROLES[Role(row.name)]

    def render_template(self, template: str, **values: Any) -> str:
        row = values.get("row")
        facts = self._facts_of(Role(row.name)) if row else {}
        page: str = super().render_template(template, **values, **facts)
        return page

    def _facts_of(self, role: Role) -> dict[str, Any]:
        return {"purpose": PURPOSES[role], "rights": self._rights(role), "users": list_users_with(role)}

    def _rights(self, role: Role) -> list[tuple[Any, list[Any]]]:
        """What a role may do, page by page in the order of the menu: the page's title and the acts."""
        titles: dict[str, Any] = {}
        for view in self.appbuilder.baseviews:
            if title := getattr(view, "list_title", None):
                titles.setdefault(view.class_permission_name, title)
        return [
            (title, acts)
            for resource, title in titles.items()
            if (acts := [word for act, word in ACTS.items() if role in permissions.GRANTS[resource].get(act, ())])
        ]
