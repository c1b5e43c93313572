"""Users are created, changed and kept out by administrators alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select

from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal
from app.kernel.models import AuditEntry
from app.people.errors import DuplicateUserEmail, DuplicateUsername, LastAdministrator, WrongPassword
from app.people.roles import Role
from app.people.staff import (
    change_own_name,
    change_own_password,
    clinic_ids_of,
    create_user,
    deactivate_user,
    has_administrator,
    set_password,
    sync_roles,
    update_user,
)
from app.web.security import actor_of
from tests.cast import Cast
from tests.factories import PASSWORD, make_user

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
ADA = {
    "username": "Ada",
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "Ada@Clinic.test",
    "password": "correct horse battery",
    "roles": [Role.RECEPTIONIST],
}


@pytest.fixture
def create(session: Any, cast: Cast) -> Callable[..., User]:
    def act(actor: Any = None, **values: Any) -> User:
        with transaction(actor or cast.admin):
            return create_user(actor=actor or cast.admin, now=NOW, **(ADA | values))

    return act


def may_sign_in(app: Flask, username: str, password: str) -> bool:
    with app.test_request_context():
        return app.extensions["appbuilder"].sm.auth_user_db(username, password) is not None


def test_a_new_user_may_sign_in_and_reaches_the_assigned_clinics(
    create: Callable[..., User], cast: Cast, app: Flask
) -> None:
    user = create(clinic_ids=[cast.main_id])
    assert (user.username, user.email, actor_of(user).clinic_ids) == ("ada", "ada@clinic.test", {cast.main_id})
    assert may_sign_in(app, "ADA", str(ADA["password"]))


def test_the_audit_log_names_the_change_and_not_the_password(create: Callable[..., User], cast: Cast) -> None:
    user = create()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.entity == "ab_user")).one()
    assert (entry.action, entry.entity_id, entry.after["roles"]) == ("create", str(user.id), ["Receptionist"])
    assert "password" not in entry.after


def test_all_problems_are_told_at_once(create: Callable[..., User]) -> None:
    with pytest.raises(Invalid) as refused:
        create(username="a b", first_name=" ", email="x", password="short", roles=["King"], nick="x")
    found = {
        name: [one.code for one in errors if isinstance(one, Refusal)] for name, errors in refused.value.errors.items()
    }
    assert found == {
        "username": ["bad_username"],
        "first_name": ["required"],
        "email": ["not_an_email"],
        "password": ["password_too_short"],
        "roles": ["unknown_role"],
        "nick": ["unknown_field"],
    }


@pytest.mark.parametrize("password", ["x" * 201, "lone \ud800 surrogate", "nul\x00 inside it", 1234567890, None])
def test_what_cannot_be_typed_again_is_no_password(create: Callable[..., User], password: object) -> None:
    with pytest.raises(Invalid) as refused:
        create(password=password)
    assert list(refused.value.errors) == ["password"]


def test_nobody_has_the_user_name_or_address_of_somebody_else(create: Callable[..., User]) -> None:
    create()
    with pytest.raises(DuplicateUsername):
        create(username="ADA", email="other@clinic.test")
    with pytest.raises(DuplicateUserEmail):
        create(username="other", email="ADA@clinic.test")


def test_only_administrators_see_or_change_users(create: Callable[..., User], cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        create(cast.reception)
    with pytest.raises(NotFound), transaction(cast.reception):
        update_user(cast.admin.user_id or 0, {"active": False}, actor=cast.reception, now=NOW)


def test_roles_and_clinics_are_replaced_by_what_is_sent(create: Callable[..., User], cast: Cast) -> None:
    user = create(clinic_ids=[cast.main_id])
    with transaction(cast.admin):
        values = {"roles": ["Accountant"], "clinic_ids": [cast.riverside_id]}
        update_user(user.id, values, actor=cast.admin, now=NOW)
    assert clinic_ids_of(user.id) == [cast.riverside_id]
    assert actor_of(user).roles == {"Accountant"}


def test_an_unknown_clinic_is_refused(create: Callable[..., User]) -> None:
    with pytest.raises(Invalid) as refused:
        create(clinic_ids=[10**6])
    assert list(refused.value.errors) == ["clinic_ids"]


@pytest.mark.parametrize("change", [{"active": False}, {"roles": ["Receptionist"]}])
def test_the_last_administrator_stays_one(session: Any, cast: Cast, change: dict[str, Any]) -> None:
    with pytest.raises(LastAdministrator), transaction(cast.admin):
        update_user(cast.admin.user_id or 0, change, actor=cast.admin, now=NOW)
    assert has_administrator()


def test_two_administrators_who_dismiss_each_other_at_once_leave_one(app: Flask, cast: Cast) -> None:
    with app.app_context():
        other = actor_of(make_user(Role.ADMIN, username="second"))
    pairs = [(cast.admin, other.user_id or 0), (other, cast.admin.user_id or 0)]
    refused: list[Refusal] = []
    start = Barrier(2)

    def dismiss(actor: Any, user_id: int) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction(actor):
                    deactivate_user(user_id, actor=actor, now=NOW)
            except LastAdministrator as refusal:
                refused.append(refusal)
            finally:
                db.session.remove()

    threads = [Thread(target=dismiss, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1
    with app.app_context():
        assert has_administrator()


def test_an_administrator_gives_a_new_password(session: Any, cast: Cast, app: Flask) -> None:
    with transaction(cast.admin):
        set_password(cast.reception.user_id or 0, "another long one", actor=cast.admin, now=NOW)
    assert not may_sign_in(app, "reception", PASSWORD)
    assert may_sign_in(app, "reception", "another long one")


def test_ones_own_password_takes_the_present_one(session: Any, cast: Cast, app: Flask) -> None:
    with pytest.raises(WrongPassword), transaction(cast.doctor):
        change_own_password("wrong", "another long one", actor=cast.doctor, now=NOW)
    with transaction(cast.doctor):
        change_own_password(PASSWORD, "another long one", actor=cast.doctor, now=NOW)
    assert may_sign_in(app, "doctor", "another long one")


def test_ones_own_name_may_be_changed_and_ones_roles_not(session: Any, cast: Cast) -> None:
    with transaction(cast.doctor):
        assert change_own_name({"first_name": "Ada"}, actor=cast.doctor, now=NOW).first_name == "Ada"
    with pytest.raises(Invalid), transaction(cast.doctor):
        change_own_name({"roles": ["Admin"]}, actor=cast.doctor, now=NOW)


def test_roles_are_added_once(session: Any) -> None:
    with transaction():
        assert sync_roles() == []
