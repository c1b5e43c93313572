"""`flask --app app demo`: load the demo, and play a day in it."""

from __future__ import annotations

import time
from random import Random

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.exc import DatabaseError

from app.demo.day import Day, choose, demo_clinics
from app.demo.load import ACTOR, HISTORY_DAYS, NotTheDemo, load_demo_if_empty
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.errors import Refusal

SECONDS_BETWEEN_ACTS = 4.0

group = AppGroup("demo", help="The demo clinics.")


@group.command("load", help="Fill an empty database with two clinics; does nothing where they are.")
@click.option("--days", default=HISTORY_DAYS, type=click.IntRange(1, 365), show_default=True, help="Days of history.")
def load(days: int) -> None:
    try:
        fresh = load_demo_if_empty(current_app, days=days)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo("The demo is loaded." if fresh else "The demo was there already.")


@group.command("day", help="Play a clinic day live: people arrive, are called, seen, and pay. Ctrl-C ends it.")
@click.option(
    "--speed", default=1.0, type=click.FloatRange(0.1, 100), show_default=True, help="How many times as fast."
)
def day(speed: float) -> None:
    if not current_app.config["DEMO"]:
        raise click.ClickException(str(NotTheDemo()))
    rng = Random()  # noqa: S311 - nothing secret
    days = _demo_days(rng)
    if not days:
        raise click.ClickException("There is no demo to play in yet: start it first (make run).")
    click.echo("A day at the demo clinics; watch /queue/ in a browser. Ctrl-C ends it.")
    try:
        while days := [one for one in days if _play_one_act(one, rng)]:
            time.sleep(SECONDS_BETWEEN_ACTS / speed / len(days))
        click.echo("Everybody has gone home.")
    except KeyboardInterrupt:
        click.echo("\nThe day was interrupted; what happened so far stays.")


def _demo_days(rng: Random) -> list[Day]:
    """The demo's clinics; none where there is no demo, or not even tables."""
    try:
        with transaction(ACTOR):
            return [Day(clinic_id, rng) for clinic_id in demo_clinics()]
    except DatabaseError:
        return []


def _play_one_act(one: Day, rng: Random) -> bool:
    """Whether anything was left to happen. Somebody at a browser may have been quicker: then nothing happens."""
    with transaction(ACTOR):
        acts = one.acts(clock.now())
    if not acts:
        return False
    act = choose(acts, rng)
    try:
        with transaction(act.actor):
            told = act.carry_out(clock.now())
        click.echo(f"{clock.now():%H:%M:%S}  {told}")
    except Refusal as refusal:
        click.echo(f"{clock.now():%H:%M:%S}  ({refusal})")
    return True
