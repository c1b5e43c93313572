"""The free times that are offered, from stored rules, bookings and holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from app.kernel.errors import NotFound
from app.people.models import DoctorService, Holiday, Setting
from app.scheduling.errors import RangeBackwards, RangeTooLong, ServiceNotOffered
from app.scheduling.models import AvailabilityDate
from app.scheduling.queries import SlotAnswer, free_slots
from app.scheduling.slots import NoSlots
from app.scheduling.states import DatedKind
from tests.factories import make, make_clinic, make_doctor, make_hours, make_patient, make_service
from tests.integration.scheduling.desk import NOW, Desk, at, counted_statements

TUESDAY = date(2025, 3, 4)


def offered(
    desk: Desk, first: date = TUESDAY, last: date | None = None, *, doctor_id: int | None = None, now: datetime = NOW
) -> SlotAnswer:
    cast = desk.cast
    return free_slots(cast.main_id, cast.service_id, doctor_id, first, last or first, actor=cast.reception, now=now)


def starts(answer: SlotAnswer, doctor_id: int) -> list[datetime]:
    return [slot.start for slot in answer.slots if slot.doctor_id == doctor_id]


def test_all_doctors_who_offer_it_are_asked(desk: Desk) -> None:
    answer = offered(desk)
    assert starts(answer, desk.cast.doctor_id)[:2] == [at(4, 9), at(4, 9, 15)]
    assert starts(answer, desk.cast.doctor_id)[-1] == at(4, 16, 30)
    assert starts(answer, desk.cast.doctor2_id)[-1] == at(4, 11, 30)
    assert [slot.start for slot in answer.slots] == sorted(slot.start for slot in answer.slots)
    assert (answer.reason, answer.zone) == (None, "Europe/Berlin")


def test_what_is_booked_at_one_clinic_is_taken_at_the_other(desk: Desk) -> None:
    make(
        AvailabilityDate(
            doctor_id=desk.cast.doctor2_id, clinic_id=desk.cast.main_id, kind=DatedKind.EXTRA, day=TUESDAY,
            start_time=time(13), end_time=time(14),
        )
    )  # fmt: skip
    desk.take(desk.at_riverside(at(4, 13)), actor=desk.cast.riverside)
    afternoon = [start for start in starts(offered(desk), desk.cast.doctor2_id) if start >= at(4, 12)]
    assert afternoon == [at(4, 13, 30)]


def test_closed_extra_holidays_and_rules_for_all_clinics_count(desk: Desk) -> None:
    doctor_id = desk.cast.doctor_id
    make(AvailabilityDate(doctor_id=doctor_id, clinic_id=None, kind=DatedKind.CLOSED, day=TUESDAY))
    make(
        AvailabilityDate(
            doctor_id=doctor_id, clinic_id=desk.cast.main_id, kind=DatedKind.EXTRA, day=date(2025, 3, 8),
            start_time=time(10), end_time=time(11),
        )
    )  # fmt: skip
    make(
        AvailabilityDate(
            doctor_id=doctor_id, clinic_id=desk.cast.riverside_id, kind=DatedKind.CLOSED, day=date(2025, 3, 5)
        )
    )
    make(Holiday(clinic_id=desk.cast.main_id, day=date(2025, 3, 6), name="Founders' Day"))
    days = {start.date() for start in starts(offered(desk, TUESDAY, date(2025, 3, 10)), doctor_id)}
    assert days == {date(2025, 3, 5), date(2025, 3, 7), date(2025, 3, 8), date(2025, 3, 10)}


def test_each_doctor_has_their_own_duration(desk: Desk) -> None:
    cast = desk.cast
    make(DoctorService(doctor_id=cast.doctor2_id, service_id=cast.service_id, duration_minutes=60))
    answer = offered(desk)
    assert starts(answer, cast.doctor2_id)[-1] == at(4, 11)
    assert starts(answer, cast.doctor_id)[-1] == at(4, 16, 30)


def test_no_time_says_why(desk: Desk) -> None:
    make(Setting(clinic_id=desk.cast.main_id, name="horizon_days", value=30))
    make(Holiday(clinic_id=desk.cast.main_id, day=date(2025, 3, 6), name="Founders' Day"))
    for half_hour in range(16):
        desk.book(at(5, 9) + timedelta(minutes=30 * half_hour))
    doctor_id = desk.cast.doctor_id
    for day, reason in [
        (date(2025, 3, 8), NoSlots.NO_AVAILABILITY),
        (date(2025, 3, 5), NoSlots.FULLY_BOOKED),
        (date(2025, 2, 27), NoSlots.TOO_SOON),
        (date(2025, 4, 3), NoSlots.TOO_FAR),
        (date(2025, 3, 6), NoSlots.HOLIDAY),
        (date(1, 1, 1), NoSlots.NO_AVAILABILITY),
        (date(9999, 12, 31), NoSlots.NO_AVAILABILITY),
    ]:
        answer = offered(desk, day, doctor_id=doctor_id)
        assert (answer.slots, answer.reason) == ([], reason), day
    assert offered(desk, doctor_id=999_999).reason is NoSlots.NO_AVAILABILITY


def test_what_is_out_of_reach_is_refused(desk: Desk) -> None:
    cast = desk.cast
    with pytest.raises(NotFound):
        free_slots(cast.main_id, cast.service_id, None, TUESDAY, TUESDAY, actor=cast.riverside, now=NOW)
    with pytest.raises(ServiceNotOffered):
        free_slots(cast.main_id, cast.riverside_service_id, None, TUESDAY, TUESDAY, actor=cast.admin, now=NOW)
    with pytest.raises(RangeBackwards):
        offered(desk, TUESDAY, date(2025, 3, 3))
    with pytest.raises(RangeTooLong):
        offered(desk, TUESDAY, TUESDAY + timedelta(days=62))
    assert offered(desk, TUESDAY, TUESDAY + timedelta(days=61)).slots


def test_the_number_of_statements_is_the_same_for_any_number_of_doctors_and_days(desk: Desk) -> None:
    def statements(last: date) -> int:
        with counted_statements() as sent:
            assert offered(desk, TUESDAY, last).slots
        return len(sent)

    first = statements(TUESDAY)
    for _ in range(5):
        doctor = make_doctor(desk.cast.main_clinic)
        make_hours(doctor, desk.cast.main_clinic)
        desk.book(at(4, 10), doctor_id=doctor.id)
    assert statements(TUESDAY + timedelta(days=60)) == first <= 10


def test_a_night_shift_runs_on_over_midnight(desk: Desk) -> None:
    clinic = make_clinic(timezone="Europe/Lisbon")
    doctor, service = make_doctor(clinic), make_service(clinic, duration_minutes=60)
    make_hours(doctor, clinic, time(22), time(0), weekdays=[1])
    make_hours(doctor, clinic, time(0), time(2), weekdays=[2])
    admin = desk.cast.admin
    answer = free_slots(clinic.id, service.id, None, TUESDAY, TUESDAY, actor=admin, now=NOW)
    assert answer.slots[-1].start == datetime(2025, 3, 4, 23, 45, tzinfo=UTC)
    values = {"clinic_id": clinic.id, "doctor_id": doctor.id, "service_id": service.id}
    patient_id = make_patient(clinic).id
    desk.book(answer.slots[-1].start, actor=admin, patient_id=patient_id, **values)
    following = free_slots(clinic.id, service.id, None, date(2025, 3, 5), date(2025, 3, 5), actor=admin, now=NOW)
    assert following.slots[0].start == datetime(2025, 3, 5, 0, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "utc_hours"),
    [(date(2025, 3, 30), range(4)), (date(2025, 10, 26), range(-1, 5))],
)
def test_the_days_on_which_the_clocks_change_have_the_hours_they_have(desk: Desk, day: date, utc_hours: range) -> None:
    clinic = make_clinic()
    doctor, service = make_doctor(clinic), make_service(clinic, duration_minutes=60)
    make_hours(doctor, clinic, time(1), time(6), weekdays=[6])
    make(Setting(clinic_id=clinic.id, name="slot_grid_minutes", value=60))
    make(Setting(clinic_id=clinic.id, name="horizon_days", value=365))
    answer = free_slots(clinic.id, service.id, None, day, day, actor=desk.cast.admin, now=NOW)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    assert [slot.start for slot in answer.slots] == [midnight + timedelta(hours=hour) for hour in utc_hours]
    values = {"clinic_id": clinic.id, "doctor_id": doctor.id, "service_id": service.id}
    patient_id = make_patient(clinic).id
    for slot in answer.slots:
        booked = desk.book(slot.start, actor=desk.cast.admin, patient_id=patient_id, **values)
        assert booked.ends_at - booked.starts_at == timedelta(hours=1)
    full = free_slots(clinic.id, service.id, None, day, day, actor=desk.cast.admin, now=NOW)
    assert full.reason is NoSlots.FULLY_BOOKED
