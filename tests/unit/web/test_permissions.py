"""The table of permissions: closed by default, and a sidebar that shows what a role uses."""

from __future__ import annotations

import pytest

from app.kernel.actor import NOBODY, Actor, system
from app.people.roles import Role
from app.web.permissions import GRANTS, IN_MENU, allows


def somebody(*roles: Role) -> Actor:
    return Actor(name="Somebody", user_id=1, roles=frozenset(roles))


def test_what_is_not_listed_is_refused_to_everybody() -> None:
    everything = somebody(*Role)
    assert not allows(everything, "Patient", "teleport")
    assert not allows(everything, "NoSuchThing", "list")
    assert not allows(everything, "NoSuchThing", "menu_access")


@pytest.mark.parametrize("resource", sorted(GRANTS))
def test_a_stranger_may_do_nothing(resource: str) -> None:
    assert not any(allows(NOBODY, resource, act) for act in (*GRANTS[resource], "menu_access"))


def test_rights_of_several_roles_add_up() -> None:
    assert allows(somebody(Role.DOCTOR, Role.ACCOUNTANT), "Payment", "export")
    assert allows(somebody(Role.DOCTOR, Role.ACCOUNTANT), "DoctorPortal", "list")
    assert not allows(somebody(Role.DOCTOR), "Payment", "export")


def test_nobody_finds_an_entry_in_the_sidebar_that_they_may_not_read() -> None:
    for resource, roles in IN_MENU.items():
        assert roles <= GRANTS[resource]["list"]


def test_reception_reads_clinics_without_an_entry_in_the_sidebar() -> None:
    reception = somebody(Role.RECEPTIONIST)
    assert allows(reception, "Clinic", "list")
    assert not allows(reception, "Clinic", "menu_access")
    assert allows(somebody(Role.ADMIN), "Clinic", "menu_access")


def test_the_program_itself_may_do_what_it_must() -> None:
    assert allows(system(), "Patient", "add")
