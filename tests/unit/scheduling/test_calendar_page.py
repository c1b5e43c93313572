"""Which days a calendar's page shows, and what its address may ask."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Invalid
from app.scheduling.calendar_schemas import PageQuestion, Showing, Span, page_question, range_question, start_of_week

THURSDAY = date(2025, 3, 6)


@given(st.dates(date(1900, 1, 8), date(9000, 12, 20)), st.integers(0, 6))
def test_a_week_begins_on_its_first_weekday_and_holds_the_day(day: date, first: int) -> None:
    start = start_of_week(day, first)
    assert start.weekday() == first
    assert start <= day <= start + timedelta(days=6)


def test_a_day_and_a_week_are_turned_over_by_their_own_length() -> None:
    one, week = (Showing(THURSDAY, THURSDAY, span, 0) for span in Span)
    assert (one.first, one.last, one.moved(1)) == (THURSDAY, THURSDAY, date(2025, 3, 7))
    assert (week.first, week.last, week.moved(-1)) == (date(2025, 3, 3), date(2025, 3, 9), date(2025, 2, 27))
    assert Showing(THURSDAY, THURSDAY, Span.WEEK, 6).first == date(2025, 3, 2)


def test_an_address_without_arguments_asks_for_today() -> None:
    assert page_question({}) == PageQuestion()
    assert page_question({"clinic": "3", "day": "2025-03-06", "view": "week"}) == PageQuestion(
        clinic=3, day=THURSDAY, view=Span.WEEK
    )


@pytest.mark.parametrize(
    "arguments",
    [{"day": "0001-01-01"}, {"day": "9999-12-31"}, {"day": "x"}, {"view": "year"}, {"clinic": "-1"}, {"doctor": "a"}],
)
def test_an_address_that_makes_no_sense_is_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        page_question(arguments)


def test_a_range_names_its_clinic_and_both_days() -> None:
    with pytest.raises(Invalid) as refused:
        range_question({})
    assert set(refused.value.errors) == {"clinic", "from", "to"}
