"""Keep a waiting list, and what freed times were offered to whom."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WAITING = sa.text("status = 'waiting'")
OPEN = sa.text("status = 'open'")
LIVE = sa.text("status IN ('open', 'accepted')")


def upgrade() -> None:
    create_entries()
    create_offers()
    # SQLite takes a reference with the column alone; a constraint of its own would rebuild the table.
    op.execute("ALTER TABLE slot_hold ADD COLUMN offer_id INTEGER REFERENCES waitlist_offer (id)")
    op.create_index("uq_slot_hold_offer", "slot_hold", ["offer_id"], unique=True)
    op.execute("ALTER TABLE notification ADD COLUMN offer_id INTEGER REFERENCES waitlist_offer (id)")
    op.create_index("ix_notification_offer", "notification", ["offer_id"])


def create_entries() -> None:
    op.create_table(
        "waitlist_entry",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("urgency", sa.String(length=24), nullable=False),
        sa.Column("waiting_since", sa.Date(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("from_time", sa.Time(), nullable=True),
        sa.Column("to_time", sa.Time(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('waiting', 'booked', 'removed', 'lapsed')", name="ck_waitlist_entry_status"),
        sa.CheckConstraint("urgency IN ('routine', 'soon', 'urgent')", name="ck_waitlist_entry_urgency"),
        sa.CheckConstraint("from_day IS NULL OR to_day IS NULL OR from_day <= to_day", name="ck_waitlist_entry_days"),
        sa.CheckConstraint(
            "from_time IS NULL OR to_time IS NULL OR from_time < to_time", name="ck_waitlist_entry_times"
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"]),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"]),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"]),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctor.id"]),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    only_waiting = {"unique": True, "postgresql_where": WAITING, "sqlite_where": WAITING}
    op.create_index("uq_waitlist_entry_waiting", "waitlist_entry", ["patient_id", "service_id"], **only_waiting)
    rank = ["clinic_id", "status", "urgency", "waiting_since", "id"]
    op.create_index("ix_waitlist_entry_rank", "waitlist_entry", rank)
    op.create_index("ix_waitlist_entry_patient", "waitlist_entry", ["patient_id"])
    op.create_index("ix_waitlist_entry_appointment", "waitlist_entry", ["appointment_id"])


def create_offers() -> None:
    op.create_table(
        "waitlist_offer",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("offered_by", sa.String(length=130), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appointment_id", sa.Integer(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')", name="ck_waitlist_offer_status"
        ),
        sa.CheckConstraint("starts_at < ends_at", name="ck_waitlist_offer_times"),
        sa.CheckConstraint("(status = 'accepted') = (appointment_id IS NOT NULL)", name="ck_waitlist_offer_accepted"),
        sa.ForeignKeyConstraint(["entry_id"], ["waitlist_entry.id"]),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"]),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctor.id"]),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    only_live = {"unique": True, "postgresql_where": LIVE, "sqlite_where": LIVE}
    op.create_index("uq_waitlist_offer_live", "waitlist_offer", ["entry_id"], **only_live)
    op.create_index("ix_waitlist_offer_entry", "waitlist_offer", ["entry_id", "doctor_id", "starts_at"])
    op.create_index("ix_waitlist_offer_clinic", "waitlist_offer", ["clinic_id", "id"])
    still_open = {"postgresql_where": OPEN, "sqlite_where": OPEN}
    op.create_index("ix_waitlist_offer_open", "waitlist_offer", ["clinic_id", "expires_at"], **still_open)
    op.create_index("ix_waitlist_offer_appointment", "waitlist_offer", ["appointment_id"])


def downgrade() -> None:
    op.drop_index("ix_notification_offer", table_name="notification")
    op.drop_column("notification", "offer_id")
    op.drop_index("uq_slot_hold_offer", table_name="slot_hold")
    op.drop_column("slot_hold", "offer_id")
    op.drop_table("waitlist_offer")
    op.drop_table("waitlist_entry")
