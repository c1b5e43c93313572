"""Which entry of the sidebar is marked as the current page."""

from __future__ import annotations

from app.web.pages import MenuLink, mark_active

PATIENTS = MenuLink("Patients", None, "/patients/list/")
DOCTOR = MenuLink("My day", None, "/doctor/")
EARNINGS = MenuLink("Earnings", None, "/doctor/earnings")
START = MenuLink("Start", None, "/")
SETUP = MenuLink("Setup", None, children=(MenuLink("Clinics", None, "/clinics/list/"),))


def active(path: str) -> list[str]:
    return [link.label for link in mark_active([PATIENTS, DOCTOR, EARNINGS, START, SETUP], path) if link.active]


def test_a_record_marks_the_list_that_it_belongs_to() -> None:
    assert active("/patients/show/7") == ["Patients"]


def test_the_longest_address_wins() -> None:
    assert active("/doctor/earnings") == ["Earnings"]
    assert active("/doctor/consultations/3") == ["My day"]


def test_the_start_page_is_marked_on_itself_alone() -> None:
    assert active("/") == ["Start"]
    assert active("/elsewhere") == []


def test_a_group_is_marked_with_its_child() -> None:
    assert active("/clinics/edit/1") == ["Setup"]
    marked = next(iter(mark_active([SETUP], "/clinics/edit/1")))
    assert marked.children[0].active
