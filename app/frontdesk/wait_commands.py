"""`flask --app app queue wait-error`: how wrong the estimated waits were, on real days or on simulated ones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

import click
from flask.cli import AppGroup
from sqlalchemy import Row, and_, func, select

from app.frontdesk.estimates import PAST_COLUMNS, past_stay
from app.frontdesk.models import Visit
from app.frontdesk.pace import LEARNED_FROM, Stay
from app.frontdesk.simulated_days import DOCTORS, simulated_report
from app.frontdesk.states import VisitStatus
from app.frontdesk.wait_error import LEVELS, WAYS, Report, replay
from app.kernel import clock
from app.kernel.db import db
from app.people.models import Clinic, DoctorService, Service
from app.scheduling.models import Appointment

SEEDS: Final = (101, 102, 103, 104, 105)  # none of those that the numbers of `pace` and `waiting` were chosen by
AT_ONCE: Final = 500

queue = AppGroup("queue", help="The queue.")


@queue.command("wait-error")
@click.option("--clinic", "code", help="The code of one clinic; all of them without it.")
@click.option("--days", default=60, type=click.IntRange(1, 3660), show_default=True, help="How many days.")
@click.option("--simulated", is_flag=True, help="On made-up days, as documented in docs/wait-estimate.md.")
@click.option("--seed", "seeds", type=int, multiple=True, default=SEEDS, help="Of simulated clinics; repeat for more.")
@click.option("--warm-up", default=30, type=click.IntRange(0, 365), show_default=True, help="Simulated days before.")
def wait_error(code: str | None, days: int, simulated: bool, seeds: tuple[int, ...], warm_up: int) -> None:  # noqa: FBT001
    """Compare what people were told at check-in with what came, beside two simpler ways to say it."""
    if simulated:
        if code is not None:
            raise click.UsageError("A simulated clinic has no code.")
        click.echo(f"{len(seeds) * days} simulated days of {DOCTORS} doctors each, after {warm_up} to learn from.\n")
        _tell(simulated_report(seeds, days=days, warm_up=warm_up))
        return
    clinics = [row for row in db.session.execute(_clinics()) if code in {None, row.code}]
    if not clinics:
        raise click.ClickException("There is no such clinic.")
    for clinic in clinics:
        click.echo(f"{clinic.code}: the last {days} days.\n")
        _tell(real_report(clinic.id, clinic.timezone, days=days))


def _clinics() -> Any:
    return select(Clinic.id, Clinic.code, Clinic.timezone).order_by(Clinic.id)


def real_report(clinic_id: int, zone: str, *, days: int) -> Report:
    """On the clinic's own days before the present one; holds one doctor's newest visits at a time."""
    today = clock.clinic_day(clock.now(), zone)
    since, report = today - timedelta(days=days), Report()
    rows = db.session.execute(_past_visits(clinic_id, since - LEARNED_FROM, today))
    for _, own in groupby(rows, key=lambda row: row.doctor_id):
        replay(_by_day(own, zone), report, since=since)
    return report


def _by_day(rows: Iterator[Row[Any]], zone: str) -> Iterator[list[Stay]]:
    for _, day in groupby(rows, key=lambda row: row.business_date):
        yield [past_stay(row, zone, planned=row.planned) for row in day]


def _past_visits(clinic_id: int, first: date, today: date) -> Any:
    """Seen or left, by doctor, day and number; read some hundred at a time."""
    own_terms = and_(DoctorService.doctor_id == Visit.doctor_id, DoctorService.service_id == Visit.service_id)
    seen = (Visit.status == VisitStatus.COMPLETED) & Visit.start_time.is_not(None)
    planned = func.coalesce(DoctorService.duration_minutes, Service.duration_minutes).label("planned")
    query: Any = select(*PAST_COLUMNS, planned)
    return (
        query.join(Service, Service.id == Visit.service_id)
        .outerjoin(Appointment, Appointment.id == Visit.appointment_id)
        .outerjoin(DoctorService, own_terms)
        .where(
            Visit.clinic_id == clinic_id,
            Visit.business_date >= first,
            Visit.business_date < today,
            (seen | (Visit.status == VisitStatus.LEFT)) & Visit.end_time.is_not(None),
        )
        .order_by(Visit.doctor_id, Visit.business_date, Visit.queue_number)
        .execution_options(yield_per=AT_ONCE)
    )


def _tell(report: Report) -> None:
    if not report.days:
        click.echo("Nobody was seen on those days.\n")
        return
    days = ", ".join(f"{report.days[level]} {level}" for level in LEVELS)
    click.echo(f"Days of one doctor: {days}. Errors in minutes; bias above 0: waits were said too long.\n")
    for at_check_in, heading in ((True, "At check-in"), (False, "Later, while waiting")):
        click.echo(f"| {heading:20} | {'way':20} | guesses | mean error | median | 9 in 10 |   bias | within 10 min |")
        click.echo(f"|{'-' * 22}|{'-' * 22}|--------:|-----------:|-------:|--------:|-------:|--------------:|")
        for level in ("all", *LEVELS):
            for way in WAYS:
                click.echo(_line(report, level, way, at_check_in=at_check_in))
        click.echo()


def _line(report: Report, level: str, way: str, *, at_check_in: bool) -> str:
    one = report.tally(at_check_in=at_check_in, level=level, way=way)
    days = f"{level} days"
    return (
        f"| {days:20} | {way:20} | {one.count:7d} | {one.mean:10.1f} | {one.quantile(0.5):6.1f} "
        f"| {one.quantile(0.9):7.1f} | {one.bias:+6.1f} | {one.share_close:13.0%} |"
    )
