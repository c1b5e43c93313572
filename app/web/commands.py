"""`flask --app app outbox deliver`: what the worker does, by hand."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from app.kernel.outbox import deliver_due

outbox = AppGroup("outbox", help="Effects that wait to be carried out.")


@outbox.command("deliver")
@click.option("--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True)
def deliver(limit: int) -> None:
    """Deliver what is due now, mails among it; what fails is tried again later."""
    click.echo(f"{deliver_due(limit)} handled.")
