"""Hold times for some minutes, keep doctors' leave, say at which clinic a doctor is busy, limit a doctor's day.

On SQLite `doctor_time` is rebuilt, and its triggers are laid again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BUSY = "ex_doctor_time_busy"
LEAVE = "ex_doctor_leave_overlap"
OWNER = "(appointment_id IS NULL) <> (hold_id IS NULL) AND (hold_id IS NULL) = (expires_at IS NULL)"
MAXIMUM = "daily_maximum IS NULL OR daily_maximum BETWEEN 1 AND 200"


def upgrade() -> None:
    create_tables()
    if op.get_bind().dialect.name == "postgresql":
        extend_postgresql()
    else:
        extend_sqlite()
    op.execute(
        """UPDATE doctor_time
        SET clinic_id = (SELECT clinic_id FROM appointment WHERE appointment.id = doctor_time.appointment_id)"""
    )
    op.create_index("uq_doctor_time_hold", "doctor_time", ["hold_id"], unique=True)


def create_tables() -> None:
    op.create_table(
        "slot_hold",
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_by", sa.Integer(), nullable=True),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts_at < ends_at", name="ck_slot_hold_times"),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctor.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["held_by"], ["ab_user.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_slot_hold_doctor", "slot_hold", ["doctor_id", "expires_at"])
    op.create_table(
        "doctor_leave",
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=160), nullable=True),
        sa.Column("entered_by", sa.String(length=130), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("first_day <= last_day", name="ck_doctor_leave_days"),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctor.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_doctor_leave_doctor", "doctor_leave", ["doctor_id", "last_day"])


def extend_postgresql() -> None:
    op.add_column("doctor_clinic", sa.Column("daily_maximum", sa.Integer(), nullable=True))
    op.create_check_constraint("ck_doctor_clinic_daily_maximum", "doctor_clinic", MAXIMUM)
    op.add_column("doctor_time", sa.Column("clinic_id", sa.Integer(), nullable=True))
    op.create_foreign_key(None, "doctor_time", "clinic", ["clinic_id"], ["id"])
    op.add_column("doctor_time", sa.Column("hold_id", sa.Integer(), nullable=True))
    op.create_foreign_key(None, "doctor_time", "slot_hold", ["hold_id"], ["id"], ondelete="CASCADE")
    op.create_check_constraint("ck_doctor_time_owner", "doctor_time", OWNER)
    op.execute(
        f"""ALTER TABLE doctor_leave ADD CONSTRAINT {LEAVE} EXCLUDE USING gist (
            int4range(doctor_id, doctor_id, '[]') WITH &&, daterange(first_day, last_day, '[]') WITH &&)"""
    )


def extend_sqlite() -> None:
    op.execute(
        f"""ALTER TABLE doctor_clinic ADD COLUMN daily_maximum INTEGER
        CONSTRAINT ck_doctor_clinic_daily_maximum CHECK ({MAXIMUM})"""
    )
    rebuild_doctor_time()
    for name, when in (("insert", "INSERT"), ("update", "UPDATE OF doctor_id, first_day, last_day")):
        op.execute(
            f"""CREATE TRIGGER doctor_leave_overlap_{name} BEFORE {when} ON doctor_leave WHEN EXISTS (
                SELECT 1 FROM doctor_leave AS other WHERE other.doctor_id = NEW.doctor_id AND other.id IS NOT NEW.id
                AND other.first_day <= NEW.last_day AND other.last_day >= NEW.first_day)
            BEGIN SELECT RAISE(ABORT, '{LEAVE}'); END"""
        )


def rebuild_doctor_time() -> None:
    """Alembic does not read the options of a foreign key that a column was added with, so the table is made anew.

    That drops its triggers, which are laid again as 0003 has them.
    """
    with op.batch_alter_table("doctor_time", recreate="always") as batch:
        batch.add_column(sa.Column("clinic_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("hold_id", sa.Integer(), nullable=True))
        batch.create_foreign_key("fk_doctor_time_clinic", "clinic", ["clinic_id"], ["id"])
        batch.create_foreign_key("fk_doctor_time_hold", "slot_hold", ["hold_id"], ["id"], ondelete="CASCADE")
        batch.create_check_constraint("ck_doctor_time_owner", OWNER)
    lay_busy_triggers()


def lay_busy_triggers() -> None:
    for name, when in (("insert", "INSERT"), ("update", "UPDATE OF doctor_id, busy_from, busy_to")):
        op.execute(
            f"""CREATE TRIGGER doctor_time_busy_{name} BEFORE {when} ON doctor_time WHEN EXISTS (
                SELECT 1 FROM doctor_time AS other WHERE other.doctor_id = NEW.doctor_id AND other.id IS NOT NEW.id
                AND other.busy_from < NEW.busy_to AND other.busy_to > NEW.busy_from)
            BEGIN SELECT RAISE(ABORT, '{BUSY}'); END"""
        )


def downgrade() -> None:
    op.execute("DELETE FROM doctor_time WHERE hold_id IS NOT NULL")
    op.drop_index("uq_doctor_time_hold", table_name="doctor_time")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("ck_doctor_time_owner", "doctor_time", type_="check")
        for column in ("hold_id", "clinic_id"):
            op.drop_column("doctor_time", column)
        op.drop_column("doctor_clinic", "daily_maximum")
    else:
        with op.batch_alter_table("doctor_time", recreate="always") as batch:
            batch.drop_constraint("ck_doctor_time_owner", type_="check")
            for column in ("hold_id", "clinic_id"):
                batch.drop_constraint(f"fk_doctor_time_{column.removesuffix('_id')}", type_="foreignkey")
                batch.drop_column(column)
        lay_busy_triggers()
        op.execute("ALTER TABLE doctor_clinic DROP COLUMN daily_maximum")
    op.drop_table("doctor_leave")
    op.drop_table("slot_hold")
