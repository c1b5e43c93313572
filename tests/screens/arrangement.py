"""What the demo lacks and screens should show: somebody with the doctor, notices, a holiday, people without a place."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from flask import Flask
from sqlalchemy import exists, func, select, text

from app.billing.drafting import DraftRequest, draft_invoice
from app.demo.clinics import DOCTORS
from app.frontdesk import arrivals, consultations, displays, queue, records
from app.frontdesk.models import Visit
from app.frontdesk.requests import WalkIn
from app.frontdesk.states import Phase, Priority
from app.kernel import clock
from app.kernel.actor import Actor, system
from app.kernel.clock import clinic_day, day_bounds
from app.kernel.db import db, transaction
from app.messaging.models import Notification
from app.messaging.states import NotificationStatus
from app.people.catalogue import create_holiday
from app.people.models import Clinic, Doctor, Service
from app.people.patient_models import Patient
from app.people.patients import archive_patient, register_patient
from app.people.roles import Role
from app.people.staff import create_user
from app.people.user_rules import DEMO_PASSWORD
from app.scheduling import booking
from app.scheduling.errors import SlotTaken
from app.scheduling.hours import add_date
from app.scheduling.leave import add_leave
from app.scheduling.models import Appointment, AppointmentSeries
from app.scheduling.slots import OfferedSlot
from app.scheduling.states import OPEN, AppointmentStatus, DatedKind
from app.scheduling.waitlist_answers import decline
from app.scheduling.waitlist_models import WaitlistEntry, WaitlistOffer
from app.scheduling.waitlist_offers import offer_time
from app.scheduling.waitlist_queries import list_suiting
from tests.screens.consulting import consult

ACTOR = system("screens")
DAMAGED = "Damaged record"
VITALS = {"systolic": 142, "diastolic": 91, "pulse": 78, "temperature": "37.2", "weight": 81, "height": 176}
NOTICES, WAIT_SECONDS = 2, 120
COMERS = (  # and how many minutes ago they came, but not before the clinic's day began
    (Priority.NORMAL, 90),
    (Priority.NORMAL, 42),
    (Priority.NORMAL, 31),
    (Priority.NORMAL, 12),
    (Priority.URGENT, 3),
)


def arrange(app: Flask) -> None:
    with app.app_context():
        clinic = db.session.scalars(select(Clinic).where(Clinic.code == "main")).one()
        with transaction(ACTOR):
            fill_the_doctors_queue(clinic)
            consult(hart())
            draft_a_bill(clinic)
            close_days(clinic)
            add_patients(clinic)
            add_people_without_a_place()
            confirm_requests(clinic)
            repeat_an_appointment(clinic)
            offer_times(clinic)
            send_a_doctor_away()
            app.extensions["display_tokens"] = hang_up_screens(clinic)
        let_one_notice_fail()
        db.session.remove()
        db.engine.dispose()


def hart() -> Doctor:
    return db.session.scalars(select(Doctor).where(Doctor.name == DOCTORS[0].name)).one()


def fill_the_doctors_queue(clinic: Clinic) -> None:
    """One was seen, one is with the doctor, one is called, two wait: all of the clinic's day, whatever the hour."""
    now, desk = clock.now(), Actor("Screens", roles=frozenset({Role.ADMIN}), everywhere=True)
    morning, _ = day_bounds(clinic_day(now, clinic.timezone), clinic.timezone)
    service_id = db.session.scalars(select(Service.id).where(Service.clinic_id == clinic.id)).first() or 0
    came = exists().where(Visit.patient_id == Patient.id, Visit.created_at > now - timedelta(days=2))
    comers = (
        select(Patient.id)
        .where(Patient.clinic_id == clinic.id, Patient.allergies.is_not(None), ~came)
        .limit(len(COMERS))
    )
    desk_at = {"clinic_id": clinic.id, "doctor_id": hart().id, "service_id": service_id}
    visits = [
        arrivals.walk_in(
            WalkIn(**desk_at, patient_id=patient_id, priority=priority, priority_reason="in pain"),
            actor=ACTOR,
            now=max(morning, now - timedelta(minutes=minutes)),
        )
        for patient_id, (priority, minutes) in zip(db.session.scalars(comers).all(), COMERS, strict=True)
    ]
    seen, begun, called, *_ = visits
    doctor = treating(begun)
    for visit, minutes in ((seen, 60), (begun, 11)):
        queue.move(visit.id, Phase.WITH_DOCTOR, actor=desk, now=max(morning, now - timedelta(minutes=minutes)))
    consultations.complete(seen.id, actor=doctor, now=max(morning, now - timedelta(minutes=45)))
    called_at = max(morning, now - timedelta(minutes=3))  # no screen announces it any more
    queue.call(called.id, actor=desk, now=called_at)
    write_records(begun, doctor)


