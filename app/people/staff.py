"""Who may sign in: users with their roles, clinics and passwords."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import User, assoc_user_role
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.kernel import audit, live, passwords, scope
from app.kernel.actor import Actor
from app.kernel.db import db, insert_into, lock
from app.kernel.errors import Invalid, NotAllowed
from app.people.errors import (
    DuplicateUserEmail,
    DuplicateUsername,
    LastAdministrator,
    UnknownLanguage,
    UnknownReference,
    WrongPassword,
)
from app.people.fields import checked
from app.people.models import Clinic, StaffClinic, UserPreference
from app.people.roles import Role
from app.people.rooms import user_room
from app.people.user_rules import SHORTEST_PASSWORD, USER_CHECKS, password_of

ENTITY: Final = "ab_user"
PUBLIC: Final = "Public"  # Flask-AppBuilder looks for it; it grants nothing
MOST_USERS: Final = 200
ADMINISTRATORS: Final = 20  # the lock space of "who remains an administrator"


def create_user(*, actor: Actor, now: datetime, shortest_password: int = SHORTEST_PASSWORD, **values: Any) -> User:  # noqa: ARG001
    """Let somebody sign in: username, first_name, last_name, email, password, roles and, if any, clinic_ids, active.

    Refuses: NotAllowed, Invalid with all problems, DuplicateUsername, DuplicateUserEmail.
    """
    actor.require_role(Role.ADMIN)
    checks = {**USER_CHECKS, "password": password_of(shortest_password)}
    given = checked(values, checks, required=("username", "first_name", "last_name", "email", "password", "roles"))
    user = User(active=given.get("active") is not False, password=passwords.hashed(given.pop("password")))
    _put(user, given)
    audit.record("create", ENTITY, user.id, after=_plain(given))
    return user


def update_user(user_id: int, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> User:  # noqa: ARG001
    """Change what is sent; `active` False takes the right to sign in, at once.

    Refuses: NotFound, NotAllowed, Invalid with all problems, DuplicateUsername, DuplicateUserEmail, LastAdministrator.
    """
    user = scope.get(User, user_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    needed = {"username", "first_name", "last_name", "email", "roles"} & values.keys()
    given = checked(values, USER_CHECKS, required=needed)
    lock(ADMINISTRATORS, 0)
    _put(user, given)
    if not has_administrator():
        raise LastAdministrator
    if {"active", "roles", "clinic_ids"} & given.keys():
        live.dismiss(user_room(user.id))
    audit.record("update", ENTITY, user.id, after=_plain(given))
    return user


def deactivate_user(user_id: int, *, actor: Actor, now: datetime) -> None:
    """Take the right to sign in; the record stays, because the audit log names it. Refuses as `update_user`."""
    update_user(user_id, {"active": False}, actor=actor, now=now)


def set_password(
    user_id: int,
    password: object,
    *,
    shortest_password: int = SHORTEST_PASSWORD,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> None:
    """Give somebody a new password. Refuses: NotFound, NotAllowed, Invalid."""
    user = scope.get(User, user_id, actor=actor, lock=True)
    actor.require_role(Role.ADMIN)
    _set_password(user, password, shortest_password)


def change_own_password(
    current: object,
    password: object,
    *,
    shortest_password: int = SHORTEST_PASSWORD,
    actor: Actor,
    now: datetime,  # noqa: ARG001 - as all commands
) -> None:
    """Change the actor's own password, who knows the present one. Refuses: NotAllowed, WrongPassword, Invalid."""
    user = own_user(actor)
    if not passwords.matches(user.password, current):
        raise WrongPassword(field="current_password")
    _set_password(user, password, shortest_password)


def change_own_name(values: Mapping[str, Any], *, actor: Actor, now: datetime) -> User:  # noqa: ARG001
    """Change the actor's own first_name, last_name, email. Refuses: NotAllowed, Invalid, DuplicateUserEmail."""
    user = own_user(actor)
    own = {name: USER_CHECKS[name] for name in ("first_name", "last_name", "email")}
    given = checked(values, own, required=own.keys() & values.keys())
    _put(user, given)
    audit.record("update", ENTITY, user.id, after=_plain(given))
    return user


