"""Stores the population in bulk: COPY on PostgreSQL, prepared statements on SQLite, guards put aside meanwhile."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection, text

from app.billing.models import Invoice, InvoiceLine, NumberSeries, Payment
from app.billing.rules import invoice_number, series_prefix
from app.billing.states import InvoiceStatus, PaymentMethod, PaymentStatus
from app.frontdesk.models import QueueCounter, Visit
from app.frontdesk.states import Priority, VisitStatus
from app.kernel import clock
from app.kernel.actor import system
from app.kernel.bulk import copy_rows
from app.kernel.db import db, transaction
from app.people.catalogue import create_service
from app.people.clinics import create_clinic
from app.people.doctors import add_workplace, create_doctor, update_doctor
from app.people.models import DoctorPatient
from app.people.patient_models import Patient, PatientTerm
from app.people.roles import Role
from app.people.staff import create_user
from app.scheduling.hours import add_hours
from app.scheduling.models import Appointment, DoctorTime
from tests.bench.population import (
    BIG_CLINIC,
    CLINICS,
    DOCTORS,
    LONG_MINUTES,
    PRICE_MINOR,
    SHARE_BP,
    ZONE,
    Booked,
    Person,
    Scale,
    bookings,
    clinics_of,
    counters,
    people,
)

PASSWORD = "a password of the benchmarks"
ACTOR = system("benchmark")


def load(scale: Scale) -> dict[str, float]:
    """Fill the migrated, empty database of the current app; seconds by table."""
    rng, now = Random(1), clock.now()
    today = clock.clinic_day(now, ZONE)
    with transaction(ACTOR):
        _staff(now)
    persons, booked = list(people(scale, rng)), list(bookings(scale, rng, today))
    seconds: dict[str, float] = {}
    with transaction(ACTOR):
        connection = db.session.connection()
        with _without_guards(connection):
            for table, columns, rows in _tables(scale, persons, booked, now, today):
                start = time.perf_counter()
                copy_rows(connection, table, rows, columns)
                seconds[table.name] = round(time.perf_counter() - start, 1)
        _set_sequences(connection)
    _analyse()
    return seconds


def _staff(now: datetime) -> None:
    """Clinics 1 to 4, doctors 1 to 40, services 1 to 9; an administrator, the first clinic's receptionist, doctor 1."""
    how: dict[str, Any] = {"actor": ACTOR, "now": now}
    for number in range(1, CLINICS + 1):
        place = {"country": "BR", "timezone": ZONE, "currency": "BRL", "address": "Rua das Flores 1\nVitória"}
        clinic = create_clinic({"code": f"clinic-{number}", "name": f"Clinic {number}", **place}, **how)
        for name in ("Consultation", "Check-up"):
            create_service({"clinic_id": clinic.id, "name": name, "duration_minutes": 30, "price": "180.00"}, **how)
    long = {"clinic_id": BIG_CLINIC, "name": "Procedure", "duration_minutes": LONG_MINUTES, "price": "270.00"}
    create_service(long, **how)
    for number in range(DOCTORS):
        doctor = create_doctor({"name": f"Dr. Number {number + 1}", "share_bp": SHARE_BP}, **how)
        for clinic_id in clinics_of(doctor.id):
            where = {"doctor_id": doctor.id, "clinic_id": clinic_id}
            add_workplace(where | {"room": str(number)}, **how)
            for weekday in range(7):
                add_hours(where | {"weekday": weekday, "start_time": "08:00", "end_time": "20:00"}, **how)
    people = (("admin", Role.ADMIN, []), ("reception", Role.RECEPTIONIST, [1]), ("doctor", Role.DOCTOR, []))
    for username, role, clinic_ids in people:
        names = {"first_name": username.title(), "last_name": "Bench", "email": f"{username}@bench.test"}
        user = create_user(username=username, password=PASSWORD, roles=[role], clinic_ids=clinic_ids, **names, **how)
    update_doctor(1, {"user_id": user.id}, **how)


Table = tuple[Any, tuple[str, ...], Iterable[Sequence[Any]]]


