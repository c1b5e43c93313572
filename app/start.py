"""What happens before the doors open: tables, roles, and the demo or the first administrator."""

from __future__ import annotations

import getpass
import logging
import sys

import flask_migrate
from flask import current_app

from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.kernel.errors import Refusal
from app.people.roles import Role
from app.people.staff import create_user, has_administrator, sync_roles


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


def ask_for_administrator() -> None:
    """Ask on the terminal, until it is a user who may be; without a terminal say how to add one."""
    if not sys.stdin.isatty():
        print("Nobody can sign in yet. Add the first administrator: flask --app app users create")
        return
    print("Nobody can sign in yet. Who is the first administrator?")
    while not added_administrator():
        pass


def added_administrator() -> bool:
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
