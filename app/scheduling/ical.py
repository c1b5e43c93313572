"""Writes calendar files (RFC 5545, RFC 7986) from plain values, by the icalendar library.

Moments are written in UTC. Every entry stands alone, without a rule of repetition, so no VTIMEZONE is needed to know
when it is, and the entries of clinics in several zones share one file; a reader's own clock shows them on its wall.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final, NamedTuple

from icalendar import Calendar, Event, vCalAddress, vDuration, vText

PRODUCT: Final = "-//ClinicDesk//Calendar 1//EN"
CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
PUBLISHED_TYPE: Final = f"{CONTENT_TYPE}; method=PUBLISH"
REFRESH: Final = timedelta(minutes=30)
AT_ONCE: Final = 50

_END: Final = b"END:VCALENDAR\r\n"
_LINE_END: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# What no TEXT may hold (RFC 5545, section 3.1), and what UTF-8 cannot.
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


class Standing(StrEnum):
    """Whether it will be (RFC 5545, STATUS of a VEVENT)."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"


class Entry(NamedTuple):
    """One thing in a calendar, [starts, ends): aware moments, or dates where it lasts whole days.

    `sequence` grows with every change; `uid` never changes. What was cancelled takes no time.
    """

    uid: str
    starts: datetime | date
    ends: datetime | date
    standing: Standing
    summary: str
    location: str
    sequence: int
    created: datetime
    changed: datetime
    description: str = ""
    url: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class Organizer:
    """Whom an entry comes from: a name and an address as a URI."""

    name: str
    uri: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A calendar that programs come back to; `zone` is that of all its clinics, None where they have several."""

    name: str
    zone: str | None
    entries: tuple[Entry, ...]

    @property
    def fingerprint(self) -> str:
        """The same for the same file, without writing it; 64 hexadecimal digits."""
        return sha256(f"{PRODUCT} {self!r}".encode("utf-8", "backslashreplace")).hexdigest()


def feed_file(feed: Feed) -> Iterator[bytes]:
    """The file of a feed in pieces of some entries. It has no METHOD: it is a calendar, not a message about one."""
    calendar = _calendar()
    name = vText(_line(feed.name))
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    if feed.zone:
        calendar.add("x-wr-timezone", vText(feed.zone))
    calendar.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    yield calendar.to_ical().removesuffix(_END)
    for start in range(0, len(feed.entries), AT_ONCE):
        yield b"".join(_event(entry, entry.changed).to_ical() for entry in feed.entries[start : start + AT_ONCE])
    yield _END


def published_file(entries: Iterable[Entry], organizer: Organizer, *, now: datetime) -> bytes:
    """Entries as something to keep, METHOD:PUBLISH (RFC 5546, section 3.2.1, which asks for an organizer)."""
    calendar = _calendar()
    calendar.add("method", "PUBLISH")
    address = vCalAddress(organizer.uri)
    address.params["CN"] = _line(organizer.name)
    for entry in entries:
        event = _event(entry, now)
        event.add("organizer", address)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    return calendar


def _event(entry: Entry, stamp: datetime) -> Event:
    """`stamp` is when this was said: of a message when it was written, else when it last changed."""
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", stamp)
    event.add("dtstart", entry.starts)
    event.add("dtend", entry.ends)
    event.add("created", entry.created)
    event.add("last-modified", entry.changed)
    event.add("sequence", entry.sequence)
    event.add("status", entry.standing.value)
    event.add("transp", "TRANSPARENT" if entry.standing is Standing.CANCELLED else "OPAQUE")
    event.add("summary", _line(entry.summary))
    for name, text in (("location", _line(entry.location)), ("description", admissible(entry.description))):
        if text:
            event.add(name, text)
    if entry.url:
        event.add("url", entry.url)
    if entry.private:
        event.add("class", "PRIVATE")
    return event


def admissible(text: str) -> str:
    """The text as a file can hold it: lines end in LF, control characters are left out."""
    return _FORBIDDEN.sub("", _LINE_END.sub("\n", text))


def _line(text: str) -> str:
    return " ".join(admissible(text).split())
