"""Find what needs doing among many rows: an index over the few in each state that somebody must act on."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_appointment_requested", "appointment", "starts_at", "status = 'requested'"),
    ("ix_appointment_confirmed", "appointment", "starts_at", "status = 'confirmed'"),
    ("ix_invoice_draft", "invoice", "created_at", "status = 'draft'"),
    ("ix_invoice_unpaid", "invoice", "due_date", "status IN ('issued', 'partially_paid')"),
    ("ix_payment_pending", "payment", "created_at", "status = 'pending'"),
    ("ix_notification_failed", "notification", "created_at", "status = 'failed'"),
)


def upgrade() -> None:
    for name, table, column, where in INDEXES:
        op.create_index(
            name, table, ["clinic_id", column], postgresql_where=sa.text(where), sqlite_where=sa.text(where)
        )


def downgrade() -> None:
    for name, table, _column, _where in INDEXES:
        op.drop_index(name, table_name=table)