def treating(visit: Visit) -> Actor:
    roles, clinics = frozenset({Role.DOCTOR}), frozenset({visit.clinic_id})
    return Actor("Screens", user_id=1, roles=roles, clinic_ids=clinics, doctor_id=visit.doctor_id)


def write_records(begun: Visit, doctor: Actor) -> None:
    """What the doctor has written of who is with them, and added to an earlier visit."""
    written = {"notes": "Cough for a week, no fever.", "private_notes": "Worried about work.", "vitals": VITALS}
    records.save_record(begun.id, written, revision=begun.record_revision, actor=doctor, now=clock.now())
    signed = select(Visit).where(Visit.doctor_id == begun.doctor_id, Visit.notes.is_not(None), Visit.id != begun.id)
    earlier = db.session.scalars(signed.order_by(Visit.id.desc())).first()
    assert earlier is not None
    for words, is_private in (("The laboratory called: all in order.", False), ("Call in a month.", True)):
        records.amend(earlier.id, {"text": words, "is_private": is_private}, actor=doctor, now=clock.now())


def hang_up_screens(clinic: Clinic) -> dict[str, str]:
    """In English, in Arabic, and one whose address may be made anew: the tokens by their names in the catalogue."""
    tokens = {}
    for name, language in (("display_english", "en"), ("display_arabic", "ar"), ("display_spare", "es")):
        values = {"clinic_id": clinic.id, "name": f"Upstairs, {language}", "languages": [language], "rooms": []}
        screen = displays.create_display(values, offered=("ar", "en", "es"), actor=ACTOR, now=clock.now())
        tokens[name] = displays.make_address(screen.id, actor=ACTOR, now=clock.now())
    return tokens


def draft_a_bill(clinic: Clinic) -> None:
    """For somebody who was here before; the billing of the day may have left none."""
    visit = db.session.scalars(select(Visit).where(Visit.clinic_id == clinic.id).order_by(Visit.id)).first()
    assert visit is not None
    draft_invoice(
        DraftRequest(clinic.id, visit.patient_id, visit.doctor_id, visit.service_id), actor=ACTOR, now=clock.now()
    )


def close_days(clinic: Clinic) -> None:
    now = clock.now()
    day = now.date() + timedelta(days=40)
    create_holiday({"clinic_id": clinic.id, "day": day, "name": "Founders' day"}, actor=ACTOR, now=now)
    away = {"doctor_id": hart().id, "clinic_id": clinic.id, "day": day + timedelta(days=1), "reason": "Congress"}
    add_date(away | {"kind": DatedKind.CLOSED.value}, actor=ACTOR, now=now)
    holiday = {"first_day": day + timedelta(days=20), "last_day": day + timedelta(days=30), "reason": "Holiday"}
    add_leave({"doctor_id": hart().id} | holiday, actor=ACTOR, now=now)


def repeat_an_appointment(clinic: Clinic) -> None:
    """A series whose rest can be called off: weekly, from the last confirmed appointment on, at its own time."""
    last = select(Appointment).where(
        Appointment.status == AppointmentStatus.CONFIRMED, Appointment.doctor_id == hart().id
    )
    first = db.session.scalars(last.order_by(Appointment.starts_at.desc())).first()
    if first is not None:
        series = AppointmentSeries(
            clinic_id=clinic.id,
            doctor_id=first.doctor_id,
            service_id=first.service_id,
            patient_id=first.patient_id,
            rule="FREQ=WEEKLY;COUNT=1",
            starts_at=first.starts_at,
        )
        db.session.add(series)
        db.session.flush()
        first.series_id = series.id


