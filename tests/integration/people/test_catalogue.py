"""Clinics, doctors, services, specialties and holidays are kept by administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.kernel import live
from app.kernel.db import db, transaction
from app.kernel.errors import Invalid, NotAllowed, Refusal, Stale
from app.kernel.live import board_version
from app.kernel.money import Money
from app.people import catalogue, clinics, doctors
from app.people.errors import (
    CurrencyFixed,
    DuplicateCode,
    DuplicateHoliday,
    DuplicateName,
    DuplicateOffer,
    DuplicateWorkplace,
    SpecialtyInUse,
    UserIsADoctor,
)
from app.people.models import Clinic, Doctor, DoctorService, Service
from app.people.queries import ServiceTerms, list_doctors_of, list_offering_doctors, offers, service_terms
from app.people.settings import ClinicSettings, change_settings, get_settings
from tests.cast import Cast
from tests.factories import make_clinic, make_doctor, make_patient, make_service

NOW = datetime(2026, 3, 10, 9, 0, tzinfo=UTC)
CLINIC = {"code": "north", "name": "North", "country": "br", "timezone": "America/Sao_Paulo", "currency": "brl"}


@pytest.fixture
def act(session: Any, cast: Cast) -> Callable[..., Any]:
    """Carry out a command as the administrator, or as `actor`."""

    def carry_out(command: Callable[..., Any], *given: Any, actor: Any = None, **more: Any) -> Any:
        with transaction(actor or cast.admin):
            return command(*given, actor=actor or cast.admin, now=NOW, **more)

    return carry_out


def problems(call: Callable[[], object]) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as refused:
        call()
    errors = refused.value.errors
    return {name: [one.code for one in found if isinstance(one, Refusal)] for name, found in errors.items()}


# -- clinics ---------------------------------------------------------------------------------------------------------


def test_a_new_clinic_has_a_board(act: Callable[..., Any]) -> None:
    clinic = act(clinics.create_clinic, {**CLINIC, "phone": "(11) 98765-4321", "language": "pt-BR"})
    assert (clinic.country, clinic.currency, clinic.phone, clinic.language) == ("BR", "BRL", "+5511987654321", "pt_BR")
    assert board_version(clinic.id) == 0


def test_all_that_is_wrong_with_a_clinic_is_told(act: Callable[..., Any]) -> None:
    values = {
        "code": "No rth",
        "name": "?",
        "country": "XX",
        "timezone": "Mars/North",
        "currency": "ABC",
        "language": "klingon",
        "phone": "12",
        "colour": "red",
    }
    assert problems(lambda: act(clinics.create_clinic, values)) == {
        "code": ["bad_code"],
        "name": ["name_without_letters"],
        "country": ["unknown_country"],
        "timezone": ["unknown_timezone"],
        "currency": ["unknown_currency"],
        "language": ["unknown_language"],
        "phone": ["not_a_phone"],
        "colour": ["unknown_field"],
    }


def test_a_code_is_one_clinics(act: Callable[..., Any]) -> None:
    with pytest.raises(DuplicateCode):
        act(clinics.create_clinic, {**CLINIC, "code": "MAIN"})


def test_another_currency_keeps_the_figures_of_the_prices(act: Callable[..., Any], cast: Cast) -> None:
    make_service(cast.main_clinic, price_minor=7050, offered_by=[cast.doctor_row])
    assert problems(lambda: act(clinics.update_clinic, cast.main_id, {"currency": "JPY"})) == {
        "currency": ["not_an_amount"]
    }
    act(clinics.update_clinic, cast.main_id, {"currency": "KWD"})
    prices = {
        Money(service.price_minor, service.currency)
        for service in db.session.query(Service).filter_by(clinic_id=cast.main_id)
    }
    assert prices == {Money(70500, "KWD"), Money(50000, "KWD")}


def test_a_clinic_with_an_invoice_keeps_its_currency(act: Callable[..., Any], cast: Cast) -> None:
    from app.billing.models import Invoice

    patient = make_patient(cast.main_clinic)
    with transaction():
        db.session.add(Invoice(clinic_id=cast.main_id, patient_id=patient.id, doctor_id=cast.doctor_id, currency="EUR"))
    with pytest.raises(CurrencyFixed):
        act(clinics.update_clinic, cast.main_id, {"currency": "USD"})
    assert act(clinics.update_clinic, cast.main_id, {"currency": "EUR", "name": "Main"}).name == "Main"


def test_an_empty_clinic_is_deleted_and_any_other_closed(act: Callable[..., Any], cast: Cast) -> None:
    empty = make_clinic()
    act(clinics.remove_clinic, empty.id)
    act(clinics.remove_clinic, cast.main_id)
    assert db.session.get(Clinic, empty.id) is None
    assert db.session.get_one(Clinic, cast.main_id).is_active is False


@pytest.mark.parametrize(
    ("values", "closes"), [({"is_active": False}, True), ({"name": "Another"}, False), ({"is_active": True}, False)]
)
def test_a_clinic_that_closes_lets_its_screens_and_tickets_go(
    act: Callable[..., Any], cast: Cast, monkeypatch: pytest.MonkeyPatch, values: dict[str, Any], closes: bool
) -> None:
    told: list[live.News] = []
    monkeypatch.setattr(live, "_publish", [told.append])
    act(clinics.update_clinic, cast.main_id, values)
    rooms = {room for news in told for room in news.dismissed}
    assert rooms == ({f"display_{cast.main_id}", f"tickets_{cast.main_id}"} if closes else set())


def test_two_who_change_a_clinic_at_once_do_not_overwrite_each_other(act: Callable[..., Any], cast: Cast) -> None:
    seen = cast.main_clinic.revision
    act(clinics.update_clinic, cast.main_id, {"name": "First"}, revision=seen)
    with pytest.raises(Stale):
        act(clinics.update_clinic, cast.main_id, {"name": "Second"}, revision=seen)


# -- settings --------------------------------------------------------------------------------------------------------


def test_settings_have_defaults_until_they_are_set(act: Callable[..., Any], cast: Cast) -> None:
    assert get_settings(cast.main_id) == ClinicSettings()
    changed = act(change_settings, cast.main_id, {"slot_grid_minutes": 20, "horizon_days": "30"})
    assert changed == get_settings(cast.main_id) == ClinicSettings(slot_grid_minutes=20, horizon_days=30)
    assert act(change_settings, cast.main_id, {"horizon_days": None}).horizon_days == 180
    assert get_settings(cast.riverside_id) == ClinicSettings()


def test_settings_out_of_bounds_and_unknown_ones_are_refused(act: Callable[..., Any], cast: Cast) -> None:
    values = {"slot_grid_minutes": 0, "horizon_days": "soon", "colour": "red"}
    assert problems(lambda: act(change_settings, cast.main_id, values)) == {
        "slot_grid_minutes": ["not_a_whole_number"],
        "horizon_days": ["not_a_whole_number"],
        "colour": ["unknown_field"],
    }


# -- doctors ---------------------------------------------------------------------------------------------------------


def test_a_doctor_is_taken_on_and_works_at_a_clinic(act: Callable[..., Any], cast: Cast) -> None:
    doctor = act(doctors.create_doctor, {"name": "Dr. New", "share_bp": 6000, "phone": "+49 30 901820"})
    workplace = {"doctor_id": doctor.id, "clinic_id": cast.main_id, "room": "3"}
    act(doctors.add_workplace, workplace)
    assert doctor in list_doctors_of(cast.main_id)
    with pytest.raises(DuplicateWorkplace):
        act(doctors.add_workplace, workplace)


def test_one_user_is_one_doctor(act: Callable[..., Any], cast: Cast) -> None:
    with pytest.raises(UserIsADoctor):
        act(doctors.create_doctor, {"name": "Dr. New", "user_id": cast.doctor.user_id})


def test_unknown_users_specialties_and_shares_are_refused(act: Callable[..., Any]) -> None:
    assert problems(lambda: act(doctors.create_doctor, {"name": "Dr. New", "share_bp": 10001})) == {
        "share_bp": ["not_a_whole_number"]
    }
    values = {"name": "Dr. New", "user_id": 10**6, "specialty_id": 10**6}
    assert problems(lambda: act(doctors.create_doctor, values)) == {
        "user_id": ["unknown_reference"],
        "specialty_id": ["unknown_reference"],
    }


def test_a_doctor_without_history_is_deleted_and_any_other_deactivated(act: Callable[..., Any], cast: Cast) -> None:
    fresh = make_doctor(cast.main_clinic)
    make_service(cast.main_clinic, offered_by=[fresh])
    make_patient(cast.main_clinic, treated_by=[cast.doctor_row])
    act(doctors.remove_doctor, fresh.id)
    act(doctors.remove_doctor, cast.doctor_id)
    assert db.session.get(Doctor, fresh.id) is None
    assert db.session.get_one(Doctor, cast.doctor_id).is_active is False
    assert [place.clinic_id for place in db.session.get_one(Doctor, cast.doctor_id).clinics] == [cast.main_id]


def test_a_doctor_offers_everything_until_something_is_named(act: Callable[..., Any], cast: Cast) -> None:
    other = make_service(cast.main_clinic)
    assert offers(cast.doctor2_id, cast.service_id)
    assert offers(cast.doctor2_id, other.id)
    named = {"doctor_id": cast.doctor2_id, "service_id": other.id, "price": "80", "duration_minutes": 45}
    act(doctors.add_offer, named)
    assert not offers(cast.doctor2_id, cast.service_id)
    assert offers(cast.doctor2_id, other.id)
    assert offers(cast.doctor2_id, cast.riverside_service_id), "another clinic's offers are another matter"
    assert [doctor.id for doctor in list_doctors_of(cast.main_id, service_id=cast.service_id)] == [cast.doctor_id]
    assert list_offering_doctors(cast.main_id) == {
        cast.service_id: [cast.doctor_id],
        other.id: [cast.doctor_id, cast.doctor2_id],
    }
    with pytest.raises(DuplicateOffer):
        act(doctors.add_offer, named)


def test_nobody_offers_a_service_of_a_clinic_where_they_do_not_work(act: Callable[..., Any], cast: Cast) -> None:
    assert not offers(cast.doctor_id, cast.riverside_service_id)
    values = {"doctor_id": cast.doctor_id, "service_id": cast.riverside_service_id}
    assert problems(lambda: act(doctors.add_offer, values)) == {"service_id": ["other_clinic"]}


def test_the_doctors_own_terms_come_before_the_services(act: Callable[..., Any], cast: Cast) -> None:
    general = ServiceTerms(30, 0, 0, Money(5000, "EUR"), 0, 5000)
    assert service_terms(cast.doctor_id, cast.service_id) == general
    act(catalogue.update_service, cast.service_id, {"buffer_after_minutes": 5, "tax_rate_bp": 1900})
    values = {"doctor_id": cast.doctor_id, "service_id": cast.service_id, "price": "80.50", "duration_minutes": 45}
    offer = act(doctors.add_offer, values)
    assert service_terms(cast.doctor_id, cast.service_id) == ServiceTerms(45, 0, 5, Money(8050, "EUR"), 1900, 5000)
    act(doctors.change_offer, offer.id, {"price": None})
    assert service_terms(cast.doctor_id, cast.service_id).price == Money(5000, "EUR")
    act(doctors.end_offer, offer.id)
    assert db.session.query(DoctorService).count() == 0


def test_the_share_is_the_services_else_the_clinics_else_the_doctors(act: Callable[..., Any], cast: Cast) -> None:
    doctor = act(doctors.create_doctor, {"name": "Dr. New", "share_bp": 4000})
    place = act(doctors.add_workplace, {"doctor_id": doctor.id, "clinic_id": cast.main_id})
    shares = [service_terms(doctor.id, cast.service_id).share_bp]
    act(doctors.change_workplace, place.id, {"share_bp": 5500})
    shares.append(service_terms(doctor.id, cast.service_id).share_bp)
    act(catalogue.update_service, cast.service_id, {"share_bp": 7000})
    shares.append(service_terms(doctor.id, cast.service_id).share_bp)
    act(doctors.end_workplace, place.id)
    assert shares == [4000, 5500, 7000]


# -- services, specialties, holidays ---------------------------------------------------------------------------------


def test_a_service_costs_what_was_typed_in_the_clinics_currency(act: Callable[..., Any], cast: Cast) -> None:
    values = {"clinic_id": cast.main_id, "name": "Check-up", "duration_minutes": "20", "price": "35.5"}
    service = act(catalogue.create_service, values)
    assert (service.price_minor, service.currency, service.duration_minutes) == (3550, "EUR", 20)
    with pytest.raises(DuplicateName):
        act(catalogue.create_service, values)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"price": "-1"}, "negative_price"),
        ({"price": "1.234"}, "not_an_amount"),
        ({"price": "NaN"}, "not_an_amount"),
        ({"price": ""}, "required"),
        ({"duration_minutes": 0}, "not_a_whole_number"),
        ({"duration_minutes": 1.5}, "not_a_whole_number"),
        ({"buffer_after_minutes": 241}, "not_a_whole_number"),
        ({"tax_rate_bp": 10_001}, "not_a_whole_number"),
        ({"name": "\u202eevil"}, "forbidden_character"),
        ({"name": "x" * 121}, "too_long"),
        ({"clinic_id": 10**30}, "not_an_id"),
        ({"is_active": "yes"}, "not_yes_or_no"),
    ],
)
def test_what_no_service_can_be_is_refused(
    act: Callable[..., Any], cast: Cast, wrong: dict[str, Any], code: str
) -> None:
    values = {"clinic_id": cast.main_id, "name": "Check-up", "duration_minutes": 20, "price": "35"} | wrong
    assert problems(lambda: act(catalogue.create_service, values)) == {next(iter(wrong)): [code]}


def test_a_service_with_history_is_no_longer_offered(act: Callable[..., Any], cast: Cast) -> None:
    fresh = make_service(cast.main_clinic, offered_by=[cast.doctor_row])
    act(catalogue.remove_service, fresh.id)
    assert db.session.get(Service, fresh.id) is None


def test_a_specialty_that_a_doctor_has_stays(act: Callable[..., Any]) -> None:
    specialty = act(catalogue.create_specialty, {"name": "Cardiology"})
    act(doctors.create_doctor, {"name": "Dr. Heart", "specialty_id": specialty.id})
    with pytest.raises(SpecialtyInUse):
        act(catalogue.remove_specialty, specialty.id)
    with pytest.raises(DuplicateName):
        act(catalogue.create_specialty, {"name": "Cardiology"})


def test_a_clinic_is_closed_once_a_day(act: Callable[..., Any], cast: Cast) -> None:
    values = {"clinic_id": cast.main_id, "day": "2026-12-25", "name": "Christmas"}
    holiday = act(catalogue.create_holiday, values)
    with pytest.raises(DuplicateHoliday):
        act(catalogue.create_holiday, values)
    act(catalogue.remove_holiday, holiday.id)
    assert act(catalogue.create_holiday, values).name == "Christmas"


def test_only_administrators_keep_the_catalogue(act: Callable[..., Any], cast: Cast) -> None:
    for who in (cast.reception, cast.doctor, cast.accountant):
        with pytest.raises(NotAllowed):
            act(clinics.update_clinic, cast.main_id, {"name": "Mine"}, actor=who)
        with pytest.raises(NotAllowed):
            act(catalogue.update_service, cast.service_id, {"price": "1"}, actor=who)
        with pytest.raises(NotAllowed):
            act(change_settings, cast.main_id, {"horizon_days": 1}, actor=who)
