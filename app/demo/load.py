"""Fills an empty database with the demo: two clinics, their people, a past, the present day and what is booked."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import click
from flask import Flask
from sqlalchemy import select

from app.demo.calendar import GRID, Span
from app.demo.clinics import DOCTORS, Stage, open_clinics
from app.demo.consulting import add_code_list, add_prescriptions
from app.demo.history import Event, add_history, add_templates
from app.demo.money import add_money
from app.demo.patients import add_people
from app.demo.waiting import add_waiting
from app.frontdesk import displays
from app.frontdesk.counters import recount
from app.frontdesk.day_end import post_day_over
from app.kernel import audit, clock
from app.kernel.actor import Actor, system
from app.kernel.clock import clinic_day, day_bounds
from app.kernel.db import db, transaction
from app.kernel.errors import N_, Conflict
from app.people.models import Clinic
from app.people.settings import DisplayNames, change_settings
from app.scheduling.availability import open_intervals
from app.scheduling.calendars import load_timetables
from app.scheduling.hours import add_date
from app.scheduling.states import DatedKind

HISTORY_DAYS: Final = 56
PATIENTS: Final = {"main": 480, "riverside": 220}
SEED: Final = 20260301
BEFORE, AFTER = timedelta(hours=4), timedelta(hours=5)
ENOUGH: Final = timedelta(hours=4)
ACTOR: Final = system("demo")
SCREEN: Final = "Waiting room, ground floor"


class NotTheDemo(Conflict):
    code = "not_the_demo"
    template = N_("This installation is not a demo: CLINICDESK_DEMO is not set.")


class NotEmpty(Conflict):
    code = "not_empty"
    template = N_("This database has clinics of its own; the demo is only loaded into an empty one.")


def load_demo_if_empty(app: Flask, *, days: int = HISTORY_DAYS) -> bool:
    """Load the demo into a database without clinics; whether it was. Refuses: NotTheDemo, NotEmpty."""
    if not app.config["DEMO"]:
        raise NotTheDemo
    now = clock.now()
    with transaction(ACTOR):
        codes = set(db.session.scalars(select(Clinic.code)))
        if codes and not set(PATIENTS) <= codes:
            raise NotEmpty
        token = None if codes else load_demo(days=days, actor=ACTOR, now=now)
    if token is not None:  # which nobody can read again
        click.echo(f"The screen of the waiting room: {app.config['PUBLIC_URL']}/queue/display/{token}")
    return token is not None


def load_demo(*, days: int, actor: Actor, now: datetime) -> str:
    """Store the demo as it is at `now`, with `days` of history; the same at the same moment.

    Answers the token of the one thing that is another each time: the address of the waiting room's screen.
    """
    rng = Random(SEED)  # noqa: S311 - nothing secret
    stage = open_clinics(actor=actor, now=now - timedelta(days=days + 30))
    _stay_open_now(stage, actor, now)
    add_code_list(now=now)
    add_templates(stage.doctors.values())
    for code, clinic in stage.clinics.items():
        patient_ids = add_people(clinic, PATIENTS[code], rng, now=now)
        events = add_history(clinic, patient_ids, rng, days=days, now=now)
        add_money(clinic, events, rng, now=now)
        add_waiting(clinic, patient_ids, rng, actor=actor, now=now)
        add_prescriptions(clinic, Random(SEED))  # noqa: S311 - nothing secret
        recount(patient_ids, clinic.timezone)
        _post_day_over(clinic, events, now)
        audit.record("demo_loaded", "clinic", clinic.id, clinic_id=clinic.id, after={"days": days})
    return _hang_up_a_screen(stage.clinics["main"], actor, now)


def _hang_up_a_screen(clinic: Clinic, actor: Actor, now: datetime) -> str:
    """A screen in the waiting room, that shows initials."""
    change_settings(clinic.id, {"display_names": DisplayNames.INITIALS}, actor=actor, now=now)
    values = {"clinic_id": clinic.id, "name": SCREEN}
    screen = displays.create_display(values, offered=(), actor=actor, now=now)
    return displays.make_address(screen.id, actor=actor, now=now)


def _stay_open_now(stage: Stage, actor: Actor, now: datetime) -> None:
    """Let every doctor work around `now` today, whatever the hour, so that there is always a day to look at."""
    for plan in DOCTORS:
        doctor_id = stage.doctors[plan.name].id
        work = {code: _work_today(stage.clinics[code], doctor_id, now) for code in plan.rooms}
        code = next((code for code, spans in work.items() if spans), next(iter(work)))
        clinic = stage.clinics[code]
        today = clinic_day(now, clinic.timezone)
        start, end = day_bounds(today, clinic.timezone)
        begin, finish = max(start, now - BEFORE), min(end, now + AFTER)
        at_work = sum((max(min(to, finish) - max(of, begin), timedelta()) for of, to in work[code]), timedelta())
        if at_work < ENOUGH:
            where = {"doctor_id": doctor_id, "clinic_id": clinic.id, "day": today, "kind": DatedKind.EXTRA.value}
            span = {"start_time": _wall(begin, clinic.timezone), "end_time": _wall(finish, clinic.timezone)}
            add_date(where | span, actor=actor, now=now)


def _work_today(clinic: Clinic, doctor_id: int, now: datetime) -> list[Span]:
    today = clinic_day(now, clinic.timezone)
    return open_intervals(today, load_timetables(clinic, [doctor_id], today, today)[doctor_id])


def _wall(moment: datetime, zone: str) -> str:
    """The clinic's wall time of the slot grid at or before `moment`."""
    wall = moment.astimezone(ZoneInfo(zone))
    minute = wall.minute - wall.minute % (GRID.seconds // 60)
    return f"{wall.hour:02d}:{minute:02d}"


def _post_day_over(clinic: Clinic, events: list[Event], now: datetime) -> None:
    """What the day's first check-in does: the end of its queue."""
    today = clinic_day(now, clinic.timezone)
    if any(event.visit_id is not None and event.day == today for event in events):
        post_day_over(clinic, today)
