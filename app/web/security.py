"""Who is signed in, as an Actor, and Flask-AppBuilder's questions answered from our own table of permissions."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from typing import Any

from flask import Flask, Response, abort, current_app, g, request, session
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import User, assoc_user_role
from flask_jwt_extended import JWTManager, get_current_user, verify_jwt_in_request
from flask_login import current_user
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    bindparam,
    cast,
    func,
    literal,
    null,
    select,
    true,
    union_all,
    update,
)

from app.kernel import audit, clock
from app.kernel.actor import NOBODY, Actor
from app.kernel.db import db, transaction
from app.people.models import Doctor, DoctorClinic, StaffClinic, UserPreference
from app.people.roles import Role
from app.people.user_rules import DEMO_PASSWORD
from app.web import permissions, replies

Facts = Sequence[tuple[str, int | None]]
Rights = frozenset[tuple[str, int | None]]
SESSION_KEY = "key"  # in the session of a browser: what all its tabs have in common


def init_app(app: Flask) -> None:
    app.before_request(require_login)


def require_login() -> Response | None:
    """Closed by default: whatever is not listed as public answers 401 to a stranger, on screens as the sign-in form.

    A bearer token counts before a session cookie; a cookie that changes something needs the CSRF token.
    """
    if request.endpoint is None or request.endpoint in permissions.PUBLIC_ENDPOINTS:
        return None
    if request.headers.get("Authorization"):
        verify_jwt_in_request()
        g.token_user = get_current_user()
    elif request.path.startswith("/api/") and current_user.is_authenticated:
        current_app.extensions["csrf"].protect()
    if signed_in_user():
        if "_user_id" in session:
            session.setdefault(SESSION_KEY, uuid.uuid4().hex)
        return None
    if replies.wants_problem():
        abort(401)
    from app.web.sign_in import sign_in_page

    return sign_in_page()


def signed_in_user() -> User | None:
    """The user of the bearer token or of the session cookie; None for a stranger."""
    user = g.get("token_user") or current_user._get_current_object()  # noqa: SLF001 - Werkzeug's own way
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
    """Roles, clinics and doctor record of a user; for that of this request they were read with the user."""
    facts: Facts | None = g.get("facts_of", {}).get(user.id)
    if facts is None:
        facts = [(name, number) for _, name, number in db.session.execute(_ABOUT, {"user_id": user.id})]
    return _actor(user, facts, request_id)


def rights_of(user_ids: Collection[int]) -> dict[int, Rights]:
    """What each of these users is, read at once; who may not sign in (any longer) is not among them."""
    found: dict[int, set[tuple[str, int | None]]] = {}
    for user_id, fact, number in db.session.execute(_RIGHTS, {"user_ids": sorted(user_ids)}):
        facts = found.setdefault(user_id, set())
        if fact is not None:
            facts.add((fact, number))
    return {user_id: frozenset(facts) for user_id, facts in found.items()}


def present_rights(user: User) -> Rights:
    """What the user of this request is, as it was read with them."""
    return frozenset(g.facts_of[user.id])


Whose = Callable[[Any], ColumnElement[bool]]


def _about(whose: Whose) -> CompoundSelect[Any]:
    """What makes users actors: role names, and numbered what they are of."""
    of_doctor = select(Doctor.user_id, literal("works"), DoctorClinic.clinic_id)
    facts: list[Any] = [
        select(assoc_user_role.c.user_id.label("user_id"), RoleRow.name.label("fact"), _NONE.label("number"))
        .select_from(assoc_user_role.join(RoleRow, RoleRow.id == assoc_user_role.c.role_id))
        .where(whose(assoc_user_role.c.user_id)),
        select(StaffClinic.user_id, literal("clinic"), StaffClinic.clinic_id).where(whose(StaffClinic.user_id)),
        select(Doctor.user_id, literal("doctor"), Doctor.id).where(whose(Doctor.user_id), Doctor.is_active),
        of_doctor.join(Doctor, Doctor.id == DoctorClinic.doctor_id).where(whose(Doctor.user_id), Doctor.is_active),
    ]
    return union_all(*facts)


_NONE = cast(null(), Integer)
_WHO = bindparam("user_id", type_=Integer)
_ABOUT = _about(lambda user_id: user_id == _WHO)
_ABOUT_ALL = _about(lambda user_id: user_id.in_(bindparam("user_ids", expanding=True))).subquery()
_RIGHTS = (
    select(User.id, _ABOUT_ALL.c.fact, _ABOUT_ALL.c.number)
    .outerjoin(_ABOUT_ALL, _ABOUT_ALL.c.user_id == User.id)
    .where(User.active, User.id.in_(bindparam("user_ids", expanding=True)))
)
_FACTS = _ABOUT.subquery()
_USER_AND_FACTS = (
    select(User, UserPreference.language, _FACTS.c.fact, _FACTS.c.number)
    .outerjoin(UserPreference, UserPreference.user_id == User.id)
    .outerjoin(_FACTS, true())
    .where(User.id == _WHO)
)


def _actor(user: User, facts: Facts, request_id: str | None) -> Actor:
    """A doctor's clinics count only with the role Doctor, a desk's only with a desk's role."""
    roles = {name for name, number in facts if number is None}
    works = frozenset(number for name, number in facts if name == "works" and number is not None)
    desk = frozenset(number for name, number in facts if name == "clinic" and number is not None)
    held = {Role.DOCTOR: works, Role.RECEPTIONIST: desk, Role.ACCOUNTANT: desk}
    role_clinics = {str(role): reach for role, reach in held.items() if role in roles}
    return Actor(
        name=user.get_full_name(),
        user_id=user.id,
        roles=frozenset(roles),
        clinic_ids=frozenset().union(*role_clinics.values()),
        doctor_id=dict(facts).get("doctor") if Role.DOCTOR in roles else None,
        everywhere=Role.ADMIN in roles,
        request_id=request_id,
        role_clinics=role_clinics,
    )


