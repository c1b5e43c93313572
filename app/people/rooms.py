"""The names of the rooms that live announcements go to, and of those that end with a right or a session."""

from __future__ import annotations


def clinic_room(clinic_id: int) -> str:
    """Reception and administration of a clinic."""
    return f"clinic_{clinic_id}"


def doctor_room(doctor_id: int) -> str:
    """One doctor's own screens."""
    return f"doctor_{doctor_id}"


def user_room(user_id: int) -> str:
    """All screens of one user; nothing is said there, it is closed when their rights change."""
    return f"user_{user_id}"


def session_room(key: str) -> str:
    """All tabs of one signed-in browser; it is closed when they sign out."""
    return f"session_{key}"


def watchers_room(clinic_id: int) -> str:
    """Whoever shows something of the clinic's board; they are told of its version where an event was lost."""
    return f"board_{clinic_id}"
