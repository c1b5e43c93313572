"""Words that stand in the rows of the access test, and who may ever read which of them.

Every text of a row carries a word that says what sort of text it is and whose. A body in which a forbidden word
appears has leaked something, whatever its status.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile, is_zipfile

from pypdf import PdfReader

# Rows as the main clinic and `doctor` see them: their own; another doctor's at the main clinic; the other doctor's at
# Riverside; a doctor's at Riverside who works nowhere else.
KINDS = ("own", "colleague", "elsewhere", "foreign")
CLINICS = {"own": "main", "colleague": "main", "elsewhere": "riverside", "foreign": "riverside"}
OF_A_CLINIC = ("place", "doctor", "setting", "user")
OF_A_ROW = ("name", "contact", "clinical", "appointment", "billing", "message", "record")

ROLES = (
    "admin",
    "reception",
    "doctor",
    "doctor2",
    "accountant",
    "riverside",
    "no_clinic",  # a receptionist whom nobody has assigned to a clinic
    "no_record",  # somebody in the role Doctor without a doctor record
    "stranger",
)

_DESK = {"place", "doctor", "name", "contact", "appointment", "billing", "message"}
_DOCTOR = {"place", "doctor", "name", "contact", "clinical", "appointment", "billing", "record"}
SORTS_OF_ROLE = {
    "admin": {*OF_A_CLINIC, *OF_A_ROW} - {"record"},  # what a doctor writes of a consultation is theirs alone
    "reception": _DESK,
    "riverside": _DESK,
    "doctor": _DOCTOR,
    "doctor2": _DOCTOR,
    "accountant": {"place", "doctor", "name", "billing"},
    "no_clinic": set(),
    "no_record": set(),
    "stranger": set(),
}
KINDS_OF_ROLE = {
    "admin": set(KINDS),
    "reception": {"own", "colleague"},
    "accountant": {"own", "colleague"},
    "riverside": {"elsewhere", "foreign"},
    "doctor": {"own"},
    "doctor2": {"colleague", "elsewhere"},
    "no_clinic": set(),
    "no_record": set(),
    "stranger": set(),
}
CLINICS_OF_ROLE = {
    "admin": {"main", "riverside"},
    "doctor2": {"main", "riverside"},
    "doctor": {"main"},
    "reception": {"main"},
    "accountant": {"main"},
    "riverside": {"riverside"},
    "no_clinic": set(),
    "no_record": set(),
    "stranger": set(),
}


def word(sort: str, whose: str) -> str:
    """The word of one sort of text of a kind of row (`OF_A_ROW`) or of a clinic (`OF_A_CLINIC`)."""
    return f"zq{sort}{whose}"


def digits(sort: str, whose: str) -> str:
    """Nine digits that say the same in phone numbers and amounts."""
    sorts, places = (*OF_A_CLINIC, *OF_A_ROW), (*KINDS, "main", "riverside")
    return f"30917{sorts.index(sort):02d}{places.index(whose):02d}"


def words() -> Iterator[tuple[str, str]]:
    yield from ((sort, clinic) for sort in OF_A_CLINIC for clinic in ("main", "riverside"))
    yield from ((sort, kind) for sort in OF_A_ROW for kind in KINDS)


def forbidden(role: str) -> list[str]:
    """The words and digits that no answer to this role may hold."""
    found = []
    for sort, whose in words():
        reach = CLINICS_OF_ROLE[role] if sort in OF_A_CLINIC else KINDS_OF_ROLE[role]
        if sort not in SORTS_OF_ROLE[role] or whose not in reach:
            found += [word(sort, whose), digits(sort, whose)]
    return found


FORBIDDEN = {role: re.compile("|".join(forbidden(role)) or "(?!)") for role in ROLES}
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s()/.,\-\u00a0\u202f]+(?=\d)")


def leaks(role: str, text: str) -> list[str]:
    """The forbidden words in a text, however its numbers are grouped."""
    return sorted(set(FORBIDDEN[role].findall(_BETWEEN_DIGITS.sub("", text.lower()))))


def readable(body: bytes) -> str:
    """What a person could read in an answer, PDF and ZIP included."""
    if body.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages)
    if is_zipfile(BytesIO(body)):
        with ZipFile(BytesIO(body)) as archive:
            files = [(info.filename, archive.read(info)) for info in archive.infolist()]
        return "\n".join(f"{name}\n{readable(inner)}" for name, inner in files)
    return body.decode("utf-8", errors="replace")