def offer_times(clinic: Clinic) -> None:
    """Two of those who wait are offered a time; one of them has said no."""
    now = clock.now()
    offered = 0
    for entry in db.session.scalars(select(WaitlistEntry).where(WaitlistEntry.clinic_id == clinic.id)).all():
        found = list_suiting(entry, actor=ACTOR, now=now + timedelta(hours=3)).times
        made = first_offered(entry, found, now) if offered < 2 else None
        if made is not None:
            offered += 1
            if offered == 2:
                decline(made.id, actor=ACTOR, now=now)


def first_offered(entry: WaitlistEntry, times: Sequence[OfferedSlot], now: datetime) -> WaitlistOffer | None:
    """The offer of the first of the times that is not being offered to somebody else."""
    for slot in times:
        with suppress(SlotTaken):
            return offer_time(entry.id, slot.doctor_id, slot.start, actor=ACTOR, now=now)
    return None


def send_a_doctor_away() -> None:
    """The second doctor, on the last day that has appointments: somebody has to move these."""
    doctor_id = db.session.scalars(select(Doctor.id).where(Doctor.name == DOCTORS[1].name)).one()
    is_open = (Appointment.doctor_id == doctor_id, Appointment.status.in_(OPEN))
    latest = db.session.scalar(select(func.max(Appointment.starts_at)).where(*is_open))
    assert latest is not None
    days = {"first_day": latest.date(), "last_day": latest.date(), "reason": "Family"}
    add_leave({"doctor_id": doctor_id} | days, actor=ACTOR, now=clock.now())


def add_patients(clinic: Clinic) -> None:
    """One archived, and one whose clinical text was damaged in the database, which is an error of the server."""
    now = clock.now()
    archive_patient(db.session.scalars(select(Visit.patient_id)).first() or 0, actor=ACTOR, now=now)
    damaged = register_patient({"name": DAMAGED}, clinic_id=clinic.id, actor=ACTOR, now=now)
    db.session.execute(text("UPDATE patient SET medical_history = 'x' WHERE id = :id"), {"id": damaged.id})


def add_people_without_a_place() -> None:
    """A receptionist of no clinic, and a doctor whose record nobody has made."""
    for username, role in (("nowhere", Role.RECEPTIONIST), ("unknown", Role.DOCTOR)):
        create_user(
            actor=ACTOR,
            now=clock.now(),
            shortest_password=len(DEMO_PASSWORD),
            username=username,
            first_name="Nell",
            last_name=username.title(),
            email=f"{username}@clinicdesk.test",
            password=DEMO_PASSWORD,
            roles=[role],
        )


def confirm_requests(clinic: Clinic) -> None:
    """The worker writes to these patients."""
    requests = select(Appointment.id).join(Patient, Patient.id == Appointment.patient_id)
    requests = requests.where(Appointment.clinic_id == clinic.id, Appointment.status == AppointmentStatus.REQUESTED)
    requests = requests.where(Patient.email.is_not(None)).limit(NOTICES)
    for appointment_id in list(db.session.scalars(requests)):
        booking.confirm(appointment_id, actor=ACTOR, now=clock.now())


def let_one_notice_fail() -> None:
    sent = select(Notification).where(Notification.status == NotificationStatus.SENT)
    give_up = time.monotonic() + WAIT_SECONDS
    while len(notices := db.session.scalars(sent).all()) < NOTICES:
        assert time.monotonic() < give_up, "the worker wrote to nobody"
        db.session.rollback()
        time.sleep(0.1)
    with transaction(ACTOR):
        failed = db.session.merge(notices[0])
        failed.status, failed.last_error = NotificationStatus.FAILED, "550 No such user here"
