"""The four roles of the front desk, by the names they have in the user administration."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    ADMIN = "Admin"
    RECEPTIONIST = "Receptionist"
    DOCTOR = "Doctor"
    ACCOUNTANT = "Accountant"
