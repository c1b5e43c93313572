"""The screens of users, for administrators, and of the own account, for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, make_response, redirect, url_for
from flask_appbuilder import SimpleFormView, expose
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security.decorators import has_access
from flask_appbuilder.security.sqla.models import User
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption
from wtforms import StringField
from wtforms.validators import InputRequired

from app.kernel.clock import now
from app.kernel.db import transaction
from app.kernel.errors import Refusal
from app.people import staff
from app.people.forms import ROLES, clinics_field, password_field, roles_field
from app.web.crud import CommandView, ScopedInterface
from app.web.form_builder import show_refusal
from app.web.formatters import show_value
from app.web.security import current_actor
from app.web.sign_in import shortest_password
from app.web.zones import clinics


class Users(ScopedInterface):
    def loading(self, columns: Sequence[str]) -> list[ORMOption]:
        return [*super().loading(columns), selectinload(User.roles)]


class UserView(CommandView):
    datamodel = Users(User)
    resource = "User"
    route_base = "/users"
    list_title, show_title = _("Users"), _("User")
    add_title, edit_title = _("New user"), _("Change user")
    list_columns = ["username", "first_name", "last_name", "email", "roles", "active"]
    show_columns = [*list_columns, "clinic_ids", "last_login"]
    delete_label = _("Deactivate")
    delete_warning = _("Should this user no longer be able to sign in?")
    add_columns = ["username", "first_name", "last_name", "email", "role_names", "clinic_ids", "password"]
    edit_columns = ["username", "first_name", "last_name", "email", "role_names", "clinic_ids", "active", "password"]
    search_columns = ["active"]
    order_columns = ["username", "first_name", "last_name", "email"]
    base_order = ("username", "asc")
    formatters_columns = {
        "clinic_ids": lambda keys: show_value([clinics()[key].name for key in keys]),
        "roles": lambda roles: ", ".join(sorted(str(ROLES.get(role.name, role.name)) for role in roles)),
    }
    add_form_extra_fields = {
        "role_names": roles_field(),
        "clinic_ids": clinics_field(),
        "password": password_field(_("Password"), required=True),
    }
    edit_form_extra_fields = {
        "role_names": roles_field(),
        "clinic_ids": clinics_field(),
        "password": password_field(_("New password"), required=False),
    }
    delete_row_message = _("The user can no longer sign in.")

    def row(self, pk: object, load: Sequence[str] = ()) -> User:
        """The user, with roles and clinics as the form names them."""
        user: User = super().row(pk, load)
        user.role_names = [role.name for role in user.roles]
        user.clinic_ids = staff.clinic_ids_of(user.id)
        return user

    def add_command(self, values: dict[str, Any]) -> User:
        return staff.create_user(**values, shortest_password=shortest_password(), actor=current_actor(), now=now())

    def edit_command(self, pk: int, values: dict[str, Any]) -> User:
        password = values.pop("password")
        if password:
            shortest = shortest_password()
            staff.set_password(pk, password, shortest_password=shortest, actor=current_actor(), now=now())
        return staff.update_user(pk, values, actor=current_actor(), now=now())

    def delete_command(self, pk: int) -> None:
        staff.deactivate_user(pk, actor=current_actor(), now=now())


class AccountForm(DynamicForm):
    first_name = StringField(_("First name"), [InputRequired()])
    last_name = StringField(_("Last name"), [InputRequired()])
    email = StringField(_("E-mail"), [InputRequired()])


class AccountView(SimpleFormView):
    """Everybody's own name and address; the password has its own page."""

    route_base = "/account"
    class_permission_name = "Account"
    form = AccountForm
    form_title = _("My account")

    def update_redirect(self) -> None:
        """A form is no page to come back to."""

    def form_get(self, form: AccountForm) -> None:
        user = staff.own_user(current_actor())
        for name in ("first_name", "last_name", "email"):
            form[name].data = getattr(user, name)

    @expose("/form", methods=["POST"])
    @has_access
    def this_form_post(self) -> Any:
        self._init_vars()
        form = self.form.refresh()
        if form.validate() and self._saved(form):
            flash(gettext("Saved."), "success")
            return redirect(url_for("AccountView.this_form_get"))
        widgets = self._get_edit_widget(form=form)
        page = self.render_template(self.form_template, title=self.form_title, widgets=widgets, form=form)
        return make_response(page, 422)

    @staticmethod
    def _saved(form: AccountForm) -> bool:
        actor, values = current_actor(), {name: form[name].data for name in ("first_name", "last_name", "email")}
        try:
            with transaction(actor):
                staff.change_own_name(values, actor=actor, now=now())
        except Refusal as refusal:
            show_refusal(form, refusal)
            return False
        return True
