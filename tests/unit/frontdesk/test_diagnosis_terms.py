"""By what a diagnosis code is found, and what is looked up for what somebody types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.frontdesk.diagnosis_terms import MOST_QUERY_TERMS, TERM_LENGTH, query_terms, terms_of_code, written_code


def finds(query: str, code: str, title: str) -> bool:
    terms = terms_of_code(code, title)
    asked = query_terms(query)
    return bool(asked) and all(any(term.startswith(prefix) for term in terms) for prefix in asked)


@pytest.mark.parametrize(
    "query",
    ["J06", "j06.9", "J069", "j06.", "j", "upper inf", "INFECTION acute", "airways upp acu", "j06 infection", "Acute,"],
)
def test_a_code_is_found_by_its_beginning_or_by_words_in_any_order(query: str) -> None:
    assert finds(query, "J06.9", "Acute infection of the upper airways")


@pytest.mark.parametrize("query", ["", " . ", "J07", "J06.8", "fection", "acute chronic", "6.9"])
def test_nothing_else_finds_it(query: str) -> None:
    assert not finds(query, "J06.9", "Acute infection of the upper airways")


@pytest.mark.parametrize(
    ("query", "title"),
    [("fievre", "Fièvre d'origine inconnue"), ("حمي", "حمّى"), ("बुखार", "बुखार"), ("грипп", "Грипп с пневмонией")],
)
def test_words_of_any_script_are_found_without_their_accents(query: str, title: str) -> None:
    assert finds(query, "R50.9", title)


def test_hyphens_part_words_and_a_code_with_a_sign_is_found_too() -> None:
    assert terms_of_code("A17.0†", "Non-insulin-dependent") == {"a170", "non", "insulin", "dependent"}
    assert finds("a17.0", "A17.0†", "Tuberculous meningitis")
    assert query_terms("covid-19 b12 deficiency") == ["deficiency", "covid", "b12", "19"]


@pytest.mark.parametrize(
    ("text", "code"),
    [("j069", "J06.9"), (" J06.9 ", "J06.9"), ("i10", "I10"), ("m54.5", "M54.5"), ("s93401a", "S93.401A")],
)
def test_a_code_may_be_written_without_its_dot(text: str, code: str) -> None:
    assert written_code(text) == code


@given(st.text(max_size=200))
def test_whatever_is_typed_is_a_few_short_terms(text: str) -> None:
    terms = query_terms(text)
    assert len(terms) <= MOST_QUERY_TERMS
    assert all(0 < len(term) <= TERM_LENGTH for term in terms)
