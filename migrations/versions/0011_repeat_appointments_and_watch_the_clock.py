"""Let appointments belong to a series, and remember that a no-show was taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


IN_SERIES = sa.text("series_id IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "appointment_series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"]),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctor.id"]),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"]),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"]),
        sa.ForeignKeyConstraint(["created_by_id"], ["ab_user.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_appointment_series_clinic", "appointment_series", ["clinic_id"])
    op.create_index("ix_appointment_series_patient", "appointment_series", ["patient_id"])
    op.add_column("appointment", sa.Column("no_show_undone", sa.Boolean(), nullable=False, server_default=sa.false()))
    # SQLite takes a reference with the column alone; a constraint of its own would rebuild the table.
    op.execute("ALTER TABLE appointment ADD COLUMN series_id INTEGER REFERENCES appointment_series (id)")
    op.create_index(
        "ix_appointment_series",
        "appointment",
        ["series_id", "starts_at"],
        postgresql_where=IN_SERIES,
        sqlite_where=IN_SERIES,
    )


def downgrade() -> None:
    op.drop_index("ix_appointment_series", table_name="appointment")
    op.drop_column("appointment", "series_id")
    op.drop_column("appointment", "no_show_undone")
    op.drop_table("appointment_series")
