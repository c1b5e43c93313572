"""The names of the rooms that live announcements go to."""

from __future__ import annotations


def clinic_room(clinic_id: int) -> str:
    """Reception and administration of a clinic."""
    return f"clinic_{clinic_id}"


def doctor_room(doctor_id: int) -> str:
    """One doctor's own screens."""
    return f"doctor_{doctor_id}"
