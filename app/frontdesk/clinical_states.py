"""What a diagnosis is to a visit, and the states of a prescription."""

from __future__ import annotations

from enum import StrEnum


class DiagnosisKind(StrEnum):
    """A visit has at most one main diagnosis; in the order of the alphabet, which is that of the list."""

    MAIN = "main"
    SECONDARY = "secondary"


class PrescriptionStatus(StrEnum):
    """issued -> cancelled."""

    ISSUED = "issued"
    CANCELLED = "cancelled"
