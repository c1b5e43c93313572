"""The check of the catalogues finds what is missing, unsure, left in English, or no longer said."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from config import ROOT

HEADER = 'msgid ""\nmsgstr ""\n"Language: es\\n"\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n'
HEADER += '"Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("translations", ROOT / "scripts" / "translations.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["translations"] = module
    spec.loader.exec_module(module)
    return module


def language(folder: Path, entries: str, same: str = "") -> Path:
    catalogue = folder / "es" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text(HEADER + entries, encoding="utf-8")
    if same:
        (folder / "es" / "same-as-english.txt").write_text(same, encoding="utf-8")
    return folder / "es"


YEARS = 'msgid "%(num)d year"\nmsgid_plural "%(num)d years"\nmsgstr[0] "%(num)d año"\nmsgstr[1] "%(num)d años"\n'


def test_a_complete_catalogue_has_no_fault(tmp_path: Path, check: ModuleType) -> None:
    folder = language(tmp_path, f'msgid "Save"\nmsgstr "Guardar"\n\n{YEARS}\nmsgid "No"\nmsgstr "No"\n', same="No\n")
    assert list(check.faults_of(folder, {"Save", "No", ("%(num)d year", "%(num)d years")})) == []


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ("", "missing: 'Save'"),
        ('msgid "Save"\nmsgstr ""\n', "not translated: 'Save'"),
        ('#, fuzzy\nmsgid "Save"\nmsgstr "Guardar"\n', "fuzzy: 'Save'"),
        ('msgid "Save"\nmsgstr "Save"\n', "the same as in English, and not listed in same-as-english.txt: 'Save'"),
        ('msgid "Save"\nmsgstr "Guardar"\n\nmsgid "Old"\nmsgstr "Viejo"\n', "said nowhere any more: 'Old'"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, check: ModuleType, entries: str, fault: str) -> None:
    assert list(check.faults_of(language(tmp_path, entries), {"Save"})) == [fault]


def test_a_place_that_a_translation_loses_is_a_fault(tmp_path: Path, check: ModuleType) -> None:
    entry = '#, python-format\nmsgid "Room %(room)s"\nmsgstr "Sala %(sala)s"\n'
    (fault,) = check.faults_of(language(tmp_path, entry), {"Room %(room)s"})
    assert fault.endswith("'Room %(room)s'")


def test_a_missing_plural_is_a_fault(tmp_path: Path, check: ModuleType) -> None:
    half = 'msgid "%(num)d year"\nmsgid_plural "%(num)d years"\nmsgstr[0] "%(num)d año"\nmsgstr[1] ""\n'
    (fault,) = check.faults_of(language(tmp_path, half), {("%(num)d year", "%(num)d years")})
    assert fault.startswith("not translated")


def test_an_exception_that_is_none_is_a_fault(tmp_path: Path, check: ModuleType) -> None:
    folder = language(tmp_path, 'msgid "Save"\nmsgstr "Guardar"\n', same="Save\n")
    (fault,) = check.faults_of(folder, {"Save"})
    assert "same-as-english.txt names" in fault


def test_what_the_sources_mark_is_found(check: ModuleType) -> None:
    texts = check.present_texts()
    assert {"Waiting", "Please sign in.", ("%(num)d year", "%(num)d years"), "Access is Denied"} <= texts


def test_an_update_keeps_what_is_translated_adds_what_is_new_and_drops_what_is_gone(
    tmp_path: Path, check: ModuleType
) -> None:
    folder = language(tmp_path, f'msgid "Save"\nmsgstr "Guardar"\n\nmsgid "Old"\nmsgstr "Viejo"\n\n{YEARS}')
    texts = {"Save", "New %(name)s", ("%(num)d year", "%(num)d years")}
    content = check.updated(check.catalogue_of(folder), texts)
    assert content.startswith('# ClinicDesk in Spanish.\nmsgid ""')
    (folder / "LC_MESSAGES" / "messages.po").write_text(content, encoding="utf-8")
    assert list(check.faults_of(folder, texts)) == ["not translated: 'New %(name)s'"]
    assert check.updated(check.catalogue_of(folder), texts) == content


def test_a_new_language_begins_with_an_empty_file(tmp_path: Path, check: ModuleType) -> None:
    catalogue = tmp_path / "ar" / "LC_MESSAGES" / "messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.touch()
    content = check.updated(check.catalogue_of(tmp_path / "ar"), {"Save"})
    assert "nplurals=6" in content
    assert 'msgid "Save"' in content
