"""Find the visits that have not ended without looking at those that have."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OPEN = sa.text("status IN ('waiting', 'called', 'in_progress')")


def upgrade() -> None:
    op.create_index(
        "ix_visit_open", "visit", ["clinic_id", "doctor_id"], unique=False, postgresql_where=OPEN, sqlite_where=OPEN
    )


def downgrade() -> None:
    op.drop_index("ix_visit_open", table_name="visit")