def _tables(
    scale: Scale, persons: Sequence[Person], booked: Sequence[Booked], now: datetime, today: date
) -> Iterator[Table]:
    stamps = ("created_at", "updated_at", "revision")
    seen = [one for one in booked if one.visit is not None]
    yield Patient.__table__, _PATIENT + stamps, _patients(scale, persons, booked, now)
    terms = sorted((term, one.clinic + 1, one.id) for one in persons for term in one.terms())
    yield PatientTerm.__table__, ("term", "clinic_id", "patient_id"), terms
    treated = sorted({(one.doctor + 1, one.patient) for one in booked})
    yield DoctorPatient.__table__, ("doctor_id", "patient_id"), treated
    yield Appointment.__table__, _APPOINTMENT + stamps, (_appointment(one) for one in booked)
    ahead = [one for one in booked if one.starts_at.date() >= today]
    busy = (
        (one.doctor + 1, one.doctor % CLINICS + 1, one.starts_at, one.starts_at + _HALF_HOUR, one.id) for one in ahead
    )
    yield DoctorTime.__table__, ("doctor_id", "clinic_id", "busy_from", "busy_to", "appointment_id"), busy
    yield Visit.__table__, _VISIT + stamps, (_visit(one) for one in seen)
    yield QueueCounter.__table__, ("clinic_id", "business_date", "last_number"), _queue_counters(seen)
    numbers = list(_numbers(seen))
    yield Invoice.__table__, _INVOICE + stamps, map(_invoice, seen, numbers)
    yield InvoiceLine.__table__, _LINE, (_line(one) for one in seen)
    yield Payment.__table__, _PAYMENT + stamps, (_payment(one) for one in seen)
    yield NumberSeries.__table__, ("clinic_id", "series", "last_number"), _series(seen)


_HALF_HOUR = timedelta(minutes=30)
_PATIENT = (
    *("id", "clinic_id", "name", "phone", "email", "date_of_birth", "gender", "tags", "custom_fields"),
    *("total_visits", "total_no_shows", "total_cancellations", "first_visit_date", "last_visit_date", "is_active"),
)
_APPOINTMENT = (
    *("id", "clinic_id", "doctor_id", "service_id", "patient_id", "starts_at", "ends_at", "status", "source"),
    "is_historic",
)
_VISIT = (
    *("id", "clinic_id", "doctor_id", "service_id", "patient_id", "appointment_id", "business_date", "queue_number"),
    *("priority", "status", "check_in_time", "called_time", "start_time", "end_time"),
)
_INVOICE = (
    *("id", "clinic_id", "patient_id", "doctor_id", "visit_id", "appointment_id", "number", "status", "currency"),
    *("subtotal_minor", "discount_minor", "tax_minor", "total_minor", "paid_minor", "refunded_minor"),
    *("issued_at", "due_date", "billed_to", "issued_by"),
)
_LINE = (
    *("invoice_id", "position", "service_id", "description", "quantity", "unit_price_minor", "discount_minor"),
    *("tax_rate_bp", "tax_minor", "total_minor"),
)
_PAYMENT = (
    *("id", "clinic_id", "invoice_id", "patient_id", "doctor_id", "visit_id", "amount_minor", "currency", "method"),
    *("status", "share_bp", "doctor_share_minor", "center_share_minor", "refunded_minor", "paid_at"),
)


def _patients(
    scale: Scale, persons: Sequence[Person], booked: Sequence[Booked], now: datetime
) -> Iterator[tuple[Any, ...]]:
    counted = counters(scale, booked)
    visited: dict[int, list[date]] = defaultdict(list)
    for one in booked:
        if one.visit is not None:
            visited[one.patient].append(one.starts_at.date())
    for one in persons:
        days, born = visited.get(one.id), date(1930 + one.id % 90, 1 + one.id % 12, 1 + one.id % 28)
        edges = (days[0], days[-1]) if days else (None, None)
        gender = "female" if one.id % 2 else "male"
        known = (one.id, one.clinic + 1, one.name, one.phone, one.email, born, gender, [], {})
        yield (*known, *counted[one.id], *edges, True, now, now, 1)


def _places(one: Booked) -> tuple[int, int, int, int]:
    """Clinic, doctor, service, patient."""
    clinic = one.doctor % CLINICS + 1
    return clinic, one.doctor + 1, 2 * clinic - 1, one.patient


