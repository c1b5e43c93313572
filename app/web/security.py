"""Who is signed in, as an Actor, and Flask-AppBuilder's questions answered from our own table of permissions."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Flask, abort, g, request
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import User, assoc_user_role
from flask_jwt_extended import verify_jwt_in_request
from flask_login import current_user
from sqlalchemy import Integer, cast, literal, null, select, union_all

from app.kernel.actor import NOBODY, Actor
from app.kernel.db import db
from app.people.models import Doctor, DoctorClinic, StaffClinic
from app.people.roles import Role
from app.web import permissions


def init_app(app: Flask) -> None:
    app.before_request(require_login)


def require_login() -> None:
    """Closed by default: whatever is not listed as public answers 401 to a stranger."""
    if request.endpoint is None or request.endpoint in permissions.PUBLIC_ENDPOINTS:
        return
    if not current_user.is_authenticated and request.headers.get("Authorization"):
        verify_jwt_in_request()
    if not signed_in_user():
        abort(401)


def signed_in_user() -> User | None:
    """The user of the session cookie or of the bearer token; None for a stranger."""
    user = current_user._get_current_object() if current_user.is_authenticated else g.get("user")
    user = getattr(user, "_get_current_object", lambda: user)()
    return user if isinstance(user, User) else None


def current_actor() -> Actor:
    """The actor of this request, read from the database once."""
    if "actor" not in g:
        user = signed_in_user()
        g.actor = actor_of(user, request_id=request_id()) if user else NOBODY
    actor: Actor = g.actor
    return actor


def request_id() -> str:
    """The id that ties together what one request wrote; a proxy's is kept where it is a sane one."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if given.isalnum() and len(given) <= 64 else uuid.uuid4().hex
    identifier: str = g.request_id
    return identifier


def actor_of(user: User, *, request_id: str | None = None) -> Actor:
    """Roles, clinics and doctor record of a user, in one statement."""
    roles, clinics, doctor_id = set(), set(), None
    facts = union_all(
        select(RoleRow.name, cast(null(), Integer))
        .select_from(assoc_user_role.join(RoleRow, RoleRow.id == assoc_user_role.c.role_id))
        .where(assoc_user_role.c.user_id == user.id),
        select(literal("clinic"), StaffClinic.clinic_id).where(StaffClinic.user_id == user.id),
        select(literal("doctor"), Doctor.id).where(Doctor.user_id == user.id, Doctor.is_active),
        select(literal("works"), DoctorClinic.clinic_id)
        .join(Doctor, Doctor.id == DoctorClinic.doctor_id)
        .where(Doctor.user_id == user.id, Doctor.is_active),
    )
    for name, number in db.session.execute(facts):
        if number is None:
            roles.add(name)
        elif name == "doctor":
            doctor_id = number
        else:
            clinics.add((name, number))
    return _actor(user, roles, clinics, doctor_id, request_id)


def _actor(
    user: User, roles: set[str], clinics: set[tuple[str, int]], doctor_id: int | None, request_id: str | None
) -> Actor:
    """A doctor's clinics count only with the role Doctor, a desk's only with a desk's role."""
    is_doctor = Role.DOCTOR in roles
    desk = not roles.isdisjoint({Role.RECEPTIONIST, Role.ACCOUNTANT})
    reach = {number for name, number in clinics if (is_doctor if name == "works" else desk)}
    return Actor(
        name=user.get_full_name(),
        user_id=user.id,
        roles=frozenset(roles),
        clinic_ids=frozenset(reach),
        doctor_id=doctor_id if is_doctor else None,
        everywhere=Role.ADMIN in roles,
        request_id=request_id,
    )


class Security(SecurityManager):
    """Flask-AppBuilder's security manager, asked about roles from code instead of from its permission tables."""

    def has_access(self, permission_name: str, view_name: str) -> bool:
        return permissions.allows(current_actor(), view_name, permission_name.removeprefix("can_"))

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        actor = current_actor()
        return {name for name in menu_names or [] if permissions.allows(actor, name, "menu_access")}

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        return False

    def register_views(self) -> None:
        """Sign-in, sign-out and the own password; users have our own screen (app/people/user_views.py)."""
        builder = self.appbuilder
        builder.add_api(self.security_api)
        self.auth_view = self.authdbview()
        builder.add_view_no_menu(self.auth_view)
        builder.add_view_no_menu(self.resetmypasswordview())

    def update_user(self, user: Any) -> bool:
        raise NotImplementedError("users are changed by app/people/staff.py")
