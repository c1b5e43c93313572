"""`flask --app app import codes`: diagnosis codes from a CSV file, on trial or for good."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app

from app.imports.codes import HEADING, CodeImport, record_run
from app.imports.commands import ACTOR, batches, group, summarise
from app.imports.reader import CsvFile, open_csv
from app.imports.report import Report
from app.kernel import clock
from app.kernel.db import transaction
from app.kernel.errors import Refusal

SYSTEM = "ICD-10"


@group.command("codes", help="Diagnosis codes, with the heading code,title. Nothing is stored without --apply.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--apply", is_flag=True, help="Store what is read.")
@click.option("--system", default=SYSTEM, show_default=True, help="The classification that they belong to.")
@click.option("--deactivate-missing", is_flag=True, help="Take codes of it that the file has not out of use.")
@click.option("--report", "report_path", type=click.Path(path_type=Path), help="Where the report is written.")
def codes(file: Path, system: str, report_path: Path | None, *, apply: bool, deactivate_missing: bool) -> None:
    try:
        with open_csv(file, HEADING) as rows, Report(report_path or _report_path()) as report:
            run = CodeImport(system[:24], report, apply=apply, actor=ACTOR, now=clock.now())
            _import(file, rows, run, report, apply=apply, deactivate=deactivate_missing)
    except (Refusal, OSError) as error:
        raise click.ClickException(str(error)) from None


def _report_path() -> Path:
    moment = clock.now().strftime("%Y%m%d-%H%M%S")
    return Path(current_app.config["INSTANCE_PATH"]) / "imports" / f"{moment}-codes.csv"


def _import(path: Path, file: CsvFile, run: CodeImport, report: Report, *, apply: bool, deactivate: bool) -> None:
    """Run it and say what became of the rows, also of one that stops half-way."""
    _record("import_begun", file=path.name, apply=apply)
    complete = False
    try:
        _take_all(file, run, path.stat().st_size)
        if deactivate:
            with transaction(ACTOR):
                run.deactivate_missing()
        complete = True
    finally:
        run.close()
        _record("import_ended", file=path.name, apply=apply, complete=complete, **report.counts)
        summarise(report, apply=apply, complete=complete)


def _record(action: str, *, apply: bool, **facts: object) -> None:
    if apply:
        with transaction(ACTOR):
            record_run(action, SYSTEM, kind="codes", **facts)


def _take_all(file: CsvFile, run: CodeImport, size: int) -> None:
    with click.progressbar(length=size, label="Importing", show_pos=False) as bar:
        for batch in batches(file.rows()):
            with transaction(ACTOR):
                run.take(batch)
            bar.update(file.position - bar.pos)
