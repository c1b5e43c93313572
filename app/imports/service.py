"""Takes a file batch by batch: what is new is added, what changed is changed, the rest stays; nothing comes twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from app.frontdesk.counters import Tally, recount, tallied
from app.imports import appointments, patients
from app.imports.errors import LiveAppointment, PhoneTaken, RepeatedInFile, UnknownClinicCode
from app.imports.mapping import MappingFile, OnProblem
from app.imports.reader import FileRow
from app.imports.report import Report
from app.imports.rules import AppointmentValues, PatientValues, Place, ReadRow, RowRefused, read_row
from app.imports.seen import Seen
from app.kernel import audit, scope
from app.kernel.actor import Actor
from app.kernel.clock import clinic_day
from app.kernel.db import db
from app.people.models import Clinic
from app.people.roles import Role


def find_clinic(code: str, *, actor: Actor) -> Clinic:
    """The clinic with this code. Refuses: UnknownClinicCode, NotAllowed."""
    actor.require_role(Role.ADMIN)
    clinics: dict[str, Clinic] = {
        clinic.code: clinic for clinic in db.session.scalars(scope.rows(Clinic, actor).order_by(Clinic.code))
    }
    if code not in clinics:
        raise UnknownClinicCode(clinic=code, known=", ".join(clinics) or "none yet")
    return clinics[code]


def record_run(action: str, clinic: Clinic, **facts: object) -> None:
    """Say in the audit log that an import began or ended."""
    audit.record(action, "clinic", clinic.id, clinic_id=clinic.id, after=facts)


class Import:
    """One run. `take` each batch in a transaction of its own; a run that stopped may simply be started again.

    `of_appointments`: the rows are appointments with their patients, else patients alone. Without `apply` nothing is
    stored; the counts are those of a run that would.
    """

    def __init__(
        self,
        clinic: Clinic,
        mapping: MappingFile,
        report: Report,
        *,
        of_appointments: bool,
        apply: bool,
        actor: Actor,
        now: datetime,
    ) -> None:
        actor.require_role(Role.ADMIN)
        self._clinic, self._mapping, self._report = clinic, mapping, report
        self._of_appointments, self._apply, self._now = of_appointments, apply, now
        self._place = Place(clinic.country, clinic.timezone, clinic_day(now, clinic.timezone))
        self._seen = Seen()
        self._under = appointments.Under(None, None)

    def close(self) -> None:
        self._seen.close()

    def take(self, file_rows: Sequence[FileRow]) -> None:
        """Take one batch of rows, or look at what would become of it."""
        self._report.counts["rows"] += len(file_rows)
        rows = list(self._without_taken_phones(list(self._once(self._readable(file_rows)))))
        if self._of_appointments:
            self._take_with_appointments(rows)
        else:
            self._take_patients(rows)
        for row in rows:
            if row.doubts:
                self._report.doubted(row.line, row.external_id, row.doubts)

    # -- reading -----------------------------------------------------------------------------------------------------

    def _readable(self, file_rows: Sequence[FileRow]) -> Iterator[ReadRow]:
        for row in file_rows:
            if row.problem is not None:
                self._report.refused(row.line, row.cells.get(self._id_column, ""), [("", row.problem)])
                continue
            try:
                yield read_row(row.line, row.cells, self._mapping, self._place, appointments=self._of_appointments)
            except RowRefused as refused:
                self._report.refused(row.line, row.cells.get(self._id_column, ""), refused.notes)

    @property
    def _id_column(self) -> str:
        """The column with the external id of what a row is about."""
        sources = self._mapping.appointment if self._of_appointments else self._mapping.patient
        return sources["external_id"].column or ""

    def _once(self, rows: Iterator[ReadRow]) -> Iterator[ReadRow]:
        """The rows without those whose external id the file had before."""
        for row in rows:
            first = self._seen.first(f"row {row.external_id}", str(row.line))
            if first == str(row.line):
                yield row
            elif self._mapping.repeats and not self._of_appointments:
                self._report.counts["repeated"] += 1
            else:
                note = RepeatedInFile(line=first, column=self._id_column)
                self._report.refused(row.line, row.external_id, [(self._id_column, note)])

    def _without_taken_phones(self, rows: list[ReadRow]) -> Iterator[ReadRow]:
        """The rows after a phone that another patient of the clinic has is left out, or its row refused."""
        phones = {row.patient.fields["phone"] for row in rows if row.patient.fields.get("phone")}
        owners = patients.find_owners(self._clinic.id, phones)
        for row in rows:
            owner = self._owner_of_phone(row, owners)
            if owner is None:
                yield row
                continue
            source = self._mapping.patient["phone"]
            note = (source.column or "", PhoneTaken(patient=owner))
            if source.on_problem is OnProblem.LEAVE_OUT:
                del row.patient.fields["phone"]
                row.doubts.append(note)
                yield row
            else:
                self._report.refused(row.line, row.external_id, [note])

    def _owner_of_phone(self, row: ReadRow, owners: Mapping[str, tuple[int, str | None]]) -> str | None:
        """Who else has the row's phone, in the clinic or earlier in the file."""
        phone, own = row.patient.fields.get("phone"), row.patient.external_id
        if phone is None:
            return None
        if phone in owners:
            patient_id, external_id = owners[phone]
            return None if external_id == own else external_id or str(patient_id)
        first = self._seen.first(f"phone {phone}", own)
        return None if first == own else first

    # -- patients ----------------------------------------------------------------------------------------------------

    def _take_patients(self, rows: Sequence[ReadRow]) -> tuple[dict[str, int], set[int]]:
        """Store the patients of these rows: the ids of all by external id, and those of new ones, counters and all.

        A dry run has no id for a new one.
        """
        told = self._last_told(rows)
        stored = patients.load_patients(self._clinic.id, told, self._mapping)
        fresh = [one for external_id, (_, one) in told.items() if external_id not in stored]
        changes = self._changes_of_patients(told, stored)
        self._count("patients added", (one.external_id for one in fresh))
        self._count("patients changed", (one for one, row in stored.items() if row.id in changes))
        known = {external_id: row.id for external_id, row in stored.items()}
        added: dict[str, int] = {}
        if self._apply:
            by_id = {row.id: row for row in stored.values()}
            patients.change_patients(self._clinic.id, changes, by_id, now=self._now)
            added = patients.add_patients(self._clinic.id, fresh, self._tallies(rows), now=self._now)
        return known | added, set(added.values())

    def _tallies(self, rows: Sequence[ReadRow]) -> dict[str, Tally]:
        """What these rows say of each patient: of a new one that is all."""
        told = ((row.patient.external_id, row.appointment.fields) for row in rows if row.appointment)
        zone = self._clinic.timezone
        return tallied((one, fields["status"], clinic_day(fields["starts_at"], zone)) for one, fields in told)

    def _last_told(self, rows: Sequence[ReadRow]) -> dict[str, tuple[datetime | None, PatientValues]]:
        """By external id the patient as the row of the newest appointment has it, with that appointment's start."""
        told: dict[str, tuple[datetime | None, PatientValues]] = {}
        for row in rows:
            starts = row.appointment.fields["starts_at"] if row.appointment else None
            known = told.get(row.patient.external_id)
            if known is None or starts is None or (known[0] is not None and starts >= known[0]):
                told[row.patient.external_id] = (starts, row.patient)
        return told

    def _changes_of_patients(
        self, told: dict[str, tuple[datetime | None, PatientValues]], stored: Mapping[str, Row[Any]]
    ) -> dict[int, dict[str, Any]]:
        """What is to change of stored patients. An older appointment's row never sets a patient back."""
        if self._mapping.repeats and not self._of_appointments:
            return {}
        newest = appointments.newest_starts([row.id for row in stored.values()]) if self._of_appointments else {}
        changes = {}
        for external_id, row in stored.items():
            starts, patient = told[external_id]
            if starts is None or row.id not in newest or starts >= newest[row.id]:
                changes[row.id] = patients.changes_of(row, patient)
        return {pk: values for pk, values in changes.items() if values}

    def _count(self, what: str, external_ids: Iterable[str]) -> None:
        """Count each patient once in a run, as what was done first."""
        counts, batch = self._report.counts, str(self._report.counts["rows"])
        counts[what] += sum(self._seen.first(f"patient {one}", batch) == batch for one in external_ids)

    # -- appointments ------------------------------------------------------------------------------------------------

    def _take_with_appointments(self, rows: list[ReadRow]) -> None:
        if self._mapping.placeholder and self._under.doctor_id is None:
            self._under = appointments.placeholders(self._clinic, self._mapping.placeholder, make=self._apply)
        stored = appointments.load_appointments(self._clinic.id, [row.external_id for row in rows])
        rows[:] = self._without_live_ones(rows, stored)
        ids, added = self._take_patients(rows)
        fresh: list[tuple[int | None, AppointmentValues]] = []
        changes: dict[int, dict[str, Any]] = {}
        for row in rows:
            patient_id, known = ids.get(row.patient.external_id), stored.get(row.external_id)
            if row.appointment is not None and known is None:
                fresh.append((patient_id, row.appointment))
            elif row.appointment is not None and known is not None:
                changes[known.id] = appointments.changes_of(known, row.appointment, patient_id)
        counts, changed = self._report.counts, {pk: values for pk, values in changes.items() if values}
        counts["appointments added"] += len(fresh)
        counts["appointments changed"] += len(changed)
        counts["appointments unchanged"] += len(changes) - len(changed)
        if self._apply:
            before = {row.patient_id for row in stored.values() if row.id in changed}
            theirs = self._store_appointments(fresh, changed)
            recount((before | theirs) - added, self._clinic.timezone)

    def _without_live_ones(self, rows: list[ReadRow], stored: Mapping[str, Row[Any]]) -> Iterator[ReadRow]:
        """The rows without those whose appointment the clinic made itself: an import never changes one."""
        for row in list(rows):
            known = stored.get(row.external_id)
            if known is None or known.is_historic:
                yield row
            else:
                self._report.refused(row.line, row.external_id, [(self._id_column, LiveAppointment())])

    def _store_appointments(
        self, fresh: Sequence[tuple[int | None, AppointmentValues]], changed: dict[int, dict[str, Any]]
    ) -> set[int]:
        """Store them, and put their patients in the placeholder's reach; the ids of these patients."""
        moved_to = {values["patient_id"] for values in changed.values() if "patient_id" in values}
        theirs = moved_to | {patient_id for patient_id, _ in fresh if patient_id is not None}
        appointments.add_appointments(self._clinic.id, self._under, fresh, now=self._now)
        appointments.change_appointments(changed, now=self._now)
        if self._under.doctor_id is not None:
            patients.link_patients(self._under.doctor_id, theirs)
        return theirs
