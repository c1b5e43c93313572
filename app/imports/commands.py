"""`flask --app app import`: patients and past appointments from a CSV file, on trial or for good."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from app.imports.errors import BadMapping
from app.imports.mapping import MappingFile, load_mapping
from app.imports.reader import CsvFile, FileRow, open_csv
from app.imports.report import Report
from app.imports.service import Import, find_clinic, record_run
from app.kernel import clock
from app.kernel.actor import system
from app.kernel.db import transaction
from app.kernel.errors import Refusal
from app.people.models import Clinic

BATCH = 2000
ACTOR = system("import")
KINDS = {"patients": "Patients", "appointments": "Appointments of the past, with their patients"}

group = AppGroup("import", help="Take patients or past appointments from a CSV file.")


def _add_command(kind: str) -> None:
    @group.command(kind, help=f"{KINDS[kind]}. Nothing is stored without --apply.")
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--clinic", "code", required=True, help="The code of the clinic they belong to.")
    @click.option(
        "--mapping", "mapping_path", required=True, type=click.Path(path_type=Path), help="See docs/import.md."
    )
    @click.option("--apply", is_flag=True, help="Store what is read.")
    @click.option("--report", "report_path", type=click.Path(path_type=Path), help="Where the report is written.")
    def command(file: Path, code: str, mapping_path: Path, apply: bool, report_path: Path | None) -> None:  # noqa: FBT001 - click's
        try:
            mapping = _mapping_for(kind, mapping_path)
            with transaction(ACTOR):
                clinic = find_clinic(code, actor=ACTOR)
            _import(kind, file, clinic, mapping, report_path or _report_path(kind, code), apply=apply)
        except (Refusal, OSError) as error:
            raise click.ClickException(str(error)) from None


for _kind in KINDS:
    _add_command(_kind)


def _mapping_for(kind: str, path: Path) -> MappingFile:
    mapping = load_mapping(path)
    if kind == "appointments" and not mapping.appointment:
        raise BadMapping(path=path, reason="it has no [appointment]")
    return mapping


def _report_path(kind: str, code: str) -> Path:
    moment = clock.now().strftime("%Y%m%d-%H%M%S")
    return Path(current_app.config["INSTANCE_PATH"]) / "imports" / f"{moment}-{code}-{kind}.csv"


def _import(kind: str, path: Path, clinic: Clinic, mapping: MappingFile, report_path: Path, *, apply: bool) -> None:
    """Run it and say what became of the rows, also of one that stops half-way."""
    with open_csv(path, mapping) as file, Report(report_path) as report:
        _tell_what_is_not_read(file, mapping)
        facts = {"kind": kind, "file": path.name}
        run = Import(
            clinic, mapping, report, of_appointments=kind == "appointments", apply=apply, actor=ACTOR, now=clock.now()
        )
        _record("import_begun", clinic, apply=apply, **facts)
        complete = False
        try:
            _take_all(file, run, path.stat().st_size)
            complete = True
        finally:
            run.close()
            _record("import_ended", clinic, apply=apply, **facts, complete=complete, **report.counts)
            summarise(report, apply=apply, complete=complete)


def _record(action: str, clinic: Clinic, *, apply: bool, **facts: object) -> None:
    if apply:
        with transaction(ACTOR):
            record_run(action, clinic, **facts)


def _take_all(file: CsvFile, run: Import, size: int) -> None:
    with click.progressbar(length=size, label="Importing", show_pos=False) as bar:
        for batch in batches(file.rows()):
            with transaction(ACTOR):
                run.take(batch)
            bar.update(file.position - bar.pos)


def batches(rows: Iterator[FileRow]) -> Iterator[list[FileRow]]:
    """Lists of rows; what was read before the file turned out damaged comes before its refusal."""
    damage: Refusal | None = None

    def until_damaged() -> Iterator[FileRow]:
        nonlocal damage
        try:
            yield from rows
        except Refusal as refusal:
            damage = refusal

    reading = until_damaged()
    while batch := list(islice(reading, BATCH)):
        yield batch
    if damage is not None:
        raise damage


def _tell_what_is_not_read(file: CsvFile, mapping: MappingFile) -> None:
    unread = [name for name in file.columns if name not in mapping.columns() | mapping.ignored]
    if unread:
        click.echo(f"The mapping does not know these columns, which are left out: {', '.join(unread)}"[:1000])


def summarise(report: Report, *, apply: bool, complete: bool) -> None:
    if not complete:
        click.echo("\nThe import stopped before its end. What is stored stays; run it again to go on.")
    for name, number in report.counts.items():
        click.echo(f"{number:>9,}  {name}")
    for line in report.summary():
        click.echo(line)
    click.echo(f"Every row not taken, or taken with a warning: {report.path}")
    if not apply:
        click.echo("Nothing was stored: this was a trial. Add --apply to store it.")
