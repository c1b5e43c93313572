"""What happens before the doors open: tables, roles, and the demo or the first administrator."""

from __future__ import annotations

import getpass
import logging
import sys

import flask_migrate
from flask import current_app
from flask_appbuilder.security.sqla.models import Role as RoleRow
from flask_appbuilder.security.sqla.models import User, assoc_user_role
from sqlalchemy import select

from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.kernel.errors import Refusal
from app.people.roles import Role


def prepare(*, demo: bool) -> None:
    """Migrate, sync the roles, and fill an empty database: with the demo, or with a first administrator."""
    migrate_and_sync()
    if demo:
        from app.demo.load import load_demo_if_empty

        load_demo_if_empty(current_app)
    elif not has_administrator():
        ask_for_administrator()
    db.session.remove()


def migrate_and_sync() -> None:
    """Bring the tables to the newest migration and add the roles that are missing."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    flask_migrate.upgrade()
    with transaction(system("roles sync")):
        sync_roles()


def sync_roles() -> list[str]:
    """Add the roles that the database does not know yet; their names. What each may do is in app/web/permissions.py."""
    known = set(db.session.scalars(select(RoleRow.name)))
    missing = [str(role) for role in Role if role not in known]
    db.session.add_all(RoleRow(name=name) for name in missing)
    return missing


def has_administrator() -> bool:
    administrators = (
        select(User.id)
        .join(assoc_user_role, assoc_user_role.c.user_id == User.id)
        .join(RoleRow, RoleRow.id == assoc_user_role.c.role_id)
        .where(RoleRow.name == Role.ADMIN, User.active)
    )
    return db.session.scalars(administrators.limit(1)).first() is not None


def ask_for_administrator() -> None:
    """Ask on the terminal, until it is a user who may be; without a terminal say how to add one."""
    if not sys.stdin.isatty():
        print("Nobody can sign in yet. Add the first administrator: flask --app app users create")
        return
    print("Nobody can sign in yet. Who is the first administrator?")
    while not added_administrator():
        pass


def added_administrator() -> bool:
    from app.people.staff import create_user

    username, first_name, last_name, email = (
        input(f"  {label}: ").strip() for label in ("User name", "First name", "Last name", "E-mail")
    )
    password = getpass.getpass("  Password: ")
    if password != getpass.getpass("  The password again: "):
        print("The two passwords differ. Once more:")
        return False
    actor = system("first start")
    try:
        with transaction(actor):
            create_user(
                actor=actor,
                now=clock.now(),
                username=username,
                first_name=first_name,
                last_name=last_name,
                email=email,
                password=password,
                roles=[Role.ADMIN],
            )
    except Refusal as refusal:
        print(f"{refusal} Once more:")
        return False
    return True
