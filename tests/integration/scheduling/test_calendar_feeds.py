"""A doctor's calendar feed: who makes its address, who reads by it, and what it says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from sqlalchemy import func, select

from app.kernel.actor import Actor
from app.kernel.db import db, transaction
from app.kernel.errors import NotAllowed, NotFound
from app.kernel.models import AuditEntry
from app.kernel.tokens import hash_of
from app.people.models import Clinic, Doctor, DoctorClinic, UserPreference
from app.people.settings import change_settings
from app.people.staff import deactivate_user
from app.scheduling import booking, calendar_files, feeds
from app.scheduling.calendar_files import MOST_ENTRIES, OpenFeed, Wording
from app.scheduling.models import Appointment, CalendarFeed
from app.scheduling.states import AppointmentStatus
from app.web.languages import translation_into
from tests.factories import make, make_appointment, make_doctor, make_patient, make_service
from tests.integration.scheduling.desk import NOW, Desk, act, at, counted_statements
from tests.plugins.races import Race

WORDING = Wording(translation_into, public_url="https://desk.clinic.test", sender="Clinic <desk@clinic.test>")
BERLIN = ZoneInfo("Europe/Berlin")


def make_feed(desk: Desk, doctor_id: int | None = None, *, actor: Actor | None = None) -> str:
    token: str = act(feeds.make_feed, doctor_id or desk.cast.doctor_id, actor=actor or desk.cast.admin)
    return token


def opened(token: str) -> OpenFeed:
    db.session.rollback()
    feed = calendar_files.find_open_feed(token)
    assert feed is not None
    return feed


def content(token: str, now: datetime = NOW) -> str:
    return calendar_files.written(calendar_files.feed_of(opened(token), wording=WORDING, now=now)).decode()


def events(token: str, now: datetime = NOW) -> list[Any]:
    calendar = vobject.readOne(content(token, now))
    calendar.validate(raiseException=True)
    return list(calendar.contents.get("vevent", []))


def change(model: type[Any], pk: int, **values: Any) -> None:
    with transaction():
        row = db.session.get_one(model, pk)
        for name, value in values.items():
            setattr(row, name, value)


# -- its address -----------------------------------------------------------------------------------------------------


def test_the_token_is_shown_once_and_only_its_hash_is_kept(desk: Desk) -> None:
    token = make_feed(desk, actor=desk.cast.doctor)
    kept = db.session.scalars(select(CalendarFeed)).one()
    assert len(token) >= 43
    assert kept.token_hash == hash_of(token)
    assert token not in str(vars(kept))
    assert opened(token).doctor_id == desk.cast.doctor_id


def test_a_new_address_ends_the_old_one(desk: Desk) -> None:
    first, second = make_feed(desk), make_feed(desk)
    assert first != second
    assert calendar_files.find_open_feed(first) is None
    assert opened(second)
    assert db.session.scalar(select(func.count()).select_from(CalendarFeed)) == 1


def test_two_who_make_one_at_once_leave_one_that_works(desk: Desk, at_once: Race) -> None:
    tokens = at_once(*[lambda: make_feed(desk)] * 4)
    assert all(isinstance(token, str) for token in tokens), tokens
    db.session.rollback()
    assert sum(calendar_files.find_open_feed(token) is not None for token in tokens) == 1


def test_a_revoked_address_leads_nowhere_and_may_be_revoked_again(desk: Desk) -> None:
    token = make_feed(desk, actor=desk.cast.doctor)
    for _ in range(2):
        act(feeds.revoke_feed, desk.cast.doctor_id, actor=desk.cast.doctor)
    assert calendar_files.find_open_feed(token) is None


@pytest.mark.parametrize("guess", ["", "x", "é\udc80", "0" * 64, "x" * 5000])
def test_no_guess_opens_a_feed(desk: Desk, guess: str) -> None:
    token = make_feed(desk)
    assert calendar_files.find_open_feed(guess) is None
    assert calendar_files.find_open_feed(hash_of(token)) is None


@pytest.mark.parametrize("command", [feeds.make_feed, feeds.revoke_feed])
@pytest.mark.parametrize(
    ("who", "refusal"),
    [("reception", NotAllowed), ("doctor2", NotAllowed), ("accountant", NotAllowed), ("riverside", NotFound)],
)
def test_only_the_doctor_and_administrators_have_to_do_with_it(
    desk: Desk, command: Callable[..., Any], who: str, refusal: type[Exception]
) -> None:
    token, actor = make_feed(desk), getattr(desk.cast, who)
    with pytest.raises(refusal):
        act(command, desk.cast.doctor_id, actor=actor)
    with pytest.raises(refusal):
        feeds.find_feed(desk.cast.doctor_id, actor=actor)
    assert opened(token)


def test_what_was_done_with_an_address_is_on_record_without_it(desk: Desk) -> None:
    token = make_feed(desk, actor=desk.cast.doctor)
    make_feed(desk)
    act(feeds.revoke_feed, desk.cast.doctor_id, actor=desk.cast.doctor)
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.entity == "calendar_feed").order_by(AuditEntry.id)
    ).all()
    assert [(one.action, one.actor_name) for one in entries] == [
        ("create", "Doctor Test"),
        ("update", "Admin Test"),
        ("delete", "Doctor Test"),
    ]
    assert hash_of(token) not in str([(one.before, one.after) for one in entries])


def test_using_it_is_noted_once_an_hour_and_is_no_change_to_audit(desk: Desk) -> None:
    token = make_feed(desk)
    with transaction():
        feeds.note_use(opened(token), "a" * 64, now=NOW)
    feed = opened(token)
    assert (feed.last_used_at, feed.content_hash, feed.content_changed_at) == (NOW, "a" * 64, NOW)
    soon, later = NOW + timedelta(minutes=59), NOW + timedelta(hours=1)
    assert not feeds.is_news(feed, "a" * 64, now=soon)
    assert feeds.is_news(feed, "b" * 64, now=soon)
    assert feeds.is_news(feed, "a" * 64, now=later)
    with transaction():
        feeds.note_use(feed, "a" * 64, now=later)
    assert (opened(token).last_used_at, opened(token).content_changed_at) == (later, NOW)
    with transaction():
        feeds.note_use(feed, "b" * 64, now=later)
    assert opened(token).content_changed_at == later
    audited = select(func.count()).select_from(AuditEntry).where(AuditEntry.entity == "calendar_feed")
    assert db.session.scalar(audited) == 1


def test_a_doctor_who_is_gone_is_read_by_nobody(desk: Desk) -> None:
    token = make_feed(desk)
    change(Doctor, desk.cast.doctor_id, is_active=False)
    assert calendar_files.find_open_feed(token) is None


def test_a_doctor_who_may_no_longer_sign_in_is_read_by_nobody(desk: Desk) -> None:
    token = make_feed(desk)
    act(deactivate_user, desk.cast.doctor.user_id, actor=desk.cast.admin)
    assert calendar_files.find_open_feed(token) is None


def test_a_doctor_without_a_user_has_a_feed_by_the_administrators(desk: Desk) -> None:
    doctor = make_doctor(desk.cast.main_clinic)
    token = make_feed(desk, doctor.id)
    assert opened(token).doctor_id == doctor.id
    with transaction():
        db.session.delete(db.session.get_one(Doctor, doctor.id))
    assert calendar_files.find_open_feed(token) is None


# -- what it says ----------------------------------------------------------------------------------------------------


def test_an_appointment_says_what_and_where_and_not_who(desk: Desk) -> None:
    change(Clinic, desk.cast.main_id, address="Long Street 1\n10115 Berlin")
    booked = desk.book(at(4, 10), status=AppointmentStatus.CONFIRMED)
    token = make_feed(desk)
    [event] = events(token)
    assert event.summary.value == "Consultation · Room 1"
    assert event.location.value == "Main Clinic, Long Street 1, 10115 Berlin"
    assert event.uid.value == f"appointment-{booked.id}@desk.clinic.test"
    assert event.url.value == f"https://desk.clinic.test/appointments/show/{booked.id}"
    assert (event.dtstart.value, event.dtend.value) == (at(4, 10), at(4, 10, 30))
    for secret in (desk.patient.name, desk.patient.phone):
        assert secret not in content(token)


def test_names_are_given_by_the_clinics_that_allow_it_alone(desk: Desk) -> None:
    desk.book(at(4, 10), doctor_id=desk.cast.doctor2_id)
    desk.take(desk.at_riverside(at(4, 14)), actor=desk.cast.riverside)
    act(change_settings, desk.cast.main_id, {"feed_shows_names": True}, actor=desk.cast.admin)
    token = make_feed(desk, desk.cast.doctor2_id)
    assert [event.summary.value for event in events(token)] == [
        f"Consultation · {desk.patient.name} · Room 2",
        "Consultation · Room 2",
    ]
    act(change_settings, desk.cast.main_id, {"feed_shows_names": False}, actor=desk.cast.admin)
    assert desk.patient.name not in content(token)


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        (AppointmentStatus.REQUESTED, "TENTATIVE"),
        (AppointmentStatus.CONFIRMED, "CONFIRMED"),
        (AppointmentStatus.CHECKED_IN, "CONFIRMED"),
        (AppointmentStatus.COMPLETED, "CONFIRMED"),
        (AppointmentStatus.CANCELLED, "CANCELLED"),
        (AppointmentStatus.NO_SHOW, "CANCELLED"),
    ],
)
def test_each_state_has_its_standing(desk: Desk, status: AppointmentStatus, standing: str) -> None:
    make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, at(4, 10), status=status)
    [event] = events(make_feed(desk))
    assert event.status.value == standing
    assert event.summary.value.startswith("Cancelled: ") == (standing == "CANCELLED")


def test_a_moved_appointment_stays_the_same_one_with_a_higher_sequence(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    token = make_feed(desk)
    [before] = events(token)
    act(booking.reschedule, booked.id, at(5, 11), actor=desk.cast.reception)
    [moved] = events(token)
    act(booking.cancel, booked.id, reason="ill", actor=desk.cast.reception)
    [cancelled] = events(token)
    assert before.uid.value == moved.uid.value == cancelled.uid.value
    assert int(before.sequence.value) < int(moved.sequence.value) < int(cancelled.sequence.value)
    assert (moved.dtstart.value, cancelled.status.value) == (at(5, 11), "CANCELLED")


def test_an_appointment_given_to_a_colleague_is_in_the_colleagues_feed(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    own, colleagues = make_feed(desk), make_feed(desk, desk.cast.doctor2_id)
    assert (len(events(own)), len(events(colleagues))) == (1, 0)
    act(booking.reschedule, booked.id, at(4, 10), doctor_id=desk.cast.doctor2_id, actor=desk.cast.reception)
    assert (len(events(own)), len(events(colleagues))) == (0, 1)


def test_all_clinics_of_the_doctor_are_in_it_until_the_doctor_leaves(desk: Desk) -> None:
    desk.book(at(4, 10), doctor_id=desk.cast.doctor2_id)
    desk.take(desk.at_riverside(at(4, 14)), actor=desk.cast.riverside)
    desk.book(at(4, 11))
    token = make_feed(desk, desk.cast.doctor2_id)
    assert [event.location.value for event in events(token)] == ["Main Clinic", "Riverside Clinic"]
    with transaction():
        left = select(DoctorClinic).where(
            DoctorClinic.doctor_id == desk.cast.doctor2_id, DoctorClinic.clinic_id == desk.cast.riverside_id
        )
        db.session.delete(db.session.scalars(left).one())
    assert [event.location.value for event in events(token)] == ["Main Clinic"]


def test_it_reaches_from_thirty_days_back_to_two_years_ahead_without_what_was_imported(desk: Desk) -> None:
    today = NOW.replace(hour=0)
    moments = [today - timedelta(days=30, hours=1), today - timedelta(days=30)]
    moments += [today + timedelta(days=730, hours=23), today + timedelta(days=731)]
    for moment in moments:
        make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, moment)
    make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, at(4, 10), is_historic=True)
    token = make_feed(desk)
    assert [event.dtstart.value for event in events(token)] == moments[1:3]
    assert content(token) == content(token, NOW.replace(hour=23))


@pytest.mark.parametrize("change_day", [datetime(2025, 3, 30), datetime(2025, 10, 26)])
def test_nine_oclock_is_nine_oclock_before_and_after_the_clocks_change(desk: Desk, change_day: datetime) -> None:
    for day in range(-2, 3):
        wall = (change_day + timedelta(days=day, hours=9)).replace(tzinfo=BERLIN)
        make_appointment(desk.patient, desk.cast.doctor_row, desk.cast.main_service, wall.astimezone(UTC))
    seen = [event.dtstart.value.astimezone(BERLIN) for event in events(make_feed(desk))]
    assert [(moment.day, moment.hour) for moment in seen] == [
        ((change_day + timedelta(days=day)).day, 9) for day in range(-2, 3)
    ]
    assert len({moment.utcoffset() for moment in seen}) == 2


@pytest.mark.parametrize("language", ["es", "ar"])
def test_it_is_in_the_doctors_language_else_in_the_clinics(desk: Desk, language: str) -> None:
    change(Clinic, desk.cast.main_id, language=language)
    desk.book(at(4, 10))
    room = translation_into(language)("Room %(room)s") % {"room": "1"}
    token = make_feed(desk)
    assert room != "Room 1"
    assert events(token)[0].summary.value == f"Consultation · {room}"
    make(UserPreference(user_id=desk.cast.doctor.user_id, language="en"))
    assert events(token)[0].summary.value == "Consultation · Room 1"


def test_arabic_comes_through(desk: Desk) -> None:
    service = make_service(desk.cast.main_clinic, name="فحص العيون والاستشارة الطبية الشاملة مع الطبيب المختص")
    make_appointment(desk.patient, desk.cast.doctor_row, service, at(4, 10))
    token = make_feed(desk)
    assert events(token)[0].summary.value == f"{service.name} · Room 1"
    assert max(len(line.encode()) for line in content(token).split("\r\n")) <= 75


def test_the_zone_is_named_where_all_clinics_share_it(desk: Desk) -> None:
    token = make_feed(desk, desk.cast.doctor2_id)
    assert "X-WR-TIMEZONE:Europe/Berlin\r\n" in content(token)
    change(Clinic, desk.cast.riverside_id, timezone="Asia/Tokyo")
    assert "X-WR-TIMEZONE" not in content(token)


def test_a_doctor_who_works_nowhere_has_an_empty_calendar(desk: Desk) -> None:
    doctor = make_doctor()
    assert events(make_feed(desk, doctor.id)) == []


def test_it_takes_the_same_few_statements_for_any_number_of_appointments(desk: Desk) -> None:
    token = make_feed(desk, desk.cast.doctor2_id)
    counts = []
    for day in (4, 5, 6):
        for hour in range(9, 12):
            patient = make_patient(desk.cast.main_clinic)
            make_appointment(patient, desk.cast.doctor2_row, desk.cast.main_service, at(day, hour))
        db.session.rollback()
        with counted_statements() as sent:
            calendar_files.feed_of(opened(token), wording=WORDING, now=NOW)
        counts.append(len(sent))
    assert counts == [4, 4, 4]


def test_it_never_grows_without_bounds_and_keeps_what_comes_first(desk: Desk) -> None:
    starts = [NOW + timedelta(minutes=10 * n) for n in range(MOST_ENTRIES + 5)]
    with transaction():
        db.session.add_all(
            Appointment(
                clinic_id=desk.cast.main_id,
                doctor_id=desk.cast.doctor_id,
                service_id=desk.cast.service_id,
                patient_id=desk.patient.id,
                starts_at=start,
                ends_at=start + timedelta(minutes=10),
            )
            for start in starts
        )
    feed = calendar_files.feed_of(opened(make_feed(desk)), wording=WORDING, now=NOW)
    assert [one.starts for one in feed.entries] == starts[:MOST_ENTRIES]


# -- one appointment -------------------------------------------------------------------------------------------------


def one_file(desk: Desk, pk: int, actor: Actor | None = None, language: str | None = None) -> Any:
    db.session.rollback()
    found = calendar_files.appointment_file(
        pk, language=language, wording=WORDING, actor=actor or desk.cast.reception, now=NOW
    )
    calendar = vobject.readOne(found.decode())
    calendar.validate(raiseException=True)
    return calendar


def test_one_appointment_is_for_its_patients_calendar(desk: Desk) -> None:
    change(Clinic, desk.cast.main_id, address="Long Street 1", phone="+493012345678")
    booked = desk.book(at(4, 10), status=AppointmentStatus.CONFIRMED)
    calendar = one_file(desk, booked.id)
    event = calendar.vevent
    assert calendar.method.value == "PUBLISH"
    assert event.summary.value == "Appointment at Main Clinic"
    assert event.description.value == "Consultation with Dr. Ada Main\nPhone: +493012345678"
    assert event.location.value == "Main Clinic, Long Street 1"
    assert event.organizer.value == "mailto:desk@clinic.test"
    assert desk.patient.name not in calendar.serialize()
    assert "url" not in event.contents


def test_the_clinics_own_address_organizes_where_it_has_one(desk: Desk) -> None:
    change(Clinic, desk.cast.main_id, email="main@clinic.test")
    organizer = one_file(desk, desk.book(at(4, 10)).id).vevent.organizer
    assert (organizer.value, organizer.params["CN"]) == ("mailto:main@clinic.test", ["Main Clinic"])


def test_a_cancelled_one_says_so(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    act(booking.cancel, booked.id, reason="ill", actor=desk.cast.reception)
    event = one_file(desk, booked.id).vevent
    assert (event.status.value, event.summary.value) == ("CANCELLED", "Cancelled: Appointment at Main Clinic")


@pytest.mark.parametrize("who", ["doctor2", "riverside", "accountant"])
def test_an_appointment_out_of_reach_has_no_file(desk: Desk, who: str) -> None:
    booked = desk.book(at(4, 10))
    with pytest.raises(NotFound):
        one_file(desk, booked.id, getattr(desk.cast, who))


def test_it_takes_one_statement(desk: Desk) -> None:
    booked = desk.book(at(4, 10))
    db.session.rollback()
    with counted_statements() as sent:
        calendar_files.appointment_file(booked.id, wording=WORDING, actor=desk.cast.reception, now=NOW)
    assert len(sent) == 1
