"""Let the database itself refuse a doctor in two places, a changed issued invoice, a rewritten audit log.

Each guard is a constraint or trigger whose name the application knows (app/kernel/db.py, `refuses`).
On SQLite a later batch migration that rebuilds one of these tables drops its triggers: lay them again there.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BUSY = "ex_doctor_time_busy"
FROZEN = "ck_invoice_frozen_when_issued"
APPEND_ONLY = "ck_audit_entry_append_only"

FROZEN_COLUMNS = (
    "clinic_id",
    "patient_id",
    "doctor_id",
    "visit_id",
    "appointment_id",
    "number",
    "currency",
    "subtotal_minor",
    "discount_minor",
    "tax_minor",
    "total_minor",
    "issued_at",
    "due_date",
)
FROZEN_DOCUMENTS = ("billed_to", "issued_by")  # JSON, which PostgreSQL compares as text only


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        guard_postgresql()
    else:
        guard_sqlite()


def guard_postgresql() -> None:
    op.execute(
        f"""ALTER TABLE doctor_time ADD CONSTRAINT {BUSY} EXCLUDE USING gist (
            int4range(doctor_id, doctor_id, '[]') WITH &&, tstzrange(busy_from, busy_to) WITH &&)"""
    )
    op.execute(
        """CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = TG_ARGV[0], MESSAGE = TG_ARGV[0]; END $$"""
    )
    plain = [f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in FROZEN_COLUMNS]
    documents = [f"NEW.{column}::text IS DISTINCT FROM OLD.{column}::text" for column in FROZEN_DOCUMENTS]
    changed = " OR ".join(plain + documents)
    op.execute(
        f"""CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice FOR EACH ROW
        WHEN (OLD.status <> 'draft' AND ({changed} OR NEW.status = 'draft')) EXECUTE FUNCTION refuse_change('{FROZEN}')"""
    )
    op.execute(
        f"""CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice FOR EACH ROW
        WHEN (OLD.status <> 'draft') EXECUTE FUNCTION refuse_change('{FROZEN}')"""
    )
    op.execute(
        f"""CREATE FUNCTION refuse_line_of_issued() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE parent integer := CASE TG_OP WHEN 'DELETE' THEN OLD.invoice_id ELSE NEW.invoice_id END;
        BEGIN
            IF EXISTS (SELECT 1 FROM invoice WHERE id = parent AND status <> 'draft')
               OR (TG_OP = 'UPDATE' AND EXISTS (SELECT 1 FROM invoice WHERE id = OLD.invoice_id AND status <> 'draft')) THEN
                RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = '{FROZEN}', MESSAGE = '{FROZEN}';
            END IF;
            RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
        END $$"""
    )
    op.execute(
        """CREATE TRIGGER invoice_line_frozen BEFORE INSERT OR UPDATE OR DELETE ON invoice_line
        FOR EACH ROW EXECUTE FUNCTION refuse_line_of_issued()"""
    )
    op.execute(
        f"""CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION refuse_change('{APPEND_ONLY}')"""
    )


def guard_sqlite() -> None:
    for name, when in (("insert", "INSERT"), ("update", "UPDATE OF doctor_id, busy_from, busy_to")):
        op.execute(
            f"""CREATE TRIGGER doctor_time_busy_{name} BEFORE {when} ON doctor_time WHEN EXISTS (
                SELECT 1 FROM doctor_time AS other WHERE other.doctor_id = NEW.doctor_id AND other.id IS NOT NEW.id
                AND other.busy_from < NEW.busy_to AND other.busy_to > NEW.busy_from)
            BEGIN SELECT RAISE(ABORT, '{BUSY}'); END"""
        )
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in FROZEN_COLUMNS + FROZEN_DOCUMENTS)
    op.execute(
        f"""CREATE TRIGGER invoice_frozen BEFORE UPDATE ON invoice
        WHEN OLD.status <> 'draft' AND ({changed} OR NEW.status = 'draft')
        BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"""
    )
    op.execute(
        f"""CREATE TRIGGER invoice_kept BEFORE DELETE ON invoice WHEN OLD.status <> 'draft'
        BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"""
    )
    for name, parents in (
        ("insert", "NEW.invoice_id"),
        ("update", "NEW.invoice_id, OLD.invoice_id"),
        ("delete", "OLD.invoice_id"),
    ):
        op.execute(
            f"""CREATE TRIGGER invoice_line_frozen_{name} BEFORE {name.upper()} ON invoice_line
            WHEN EXISTS (SELECT 1 FROM invoice WHERE id IN ({parents}) AND status <> 'draft')
            BEGIN SELECT RAISE(ABORT, '{FROZEN}'); END"""
        )
    for name in ("update", "delete"):
        op.execute(
            f"""CREATE TRIGGER audit_entry_append_only_{name} BEFORE {name.upper()} ON audit_entry
            BEGIN SELECT RAISE(ABORT, '{APPEND_ONLY}'); END"""
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for trigger, table in (
            ("audit_entry_append_only", "audit_entry"),
            ("invoice_line_frozen", "invoice_line"),
            ("invoice_kept", "invoice"),
            ("invoice_frozen", "invoice"),
        ):
            op.execute(f"DROP TRIGGER {trigger} ON {table}")
        op.execute("DROP FUNCTION refuse_line_of_issued()")
        op.execute("DROP FUNCTION refuse_change()")
        op.execute(f"ALTER TABLE doctor_time DROP CONSTRAINT {BUSY}")
        return
    for trigger in (
        "audit_entry_append_only_update",
        "audit_entry_append_only_delete",
        "invoice_line_frozen_insert",
        "invoice_line_frozen_update",
        "invoice_line_frozen_delete",
        "invoice_kept",
        "invoice_frozen",
        "doctor_time_busy_insert",
        "doctor_time_busy_update",
    ):
        op.execute(f"DROP TRIGGER {trigger}")
