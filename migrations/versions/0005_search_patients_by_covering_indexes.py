"""Let a search read nothing but indexes, and let SQLite know how patients are spread.

SQLite guesses ten rows per clinic until it is told; the figures below are those of a large clinic, and plans that are
right for it are fast for a small one (https://www.sqlite.org/lang_analyze.html, "Fixed Results Of ANALYZE").
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SPREAD = (
    ("patient", "ix_patient_name", "100000 2 1"),
    ("patient", "ix_patient_email", "100000 1"),
    ("patient", "ix_patient_contact", "100000 50"),
    ("patient", "ix_patient_clinic_name", "100000 50000 2 1"),
    ("patient", "sqlite_autoindex_patient_1", "100000 50000 1"),
    ("patient", "sqlite_autoindex_patient_2", "100000 50000 1"),
    ("patient_term", "patient_term", "2400000 2 2 1"),
    ("patient_term", "ix_patient_term_patient", "2400000 24 1"),
    ("doctor_patient", "sqlite_autoindex_doctor_patient_1", "100000 2000 1"),
    ("doctor_patient", "ix_doctor_patient_patient", "100000 2"),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_patient_term_patient", "patient_term")
    else:
        rebuild(sqlite_with_rowid=False)
        op.execute("ANALYZE sqlite_schema")
        row = sa.table("sqlite_stat1", sa.column("tbl"), sa.column("idx"), sa.column("stat"))
        op.bulk_insert(row, [{"tbl": table, "idx": index, "stat": stat} for table, index, stat in SPREAD])
    op.create_index("ix_patient_term_patient", "patient_term", ["patient_id", "term"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_patient_term_patient", "patient_term")
    else:
        rebuild(sqlite_with_rowid=True)
        for table in {table for table, _, _ in SPREAD}:
            op.execute(sa.text("DELETE FROM sqlite_stat1 WHERE tbl = :table").bindparams(table=table))
    op.create_index("ix_patient_term_patient", "patient_term", ["patient_id"])


def rebuild(*, sqlite_with_rowid: bool) -> None:
    """Without a row id the primary key is the table itself, and every other index carries it."""
    op.rename_table("patient_term", "patient_term_before")
    op.drop_index("ix_patient_term_patient", "patient_term_before")
    op.create_table(
        "patient_term",
        sa.Column("term", sa.String(length=40), nullable=False),
        sa.Column("clinic_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"]),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("term", "clinic_id", "patient_id"),
        sqlite_with_rowid=sqlite_with_rowid,
    )
    op.execute("INSERT INTO patient_term SELECT term, clinic_id, patient_id FROM patient_term_before")
    op.drop_table("patient_term_before")
