"""The folded terms by which a diagnosis code is found, and the prefixes that a search looks up among them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from app.people.search_terms import fold

TERM_LENGTH: Final = 40
MOST_QUERY_TERMS: Final = 8
_CODE: Final = re.compile(
    r"(?=.*\d)[a-z\d]{2,4}\.[a-z\d.]*\W?"
)  # "j06.9", "j06." and with the signs of ICD-10, "a17.0†"


def terms_of_code(code: str, title: str) -> frozenset[str]:
    """What to store for a code: the code without its dots, and the words of its title."""
    terms = {"".join(_words(code)), *_words(title)}
    return frozenset(term[:TERM_LENGTH] for term in terms if term)


def query_terms(query: str) -> list[str]:
    """The prefixes to look up for what somebody typed, the longest first; a code is found that has a term for each.

    An empty list finds nothing.
    """
    found: list[str] = []
    for chunk in fold(query).split():
        words = _words(chunk)
        found += ["".join(words)] if _CODE.fullmatch(chunk) else words
    terms = list(dict.fromkeys(term[:TERM_LENGTH] for term in found))[:MOST_QUERY_TERMS]
    return sorted(terms, key=len, reverse=True)


def written_code(text: str) -> str:
    """A code as it is usually written: "j069" is "J06.9"."""
    code = text.strip().upper()
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 and "." not in code else code


def _words(text: str) -> list[str]:
    """Runs of letters, marks and digits, folded."""
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in fold(text)).split()
