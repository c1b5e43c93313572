"""What stands on a prescription, as plain values that need no database and no request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date

from app.documents.content import ClinicBlock
from app.kernel.errors import N_


@dataclass(frozen=True, slots=True)
class MedicineContent:
    """One medicine; empty texts are left out."""

    medicine: str
    strength: str = ""
    dose: str = ""
    frequency: str = ""
    duration: str = ""
    quantity: str = ""
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class PrescriptionLabels:
    """The fixed words of a prescription, in the reader's language; English where nothing is given."""

    prescription: str = N_("Prescription")
    patient: str = N_("Patient")
    date_of_birth: str = N_("Date of birth")
    date: str = N_("Date")
    doctor: str = N_("Doctor")
    dose: str = N_("Dose")
    frequency: str = N_("How often")
    duration: str = N_("For how long")
    quantity: str = N_("Quantity")
    signature: str = N_("Signature of the doctor")
    cancelled: str = N_("Cancelled")
    page: str = N_("Page %(page)s of %(pages)s")
    demo: str = N_("Demonstration, not a valid prescription")

    @classmethod
    def translated(cls, translate: Callable[[str], str]) -> PrescriptionLabels:
        """The labels in the language that `translate` (a gettext function) gives."""
        return cls(**{each.name: translate(str(each.default)) for each in fields(cls)})


@dataclass(frozen=True, slots=True)
class PrescriptionContent:
    """One prescription as it is to be printed; `mark` is printed across each page, nothing where it is empty."""

    clinic: ClinicBlock
    number: str
    patient_name: str
    doctor_name: str
    issued_on: date
    medicines: tuple[MedicineContent, ...]
    date_of_birth: date | None = None
    specialty: str = ""
    locale: str = "en"
    labels: PrescriptionLabels = PrescriptionLabels()
    mark: str = ""
