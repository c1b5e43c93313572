"""The fonts: built, complete, read when needed, and a clear word where they are missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.documents import fonts
from config import ROOT


def test_the_build_brings_every_font_that_the_code_names() -> None:
    built = set(json.loads((ROOT / "frontend" / "fonts.json").read_text()))
    named = {fonts.MAIN} | {name for _, _, names in fonts._SCRIPTS for name in names}
    assert {f"{name}-Regular.ttf" for name in named} | {f"{name}-Bold.ttf" for name in fonts.WITH_BOLD} == built - {
        "OFL.txt"
    }


def test_every_font_can_be_read() -> None:
    for _, _, names in fonts._SCRIPTS:
        for name in names:
            assert fonts.load(f"{name}-Regular").covers(" ")


def test_scripts_are_in_order_and_do_not_overlap() -> None:
    edges = [edge for start, end, _ in fonts._SCRIPTS for edge in (start, end)]
    assert edges == sorted(edges)


def test_a_missing_font_names_the_command_that_builds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "FONTS", tmp_path)
    with pytest.raises(fonts.FontsMissing, match="make assets"):
        fonts.load("NotoSansNowhere-Regular")


def test_an_english_invoice_reads_no_font_but_its_own() -> None:
    program = (
        "from app.documents import fonts, layout; assert not fonts._loaded;"
        "from tests.unit.documents.paper import make_invoice; layout.invoice_pdf(make_invoice());"
        "print(*sorted(fonts._loaded))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["NotoSans-Bold", "NotoSans-Regular"]
