"""The texts of notices: the clinic's wall clock, the patient's language, nothing missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.messaging.texts import AppointmentFacts, Before, confirmation, move, series_confirmation

FACTS = AppointmentFacts(
    patient_name="Zoë Müller",
    clinic_name="Main Clinic",
    clinic_address="Hauptstraße 1\n10115 Berlin",
    clinic_phone="+49 30 1234567",
    doctor_name="Dr. Ada Main",
    service_name="Consultation",
    starts_at=datetime(2030, 7, 1, 7, 30, tzinfo=UTC),
    zone="Europe/Berlin",
)


def english(facts: AppointmentFacts) -> tuple[str, str]:
    notice = confirmation(facts, language="en", translate=lambda text: text)
    return notice.subject, notice.body


def test_a_confirmation_names_the_time_on_the_clinics_wall() -> None:
    _, body = english(FACTS)
    assert "Monday, July 1, 2030, 9:30\u202fAM (Europe/Berlin)" in body


def test_a_confirmation_says_who_where_and_what() -> None:
    subject, body = english(FACTS)
    assert subject == "Your appointment at Main Clinic is confirmed"
    for words in ("Dear Zoë Müller,", "Dr. Ada Main", "Consultation", "Hauptstraße 1, 10115 Berlin", "+49 30 1234567"):
        assert words in body


def test_dates_are_written_as_in_the_patients_language() -> None:
    notice = confirmation(FACTS, language="es", translate=lambda text: text)
    assert "lunes, 1 de julio de 2030, 9:30" in notice.body


def test_a_clinic_without_address_or_phone_is_named_all_the_same() -> None:
    _, body = english(replace(FACTS, clinic_address=None, clinic_phone=None))
    assert "Where:  Main Clinic" in body
    assert "None" not in body
    assert body.endswith("Main Clinic\n")


def test_percent_signs_in_names_are_plain_text() -> None:
    _, body = english(replace(FACTS, patient_name="100% %(clinic)s"))
    assert "Dear 100% %(clinic)s," in body


# -- moves -----------------------------------------------------------------------------------------------------------

THE_DAY_BEFORE = FACTS.starts_at - timedelta(days=1)


def moved(before: Before, facts: AppointmentFacts = FACTS) -> str:
    return move(facts, before, language="en", translate=lambda text: text).body


def test_a_move_says_from_when_to_when_and_nothing_that_stays() -> None:
    notice = move(FACTS, Before(THE_DAY_BEFORE), language="en", translate=lambda text: text)
    assert notice.subject == "Your appointment at Main Clinic has been moved"
    assert "your appointment has been moved.\n" in notice.body
    assert "Before: Sunday, June 30, 2030, 9:30\u202fAM\n" in notice.body
    assert "Now:    Monday, July 1, 2030, 9:30\u202fAM (Europe/Berlin)\n" in notice.body
    assert notice.body.count("Dr. Ada Main") == 1
    assert "not available" not in notice.body
    assert "not confirmed" not in notice.body


def test_a_move_to_another_doctor_names_both() -> None:
    body = moved(Before(FACTS.starts_at, "Dr. 100% %(day)s"))
    assert "9:30\u202fAM, with Dr. 100% %(day)s\n" in body
    assert "With:   Dr. Ada Main\n" in body


def test_a_move_says_that_the_doctor_is_away_and_that_it_is_a_request() -> None:
    body = moved(Before(THE_DAY_BEFORE, doctor_away=True, still_requested=True))
    assert "moved. The doctor is not available at that time. It is not confirmed yet;" in body
    assert "moved. The doctor is not available at that time.\n" in moved(Before(THE_DAY_BEFORE, doctor_away=True))


def test_both_times_of_a_move_are_written_as_in_the_patients_language_on_the_clinics_wall() -> None:
    facts = replace(FACTS, zone="America/Sao_Paulo")
    notice = move(facts, Before(THE_DAY_BEFORE), language="es", translate=lambda text: text)
    assert "domingo, 30 de junio de 2030, 4:30" in notice.body
    assert "lunes, 1 de julio de 2030, 4:30" in notice.body


# -- series ----------------------------------------------------------------------------------------------------------


def series(number: int, language: str = "en") -> list[str]:
    starts = [FACTS.starts_at + timedelta(weeks=n) for n in range(number)]
    body = series_confirmation(FACTS, starts, language=language, translate=lambda text: text).body
    return [line.strip() for line in body.splitlines()[4:-9]]


def test_a_series_names_each_of_its_times_on_the_clinics_wall() -> None:
    assert series(2, "es") == ["lunes, 1 de julio de 2030, 9:30", "lunes, 8 de julio de 2030, 9:30"]
    assert len(series(20)) == 20


def test_of_a_long_series_the_first_times_are_named_and_the_others_counted() -> None:
    lines = series(52)
    assert len(lines) == 21
    assert lines[-1].startswith("and 32 more")
