"""Refusals of messaging."""

from __future__ import annotations

from app.kernel.errors import N_, Conflict


class NotFailed(Conflict):
    code = "notification_not_failed"
    template = N_("Only a message that could not be sent is sent again.")