def choose_language(language: str, *, offered: Collection[str], actor: Actor) -> None:
    """See pages in one of the offered languages from now on. Refuses: NotAllowed, UnknownLanguage."""
    user = own_user(actor)
    if language not in offered:
        raise UnknownLanguage(field="language")
    chosen = insert_into(UserPreference).values(user_id=user.id, language=language)
    db.session.execute(chosen.on_conflict_do_update(index_elements=["user_id"], set_={"language": language}))


def own_user(actor: Actor) -> User:
    """The record of whoever acts. Refuses: NotAllowed (the program itself has none)."""
    user = db.session.get(User, actor.user_id) if actor.user_id is not None else None
    if user is None:
        raise NotAllowed
    return user


def clinic_ids_of(user_id: int) -> list[int]:
    """The clinics that the user was assigned to."""
    return list(db.session.scalars(select(StaffClinic.clinic_id).where(StaffClinic.user_id == user_id)))


def list_users_with(role: str) -> list[User]:
    """Who has the role, by name; for administrators."""
    query = select(User).join(assoc_user_role, assoc_user_role.c.user_id == User.id)
    query = query.join(RoleRow, RoleRow.id == assoc_user_role.c.role_id).where(RoleRow.name == role)
    return list(db.session.scalars(query.order_by(User.last_name, User.first_name).limit(MOST_USERS)))


def has_administrator() -> bool:
    """Whether anybody who may sign in is an administrator."""
    query = (
        select(User.id)
        .join(assoc_user_role, assoc_user_role.c.user_id == User.id)
        .join(RoleRow, RoleRow.id == assoc_user_role.c.role_id)
        .where(RoleRow.name == Role.ADMIN, User.active)
    )
    return db.session.scalars(query.limit(1)).first() is not None


def sync_roles() -> list[str]:
    """Add the roles that the database does not know yet; their names. What each may do is in app/web/permissions.py."""
    known = set(db.session.scalars(select(RoleRow.name)))
    missing = [name for name in (*map(str, Role), PUBLIC) if name not in known]
    db.session.add_all(RoleRow(name=name) for name in missing)
    db.session.flush()
    return missing


def _put(user: User, given: dict[str, Any]) -> None:
    """Store the checked values in the user, in the roles and in the assignments to clinics."""
    for name in given.keys() & {"username", "first_name", "last_name", "email", "active"}:
        setattr(user, name, given[name])
    with _unique():
        db.session.add(user)
        db.session.flush()
    if "roles" in given:
        user.roles = list(db.session.scalars(select(RoleRow).where(RoleRow.name.in_(given["roles"]))))
    if "clinic_ids" in given:
        _assign(user.id, set(given["clinic_ids"] or ()))
    db.session.flush()


def _assign(user_id: int, clinic_ids: set[int]) -> None:
    if clinic_ids - set(db.session.scalars(select(Clinic.id).where(Clinic.id.in_(clinic_ids)))):
        raise Invalid({"clinic_ids": [UnknownReference()]})
    rows = {row.clinic_id: row for row in db.session.scalars(select(StaffClinic).where(StaffClinic.user_id == user_id))}
    for clinic_id in rows.keys() - clinic_ids:
        db.session.delete(rows[clinic_id])
    db.session.add_all(StaffClinic(user_id=user_id, clinic_id=one) for one in sorted(clinic_ids - rows.keys()))


@contextmanager
def _unique() -> Iterator[None]:
    try:
        with db.session.begin_nested():
            yield
    except IntegrityError as error:
        message = str(error.orig).partition("\n")[0]  # Flask-AppBuilder left these constraints without names
        if "ab_user_username" in message or "ab_user.username" in message:
            raise DuplicateUsername(field="username") from None
        if "ab_user_email" in message or "ab_user.email" in message:
            raise DuplicateUserEmail(field="email") from None
        raise


def _set_password(user: User, password: object, shortest: int) -> None:
    given = checked({"password": password}, {"password": password_of(shortest)}, required=("password",))
    user.password = passwords.hashed(given["password"])
    db.session.flush()
    audit.record("set_password", ENTITY, user.id)


def _plain(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: [str(one) for one in value] if name == "roles" else value for name, value in given.items()}
