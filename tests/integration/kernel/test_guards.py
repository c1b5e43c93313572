"""The guards that migrations lay by hand are all there after the last one, and hold."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app.kernel.db import db

pytestmark = pytest.mark.usefixtures("session")

CONSULTATION = {
    "attachment_kept_delete",
    "attachment_kept_update",
    "prescription_fixed",
    "prescription_item_fixed_delete",
    "prescription_item_fixed_insert",
    "prescription_item_fixed_update",
    "prescription_kept",
    "visit_diagnosis_locked_delete",
    "visit_diagnosis_locked_insert",
    "visit_diagnosis_locked_update",
}
SQLITE_TRIGGERS = CONSULTATION | {
    "audit_entry_append_only_delete",
    "audit_entry_append_only_update",
    "clinic_currency_fixed",
    "doctor_leave_overlap_insert",
    "doctor_leave_overlap_update",
    "doctor_time_busy_insert",
    "doctor_time_busy_update",
    "invoice_frozen",
    "invoice_kept",
    "invoice_line_frozen_delete",
    "invoice_line_frozen_insert",
    "invoice_line_frozen_update",
    "visit_amendment_append_only_delete",
    "visit_amendment_append_only_update",
    "visit_record_kept",
    "visit_record_owned",
    "visit_record_signed",
}
POSTGRESQL_GUARDS = CONSULTATION | {
    "audit_entry_append_only",
    "clinic_currency_fixed",
    "invoice_frozen",
    "invoice_kept",
    "invoice_line_frozen",
    "visit_amendment_append_only_delete",
    "visit_amendment_append_only_update",
    "visit_record_kept",
    "visit_record_owned",
    "visit_record_signed",
    "ex_doctor_leave_overlap",
    "ex_doctor_time_busy",
}


def test_every_guard_laid_by_hand_is_in_the_database() -> None:
    if db.engine.dialect.name == "sqlite":
        found = set(db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
        assert found == SQLITE_TRIGGERS
    else:
        triggers = set(db.session.scalars(text("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal")))
        exclusions = set(db.session.scalars(text("SELECT conname FROM pg_constraint WHERE contype = 'x'")))
        assert triggers | exclusions == POSTGRESQL_GUARDS
