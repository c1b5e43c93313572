"""`flask --app app patients recount`: looks for counters that are not what the rows say, and puts them right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

import click
from flask.cli import AppGroup
from sqlalchemy import select

from app.frontdesk.counters import Difference, find_differences, list_patient_ids, recount
from app.kernel import audit
from app.kernel.actor import system
from app.kernel.db import db, transaction
from app.people.models import Clinic

BATCH = 500
ACTOR = system("patients recount")

patients = AppGroup("patients", help="Patients as a whole.")


@patients.command("recount")
@click.option("--clinic", "code", help="The code of one clinic; all of them without it.")
@click.option("--apply", is_flag=True, help="Put right what is wrong.")
def recount_patients(code: str | None, apply: bool) -> None:  # noqa: FBT001 - click's
    """List the patients whose visits, cancellations, no-shows or visit dates are not what their rows say."""
    clinics = list(db.session.execute(select(Clinic.id, Clinic.code, Clinic.timezone).order_by(Clinic.id)))
    known = [row for row in clinics if code in {None, row.code}]
    if not known:
        raise click.ClickException("There is no such clinic.")
    wrong = 0
    for clinic_id, name, zone in known:
        for one in _wrong(clinic_id, zone, apply=apply):
            wrong += 1
            click.echo(f"{name}: patient {one.patient_id}: {_told(one)}")
    click.echo(f"{wrong} wrong{', put right' if apply and wrong else ''}.")
    if wrong and not apply:
        click.echo("Nothing was changed. Add --apply to put it right.")


def _wrong(clinic_id: int, zone: str, *, apply: bool) -> Iterator[Difference]:
    """What is wrong at a clinic; some hundred patients in each transaction, so that nobody waits for long."""
    ids = list_patient_ids(clinic_id, 0, limit=BATCH)
    while ids:
        with transaction(ACTOR):
            found = recount(ids, zone) if apply else find_differences(ids, zone)
            for one in found if apply else ():
                audit.record("recount", "patient", one.patient_id, clinic_id=clinic_id, after={"was": _told(one)})
        yield from found
        ids = list_patient_ids(clinic_id, ids[-1], limit=BATCH)


def _told(one: Difference) -> str:
    stored, counted = asdict(one.stored), asdict(one.counted)
    return ", ".join(f"{name} {stored[name]} -> {counted[name]}" for name in stored if stored[name] != counted[name])
