"""Calendar files, read by another library than the one that writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from app.scheduling.ical import Entry, Feed, Organizer, Standing, admissible, feed_file, published_file

NOW = datetime(2025, 3, 3, 7, tzinfo=UTC)
STARTS = datetime(2025, 3, 4, 9, tzinfo=UTC)
CLINIC = Organizer("Main Clinic", "mailto:desk@clinic.test")
ARABIC = "استشارة طبية مع الطبيب في غرفة الفحص رقم ٣، الرجاء الحضور قبل الموعد بعشر دقائق"


def entry(**values: object) -> Entry:
    defaults: dict[str, object] = {
        "uid": "appointment-7@clinic.test",
        "starts": STARTS,
        "ends": STARTS + timedelta(minutes=30),
        "standing": Standing.CONFIRMED,
        "summary": "Consultation",
        "location": "Main Clinic, Street 1",
        "sequence": 3,
        "created": NOW - timedelta(days=2),
        "changed": NOW - timedelta(days=1),
    }
    return Entry(**defaults | values)  # type: ignore[arg-type]


def file_of(*entries: Entry, zone: str | None = "Europe/Berlin") -> bytes:
    return b"".join(feed_file(Feed("Appointments", zone, entries)))


def read(content: bytes) -> vobject.base.Component:
    """The file's calendar, which the other library finds valid."""
    [calendar] = list(vobject.readComponents(content.decode()))
    calendar.validate(raiseException=True)
    return calendar


def test_an_entry_says_what_and_when_and_whether() -> None:
    [event] = read(file_of(entry(url="https://clinic.test/appointments/show/7", private=True))).vevent_list
    assert (event.uid.value, event.summary.value) == ("appointment-7@clinic.test", "Consultation")
    assert (event.dtstart.value, event.dtend.value) == (STARTS, STARTS + timedelta(minutes=30))
    assert (event.status.value, event.transp.value, event.sequence.value) == ("CONFIRMED", "OPAQUE", "3")
    assert (event.location.value, event.url.value) == (
        "Main Clinic, Street 1",
        "https://clinic.test/appointments/show/7",
    )
    assert getattr(event, "class").value == "PRIVATE"
    assert event.last_modified.value == event.dtstamp.value == NOW - timedelta(days=1)


def test_what_was_cancelled_takes_no_time() -> None:
    [event] = read(file_of(entry(standing=Standing.CANCELLED))).vevent_list
    assert (event.status.value, event.transp.value) == ("CANCELLED", "TRANSPARENT")


def test_a_feed_says_what_it_is_called_and_how_often_to_come_back() -> None:
    content = file_of()
    calendar = read(content)
    assert calendar.contents["name"][0].value == calendar.x_wr_calname.value == "Appointments"
    assert calendar.x_wr_timezone.value == "Europe/Berlin"
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT30M\r\n" in content
    assert calendar.x_published_ttl.value == "PT30M"
    assert "method" not in calendar.contents


def test_a_feed_of_clinics_in_several_zones_names_none() -> None:
    assert b"X-WR-TIMEZONE" not in file_of(entry(), zone=None)


def test_whole_days_are_days_and_not_midnights() -> None:
    [event] = read(file_of(entry(starts=date(2025, 7, 1), ends=date(2025, 7, 15)))).vevent_list
    assert (event.dtstart.value, event.dtend.value) == (date(2025, 7, 1), date(2025, 7, 15))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"])
def test_nine_on_the_wall_stays_nine_when_the_clocks_change(zone: str) -> None:
    days = [date(2025, 3, 1) + timedelta(days=n) for n in range(260)]
    starts = [datetime(day.year, day.month, day.day, 9, tzinfo=ZoneInfo(zone)) for day in days]
    sent = [
        entry(starts=one, ends=one + timedelta(minutes=30)) for one in (moment.astimezone(UTC) for moment in starts)
    ]
    seen = [event.dtstart.value.astimezone(ZoneInfo(zone)) for event in read(file_of(*sent)).vevent_list]
    assert [(moment.date(), moment.hour, moment.minute) for moment in seen] == [(day, 9, 0) for day in days]
    assert len({moment.utcoffset() for moment in seen}) == 2


def test_a_single_entry_is_published_by_its_clinic_now() -> None:
    calendar = read(published_file([entry()], CLINIC, now=NOW))
    assert calendar.method.value == "PUBLISH"
    assert (calendar.vevent.organizer.value, calendar.vevent.organizer.params["CN"]) == (
        "mailto:desk@clinic.test",
        ["Main Clinic"],
    )
    assert calendar.vevent.dtstamp.value == NOW


def test_several_entries_are_published_in_one_file() -> None:
    calendar = read(published_file([entry(uid="a@x"), entry(uid="b@x")], CLINIC, now=NOW))
    assert [event.uid.value for event in calendar.vevent_list] == ["a@x", "b@x"]
    assert [event.organizer.value for event in calendar.vevent_list] == [CLINIC.uri] * 2


@pytest.mark.parametrize("text", ["x" * 500, "é" * 200, ARABIC * 3, "👩‍⚕️🏥" * 40, "a; b, c \\ d: " * 20])
def test_long_lines_are_folded_at_75_octets_and_no_character_is_cut(text: str) -> None:
    content = published_file([entry(summary=text, description=text, location=text)], CLINIC, now=NOW)
    lines = content.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert all(line.decode() for line in lines[:-1])
    event = read(content).vevent
    assert event.summary.value == event.location.value == text.strip()
    assert event.description.value == text


def test_lines_end_as_the_standard_wants() -> None:
    content = file_of(entry(), entry(uid="appointment-8@clinic.test"))
    assert content.count(b"\n") == content.count(b"\r\n")
    assert content.endswith(b"END:VCALENDAR\r\n")


def test_text_cannot_add_lines_of_its_own() -> None:
    evil = 'x\r\nATTENDEE:mailto:a@b.test\nBEGIN:VALARM\u2028END:VEVENT"\x00\x07'
    calendar = read(published_file([entry(summary=evil, description=evil)], Organizer(evil, CLINIC.uri), now=NOW))
    assert list(calendar.vevent.contents.keys() & {"attendee", "valarm"}) == []
    assert calendar.vevent.summary.value == 'x ATTENDEE:mailto:a@b.test BEGIN:VALARM END:VEVENT"'


@given(st.text(max_size=300))
def test_every_text_comes_back_as_it_was(text: str) -> None:
    content = published_file([entry(summary=text, description=text)], CLINIC, now=NOW)
    event = read(content).vevent
    kept = admissible(text)
    assert event.summary.value == " ".join(kept.split())
    assert ("description" in event.contents) == bool(kept)
    if kept:
        assert event.description.value == kept
    assert max(map(len, content.split(b"\r\n"))) <= 75


@given(st.text(alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=100))
def test_only_what_no_file_can_hold_is_left_out(text: str) -> None:
    assert admissible(text) == text


def test_the_fingerprint_is_the_same_for_the_same_file_alone() -> None:
    feed = Feed("Appointments", "Europe/Berlin", (entry(), entry(uid="b")))
    same = Feed("Appointments", "Europe/Berlin", (entry(), entry(uid="b")))
    others = [
        Feed("Others", "Europe/Berlin", feed.entries),
        Feed("Appointments", None, feed.entries),
        Feed("Appointments", "Europe/Berlin", feed.entries[:1]),
        Feed("Appointments", "Europe/Berlin", (entry(location="Elsewhere"), entry(uid="b"))),
    ]
    assert feed.fingerprint == same.fingerprint
    assert len({one.fingerprint for one in (feed, *others)}) == 5
