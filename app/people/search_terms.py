"""The folded terms by which a patient is found, and the prefixes that a search looks up among them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Final

TERM_LENGTH: Final = 40  # characters kept of a term, and looked at of a search word
SHORTEST_SUFFIX: Final = 3
MOST_EMAIL_TERMS: Final = 6
MOST_QUERY_TERMS: Final = 8

# Letters that no normalisation takes apart, as people without that keyboard write them; and Arabic letters that
# keyboards of other countries write with another code.
_SPELLINGS: Final = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "ı": "i",
        "ŧ": "t",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ى": "ي",
        "ی": "ي",
        "ک": "ك",
        "ة": "ه",
        **dict.fromkeys("'’‘ʼʻʹ`´＇ـ", ""),  # O'Brien is one word; the Arabic tatweel only stretches
    }
)
_NUKTA: Final = 7  # canonical combining class: the dot of Indic letters that many leave out
_TRUNK_ZERO: Final = re.compile(r"\(\s*0\s*\)")
_EMAIL_BREAK: Final = re.compile(r"[^\w]|_")


def fold(text: str) -> str:
    """`text` without case, accents, Arabic and Hebrew points, nuktas and invisible signs; digits are 0 to 9.

    The vowel signs of other scripts stay: without them most words would look alike.
    """
    spelled = text.translate(_SPELLINGS)
    if spelled.isascii():
        return spelled.lower()
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", spelled).casefold())
    return unicodedata.normalize("NFC", "".join(map(_folded, decomposed.translate(_SPELLINGS))))


def terms_of(
    name: str, phone: str | None, email: str | None, external_id: str | None, tags: Iterable[str] = ()
) -> frozenset[str]:
    """What to store for a patient, at most `TERM_LENGTH` characters each; `phone` is E.164.

    Of each word of the name and of the phone every suffix of at least three characters (one in a script whose
    characters are syllables or words), short words whole; of an e-mail the suffix from each part of its local part,
    and its domain; of an external id its words, and all of it without separators; each tag as `tag_term` has it.
    """
    terms = {suffix for word in _words(name) for suffix in _suffixes(word)}
    if phone:
        terms.update(_suffixes(re.sub(r"\D", "", phone)))
    if email:
        terms.update(_email_terms(fold(email)))
    if external_id:
        terms.update(_external_id_terms(external_id))
    terms.update(map(tag_term, tags))
    return frozenset(term[:TERM_LENGTH] for term in terms if term)


def tag_term(tag: str) -> str:
    """The term that a tag is kept as: no word of a search begins with its sign."""
    return f"#{fold(tag)}"[:TERM_LENGTH]


def query_terms(query: str) -> list[str]:
    """The prefixes to look up for what somebody typed; a patient is found who has a term for every one of them.

    Neighbouring groups of digits are one number, so "+55 (11) 9-8" looks for 551198; leading zeros of a number (trunk
    and international prefixes) are left out where three digits remain. A chunk with an @ is part of an e-mail address.
    Under three characters a prefix still finds the beginnings of words, and of the stored suffixes inside them.
    An empty list finds nobody: the caller decides what no search means.
    """
    chunks = fold(query).split()
    emails = [chunk.strip(".,;<>()").lstrip("@") for chunk in chunks if "@" in chunk]
    words = _words(" ".join(chunk for chunk in chunks if "@" not in chunk))
    terms = [*emails, *map(_without_zeros, words)]
    return list(dict.fromkeys(term[:TERM_LENGTH] for term in terms if term))[:MOST_QUERY_TERMS]


def _words(text: str) -> list[str]:
    """The folded words of `text`: runs of letters, marks and digits; neighbouring words of digits alone are joined."""
    cleaned = "".join(c if _in_word(c) else " " for c in fold(_TRUNK_ZERO.sub(" ", text)))
    words: list[str] = []
    for numeric, run in groupby(cleaned.split(), key=str.isdecimal):
        neighbours = list(run)
        words.extend(["".join(neighbours)] if numeric else neighbours)
    return words


def _suffixes(word: str) -> Iterator[str]:
    """Every suffix that begins with a character of its own and is long enough, and the word itself."""
    yield word
    for start in range(1, len(word)):
        first = word[start]
        if unicodedata.category(first)[0] != "M" and (len(word) - start >= SHORTEST_SUFFIX or _is_syllable(first)):
            yield word[start:]


def _email_terms(address: str) -> Iterable[str]:
    local, _, domain = address.rpartition("@")
    starts = [0, *(gap.end() for gap in _EMAIL_BREAK.finditer(local))][: MOST_EMAIL_TERMS - 1]
    return [domain, *(address[start:] for start in starts)]


def _external_id_terms(external_id: str) -> Iterable[str]:
    words = _words(external_id)
    written = ["".join(words), *words[:MOST_QUERY_TERMS]]
    return [*written, *map(_without_zeros, written)]


def _without_zeros(word: str) -> str:
    bare = word.lstrip("0")
    return bare if word.isdecimal() and len(bare) >= SHORTEST_SUFFIX else word


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    """Nothing for a mark that search is blind to or an invisible sign such as a joiner; ASCII for a digit."""
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Cf" or (category in {"Mn", "Me"} and _is_blind_mark(character)):
        return ""
    return character


def _is_blind_mark(mark: str) -> bool:
    name = unicodedata.name(mark, "")
    if name.startswith("COMBINING KATAKANA"):  # the voicing marks of kana make other letters
        return False
    return unicodedata.combining(mark) == _NUKTA or name.startswith(
        ("COMBINING ", "ARABIC ", "HEBREW ", "VARIATION SELECTOR", "MONGOLIAN FREE")
    )


@lru_cache(maxsize=4096)
def _in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


@lru_cache(maxsize=4096)
def _is_syllable(character: str) -> bool:
    return unicodedata.name(character, "").startswith(("CJK ", "HIRAGANA ", "KATAKANA ", "HANGUL ", "BOPOMOFO ", "YI "))
