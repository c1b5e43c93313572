"""The rows of the access test: of each kind one of everything, each text with its word."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select

from app.frontdesk.display_models import Display
from app.frontdesk.models import NoteTemplate, QueueCounter, Visit, VisitAmendment
from app.frontdesk.states import VisitStatus
from app.kernel.db import db, transaction
from app.kernel.models import AuditEntry
from app.messaging.models import Notification
from app.messaging.states import Channel, NotificationStatus
from app.people.models import Clinic, Doctor, DoctorClinic, DoctorService, Holiday, Service, Setting, Specialty
from app.people.patient_models import Patient
from app.people.roles import Role
from app.scheduling.models import AppointmentSeries, Availability, AvailabilityDate, DoctorLeave
from app.scheduling.states import AppointmentStatus, DatedKind
from tests.access.billed import Billed
from tests.access.consulted import on_the_sheet
from tests.access.markers import CLINICS, KINDS, digits, word
from tests.cast import Cast, build_cast
from tests.factories import (
    make,
    make_appointment,
    make_code,
    make_doctor,
    make_hold,
    make_hours,
    make_offer,
    make_patient,
    make_user,
    make_waiting,
)

NOW = datetime(2030, 5, 6, 8, tzinfo=UTC)  # a Monday, 10:00 in Berlin
TODAY = date(2030, 5, 6)
MISSING = 999_999
BESIDE = {"own": "colleague", "colleague": "own", "elsewhere": "foreign", "foreign": "elsewhere"}  # of the same clinic


@dataclass
class World:
    """`rows[kind][name]` is the id of a row, or another value that a request names; `missing` is a kind as well."""

    cast: Cast
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)


def build_world() -> World:
    """Store everything; needs an app context and roles in the database."""
    cast = build_cast()
    make_user(Role.RECEPTIONIST, username="no_clinic")
    make_user(Role.DOCTOR, username="no_record")
    doctor3 = make_doctor(
        cast.riverside_clinic, name=f"Dr. {word('doctor', 'riverside')}", email=mail("doctor", "riverside")
    )
    make_code("ZQ1", "A code of the test")
    world = World(cast)
    places = {code: furnish(code, clinic) for code, clinic in clinics(cast).items()}
    doctors = {"own": cast.doctor_row, "colleague": cast.doctor2_row, "elsewhere": cast.doctor2_row, "foreign": doctor3}
    for number, kind in enumerate(KINDS):
        place = places[CLINICS[kind]]
        world.rows[kind] = _Kind(kind, number, place, doctors[kind]).rows
        world.rows[kind]["other_doctor"] = doctors[BESIDE[kind]].id
        world.rows[kind]["other_clinic"] = places["riverside" if CLINICS[kind] == "main" else "main"].clinic.id
        world.rows[kind]["audit_entry"] = audited("invoice", world.rows[kind]["invoice"])
    world.rows["missing"] = {
        name: 1 if name.endswith("revision") else MISSING if isinstance(value, int) else f"{value}missing"
        for name, value in world.rows["own"].items()
    }
    world.rows["missing"] |= {
        "phone": "+493012345678",
        **{name: world.rows["own"][name] for name in ("free", "free_wall", "series_next", "free_choice")},
    }
    return world


def audited(entity: str, key: int) -> int:
    """The newest audit entry about a row."""
    about = (AuditEntry.entity == entity, AuditEntry.entity_id == str(key))
    found = db.session.scalar(select(func.max(AuditEntry.id)).where(*about))
    assert found is not None
    return int(found)


def clinics(cast: Cast) -> dict[str, Clinic]:
    return {"main": cast.main_clinic, "riverside": cast.riverside_clinic}


def mail(sort: str, whose: str) -> str:
    return f"{word(sort, whose)}@clinic.example"


@dataclass
class Place:
    clinic: Clinic
    service: Service
    rows: dict[str, int]


def furnish(code: str, clinic: Clinic) -> Place:
    """What a clinic has without any patient."""
    here = word("place", code)
    service = make(
        Service(clinic_id=clinic.id, name=f"Service {here}", duration_minutes=30, price_minor=5000, currency="EUR")
    )
    service2 = make(
        Service(clinic_id=clinic.id, name=f"Second {here}", duration_minutes=30, price_minor=5000, currency="EUR")
    )
    holiday = make(Holiday(clinic_id=clinic.id, day=date(2030, 12, 25), name=f"Holiday {here}"))
    setting = make(Setting(clinic_id=clinic.id, name="slot_grid_minutes", value=15))
    make(Setting(clinic_id=clinic.id, name="note", value=word("setting", code)))
    specialty = make(Specialty(name=f"Specialty of {code}"))
    user = make_user(
        Role.RECEPTIONIST,
        clinics=[clinic],
        username=word("user", code),
        first_name=word("user", code),
        email=mail("user", code),
    )
    with transaction():
        row = db.session.merge(clinic)
        row.address, row.email, row.tax_id = f"{here} Street 1", mail("place", code), f"tax{here}"
        row.name = f"Clinic {here}"
    make(QueueCounter(clinic_id=clinic.id, business_date=TODAY, last_number=50))
    screen = make(Display(clinic_id=clinic.id, name=f"Screen {here}", token_hash=sha256(here.encode()).hexdigest()))
    rows = {
        "display": screen.id,
        "clinic": clinic.id,
        "service": service.id,
        "holiday": holiday.id,
        "setting": setting.id,
        "user": user.id,
    }
    rows |= {"service2": service2.id, "display": screen.id, "display_revision": screen.revision}
    return Place(clinic, service, rows | {"specialty": specialty.id, "clinic_revision": row.revision})


class _Kind:
    """One of everything for a kind of row, at its clinic and with its doctor."""

    def __init__(self, kind: str, number: int, place: Place, doctor: Doctor) -> None:
        self.kind, self.number, self.place, self.doctor = kind, number, place, doctor
        self.rows: dict[str, Any] = {**place.rows, "doctor": doctor.id}
        self.rows["doctor_revision"] = doctor.revision
        works = {"doctor_id": doctor.id, "clinic_id": place.clinic.id}
        self.rows["doctor_clinic"] = db.session.scalars(select(DoctorClinic.id).filter_by(**works)).one()
        self._add("doctor_service", DoctorService(doctor_id=doctor.id, service_id=place.service.id))
        make_hours(doctor, place.clinic, time(6 + number), time(7 + number), weekdays=[6])
        self._hours()
        self.rows["free_wall"] = f"2030-05-13T{8 + 2 * number:02d}:00"  # a time that the doctor has for a patient
        self.rows["free"] = f"{self.rows['free_wall']}:00+02:00"
        self._hold()
        waiting, started, done, fresh = (
            self._patient(name) for name in ("patient", "patient2", "patient3", "patient4")
        )
        self.rows["phone"], self.rows["email"] = waiting.phone, waiting.email
        self.rows["booked_email"] = fresh.email
        self._appointments(fresh)
        self._series(fresh)
        self._in_leave(fresh)
        self._waiting(waiting, started)
        self._visit("visit", waiting, 1, VisitStatus.WAITING)
        self._visit("called", done, 2, VisitStatus.CALLED)
        self._consultation(self._visit("started", started, 3, VisitStatus.IN_PROGRESS))
        completed = self._visit("completed", started, 4, VisitStatus.COMPLETED)
        self._written(completed)
        self._bills(waiting, started, done, completed)
        self._notice(waiting)

    def text(self, sort: str) -> str:
        return word(sort, self.kind)

    def _add(self, name: str, row: Any) -> Any:
        make(row)
        self.rows[name] = row.id
        self.rows[f"{name}_revision"] = getattr(row, "revision", 1)
        return row

    def _hold(self) -> None:
        """The half hour after the free one, kept for long."""
        starts_at = datetime.fromisoformat(self.rows["free"]) + timedelta(minutes=30)
        held = make_hold(self.doctor, self.place.service, starts_at, starts_at)
        self.rows["slot_hold"] = held.id

    def _hours(self) -> None:
        here = {"doctor_id": self.doctor.id, "clinic_id": self.place.clinic.id}
        start, end = time(8 + 2 * self.number), time(10 + 2 * self.number)
        for day in range(5):
            row = self._add("availability", Availability(weekday=day, start_time=start, end_time=end, **here))
        day, reason = date(2030, 6, 3), word("place", CLINICS[self.kind])
        self._add("availability_date", AvailabilityDate(kind=DatedKind.CLOSED, day=day, reason=reason, **here))
        assert row.id == self.rows["availability"]
        self._leave()

    def _leave(self) -> None:
        """A day of the doctor's own, each kind another: whose days overlap are refused."""
        day = date(2030, 9, 2 + self.number)
        days = {"first_day": day, "last_day": day, "entered_by": "Admin Test"}
        self._add("doctor_leave", DoctorLeave(doctor_id=self.doctor.id, reason="congress", **days))

    def _patient(self, name: str) -> Patient:
        number = name.removeprefix("patient") or "1"
        contact, clinical = self.text("contact"), self.text("clinical")
        row = make_patient(
            self.place.clinic,
            treated_by=[self.doctor],
            name=f"{self.text('name')} {number}",
            phone=f"+49{digits('contact', self.kind)}{number}",
            email=f"{contact}{number}@mail.example",
            whatsapp_name=contact,
            external_id=f"{contact}{number}",
            tags=[contact],
            custom_fields={"note": contact},
            medical_history=clinical,
            allergies=clinical,
            total_visits=1,
            total_no_shows=1,
        )
        self.rows[name], self.rows[f"{name}_revision"] = row.id, row.revision
        return row

    def _appointments(self, patient: Patient) -> None:
        """Today: one to be confirmed, one to be checked in, one that was missed."""
        states = {"requested": AppointmentStatus.REQUESTED, "missed": AppointmentStatus.NO_SHOW}
        for name, hours in {"requested": 3, "appointment": 4, "past": -6, "missed": 6}.items():
            status = states.get(name, AppointmentStatus.CONFIRMED)
            row = make_appointment(
                patient,
                self.doctor,
                self.place.service,
                NOW + timedelta(hours=hours, minutes=30 if self.kind == "elsewhere" else 0),
                status=status,
                notes=self.text("appointment"),
                external_id=f"{self.text('appointment')}{name}",
            )
            self.rows[name], self.rows[f"{name}_revision"] = row.id, row.revision

    def _waiting(self, asked: Patient, waiting: Patient) -> None:
        """Who waits, and somebody to whom a time is offered: the second half hour after the free one."""
        starts_at = datetime.fromisoformat(self.rows["free"]) + timedelta(hours=1)
        service, since = self.place.service, TODAY
        entry = make_waiting(waiting, service, since, notes=self.text("appointment"))
        self.rows["waitlist_entry"], self.rows["waitlist_entry_revision"] = entry.id, entry.revision
        of_offer = make_waiting(asked, service, since, notes=self.text("appointment"))
        offer = make_offer(of_offer, self.doctor, service, starts_at, starts_at)
        self.rows["waitlist_offer"] = offer.id
        self.rows["free_choice"] = f"{self.rows['free']}/{self.doctor.id}"

    def _series(self, patient: Patient) -> None:
        """An appointment of a series that may be had a week later as well."""
        start = datetime.fromisoformat(self.rows["free"]) + timedelta(days=7)
        whose = {"clinic_id": self.place.clinic.id, "doctor_id": self.doctor.id, "service_id": self.place.service.id}
        series = make(AppointmentSeries(**whose, patient_id=patient.id, rule="FREQ=WEEKLY;COUNT=2", starts_at=start))
        row = make_appointment(patient, self.doctor, self.place.service, start, series_id=series.id)
        self.rows["series"], self.rows["in_series"] = series.id, row.id
        self.rows["series_next"] = (start + timedelta(days=7)).isoformat()

    def _in_leave(self, patient: Patient) -> None:
        """An appointment on the day on which the doctor is away."""
        start = datetime(2030, 9, 2 + self.number, 7, tzinfo=UTC)
        self.rows["in_leave"] = make_appointment(patient, self.doctor, self.place.service, start).id

    def _visit(self, name: str, patient: Patient, number: int, status: VisitStatus) -> Visit:
        arrived = NOW - timedelta(minutes=60 - number)
        times = {"called_time": arrived, "start_time": arrived, "end_time": arrived}
        begun = status in {VisitStatus.IN_PROGRESS, VisitStatus.COMPLETED}
        known = {VisitStatus.WAITING: 0, VisitStatus.CALLED: 1, VisitStatus.IN_PROGRESS: 2, VisitStatus.COMPLETED: 3}
        row: Visit = self._add(
            name,
            Visit(
                clinic_id=self.place.clinic.id,
                doctor_id=self.doctor.id,
                service_id=self.place.service.id,
                patient_id=patient.id,
                business_date=TODAY,
                queue_number=number + (10 if self.kind in ("colleague", "elsewhere") else 0),
                status=status,
                check_in_time=arrived,
                notes=self.text("record") if begun else None,
                private_notes=self.text("record") if begun else None,
                signed_at=arrived if status is VisitStatus.COMPLETED else None,
                signed_by="Dr. Test" if status is VisitStatus.COMPLETED else None,
                status_reason=self.text("appointment"),
                **dict(list(times.items())[: known[status]]),
            ),
        )
        return row

    def _written(self, completed: Visit) -> None:
        """What the doctor has added to a signed record, and a template of theirs."""
        added = {"visit_id": completed.id, "doctor_id": self.doctor.id, "author": "Dr. Test"}
        make(VisitAmendment(text=self.text("record"), is_private=True, created_at=NOW, **added))
        self._add("note_template", NoteTemplate(doctor_id=self.doctor.id, name=self.kind, body=self.text("record")))

    def _consultation(self, visit: Visit) -> None:
        for name, row in on_the_sheet(visit, self.text("clinical"), NOW).items():
            self._add(name, row)

    def _bills(self, waiting: Patient, started: Patient, done: Patient, completed: Visit) -> None:
        """A draft, one that was paid in part, one that was not."""
        billed = Billed(self.kind, CLINICS[self.kind], self.place.clinic, self.place.service, self.doctor)
        paid = billed.invoice(started, visit_id=completed.id)
        billed.issue(paid, started, NOW)
        unpaid = billed.invoice(done)
        billed.issue(unpaid, done, NOW)
        rows = {"draft": billed.invoice(waiting), "invoice": paid, "unpaid": unpaid, "payment": billed.pay(paid, NOW)}
        for name, row in rows.items():
            self.rows[name], self.rows[f"{name}_revision"] = row.id, row.revision

    def _notice(self, patient: Patient) -> None:
        self._add(
            "notification",
            Notification(
                clinic_id=self.place.clinic.id,
                patient_id=patient.id,
                kind="appointment.confirmed",
                channel=Channel.EMAIL,
                status=NotificationStatus.FAILED,
                dedupe_key=f"{self.text('message')}",
                recipient=f"{self.text('message')}@mail.example",
                subject=self.text("message"),
                body=self.text("message"),
                last_error=self.text("message"),
            ),
        )
