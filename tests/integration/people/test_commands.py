"""Users and roles from the command line."""

from __future__ import annotations

from flask import Flask
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.kernel.db import db
from app.people.staff import clinic_ids_of
from tests.cast import Cast

GRACE = ["--username", "grace", "--first-name", "Grace", "--last-name", "Hopper", "--email", "grace@clinic.test"]
PASSWORD = ["--password", "a long enough one"]


def run(app: Flask, *arguments: str, typed: str | None = None) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["users", "create", *arguments], input=typed)
    return result.exit_code, result.output


def test_a_user_is_created_for_a_clinic(app: Flask, cast: Cast) -> None:
    assert run(app, *GRACE, *PASSWORD, "--role", "Receptionist", "--clinic", "main") == (0, "grace may sign in.\n")
    with app.app_context():
        user = db.session.scalars(select(User).where(User.username == "grace")).one()
        assert clinic_ids_of(user.id) == [cast.main_id]


def test_what_is_left_out_is_asked_for(app: Flask, cast: Cast) -> None:
    code, output = run(app, *GRACE, "--role", "Admin", typed="a long enough one\na long enough one\n")
    assert (code, "Password:" in output, "a long enough one" in output) == (0, True, False)


def test_every_problem_is_told(app: Flask, cast: Cast) -> None:
    code, output = run(app, *GRACE[:-1], "nowhere", "--password", "short", "--role", "Admin")
    assert code == 1
    assert "email: This is not an e-mail address." in output
    assert "password: A password has at least 10 characters." in output


def test_an_unknown_clinic_is_named(app: Flask, cast: Cast) -> None:
    code, output = run(app, *GRACE, *PASSWORD, "--role", "Receptionist", "--clinic", "north")
    assert (code, output) == (1, "Error: There is no clinic with the code north.\n")


def test_roles_that_are_there_are_not_added_again(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=["roles", "sync"]).output == "Nothing to add.\n"
