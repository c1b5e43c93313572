"""Keep private notes, vitals, the signature and amendments of a consultation, and the doctors' note templates.

A signed record is locked by the database itself, what was begun stays with the doctor who began it, and amendments are
only added. Consultations that ended before are signed by their doctor, at their end.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SIGNED = "ck_visit_record_signed"
OWNED = "ck_visit_record_of_its_doctor"
APPEND_ONLY = "ck_visit_amendment_append_only"

RECORD = ("notes", "private_notes", "vitals")
LOCKED = (*RECORD, "record_revision", "signed_at", "signed_by", "doctor_id")


def upgrade() -> None:
    op.add_column("visit", sa.Column("private_notes", sa.Text(), nullable=True))
    op.add_column("visit", sa.Column("vitals", sa.Text(), nullable=True))
    op.add_column("visit", sa.Column("record_revision", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("visit", sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("visit", sa.Column("signed_by", sa.String(length=130), nullable=True))
    op.execute(
        """UPDATE visit SET signed_at = end_time, signed_by = (SELECT name FROM doctor WHERE doctor.id = visit.doctor_id)
        WHERE status = 'completed'"""
    )
    create_amendments()
    create_templates()
    if op.get_bind().dialect.name == "postgresql":
        guard_postgresql()
    else:
        guard_sqlite()


def create_amendments() -> None:
    op.create_table(
        "visit_amendment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("author", sa.String(length=130), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"]),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctor.id"]),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_visit_amendment_visit", "visit_amendment", ["visit_id", "id"])


def create_templates() -> None:
    op.create_table(
        "note_template",
        sa.Column("doctor_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["doctor_id"], ["doctor.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("doctor_id", "name", name="uq_note_template_name"),
        sqlite_autoincrement=True,
    )


def guard_postgresql() -> None:
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in LOCKED)
    written = " OR ".join(f"OLD.{column} IS NOT NULL" for column in RECORD)
    op.execute(
        f"""CREATE TRIGGER visit_record_signed BEFORE UPDATE ON visit FOR EACH ROW
        WHEN (OLD.signed_at IS NOT NULL AND ({changed})) EXECUTE FUNCTION refuse_change('{SIGNED}')"""
    )
    op.execute(
        f"""CREATE TRIGGER visit_record_kept BEFORE DELETE ON visit FOR EACH ROW
        WHEN (OLD.signed_at IS NOT NULL) EXECUTE FUNCTION refuse_change('{SIGNED}')"""
    )
    op.execute(
        f"""CREATE TRIGGER visit_record_owned BEFORE UPDATE OF doctor_id ON visit FOR EACH ROW
        WHEN (OLD.signed_at IS NULL AND NEW.doctor_id <> OLD.doctor_id AND ({written}))
        EXECUTE FUNCTION refuse_change('{OWNED}')"""
    )
    op.execute(
        f"""CREATE TRIGGER visit_amendment_append_only BEFORE UPDATE OR DELETE ON visit_amendment
        FOR EACH ROW EXECUTE FUNCTION refuse_change('{APPEND_ONLY}')"""
    )


def guard_sqlite() -> None:
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in LOCKED)
    written = " OR ".join(f"OLD.{column} IS NOT NULL" for column in RECORD)
    op.execute(
        f"""CREATE TRIGGER visit_record_signed BEFORE UPDATE ON visit WHEN OLD.signed_at IS NOT NULL AND ({changed})
        BEGIN SELECT RAISE(ABORT, '{SIGNED}'); END"""
    )
    op.execute(
        f"""CREATE TRIGGER visit_record_kept BEFORE DELETE ON visit WHEN OLD.signed_at IS NOT NULL
        BEGIN SELECT RAISE(ABORT, '{SIGNED}'); END"""
    )
    op.execute(
        f"""CREATE TRIGGER visit_record_owned BEFORE UPDATE OF doctor_id ON visit
        WHEN OLD.signed_at IS NULL AND NEW.doctor_id <> OLD.doctor_id AND ({written})
        BEGIN SELECT RAISE(ABORT, '{OWNED}'); END"""
    )
    for name in ("update", "delete"):
        op.execute(
            f"""CREATE TRIGGER visit_amendment_append_only_{name} BEFORE {name.upper()} ON visit_amendment
            BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"""
        )


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for trigger in ("visit_record_signed", "visit_record_kept", "visit_record_owned"):
        op.execute(f"DROP TRIGGER {trigger}{' ON visit' if on_postgresql else ''}")
    op.drop_table("note_template")
    op.drop_table("visit_amendment")
    for column in ("signed_by", "signed_at", "record_revision", "vitals", "private_notes"):
        op.drop_column("visit", column)
