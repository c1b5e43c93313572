"""The words of the access test are where people look: a leak would be seen."""

from __future__ import annotations

import pytest

from app.kernel import clock
from tests.access.markers import CLINICS, digits, leaks, readable, word
from tests.access.walk import Walker
from tests.access.world import NOW

PAGES = {
    "name": ["/patients/show/{patient}", "/api/v1/patients/{patient}", "/invoices/{invoice}/pdf"],
    "contact": ["/patients/show/{patient}", "/api/v1/patients/{patient}"],
    "clinical": ["/patients/show/{patient}", "/api/v1/patients/{patient}"],
    "appointment": ["/appointments/show/{appointment}", "/api/v1/appointments/{appointment}"],
    "billing": ["/invoices/{invoice}/pdf", "/api/v1/invoices/{invoice}"],
    "message": ["/notifications/show/{notification}", "/api/v1/notifications/{notification}"],
    "place": ["/services/show/{service}", "/api/v1/clinics/{clinic}"],
    "user": ["/users/show/{user}"],
}


@pytest.mark.parametrize("sort", PAGES)
def test_the_administrator_reads_the_word_of(sort: str, walker: Walker) -> None:
    for kind in ("own", "foreign"):
        for page in PAGES[sort]:
            with clock.freeze(NOW):
                answer = walker.client("admin").get(page.format(**walker.world.rows[kind]))
            expected = word(sort, CLINICS[kind] if sort in ("place", "user") else kind)
            assert expected in readable(answer.data), f"{page} lacks {expected}"
            assert expected in leaks("stranger", readable(answer.data))


def test_numbers_are_recognised_however_they_are_grouped() -> None:
    number = digits("contact", "foreign")
    for written in (f"+49 {number[:2]} {number[2:]}1", f"{number[:4]},{number[4:7]}.{number[7:]}", number):
        assert leaks("reception", written) == [number]
    assert leaks("riverside", number) == []
