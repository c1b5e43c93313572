"""Let appointments belong to a series, and remember that a no-show was taken back."""

import sqlalchemy as sa
from alembic import op

from app.kernel.columns import UtcDateTime

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("appointment", sa.Column("no_show_undone", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("appointment", "no_show_undone")