def _appointment(one: Booked) -> tuple[Any, ...]:
    booked_at = one.starts_at - timedelta(days=7)
    ends_at = one.starts_at + _HALF_HOUR
    return (one.id, *_places(one), one.starts_at, ends_at, one.status, "reception", False, booked_at, booked_at, 1)


def _visit(one: Booked) -> tuple[Any, ...]:
    times = [one.starts_at + timedelta(minutes=minutes) for minutes in (-10, 0, 1, 22)]
    day = one.starts_at.date()
    state = (Priority.NORMAL, VisitStatus.COMPLETED)
    return (one.visit, *_places(one), one.id, day, one.number, *state, *times, times[0], times[3], 1)


def _queue_counters(seen: Sequence[Booked]) -> Iterator[tuple[Any, ...]]:
    last: dict[tuple[int, date], int] = defaultdict(int)
    for one in seen:
        key = (one.doctor % CLINICS + 1, one.starts_at.date())
        last[key] = max(last[key], one.number)
    yield from ((*key, number) for key, number in last.items())


def _numbers(seen: Sequence[Booked]) -> Iterator[str]:
    """The invoice number of each visit, in the order of time, without a gap in a clinic's year."""
    last: dict[tuple[int, int], int] = defaultdict(int)
    for one in seen:
        clinic, year = one.doctor % CLINICS + 1, one.starts_at.year
        last[clinic, year] += 1
        yield invoice_number(series_prefix(f"clinic-{clinic}", year), last[clinic, year])


def _series(seen: Sequence[Booked]) -> Iterator[tuple[Any, ...]]:
    last: dict[tuple[int, int], int] = defaultdict(int)
    for one in seen:
        last[one.doctor % CLINICS + 1, one.starts_at.year] += 1
    yield from ((clinic, f"{year:04d}", number) for (clinic, year), number in last.items())


def _invoice(one: Booked, number: str) -> tuple[Any, ...]:
    clinic, doctor, _, patient = _places(one)
    issued = one.starts_at + timedelta(minutes=25)
    amounts = (PRICE_MINOR, 0, 0, PRICE_MINOR, PRICE_MINOR, 0)
    printed = ({"name": "Somebody"}, {"name": f"Clinic {clinic}", "timezone": ZONE})
    state = (number, InvoiceStatus.PAID, "BRL")
    parties = (clinic, patient, doctor, one.visit, one.id)
    return (one.visit, *parties, *state, *amounts, issued, issued.date(), *printed, issued, issued, 1)


def _line(one: Booked) -> tuple[Any, ...]:
    return one.visit, 1, _places(one)[2], "Consultation", 1, PRICE_MINOR, 0, 0, 0, PRICE_MINOR


def _payment(one: Booked) -> tuple[Any, ...]:
    clinic, doctor, _, patient = _places(one)
    paid = one.starts_at + timedelta(minutes=27)
    half = PRICE_MINOR * SHARE_BP // 10_000
    method = PaymentMethod.CARD if one.id % 3 else PaymentMethod.CASH
    shares = (PaymentStatus.PAID, SHARE_BP, half, PRICE_MINOR - half, 0)
    return (
        one.visit,
        clinic,
        one.visit,
        patient,
        doctor,
        one.visit,
        PRICE_MINOR,
        "BRL",
        method,
        *shares,
        *[paid] * 3,
        1,
    )


@contextmanager
def _without_guards(connection: Connection) -> Iterator[None]:
    """No triggers meanwhile, nor foreign keys on PostgreSQL; what is loaded keeps them all the same."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        connection.execute(text("SET LOCAL session_replication_role = origin"))
        return
    triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    yield
    for _, statement in triggers:
        connection.exec_driver_sql(statement)


def _set_sequences(connection: Connection) -> None:
    """Let new rows have ids after the loaded ones."""
    if connection.dialect.name == "postgresql":
        for table in ("patient", "appointment", "visit", "invoice", "payment"):
            connection.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
            )


def _analyse() -> None:
    """What PostgreSQL does by itself within a minute; SQLite never does, so it has to live without."""
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
