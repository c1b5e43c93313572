"""Names and services in the scripts of the world: real letters, in the order in which they are read."""

from __future__ import annotations

import unicodedata
from io import BytesIO
from itertools import combinations

import pytest
from pypdf import PdfReader

from app.documents import fonts, shaping
from app.documents.direction import LEFT_TO_RIGHT, RIGHT_TO_LEFT
from tests.unit.documents.paper import ink, ink_widths, page_texts, printed

NAMES = {
    "accents": "Łukasz Ångström-Núñez Nguyễn Ö̈ Çelik",
    "Greek": "Ελένη Παπαδοπούλου",
    "Cyrillic": "Наталья Їжакевич",
    "Hebrew": "אברהם לוי",
    "Arabic": "أحمد عبد الرحمن",
    "Persian": "پرویز گلچین",
    "Urdu": "ڈاکٹر محمد ٹیپو",
    "Devanagari": "श्रीमती दिव्या कृष्णमूर्ति",
    "Chinese": "欧阳小龍",
    "rare Chinese": "𠮷田",
    "Japanese": "山田はなこ カナコー",
    "Korean": "김민수",
    "Thai": "ศรีสุดา น้ำใจ",
    "Bengali": "শ্রীমতী রবীন্দ্র",
    "Gurmukhi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Gujarati": "ક્ષિતિજ પટેલ",
    "Oriya": "ଓଡ଼ିଆ",
    "Tamil": "தமிழ்ச்செல்வி",
    "Telugu": "శ్రీనివాస్",
    "Kannada": "ಕೃಷ್ಣ",
    "Malayalam": "കൃഷ്ണൻ",
    "Sinhala": "ශ්‍රී ලංකා",
    "Lao": "ສະບາຍດີ",
    "Khmer": "ខ្មែរ",
    "Myanmar": "မြန်မာ",
    "Georgian": "ქეთევან",
    "Armenian": "Արմեն",
    "Ethiopic": "አበበ",
}


def glyphs(text: str, *, bold: bool = False) -> list[shaping.Glyph]:
    line = shaping.set_line(text, bold=bold, base=LEFT_TO_RIGHT, language="en")
    return [glyph for run in line.runs for glyph in run.glyphs]


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("script", NAMES)
def test_each_script_is_printed_in_its_own_letters(script: str, bold: bool) -> None:
    missing = fonts.FIRST_GLYPH_CODE
    assert all(
        glyph.code != missing and shaping.UNKNOWN not in glyph.text for glyph in glyphs(NAMES[script], bold=bold)
    )


@pytest.mark.parametrize("script", NAMES)
def test_letters_on_the_page_are_ink_and_no_boxes(script: str) -> None:
    letters = [letter for letter in NAMES[script] if unicodedata.category(letter).startswith("L")]
    pictures = [ink(printed(letter)).samples for letter in dict.fromkeys(letters)]
    assert all(min(picture) < 128 for picture in pictures)
    assert all(one != other for one, other in combinations(pictures, 2))


@pytest.mark.parametrize(
    "text",
    [
        "Łukasz Ångström-Núñez Nguyễn",
        "Ελένη",
        "Наталья Їжакевич",
        "欧阳小龍",
        "𠮷田",
        "はなこ カナコー",
        "김민수",
        "ศรีสุดา",
    ],
)
def test_printed_text_can_be_copied_from_the_page(text: str) -> None:
    assert page_texts(printed(text))[0].strip() == text


def test_every_letter_of_a_ligature_can_be_copied() -> None:
    [text] = page_texts(printed("क्ष"))
    assert sorted(text.strip()) == sorted("क्ष")


@pytest.mark.parametrize("character", ["😀", "\x07", "\ud800", "\ue000", "\u0378"])
def test_what_no_font_has_is_shown_as_a_replacement(character: str) -> None:
    assert [glyph.text for glyph in glyphs(f"a{character}b")] == ["a", shaping.UNKNOWN, "b"]
    assert min(ink(printed(character)).samples) < 128


def test_arabic_words_run_from_right_to_left() -> None:
    long, short = "سسسسسسسس", "دا"
    wide, narrow = ink_widths(printed(long))[0], ink_widths(printed(short))[0]
    assert wide > 3 * narrow
    for base in (LEFT_TO_RIGHT, RIGHT_TO_LEFT):
        assert ink_widths(printed(f"{long} {short}", base=base)) == [narrow, wide]
        assert ink_widths(printed(f"{short} {long}", base=base)) == [wide, narrow]


def test_arabic_letters_join() -> None:
    assert len(ink_widths(printed("ببب"), gap=0.5)) == 1
    assert ink_widths(printed("ببب"))[0] < 2 * ink_widths(printed("ب"))[0]


def test_what_follows_a_mark_that_moves_is_printed_too() -> None:
    part, whole = (sum(ink_widths(printed(text))) for text in ("চক্র", "চক্রবর্তী"))
    assert whole > 1.5 * part


def test_a_vowel_sign_stands_before_the_letter_it_is_spoken_after() -> None:
    assert [glyph.text for glyph in glyphs("कि")] == ["ि", "क"]


def test_devanagari_is_shaped_after_latin_text_too() -> None:
    assert [glyph.text for glyph in glyphs("Dr कि")][-2:] == ["ि", "क"]


def test_the_letters_around_han_characters_choose_their_national_form() -> None:
    def font(text: str, language: str = "en") -> str:
        [run] = shaping.set_line(text, bold=False, base=LEFT_TO_RIGHT, language=language).runs
        return str(run.font.fontName)

    assert font("直") == "NotoSansSC-Regular"
    assert font("直", "ja") == "NotoSansJP-Regular"
    assert font("直", "ko_KR") == "NotoSansKR-Regular"
    assert font("直の") == "NotoSansJP-Regular"


def test_bold_is_darker_where_the_font_has_no_bold_too() -> None:
    for text in ("山", "A", "م", "আ"):
        plain, bold = (ink(printed(text, bold=bold)).samples for bold in (False, True))
        assert sum(bold) < sum(plain)


def test_only_the_glyphs_in_use_are_embedded() -> None:
    pdf = printed("漢字かな交じり文")
    assert len(pdf) < 40_000
    assert len(PdfReader(BytesIO(pdf)).pages) == 1


def lines(text: str, width: int) -> list[str]:
    found = shaping.set_lines(text, width, bold=False, base=LEFT_TO_RIGHT, language="en")
    assert all(line.width <= width for line in found)
    return ["".join(glyph.text for run in line.runs for glyph in run.glyphs) for line in found]


def test_lines_break_between_words() -> None:
    assert lines("one two three", 5000) == ["one two", "three"]


def test_a_new_line_in_the_text_is_a_new_line_on_paper() -> None:
    assert lines("one\ntwo", 50000) == ["one", "two"]


def test_a_word_wider_than_the_line_is_cut() -> None:
    assert lines("W" * 20, 5000) == ["WWWWW"] * 4


def test_chinese_breaks_anywhere_but_before_a_full_stop() -> None:
    assert lines("一二三四五。", 5000) == ["一二三四", "五。"]


def test_cutting_a_word_never_parts_a_letter_from_its_marks() -> None:
    assert {len(line) for line in lines("e\u0301" * 9, 1900)} == {6}
