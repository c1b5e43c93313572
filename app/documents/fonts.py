"""The fonts that documents are printed in: which one covers a character, read from disk when first needed."""

from __future__ import annotations

import threading
from bisect import bisect_right
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import uharfbuzz as hb
from reportlab.pdfbase import ttfonts

FONTS = Path(__file__).resolve().parents[1] / "static" / "fonts"
MAIN = "NotoSans"
WITH_BOLD = frozenset({MAIN, "NotoSansArabic", "NotoSansHebrew", "NotoSansThai"})
CHINESE = ("NotoSansSC", "NotoSansJP", "NotoSansKR")
JAPANESE = ("NotoSansJP", "NotoSansSC", "NotoSansKR")
KOREAN = ("NotoSansKR", "NotoSansSC", "NotoSansJP")

# Plane 15 is private: a glyph's code is this plus its number in the font file. Two PDFs of one invoice are equal only
# if these codes do not depend on what the process printed before, as ReportLab's own choice of codes does.
FIRST_GLYPH_CODE = 0xF0000

_SCRIPTS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0x0530, 0x058F, ("NotoSansArmenian",)),
    (0x0590, 0x05FF, ("NotoSansHebrew",)),
    (0x0600, 0x08FF, ("NotoSansArabic",)),
    (0x0900, 0x097F, (MAIN,)),
    (0x0980, 0x09FF, ("NotoSansBengali",)),
    (0x0A00, 0x0A7F, ("NotoSansGurmukhi",)),
    (0x0A80, 0x0AFF, ("NotoSansGujarati",)),
    (0x0B00, 0x0B7F, ("NotoSansOriya",)),
    (0x0B80, 0x0BFF, ("NotoSansTamil",)),
    (0x0C00, 0x0C7F, ("NotoSansTelugu",)),
    (0x0C80, 0x0CFF, ("NotoSansKannada",)),
    (0x0D00, 0x0D7F, ("NotoSansMalayalam",)),
    (0x0D80, 0x0DFF, ("NotoSansSinhala",)),
    (0x0E00, 0x0E7F, ("NotoSansThai",)),
    (0x0E80, 0x0EFF, ("NotoSansLao",)),
    (0x1000, 0x109F, ("NotoSansMyanmar",)),
    (0x10A0, 0x10FF, ("NotoSansGeorgian",)),
    (0x1100, 0x11FF, KOREAN),
    (0x1200, 0x139F, ("NotoSansEthiopic",)),
    (0x1780, 0x17FF, ("NotoSansKhmer",)),
    (0x19E0, 0x19FF, ("NotoSansKhmer",)),
    (0x1C90, 0x1CBF, ("NotoSansGeorgian",)),
    (0x1CD0, 0x1CFF, (MAIN,)),
    (0x2000, 0x2BFF, CHINESE),
    (0x2D00, 0x2D2F, ("NotoSansGeorgian",)),
    (0x2D80, 0x2DDF, ("NotoSansEthiopic",)),
    (0x2E80, 0x312F, CHINESE),
    (0x3130, 0x318F, KOREAN),
    (0x3190, 0x9FFF, CHINESE),
    (0xA8E0, 0xA8FF, (MAIN,)),
    (0xA960, 0xA97F, KOREAN),
    (0xAA60, 0xAA7F, ("NotoSansMyanmar",)),
    (0xAB00, 0xAB2F, ("NotoSansEthiopic",)),
    (0xAC00, 0xD7FF, KOREAN),
    (0xF900, 0xFAFF, CHINESE),
    (0xFB13, 0xFB17, ("NotoSansArmenian",)),
    (0xFB1D, 0xFB4F, ("NotoSansHebrew",)),
    (0xFB50, 0xFDFF, ("NotoSansArabic",)),
    (0xFE30, 0xFE4F, CHINESE),
    (0xFE70, 0xFEFE, ("NotoSansArabic",)),
    (0xFF00, 0xFFEF, CHINESE),
    (0x20000, 0x3FFFF, CHINESE),
)
_SCRIPT_STARTS = [start for start, _, _ in _SCRIPTS]


class FontsMissing(RuntimeError):
    """The front-end build has not put the fonts in place."""


class PrintFont(ttfonts.TTFont):
    """One font file, embedded glyph by glyph: text reaches the PDF as glyph codes, never as characters."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.stem, str(path), asciiReadable=False)
        self.shaper = hb.Font(hb.Face(hb.Blob.from_file_path(str(path))))
        self.shaper.scale = (1000, 1000)
        self.printed: WeakKeyDictionary[Any, dict[int, str]] = WeakKeyDictionary()

    def covers(self, character: str) -> bool:
        return ord(character) in self.face.charToGlyph

    def code(self, glyph: int) -> int:
        """The code that stands for this glyph in strings given to ReportLab."""
        code = FIRST_GLYPH_CODE + glyph
        if code not in self.face.charToGlyph:
            self.face.charWidths[code] = self.shaper.get_glyph_h_advance(glyph)
            self.face.charToGlyph[code] = glyph
        return code

    def note_text(self, document: Any, code: int, text: str) -> None:
        """Remember which characters a printed glyph stands for, so that a reader can search and copy them."""
        self.printed.setdefault(document, {}).setdefault(code, text)

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - ReportLab calls it so
        """Embed the glyphs used in `doc`; their codes are private, so the map back to characters is ours."""
        subsets, texts = self.state[doc].subsets, self.printed.get(doc, {})
        with _reading:  # ReportLab reads a font file with one shared position
            super().addObjects(doc)
        for number, subset in enumerate(subsets):
            name = (ttfonts.SUBSETN(number) + b"+" + self.face.name + self.face.subfontNameX).decode("pdfdoc")
            doc.idToObject["toUnicodeCMap:" + name].content = _character_map(subset, texts)


def load(name: str) -> PrintFont:
    """The font in the file `name`.ttf. Raises FontsMissing."""
    font = _loaded.get(name)
    if font is None:
        with _reading:
            font = _loaded.get(name) or _read(name)
            _loaded[name] = font
    return font


def script_of(character: str) -> tuple[str, ...]:
    """The fonts made for this character's script, best first; empty for what the main font is made for."""
    code = ord(character)
    index = bisect_right(_SCRIPT_STARTS, code) - 1
    return _SCRIPTS[index][2] if index >= 0 and code <= _SCRIPTS[index][1] else ()


def _read(name: str) -> PrintFont:
    path = FONTS / f"{name}.ttf"
    if not path.is_file():
        raise FontsMissing(f"The font {path.name} is not in {FONTS.parent.name}/{FONTS.name}: run `make assets` first.")
    return PrintFont(path)


def _character_map(subset: list[int], texts: dict[int, str]) -> str:
    """A ToUnicode map (ISO 32000-1, 9.10.3) of one subset: position -> UTF-16BE of the characters it stands for."""
    rows = [
        f"<{place:02X}> <{texts.get(code, ' ' if code == 32 else '').encode('utf-16-be').hex().upper()}>"
        for place, code in enumerate(subset)
    ]
    groups = [rows[first : first + 100] for first in range(0, len(rows), 100)]
    return "\n".join(
        (
            "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
            "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
            "1 begincodespacerange <00> <FF> endcodespacerange",
            *(f"{len(group)} beginbfchar\n" + "\n".join(group) + "\nendbfchar" for group in groups),
            "endcmap CMapName currentdict /CMap defineresource pop end end",
        )
    )


_loaded: dict[str, PrintFont] = {}
_reading = threading.RLock()
