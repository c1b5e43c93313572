"""Signing in, by form and by JWT, and changing the own password."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, flash, g, make_response, redirect, render_template, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.forms import DynamicForm
from flask_appbuilder.security import views as fab
from flask_appbuilder.security.decorators import has_access, no_cache
from flask_appbuilder.security.forms import LoginForm_db
from flask_babel import gettext, lazy_gettext
from flask_jwt_extended import create_access_token, create_refresh_token, get_jwt_identity, verify_jwt_in_request
from flask_login import login_user
from marshmallow import Schema, fields, validate
from wtforms import PasswordField
from wtforms.validators import EqualTo, InputRequired

from app.kernel import clock, live
from app.kernel.db import transaction
from app.kernel.errors import Refusal
from app.people import staff
from app.people.rooms import session_room
from app.people.user_rules import SHORTEST_PASSWORD
from app.web.addresses import local_path
from app.web.bodies import loaded
from app.web.form_builder import show_refusal
from app.web.replies import reply
from app.web.resources import Api, documented
from app.web.security import SESSION_KEY, current_actor

SHORTEST_IN_THE_DEMO = 4


def sign_in_page(form: LoginForm_db | None = None) -> Response:
    """The sign-in form with status 401; it leads back to the page that was asked for."""
    here = request.endpoint == "AuthDBView.login"
    target = (
        request.args.get("next", "/") if here else request.full_path.rstrip("?") if request.method == "GET" else "/"
    )
    page = render_template(
        "appbuilder/general/security/login_db.html",
        title=gettext("Sign in"),
        form=form or LoginForm_db(formdata=None),
        form_action=url_for("AuthDBView.login", next=local_path(target)),
    )
    response = make_response(page, 401)
    response.headers["Cache-Control"] = "no-store"
    return response


class AuthDBView(fab.AuthDBView):
    """The sign-in form."""

    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self) -> Any:
        target = local_path(request.args.get("next", "/"))
        if g.user is not None and g.user.is_authenticated:
            return redirect(target)
        form = LoginForm_db()
        if not form.validate_on_submit():
            return self.render_template(self.login_template, title=self.title, form=form)
        user = self.appbuilder.sm.auth_user_db(form.username.data, form.password.data)
        if user is None:
            form.form_errors.append(gettext("User name and password do not belong together."))
            return sign_in_page(form)
        login_user(user, remember=False)
        return redirect(target)

    @expose("/logout/")
    def logout(self) -> Any:
        """Sign out; the live connections of all tabs of this browser end with it."""
        key = session.pop(SESSION_KEY, None)
        answer = super().logout()
        if key is not None:
            live.dismiss_at_once(session_room(key))
        return answer


def shortest_password() -> int:
    """How many characters a password has at least; fewer in the demo, whose passwords everybody knows."""
    return SHORTEST_IN_THE_DEMO if current_app.config.get("DEMO") else SHORTEST_PASSWORD


class OwnPasswordForm(DynamicForm):
    current_password = PasswordField(lazy_gettext("Present password"), validators=[InputRequired()])
    password = PasswordField(lazy_gettext("New password"), validators=[InputRequired()])
    repeated = PasswordField(
        lazy_gettext("New password, again"),
        validators=[InputRequired(), EqualTo("password", message=lazy_gettext("The two passwords differ."))],
    )


class ResetMyPasswordView(fab.ResetMyPasswordView):
    """The own password, for whoever knows the present one."""

    class_permission_name = "Account"
    form = OwnPasswordForm
    form_title = lazy_gettext("Change my password")

    def update_redirect(self) -> None:
        """A form is no page to come back to."""

    @expose("/form", methods=["POST"])
    @has_access
    def this_form_post(self) -> Any:
        self._init_vars()
        form = self.form.refresh()
        if form.validate() and self._changed(form):
            flash(gettext("Your password is changed."), "success")
            return redirect(self.appbuilder.get_url_for_index)
        page = self.render_template(
            self.form_template, title=self.form_title, widgets=self._get_edit_widget(form=form), form=form
        )
        return make_response(page, 422)

    @staticmethod
    def _changed(form: OwnPasswordForm) -> bool:
        actor = current_actor()
        try:
            with transaction(actor):
                staff.change_own_password(
                    form.current_password.data,
                    form.password.data,
                    shortest_password=shortest_password(),
                    actor=actor,
                    now=clock.now(),
                )
        except Refusal as refusal:
            show_refusal(form, refusal)
            return False
        return True


class CredentialsSchema(Schema):
    username = fields.String(required=True, validate=validate.Length(max=254))
    password = fields.String(required=True, validate=validate.Length(max=1024))
    provider = fields.String(validate=validate.OneOf(["db"]))
    refresh = fields.Boolean()


class TokensSchema(Schema):
    access_token = fields.String(required=True)
    refresh_token = fields.String()


class SecurityApi(Api):
    """Tokens for programs; errors are problem+json as everywhere."""

    resource_name = "security"
    resource = "Account"

    @expose("/login", methods=["POST"])
    @documented("Sign in for a token", body=CredentialsSchema, answer=TokensSchema, bare=True, public=True)
    def login(self) -> Response | dict[str, str]:
        given = loaded(CredentialsSchema)
        user = self.appbuilder.sm.auth_user_db(given["username"], given["password"])
        if user is None:
            return reply(401, detail=gettext("User name and password do not belong together."))
        tokens = {"access_token": create_access_token(identity=str(user.id), fresh=True)}
        if given.get("refresh"):
            tokens["refresh_token"] = create_refresh_token(identity=str(user.id))
        return tokens

    @expose("/refresh", methods=["POST"])
    @documented("A new access token for a refresh token", answer=TokensSchema, bare=True)
    def refresh(self) -> dict[str, str]:
        verify_jwt_in_request(refresh=True)
        return {"access_token": create_access_token(identity=str(get_jwt_identity()), fresh=False)}


def limit_guesses(security: Any, views: list[Any]) -> None:
    """Slow down whoever tries passwords, where the configuration says so."""
    if security.is_auth_limited:
        for view in views:
            security.limiter.limit(security.auth_rate_limit, methods=["POST"])(view.blueprint)
