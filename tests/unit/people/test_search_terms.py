"""Patients are found by any part of what is known of them, in any script."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.search_terms import TERM_LENGTH, fold, query_terms, terms_of

SCRIPTS = [
    "abcdefghijklmnopqrstuvwxyzáéíóúñçãøłđßıæþğşőžńÅÖÜİŒ'’",
    "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώΆΣ",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюяїієґўђћ",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهويىیکةأإآؤئًَُِّْـ",
    "אבגדהוזחטיכלמנסעפצקרשתךםןףץִֶַָּ",
    "अआइईउकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूेैोौं्क़ड़",
    "অআইকখগঙচছজটডতদনপফবমযরলশসহািীুূেৈ্ংড়",
    "அஆஇகஙசஜஞடணதநபமயரலவழளறனாிீுூெேை்",
    "กขคงจชซญดตถทธนบปผพภมยรลวศสหอะาิีึืุู่้์",
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗國龍",
    "あいうえおかきくけこがぎぐげごパピアイウエオー",
    "김이박최정강조윤장임민수지영희철",
    "0123456789٠١٢३४５６",
]
words = st.sampled_from(SCRIPTS).flatmap(
    lambda letters: st.text(alphabet=st.sampled_from(letters), min_size=1, max_size=45)
)
names = st.lists(words, min_size=1, max_size=4).map(" ".join)


def is_found(query: str, terms: frozenset[str]) -> bool:
    wanted = query_terms(query)
    return bool(wanted) and all(any(term.startswith(prefix) for term in terms) for prefix in wanted)


def finds(query: str, *, name: str = "", phone: str = "", email: str = "", external_id: str = "") -> bool:
    return is_found(query, terms_of(name, phone, email, external_id))


@given(names, st.data())
def test_three_letters_of_any_word_of_a_name_find_it(name: str, data: st.DataObject) -> None:
    word = unicodedata.normalize("NFC", data.draw(st.sampled_from(name.split())))
    starts = [n for n, letter in enumerate(word) if unicodedata.category(letter)[0] in "LN"]
    if not starts:
        return
    start = data.draw(st.sampled_from(starts))
    end = data.draw(st.integers(start + 1, len(word)))
    part = word[start:end]
    short_word = part == word and not part.isdecimal()  # short groups of digits side by side are one number
    if len(fold(part)) >= 3 or short_word:
        terms = terms_of(name, None, None, None)
        for written in (part, part.upper(), unicodedata.normalize("NFD", part), f"  {part} "):
            assert is_found(written, terms), (written, query_terms(written))


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True), st.data())
def test_three_digits_of_a_phone_in_any_writing_find_it(phone: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(1, len(phone) - 3))
    digits = phone[start : data.draw(st.integers(start + 3, len(phone)))]
    separator = data.draw(st.sampled_from(["", " ", "-", ".", " (", ") ", "/"]))
    cut = data.draw(st.integers(0, len(digits)))
    assert finds(digits[:cut] + separator + digits[cut:], phone=phone)
    assert finds(digits.translate(str.maketrans("0123456789", "०१२३४५६७८९")), phone=phone)


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("José Ângelo Conceição", "conceicao jose"),
        ("Jose Angelo", "JOSÉ ÂNG"),
        ("Łukasz Żółć", "zolc lukasz"),
        ("Søren Weiß", "WEISS soren"),
        ("Şükrü Işık", "isik sukru"),
        ("Nguyễn Thị Ánh", "nguyen thi anh"),
        ("Sinéad O'Brien", "obri"),
        ("Sinéad O´Brien", "O’Brien"),
        ("Jean-Luc D’Arc", "jean-luc darc"),
        ("Γιώργος Παπαδόπουλος", "ΠΑΠΑΔΌΠΟΥΛΟΣ"),
        ("Фёдор Йович", "федор иов"),
        ("مُحَمَّد أحمد", "محمد احمد"),
        ("علی کریمی", "علي كريمي"),
        ("שָׁלוֹם כהן", "שלום"),
        ("राज़िया क़ुरैशी", "कुरैशी राजिया"),
        ("王小明", "小明"),
        ("王小明", "明"),
        ("김민수", "민수"),
        ("やまだ たろう", "まだ"),
        ("ﾔﾏﾀﾞ", "ヤマダ"),
        ("สมชาย ใจดี", "ชาย"),
        ("Li Wu", "li wu"),
        ("ＡＮＡ", "ana"),
        ("Patient 29872499824296", "patient 2987"),
        ("Agent 007", "007"),
    ],
)
def test_a_name_is_found_as_people_type_it(name: str, query: str) -> None:
    assert finds(query, name=name)


@pytest.mark.parametrize(
    ("name", "query"),
    [("Jose", "maria"), ("Jose Silva", "jose souza"), ("が", "か"), ("राम", "रीम"), ("Ana", ""), ("Ana", " .-@ ")],
)
def test_another_name_or_an_empty_search_finds_nobody(name: str, query: str) -> None:
    assert not finds(query, name=name)


def test_a_phone_is_found_with_brackets_trunk_zeros_and_a_name_beside_it() -> None:
    known = terms_of("Ana Lima", "+442079460958", None, None)
    for query in ("+44 (0)20 7946", "020 7946 0958", "0044 20 7946", "ana 7946 09 58", "958"):
        assert is_found(query, known), query
    assert query_terms("+55 (11) 9-8") == ["551198"]


@pytest.mark.parametrize(
    "query",
    [
        "ana.silva@example.com",
        "ANA.Silva",
        "silva",
        "silva@exa",
        "@example.com",
        "exampl",
        "<ana.silva@example.com>",
    ],
)
def test_an_email_is_found_by_its_parts(query: str) -> None:
    assert finds(query, email="ana.silva@example.com")
    assert not finds("ana@", email="ana.silva@example.com")


@pytest.mark.parametrize(
    ("external_id", "query"),
    [
        ("AB-00123", "ab-00123"),
        ("AB-00123", "AB00123"),
        ("2023-001", "2023-001"),
        ("2023-001", "2023"),
        ("00123", "00123"),
        ("00123", "0012"),
        ("00123", "123"),
        ("5642903", "5642903"),
        ("9f1c3a52-7b0e-4c8e-9a57-0d3f6f1f2a10", "9f1c3a52-7b0e-4c8e-9a57-0d3f6f1f2a10"),
    ],
)
def test_an_external_id_is_found_as_it_is_written(external_id: str, query: str) -> None:
    assert finds(query, external_id=external_id)


@given(st.text(max_size=160), st.text(max_size=64))
def test_terms_are_few_short_and_clean_whatever_comes(name: str, external_id: str) -> None:
    terms = terms_of(name, "+123456789012345", f"{name}@example.com", external_id)
    assert len(terms) <= 12 * len(name) + 40
    assert all(0 < len(term) <= TERM_LENGTH for term in terms)
    assert all(0 < len(prefix) <= TERM_LENGTH for prefix in query_terms(name))


@given(st.text(max_size=40))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_an_ordinary_patient_needs_about_twenty_terms() -> None:
    assert len(terms_of("Maria da Silva Santos", "+5511987654321", "maria.santos@example.com", None)) == 25
    assert len(terms_of("Patient 29872499824296", None, None, "29872499824296")) == 17
