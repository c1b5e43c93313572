"""The two clinics of the demo: where they are, who works there and when, what they offer, who may sign in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from app.kernel.actor import Actor
from app.people.catalogue import create_service, create_specialty
from app.people.clinics import create_clinic
from app.people.doctors import add_offer, add_workplace, create_doctor
from app.people.models import Clinic, Doctor, Service
from app.people.roles import Role
from app.people.staff import create_user
from app.people.user_rules import DEMO_PASSWORD
from app.scheduling.hours import add_hours

CLINICS: Final[tuple[dict[str, Any], ...]] = (
    {"code": "main", "name": "Main Clinic", "address": "48 Harley Street\nLondon W1G 9PY", "phone": "+442079460100"},
    {
        "code": "riverside",
        "name": "Riverside Clinic",
        "address": "7 Bankside Walk\nLondon SE1 9TG",
        "phone": "+442079460200",
    },
)
IN_LONDON: Final = {"country": "GB", "timezone": "Europe/London", "currency": "GBP", "language": "en"}

# name, minutes, buffer after, price, VAT (care is exempt, certificates are not), share of the doctor if its own
SERVICES: Final[tuple[tuple[str, int, int, str, int, int | None], ...]] = (
    ("Consultation", 30, 0, "85.00", 0, None),
    ("Follow-up", 15, 0, "45.00", 0, None),
    ("Specialist consultation", 45, 0, "160.00", 0, None),
    ("Vaccination", 15, 0, "38.50", 0, 3000),
    ("Ultrasound scan", 30, 15, "145.00", 0, 4000),
    ("Medical certificate", 15, 0, "60.00", 2000, None),
)
MORNING, AFTERNOON, LATE, SHORT = ("08:30", "12:30"), ("13:30", "17:30"), ("12:00", "19:00"), ("09:00", "13:00")
WEEKDAYS: Final = range(5)
SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class DoctorPlan:
    """A doctor as the demo knows them: `hours` are (clinic, weekdays, spans), `offers` (service, own price or None)."""

    name: str
    specialty: str
    share_bp: int
    rooms: dict[str, str]
    hours: tuple[tuple[str, tuple[int, ...], tuple[tuple[str, str], ...]], ...]
    user: str | None = None
    own_share_bp: dict[str, int] = field(default_factory=dict)
    offers: tuple[tuple[str, str, str | None], ...] = ()


_ALL_WEEK = tuple(WEEKDAYS)
DOCTORS: Final[tuple[DoctorPlan, ...]] = (
    DoctorPlan(
        "Dr. Amelia Hart",
        "General practice",
        5500,
        {"main": "1"},
        (("main", _ALL_WEEK, (MORNING, AFTERNOON)), ("main", (SATURDAY,), (SHORT,))),
        user="doctor",
    ),
    DoctorPlan(
        "Dr. Rafael Monteiro",
        "Cardiology",
        6000,
        {"main": "2", "riverside": "A"},
        (("main", (0, 2, 4), (MORNING, AFTERNOON)), ("riverside", (1, 3), (MORNING, AFTERNOON))),
        user="doctor2",
        own_share_bp={"riverside": 6500},
        offers=(
            ("main", "Specialist consultation", "190.00"),
            ("main", "Ultrasound scan", None),
            ("main", "Follow-up", "70.00"),
        ),
    ),
    DoctorPlan("Dr. Chen Mei-Ling", "Paediatrics", 5000, {"main": "3"}, (("main", _ALL_WEEK, (MORNING, AFTERNOON)),)),
    DoctorPlan("Dr. Yusuf Demir", "Dermatology", 5000, {"main": "4"}, (("main", _ALL_WEEK, (LATE,)),)),
    DoctorPlan(
        "Dr. Ananya Iyer",
        "Gynaecology",
        6000,
        {"main": "5"},
        (("main", (0, 1, 3, 4, SATURDAY), (MORNING, AFTERNOON)),),
    ),
    DoctorPlan(
        "Dr. Olga Sokolova",
        "General practice",
        5000,
        {"riverside": "B"},
        (("riverside", _ALL_WEEK, (MORNING, AFTERNOON)),),
    ),
    DoctorPlan("Dr. Kwame Mensah", "Orthopaedics", 5500, {"riverside": "C"}, (("riverside", _ALL_WEEK, (LATE,)),)),
)

# username, first and last name, role, clinics
USERS: Final[tuple[tuple[str, str, str, Role, tuple[str, ...]], ...]] = (
    ("admin", "Ada", "Admin", Role.ADMIN, ()),
    ("reception", "Rita", "Reception", Role.RECEPTIONIST, ("main",)),
    ("doctor", "Amelia", "Hart", Role.DOCTOR, ()),
    ("doctor2", "Rafael", "Monteiro", Role.DOCTOR, ()),
    ("accountant", "Anton", "Accountant", Role.ACCOUNTANT, ("main",)),
    ("riverside", "Rosa", "Riverside", Role.RECEPTIONIST, ("riverside",)),
)


@dataclass(frozen=True, slots=True)
class Stage:
    """The rows that the rest of the demo is played on."""

    clinics: dict[str, Clinic]
    services: dict[tuple[str, str], Service]
    doctors: dict[str, Doctor]


def open_clinics(*, actor: Actor, now: datetime) -> Stage:
    """Open both clinics with everything but patients."""
    clinics = {
        values["code"]: create_clinic(
            values | IN_LONDON | {"email": f"{values['code']}@clinicdesk.test"}, actor=actor, now=now
        )
        for values in CLINICS
    }
    services = {
        (code, one[0]): _service(clinic, one, actor, now) for code, clinic in clinics.items() for one in SERVICES
    }
    users = {row[0]: _user(row, clinics, actor, now) for row in USERS}
    names = sorted({plan.specialty for plan in DOCTORS})
    specialties = {name: create_specialty({"name": name}, actor=actor, now=now).id for name in names}
    stage = Stage(clinics, services, {})
    for plan in DOCTORS:
        user_id = users[plan.user] if plan.user else None
        stage.doctors[plan.name] = _doctor(plan, stage, specialties[plan.specialty], user_id, actor=actor, now=now)
    return stage


def _service(clinic: Clinic, row: tuple[Any, ...], actor: Actor, now: datetime) -> Service:
    name, minutes, buffer_after, price, tax_rate_bp, share_bp = row
    values = {
        "clinic_id": clinic.id,
        "name": name,
        "duration_minutes": minutes,
        "buffer_after_minutes": buffer_after,
        "price": price,
        "tax_rate_bp": tax_rate_bp,
        "share_bp": share_bp,
    }
    return create_service(values, actor=actor, now=now)


def _user(
    row: tuple[str, str, str, Role, tuple[str, ...]], clinics: dict[str, Clinic], actor: Actor, now: datetime
) -> int:
    username, first_name, last_name, role, codes = row
    user = create_user(
        actor=actor,
        now=now,
        shortest_password=len(DEMO_PASSWORD),
        username=username,
        first_name=first_name,
        last_name=last_name,
        email=f"{username}@clinicdesk.test",
        password=DEMO_PASSWORD,
        roles=[role],
        clinic_ids=[clinics[code].id for code in codes],
    )
    user_id: int = user.id
    return user_id


def _doctor(
    plan: DoctorPlan, stage: Stage, specialty_id: int, user_id: int | None, *, actor: Actor, now: datetime
) -> Doctor:
    values = {"name": plan.name, "specialty_id": specialty_id, "user_id": user_id, "share_bp": plan.share_bp}
    doctor = create_doctor(values, actor=actor, now=now)
    for code, room in plan.rooms.items():
        place = {"doctor_id": doctor.id, "clinic_id": stage.clinics[code].id, "room": room}
        add_workplace(place | {"share_bp": plan.own_share_bp.get(code)}, actor=actor, now=now)
    for code, weekdays, spans in plan.hours:
        where = {"doctor_id": doctor.id, "clinic_id": stage.clinics[code].id}
        for weekday in weekdays:
            for start, end in spans:
                when = {"weekday": weekday, "start_time": start, "end_time": end}
                add_hours(where | when, actor=actor, now=now)
    for code, service, price in plan.offers:
        offer = {"doctor_id": doctor.id, "service_id": stage.services[code, service].id, "price": price}
        add_offer(offer, actor=actor, now=now)
    return doctor
