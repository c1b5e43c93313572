"""Brings every language's catalogue up to date with the sources, and fails where one is not complete.

    scripts/translations.py update    adds new texts, still empty, and drops those that nobody says any more
    scripts/translations.py check     names every text that is missing, unsure, or left in English without meaning to

A language is a folder: translations/<locale>/LC_MESSAGES/messages.po. The texts are those of app/, templates/ and
Flask-AppBuilder. What is the same in a language as in English stands in its `same-as-english.txt`, one text a line.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import flask_appbuilder
from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
TRANSLATIONS = ROOT / "translations"
SOURCES = (ROOT / "app", ROOT / "templates", *map(Path, flask_appbuilder.__path__))
KEYWORDS = {"_": None, "N_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
HEADER = """# ClinicDesk in {language}.
msgid ""
msgstr ""
"Language: {code}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
LINE_LENGTH = 120

Text = str | tuple[str, ...]


def present_texts() -> set[Text]:
    """Every text that the sources mark: one, or a singular with its plural."""
    with (TRANSLATIONS / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found: set[Text] = set()
    for folder in SOURCES:
        for _file, _line, text, _comments, _context in extract_from_dir(folder, methods, options, keywords=KEYWORDS):
            found.add(text[:2] if isinstance(text, tuple) else text)
    return found


def catalogue_of(folder: Path) -> Catalog:
    """The catalogue of a language as it is; an empty file is a language that begins."""
    with (folder / "LC_MESSAGES" / "messages.po").open(encoding="utf-8") as file:
        return read_po(file, locale=folder.name)


# -- update ----------------------------------------------------------------------------------------------------------


def updated(catalogue: Catalog, texts: set[Text]) -> str:
    """The catalogue's file with just these texts, each with the translation that it has."""
    fresh = Catalog(locale=catalogue.locale)
    for text in sorted(texts, key=_by_words):
        known = catalogue.get(text if isinstance(text, str) else text[0])
        fits = known is not None and known.pluralizable == isinstance(text, tuple)
        fresh.add(text, known.string if known is not None and fits else None, flags=known.flags if known else ())
    body = io.BytesIO()
    write_po(body, fresh, width=LINE_LENGTH, omit_header=True)
    code = str(catalogue.locale)
    language = Locale.parse(code).get_display_name("en")
    return HEADER.format(language=language, code=code, plurals=fresh.plural_forms) + body.getvalue().decode("utf-8")


def _by_words(text: Text) -> tuple[str, str]:
    """In the order of a dictionary, the same each time."""
    words = text if isinstance(text, str) else text[0]
    return words.casefold(), words


# -- check -----------------------------------------------------------------------------------------------------------


def faults_of(folder: Path, texts: set[Text]) -> Iterator[str]:
    """What is wrong with the catalogue of a language, a line each."""
    catalogue = catalogue_of(folder)
    meant = set(lines_of(folder / "same-as-english.txt"))
    known = {message.id: message for message in catalogue if message.id}
    for text in sorted(texts - known.keys(), key=str):
        yield f"missing: {text!r}"
    for message in known.values():
        yield from (f"{fault}: {message.id!r}" for fault in faults_in(message, catalogue, meant))
        if message.id not in texts:
            yield f"said nowhere any more: {message.id!r}"
    same = {one for message in known.values() for one in left_in_english(message)}
    for text in sorted(meant - same):
        yield f"same-as-english.txt names what is translated or gone: {text!r}"


def faults_in(message: Message, catalogue: Catalog, meant: set[str]) -> Iterator[str]:
    """What is wrong with one translation."""
    texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    if not all(texts) or (message.pluralizable and len(texts) != catalogue.num_plurals):
        yield "not translated"
        return
    if message.fuzzy:
        yield "fuzzy"
    yield from (str(error) for error in message.check(catalogue))
    if any(text not in meant for text in left_in_english(message)):
        yield "the same as in English, and not listed in same-as-english.txt"


def left_in_english(message: Message) -> list[str]:
    """The texts of a message that are what they are in English."""
    if isinstance(message.id, str):
        return [message.id] if message.string == message.id else []
    return [text for text in message.id if text in message.string]


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def main(act: str) -> int:
    texts = present_texts()
    languages = sorted(path.parent.parent for path in TRANSLATIONS.glob("*/LC_MESSAGES/messages.po"))
    if act == "update":
        for folder in languages:
            content = updated(catalogue_of(folder), texts)
            (folder / "LC_MESSAGES" / "messages.po").write_text(content, encoding="utf-8")
    faults = [f"{folder.name}: {fault}" for folder in languages for fault in faults_of(folder, texts)]
    print(*faults, sep="\n", end="\n" if faults else "")
    print(f"{len(texts)} texts in {len(languages)} languages besides English, {len(faults)} to mend.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "check"))