class Security(SecurityManager):
    """Flask-AppBuilder's security manager, asked about roles from code instead of from its permission tables."""

    def load_user(self, pk: int | str) -> User | None:
        """The active user of a session or token; their roles, reach and language come in the same statement."""
        rows = db.session.execute(_USER_AND_FACTS, {"user_id": int(pk)}).all()
        user: User | None = rows[0][0] if rows else None
        if user is None or not user.is_active:
            return None
        g.facts_of = {user.id: [(fact, number) for _, _, fact, number in rows if fact is not None]}
        g.language_of = {user.id: rows[0].language}
        return user

    def has_access(self, permission_name: str, view_name: str) -> bool:
        return permissions.allows(current_actor(), view_name, permission_name.removeprefix("can_"))

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        actor = current_actor()
        return {name for name in menu_names or [] if permissions.allows(actor, name, "menu_access")}

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        return False

    def create_jwt_manager(self, app: Flask) -> JWTManager:
        """Every fault of a token is a plain 401."""
        manager: JWTManager = super().create_jwt_manager(app)
        for loader in (
            manager.unauthorized_loader,
            manager.invalid_token_loader,
            manager.expired_token_loader,
            manager.revoked_token_loader,
            manager.needs_fresh_token_loader,
            manager.user_lookup_error_loader,
        ):
            loader(lambda *_facts: replies.reply(401))
        return manager

    def register_views(self) -> None:
        """Sign-in, sign-out and the own password; users have our own screen (app/people/user_views.py)."""
        from app.web import sign_in

        builder = self.appbuilder
        self.auth_view = sign_in.AuthDBView()
        tokens = builder.add_api(sign_in.SecurityApi)
        builder.add_view_no_menu(self.auth_view)
        builder.add_view_no_menu(sign_in.ResetMyPasswordView)
        sign_in.limit_guesses(self, [self.auth_view, tokens])

    # -- what Flask-AppBuilder would commit by itself ----------------------------------------------------------------

    def update_user_auth_stat(self, user: User, success: bool = True) -> None:  # noqa: FBT001, FBT002 - its signature
        """Count a sign-in that succeeded or failed, and put it on record."""
        now = clock.now()
        counted = {"login_count": func.coalesce(User.login_count, 0) + 1, "fail_login_count": 0}
        counted["last_login"] = now.replace(tzinfo=None)
        failed = {"fail_login_count": func.coalesce(User.fail_login_count, 0) + 1}
        with transaction(Actor(name=user.get_full_name(), user_id=user.id, request_id=request_id())):
            db.session.execute(update(User).where(User.id == user.id).values(counted if success else failed))
            audit.record("sign_in" if success else "sign_in_failed", "ab_user", user.id)
        (self.on_user_login if success else self.on_user_login_failed)(user)

    def noop_user_update(self, user: User) -> None:
        """Put on record that nobody has that name; takes as long as a wrong password."""
        with transaction(Actor(name="nobody", request_id=request_id())):
            audit.record("sign_in_failed", "ab_user", "-")

    def auth_user_db(self, username: str, password: str) -> User | None:
        """The user whose password this is; the demo's opens nothing elsewhere, wherever its users came from.

        A name with control characters is nobody's, and a NUL fits no database.
        """
        known_to_all = password == DEMO_PASSWORD and not current_app.config["DEMO"]
        user: User | None = super().auth_user_db(
            username if username.isprintable() else "", "" if known_to_all else password
        )
        return user

    def update_user(self, user: Any) -> bool:
        raise NotImplementedError("users are changed by app/people/staff.py")
