"""Say why a visit is urgent, or no longer is."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("visit", sa.Column("priority_reason", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("visit", "priority_reason")
