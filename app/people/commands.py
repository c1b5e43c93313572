"""`flask --app app users create` and `roles sync`."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup

from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import transaction
from app.kernel.errors import Invalid, Refusal
from app.people.queries import get_clinic_by_code
from app.people.roles import Role
from app.people.staff import create_user, sync_roles

users = AppGroup("users", help="Who may sign in.")
roles = AppGroup("roles", help="What they may be.")


@users.command("create")
@click.option("--username", prompt="User name")
@click.option("--first-name", prompt="First name")
@click.option("--last-name", prompt="Last name")
@click.option("--email", prompt="E-mail")
@click.option("--role", "roles", type=click.Choice([str(role) for role in Role]), multiple=True, required=True)
@click.option("--clinic", "codes", multiple=True, help="The code of a clinic that a receptionist or accountant is at.")
@click.password_option()
def create(codes: tuple[str, ...], roles: tuple[str, ...], **values: Any) -> None:
    """Let somebody sign in. Options that are left out are asked for."""
    actor = system("users create")
    try:
        with transaction(actor):
            clinic_ids = [get_clinic_by_code(code, actor=actor).id for code in codes]
            user = create_user(**values, roles=list(roles), clinic_ids=clinic_ids, actor=actor, now=clock.now())
    except Refusal as refusal:
        raise click.ClickException(told(refusal)) from None
    click.echo(f"{user.username} may sign in.")


@roles.command("sync")
def sync() -> None:
    """Add the roles that the database does not know yet."""
    with transaction(system("roles sync")):
        added = sync_roles()
    click.echo(f"Added: {', '.join(added)}." if added else "Nothing to add.")


def told(refusal: Refusal) -> str:
    """The refusal, or every problem of every field on a line of its own."""
    problems = refusal.errors.items() if isinstance(refusal, Invalid) else ()
    return "\n".join([f"{name}: {text}" for name, texts in problems for text in texts]) or str(refusal)
