"""Lay the tables of the clinic's day."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=130), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("entity", sa.String(length=64), nullable=False),
        sa.Column("entity_id", sa.String(length=64), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_at", ["at", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_clinic", ["clinic_id", "at", "id"], unique=False)
        batch_op.create_index("ix_audit_entry_row", ["entity", "entity_id"], unique=False)
    op.create_table(
        "clinic",
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=12), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("tax_id", sa.String(length=40), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", name="uq_clinic_code"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status_code", sa.Integer(), nullable=False),
        sa.Column("response_body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "route", "key", name="uq_idempotency_key"),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index("ix_idempotency_key_created_at", ["created_at"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('pending', 'claimed', 'done', 'failed')", name="ck_outbox_status"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_open",
            ["due_at"],
            unique=False,
            postgresql_where=sa.text("status IN ('pending', 'claimed')"),
            sqlite_where=sa.text("status IN ('pending', 'claimed')"),
        )
    op.create_table(
        "provider_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "event_id", name="uq_provider_event"),
    )
    op.create_table(
        "specialty",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name", name="uq_specialty_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "board_version",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("clinic_id"),
    )
    op.create_table(
        "doctor",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("specialty_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("share_bp BETWEEN 0 AND 10000", name="ck_doctor_share"),
        sa.ForeignKeyConstraint(
            ["specialty_id"],
            ["specialty.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", name="uq_doctor_user"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("doctor", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_doctor_specialty_id"), ["specialty_id"], unique=False)
    op.create_table(
        "holiday",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("clinic_id", "day", name="uq_holiday"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "number_series",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("series", sa.String(length=24), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.PrimaryKeyConstraint("clinic_id", "series"),
    )
    op.create_table(
        "queue_counter",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.PrimaryKeyConstraint("clinic_id", "business_date"),
    )
    op.create_table(
        "service",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_before_minutes", sa.Integer(), nullable=False),
        sa.Column("buffer_after_minutes", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("tax_rate_bp", sa.Integer(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "buffer_before_minutes BETWEEN 0 AND 240 AND buffer_after_minutes BETWEEN 0 AND 240",
            name="ck_service_buffers",
        ),
        sa.CheckConstraint("duration_minutes BETWEEN 1 AND 1440", name="ck_service_duration"),
        sa.CheckConstraint("price_minor >= 0", name="ck_service_price"),
        sa.CheckConstraint("share_bp IS NULL OR share_bp BETWEEN 0 AND 10000", name="ck_service_share"),
        sa.CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="ck_service_tax"),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("clinic_id", "name", name="uq_service_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "setting",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("clinic_id", "name", name="uq_setting"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "staff_clinic",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["ab_user.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "clinic_id", name="uq_staff_clinic"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("staff_clinic", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_staff_clinic_clinic_id"), ["clinic_id"], unique=False)
    op.create_table(
        "availability",
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=False),
        sa.Column("end_time", sa.Time(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", name="ck_availability_valid"
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="ck_availability_weekday"),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("availability", schema=None) as batch_op:
        batch_op.create_index("ix_availability_clinic", ["clinic_id"], unique=False)
        batch_op.create_index("ix_availability_doctor", ["doctor_id", "clinic_id", "weekday"], unique=False)
    op.create_table(
        "availability_date",
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("start_time", sa.Time(), nullable=True),
        sa.Column("end_time", sa.Time(), nullable=True),
        sa.Column("reason", sa.String(length=160), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('closed', 'extra')", name="ck_availability_date_kind"),
        sa.CheckConstraint("(start_time IS NULL) = (end_time IS NULL)", name="ck_availability_date_span"),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("availability_date", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_availability_date_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index("ix_availability_date_doctor", ["doctor_id", "day"], unique=False)
    op.create_table(
        "doctor_clinic",
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=True),
        sa.Column("room", sa.String(length=40), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("share_bp IS NULL OR share_bp BETWEEN 0 AND 10000", name="ck_doctor_clinic_share"),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("doctor_id", "clinic_id", name="uq_doctor_clinic"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("doctor_clinic", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_doctor_clinic_clinic_id"), ["clinic_id"], unique=False)
    op.create_table(
        "doctor_service",
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("duration_minutes", sa.Integer(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "duration_minutes IS NULL OR duration_minutes BETWEEN 1 AND 1440", name="ck_doctor_service_duration"
        ),
        sa.CheckConstraint("price_minor IS NULL OR price_minor >= 0", name="ck_doctor_service_price"),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("doctor_id", "service_id", name="uq_doctor_service"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("doctor_service", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_doctor_service_service_id"), ["service_id"], unique=False)
    op.create_table(
        "patient",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("whatsapp_name", sa.String(length=160), nullable=True),
        sa.Column("date_of_birth", sa.Date(), nullable=True),
        sa.Column("gender", sa.String(length=12), nullable=True),
        sa.Column("language", sa.String(length=12), nullable=True),
        sa.Column("medical_history", sa.Text(), nullable=True),
        sa.Column("allergies", sa.Text(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("custom_fields", sa.JSON(), nullable=False),
        sa.Column("preferred_doctor_id", sa.Integer(), nullable=True),
        sa.Column("contact_patient_id", sa.Integer(), nullable=True),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("total_visits", sa.Integer(), nullable=False),
        sa.Column("total_cancellations", sa.Integer(), nullable=False),
        sa.Column("total_no_shows", sa.Integer(), nullable=False),
        sa.Column("first_visit_date", sa.Date(), nullable=True),
        sa.Column("last_visit_date", sa.Date(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "total_visits >= 0 AND total_cancellations >= 0 AND total_no_shows >= 0", name="ck_patient_counters"
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["contact_patient_id"],
            ["patient.id"],
        ),
        sa.ForeignKeyConstraint(
            ["preferred_doctor_id"],
            ["doctor.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("clinic_id", "external_id", name="uq_patient_external_id"),
        sa.UniqueConstraint("clinic_id", "phone", name="uq_patient_phone"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index("ix_patient_clinic_name", ["clinic_id", "name", "id"], unique=False)
        batch_op.create_index("ix_patient_contact", ["contact_patient_id"], unique=False)
        batch_op.create_index("ix_patient_email", ["email"], unique=False)
        batch_op.create_index("ix_patient_name", ["name", "id"], unique=False)
    op.create_table(
        "appointment",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=True),
        sa.Column("source", sa.String(length=24), nullable=False),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("cancelled_by", sa.String(length=24), nullable=True),
        sa.Column("cancel_reason", sa.String(length=200), nullable=True),
        sa.Column("overbook_reason", sa.String(length=200), nullable=True),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("is_historic", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('requested', 'confirmed', 'checked_in', 'completed', 'cancelled', 'no_show')",
            name="ck_appointment_status",
        ),
        sa.CheckConstraint("starts_at < ends_at", name="ck_appointment_times"),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("clinic_id", "external_id", name="uq_appointment_external_id"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.create_index("ix_appointment_clinic_start", ["clinic_id", "starts_at", "id"], unique=False)
        batch_op.create_index("ix_appointment_doctor_start", ["doctor_id", "starts_at"], unique=False)
        batch_op.create_index("ix_appointment_patient_start", ["patient_id", "starts_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_appointment_service_id"), ["service_id"], unique=False)
        batch_op.create_index("ix_appointment_start", ["starts_at", "id"], unique=False)
    op.create_table(
        "doctor_patient",
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
        ),
        sa.PrimaryKeyConstraint("doctor_id", "patient_id"),
    )
    with op.batch_alter_table("doctor_patient", schema=None) as batch_op:
        batch_op.create_index("ix_doctor_patient_patient", ["patient_id"], unique=False)
    op.create_table(
        "patient_term",
        sa.Column(
            "term", sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("term", "clinic_id", "patient_id"),
    )
    with op.batch_alter_table("patient_term", schema=None) as batch_op:
        batch_op.create_index("ix_patient_term_patient", ["patient_id"], unique=False)
    op.create_table(
        "doctor_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("busy_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("busy_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("busy_from < busy_to", name="ck_doctor_time_span"),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("appointment_id", name="uq_doctor_time_appointment"),
    )
    with op.batch_alter_table("doctor_time", schema=None) as batch_op:
        batch_op.create_index("ix_doctor_time_from", ["doctor_id", "busy_from"], unique=False)
        batch_op.create_index("ix_doctor_time_to", ["doctor_id", "busy_to"], unique=False)
    op.create_table(
        "notification",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("dedupe_key", sa.String(length=120), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('email')", name="ck_notification_channel"),
        sa.CheckConstraint(
            "status IN ('pending', 'sending', 'sent', 'delivered', 'failed', 'cancelled', 'suppressed')",
            name="ck_notification_status",
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("dedupe_key", name="uq_notification_dedupe_key"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.create_index("ix_notification_appointment", ["appointment_id"], unique=False)
        batch_op.create_index("ix_notification_clinic_created", ["clinic_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_notification_patient", ["patient_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("queue_number", sa.Integer(), nullable=False),
        sa.Column("priority", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("check_in_time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("start_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_time", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("status_reason", sa.String(length=200), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("priority IN ('normal', 'urgent')", name="ck_visit_priority"),
        sa.CheckConstraint(
            "status IN ('waiting', 'called', 'in_progress', 'completed', 'left')", name="ck_visit_status"
        ),
        sa.CheckConstraint("queue_number > 0", name="ck_visit_queue_number"),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
        ),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("appointment_id", name="uq_visit_appointment"),
        sa.UniqueConstraint("clinic_id", "business_date", "queue_number", name="uq_visit_queue_number"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.create_index("ix_visit_check_in", ["check_in_time", "id"], unique=False)
        batch_op.create_index("ix_visit_clinic_check_in", ["clinic_id", "check_in_time", "id"], unique=False)
        batch_op.create_index("ix_visit_doctor_day", ["doctor_id", "business_date"], unique=False)
        batch_op.create_index("ix_visit_patient_check_in", ["patient_id", "check_in_time"], unique=False)
        batch_op.create_index(batch_op.f("ix_visit_service_id"), ["service_id"], unique=False)
        batch_op.create_index(
            "uq_visit_active",
            ["patient_id", "doctor_id"],
            unique=True,
            postgresql_where=sa.text("status IN ('waiting', 'called', 'in_progress')"),
            sqlite_where=sa.text("status IN ('waiting', 'called', 'in_progress')"),
        )
    op.create_table(
        "invoice",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("subtotal_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_date", sa.Date(), nullable=True),
        sa.Column("billed_to", sa.JSON(), nullable=True),
        sa.Column("issued_by", sa.JSON(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(number IS NULL) = (status IN ('draft', 'discarded'))", name="ck_invoice_numbered_when_issued"
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'issued', 'partially_paid', 'paid', 'partially_refunded', 'refunded', 'void', 'discarded')",
            name="ck_invoice_status",
        ),
        sa.CheckConstraint("paid_minor >= 0 AND paid_minor <= total_minor", name="ck_invoice_not_overpaid"),
        sa.CheckConstraint("refunded_minor >= 0 AND refunded_minor <= paid_minor", name="ck_invoice_not_over_refunded"),
        sa.CheckConstraint("subtotal_minor - discount_minor + tax_minor = total_minor", name="ck_invoice_total"),
        sa.CheckConstraint(
            "subtotal_minor >= 0 AND discount_minor >= 0 AND tax_minor >= 0 AND total_minor >= 0",
            name="ck_invoice_amounts",
        ),
        sa.ForeignKeyConstraint(
            ["appointment_id"],
            ["appointment.id"],
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("clinic_id", "number", name="uq_invoice_number"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.create_index("ix_invoice_appointment", ["appointment_id"], unique=False)
        batch_op.create_index("ix_invoice_visit", ["visit_id"], unique=False)
        batch_op.create_index("ix_invoice_clinic_created", ["clinic_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_invoice_clinic_issued", ["clinic_id", "issued_at", "id"], unique=False)
        batch_op.create_index("ix_invoice_created", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_invoice_doctor", ["doctor_id", "issued_at"], unique=False)
        batch_op.create_index("ix_invoice_patient", ["patient_id", "created_at"], unique=False)
        batch_op.create_index(
            "uq_invoice_visit",
            ["visit_id"],
            unique=True,
            postgresql_where=sa.text("status IN ('draft', 'issued', 'partially_paid', 'paid', 'partially_refunded')"),
            sqlite_where=sa.text("status IN ('draft', 'issued', 'partially_paid', 'paid', 'partially_refunded')"),
        )
    op.create_table(
        "invoice_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=True),
        sa.Column("description", sa.String(length=400), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_minor", sa.BigInteger(), nullable=False),
        sa.Column("discount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate_bp", sa.Integer(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_invoice_line_quantity"),
        sa.CheckConstraint("tax_rate_bp BETWEEN 0 AND 10000", name="ck_invoice_line_tax"),
        sa.CheckConstraint(
            "unit_price_minor >= 0 AND discount_minor >= 0 AND tax_minor >= 0 AND total_minor >= 0",
            name="ck_invoice_line_amounts",
        ),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["service_id"],
            ["service.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("invoice_id", "position", name="uq_invoice_line_position"),
    )
    op.create_table(
        "payment",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("invoice_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("method", sa.String(length=24), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("share_bp", sa.Integer(), nullable=False),
        sa.Column("doctor_share_minor", sa.BigInteger(), nullable=False),
        sa.Column("center_share_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference", sa.String(length=120), nullable=True),
        sa.Column("failure", sa.String(length=200), nullable=True),
        sa.Column("stripe_intent_id", sa.String(length=80), nullable=True),
        sa.Column("stripe_charge_id", sa.String(length=80), nullable=True),
        sa.Column("card_brand", sa.String(length=24), nullable=True),
        sa.Column("card_last4", sa.String(length=4), nullable=True),
        sa.Column("receipt_url", sa.String(length=500), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("method IN ('cash', 'card', 'stripe', 'transfer', 'insurance')", name="ck_payment_method"),
        sa.CheckConstraint(
            "status IN ('pending', 'paid', 'failed', 'partially_refunded', 'refunded')", name="ck_payment_status"
        ),
        sa.CheckConstraint("amount_minor > 0", name="ck_payment_amount"),
        sa.CheckConstraint(
            "doctor_share_minor >= 0 AND center_share_minor >= 0 AND doctor_share_minor + center_share_minor <= amount_minor",
            name="ck_payment_shares",
        ),
        sa.CheckConstraint(
            "refunded_minor >= 0 AND refunded_minor <= amount_minor", name="ck_payment_not_over_refunded"
        ),
        sa.ForeignKeyConstraint(
            ["clinic_id"],
            ["clinic.id"],
        ),
        sa.ForeignKeyConstraint(
            ["doctor_id"],
            ["doctor.id"],
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"],
            ["invoice.id"],
        ),
        sa.ForeignKeyConstraint(
            ["patient_id"],
            ["patient.id"],
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"],
            ["visit.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("stripe_intent_id", name="uq_payment_stripe_intent"),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.create_index("ix_payment_clinic_created", ["clinic_id", "created_at", "id"], unique=False)
        batch_op.create_index("ix_payment_created", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_payment_doctor_paid", ["doctor_id", "paid_at"], unique=False)
        batch_op.create_index("ix_payment_invoice", ["invoice_id"], unique=False)
        batch_op.create_index("ix_payment_patient", ["patient_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("payment", schema=None) as batch_op:
        batch_op.drop_index("ix_payment_patient")
        batch_op.drop_index("ix_payment_invoice")
        batch_op.drop_index("ix_payment_doctor_paid")
        batch_op.drop_index("ix_payment_created")
        batch_op.drop_index("ix_payment_clinic_created")
    op.drop_table("payment")
    op.drop_table("invoice_line")
    with op.batch_alter_table("invoice", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_invoice_visit",
            postgresql_where=sa.text("status IN ('draft', 'issued', 'partially_paid', 'paid', 'partially_refunded')"),
            sqlite_where=sa.text("status IN ('draft', 'issued', 'partially_paid', 'paid', 'partially_refunded')"),
        )
        batch_op.drop_index("ix_invoice_patient")
        batch_op.drop_index("ix_invoice_doctor")
        batch_op.drop_index("ix_invoice_created")
        batch_op.drop_index("ix_invoice_clinic_issued")
        batch_op.drop_index("ix_invoice_clinic_created")
        batch_op.drop_index("ix_invoice_visit")
        batch_op.drop_index("ix_invoice_appointment")
    op.drop_table("invoice")
    with op.batch_alter_table("visit", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_visit_active",
            postgresql_where=sa.text("status IN ('waiting', 'called', 'in_progress')"),
            sqlite_where=sa.text("status IN ('waiting', 'called', 'in_progress')"),
        )
        batch_op.drop_index(batch_op.f("ix_visit_service_id"))
        batch_op.drop_index("ix_visit_patient_check_in")
        batch_op.drop_index("ix_visit_doctor_day")
        batch_op.drop_index("ix_visit_clinic_check_in")
        batch_op.drop_index("ix_visit_check_in")
    op.drop_table("visit")
    with op.batch_alter_table("notification", schema=None) as batch_op:
        batch_op.drop_index("ix_notification_patient")
        batch_op.drop_index("ix_notification_clinic_created")
        batch_op.drop_index("ix_notification_appointment")
    op.drop_table("notification")
    with op.batch_alter_table("doctor_time", schema=None) as batch_op:
        batch_op.drop_index("ix_doctor_time_to")
        batch_op.drop_index("ix_doctor_time_from")
    op.drop_table("doctor_time")
    with op.batch_alter_table("patient_term", schema=None) as batch_op:
        batch_op.drop_index("ix_patient_term_patient")
    op.drop_table("patient_term")
    with op.batch_alter_table("doctor_patient", schema=None) as batch_op:
        batch_op.drop_index("ix_doctor_patient_patient")
    op.drop_table("doctor_patient")
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_index("ix_appointment_start")
        batch_op.drop_index(batch_op.f("ix_appointment_service_id"))
        batch_op.drop_index("ix_appointment_patient_start")
        batch_op.drop_index("ix_appointment_doctor_start")
        batch_op.drop_index("ix_appointment_clinic_start")
    op.drop_table("appointment")
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.drop_index("ix_patient_name")
        batch_op.drop_index("ix_patient_email")
        batch_op.drop_index("ix_patient_contact")
        batch_op.drop_index("ix_patient_clinic_name")
    op.drop_table("patient")
    with op.batch_alter_table("doctor_service", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_doctor_service_service_id"))
    op.drop_table("doctor_service")
    with op.batch_alter_table("doctor_clinic", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_doctor_clinic_clinic_id"))
    op.drop_table("doctor_clinic")
    with op.batch_alter_table("availability_date", schema=None) as batch_op:
        batch_op.drop_index("ix_availability_date_doctor")
        batch_op.drop_index(batch_op.f("ix_availability_date_clinic_id"))
    op.drop_table("availability_date")
    with op.batch_alter_table("availability", schema=None) as batch_op:
        batch_op.drop_index("ix_availability_doctor")
        batch_op.drop_index("ix_availability_clinic")
    op.drop_table("availability")
    with op.batch_alter_table("staff_clinic", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_clinic_clinic_id"))
    op.drop_table("staff_clinic")
    op.drop_table("setting")
    op.drop_table("service")
    op.drop_table("queue_counter")
    op.drop_table("number_series")
    op.drop_table("holiday")
    with op.batch_alter_table("doctor", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_doctor_specialty_id"))
    op.drop_table("doctor")
    op.drop_table("board_version")
    op.drop_table("specialty")
    op.drop_table("provider_event")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_open",
            postgresql_where=sa.text("status IN ('pending', 'claimed')"),
            sqlite_where=sa.text("status IN ('pending', 'claimed')"),
        )
    op.drop_table("outbox")
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.drop_index("ix_idempotency_key_created_at")
    op.drop_table("idempotency_key")
    op.drop_table("clinic")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_row")
        batch_op.drop_index("ix_audit_entry_clinic")
        batch_op.drop_index("ix_audit_entry_at")
    op.drop_table("audit_entry")
