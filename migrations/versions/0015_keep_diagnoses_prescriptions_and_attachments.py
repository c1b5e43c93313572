"""Keep coded diagnoses, prescriptions and attachments; what is signed or issued stays as it is.

The guards let a move to a new encryption key pass, which has a row in key_rotation while it lasts. On SQLite a later
batch migration that rebuilds one of these tables drops its triggers: lay them again there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LOCKED = "ck_visit_diagnosis_locked"
FIXED = "ck_prescription_fixed"
KEPT = "ck_attachment_kept"
MAIN = sa.text("kind = 'main'")

OVER = "SELECT 1 FROM visit WHERE id = {}.visit_id AND status IN ('completed', 'left')"
ROTATES = "EXISTS (SELECT 1 FROM key_rotation)"
OF_A_PRESCRIPTION = ("visit_id", "clinic_id", "doctor_id", "patient_id", "issued_at", "item_count", "form_key")
OF_AN_ATTACHMENT = (
    "visit_id", "patient_id", "clinic_id", "doctor_id", "content_type", "size", "sha256", "uploaded_at", "uploaded_by",
)  # fmt: skip


def upgrade() -> None:
    create_codes()
    create_diagnoses()
    create_prescriptions()
    create_attachments()
    if op.get_bind().dialect.name == "postgresql":
        guard_postgresql()
    else:
        guard_sqlite()


def entity() -> list[sa.Column]:
    return [
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    ]


def references(*names: str) -> list[sa.Column | sa.ForeignKeyConstraint]:
    columns = [sa.Column(f"{name}_id", sa.Integer(), nullable=False) for name in names]
    return [*columns, *(sa.ForeignKeyConstraint([f"{name}_id"], [f"{name}.id"]) for name in names)]


def create_codes() -> None:
    op.create_table(
        "diagnosis_code",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("system", sa.String(length=24), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        *entity(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code", name="uq_diagnosis_code"),
        sqlite_autoincrement=True,
    )
    term = sa.String(length=40).with_variant(sa.String(length=40, collation="C"), "postgresql")
    op.create_table(
        "diagnosis_term",
        sa.Column("term", term, nullable=False),
        sa.Column("code_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["code_id"], ["diagnosis_code.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("term", "code_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_diagnosis_term_code", "diagnosis_term", ["code_id", "term"])


def create_diagnoses() -> None:
    op.create_table(
        "visit_diagnosis",
        *references("visit", "clinic", "doctor"),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        *entity(),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("kind IN ('main', 'secondary')", name="ck_visit_diagnosis_kind"),
        sqlite_autoincrement=True,
    )
    only_main = {"unique": True, "postgresql_where": MAIN, "sqlite_where": MAIN}
    op.create_index("uq_visit_diagnosis_main", "visit_diagnosis", ["visit_id"], **only_main)
    op.create_index("ix_visit_diagnosis_visit", "visit_diagnosis", ["visit_id", "position"])


def create_prescriptions() -> None:
    op.create_table(
        "prescription",
        *references("visit", "clinic", "doctor", "patient"),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=True),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        *entity(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("visit_id", "form_key", name="uq_prescription_form_key"),
        sa.CheckConstraint("status IN ('issued', 'cancelled')", name="ck_prescription_status"),
        sa.CheckConstraint("item_count BETWEEN 1 AND 12", name="ck_prescription_items"),
        sa.CheckConstraint("(status = 'cancelled') = (cancelled_at IS NOT NULL)", name="ck_prescription_cancelled"),
        sa.CheckConstraint("(status = 'cancelled') = (cancel_reason IS NOT NULL)", name="ck_prescription_reason"),
        sqlite_autoincrement=True,
    )
    newest = ["doctor_id", "patient_id", "issued_at", "id"]
    op.create_index("ix_prescription_doctor_patient", "prescription", newest)
    op.create_table(
        "prescription_item",
        *references("prescription"),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("medicine", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=True)
            for name in ("strength", "dose", "frequency", "duration", "quantity", "instructions")
        ),
        *entity(),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("prescription_id", "position", name="uq_prescription_item"),
        sa.CheckConstraint("position >= 1", name="ck_prescription_item_position"),
        sqlite_autoincrement=True,
    )


def create_attachments() -> None:
    op.create_table(
        "attachment",
        *references("visit", "patient", "clinic", "doctor"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.String(length=40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by", sa.String(length=130), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        *entity(),
        sa.PrimaryKeyConstraint("id"),
        sa.CheckConstraint("(removed_at IS NULL) = (content IS NOT NULL)", name="ck_attachment_content"),
        sa.CheckConstraint("size > 0", name="ck_attachment_size"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_attachment_visit", "attachment", ["visit_id", "id"])


# -- guards: name, table, when, condition, constraint. {differs} is "is distinct from" of the database ----------------


def guards(differs: str) -> list[tuple[str, str, str, str, str]]:
    prescription = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in OF_A_PRESCRIPTION)
    attachment = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in OF_AN_ATTACHMENT)
    signed = OVER.format("OLD")
    rewritten = f"NEW.name {differs} OLD.name OR (NEW.content IS NOT NULL AND NEW.content {differs} OLD.content)"
    return [
        ("visit_diagnosis_locked_insert", "visit_diagnosis", "INSERT", f"EXISTS ({OVER.format('NEW')})", LOCKED),
        (
            "visit_diagnosis_locked_update",
            "visit_diagnosis",
            "UPDATE",
            f"EXISTS ({OVER.format('OLD')}) AND NOT {ROTATES}",
            LOCKED,
        ),
        ("visit_diagnosis_locked_delete", "visit_diagnosis", "DELETE", f"EXISTS ({OVER.format('OLD')})", LOCKED),
        (
            "prescription_fixed",
            "prescription",
            "UPDATE",
            f"({prescription} OR OLD.status = 'cancelled') AND NOT {ROTATES}",
            FIXED,
        ),
        ("prescription_kept", "prescription", "DELETE", "", FIXED),
        (
            "prescription_item_fixed_insert",
            "prescription_item",
            "INSERT",
            "NEW.position > (SELECT item_count FROM prescription WHERE id = NEW.prescription_id)",
            FIXED,
        ),
        ("prescription_item_fixed_update", "prescription_item", "UPDATE", f"NOT {ROTATES}", FIXED),
        ("prescription_item_fixed_delete", "prescription_item", "DELETE", "", FIXED),
        (
            "attachment_kept_update",
            "attachment",
            "UPDATE",
            f"({attachment} OR {rewritten} OR OLD.removed_at IS NOT NULL OR EXISTS ({signed})) AND NOT {ROTATES}",
            KEPT,
        ),
        ("attachment_kept_delete", "attachment", "DELETE", "", KEPT),
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
    postgresql = op.get_bind().dialect.name == "postgresql"
    for name, table, *_rest in guards("IS NOT"):
        op.execute(f"DROP TRIGGER {name} ON {table}" if postgresql else f"DROP TRIGGER {name}")
        if postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    for table in (
        "attachment", "prescription_item", "prescription", "visit_diagnosis", "diagnosis_term", "diagnosis_code",
    ):  # fmt: skip
        op.drop_table(table)
