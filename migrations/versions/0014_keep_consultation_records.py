"""Keep private notes, vitals, the signature and amendments of a consultation, and the doctors' note templates.

A signed record is locked by the database itself, what was begun stays with the doctor who began it, and amendments are
only added. Consultations that ended before are signed by their doctor, at their end. The guards let a move to a new
encryption key pass, which has a row in key_rotation while it lasts.
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

ROTATES = "EXISTS (SELECT 1 FROM key_rotation)"
RECORD = ("notes", "private_notes", "vitals")
LOCKED = (*RECORD, "record_revision", "signed_at", "signed_by", "doctor_id")


def upgrade() -> None:
    op.create_table(
        "key_rotation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
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


def guards(differs: str) -> list[tuple[str, str, str, str, str]]:
    """Trigger, table, occasion, condition ("" for any), constraint."""
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in LOCKED)
    written = " OR ".join(f"OLD.{column} IS NOT NULL" for column in RECORD)
    signed, unsigned = "OLD.signed_at IS NOT NULL", "OLD.signed_at IS NULL"
    other_doctor = f"{unsigned} AND NEW.doctor_id <> OLD.doctor_id AND ({written})"
    return [
        ("visit_record_signed", "visit", "UPDATE", f"{signed} AND ({changed}) AND NOT {ROTATES}", SIGNED),
        ("visit_record_kept", "visit", "DELETE", signed, SIGNED),
        ("visit_record_owned", "visit", "UPDATE OF doctor_id", other_doctor, OWNED),
        ("visit_amendment_append_only_update", "visit_amendment", "UPDATE", f"NOT {ROTATES}", APPEND_ONLY),
        ("visit_amendment_append_only_delete", "visit_amendment", "DELETE", "", APPEND_ONLY),
    ]


def guard_postgresql() -> None:
    """A condition of a trigger takes no subquery there: it stands in the trigger's function."""
    for name, table, when, condition, constraint in guards("IS DISTINCT FROM"):
        op.execute(
            f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF {condition or "true"} THEN
                    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}', MESSAGE = '{constraint}';
                END IF;
                RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
            END $$"""
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def guard_sqlite() -> None:
    for name, table, when, condition, constraint in guards("IS NOT"):
        op.execute(
            f"""CREATE TRIGGER {name} BEFORE {when} ON {table} {f"WHEN {condition}" if condition else ""}
            BEGIN SELECT RAISE(ABORT, '{constraint}'); END"""
        )


def downgrade() -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for name, table, *_rest in guards("IS NOT"):
        op.execute(f"DROP TRIGGER {name} ON {table}" if on_postgresql else f"DROP TRIGGER {name}")
        if on_postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("note_template", "visit_amendment", "key_rotation"):
        op.drop_table(table)
    for column in ("signed_by", "signed_at", "record_revision", "vitals", "private_notes"):
        op.drop_column("visit", column)
