"""Let the database itself keep a clinic's currency from its first invoice on.

The domain of clinics knows nothing of invoices; the trigger does. On SQLite a later batch migration that rebuilds
`clinic` drops it: lay it again there.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

FIXED = "ck_clinic_currency_fixed"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""CREATE FUNCTION refuse_other_currency() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF EXISTS (SELECT 1 FROM invoice WHERE clinic_id = OLD.id) THEN
                    RAISE EXCEPTION USING ERRCODE = 'check_violation', CONSTRAINT = '{FIXED}', MESSAGE = '{FIXED}';
                END IF;
                RETURN NEW;
            END $$"""
        )
        op.execute(
            """CREATE TRIGGER clinic_currency_fixed BEFORE UPDATE ON clinic FOR EACH ROW
            WHEN (NEW.currency IS DISTINCT FROM OLD.currency) EXECUTE FUNCTION refuse_other_currency()"""
        )
    else:
        op.execute(
            f"""CREATE TRIGGER clinic_currency_fixed BEFORE UPDATE ON clinic
            WHEN NEW.currency IS NOT OLD.currency AND EXISTS (SELECT 1 FROM invoice WHERE clinic_id = OLD.id)
            BEGIN SELECT RAISE(ABORT, '{FIXED}'); END"""
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER clinic_currency_fixed ON clinic")
        op.execute("DROP FUNCTION refuse_other_currency()")
    else:
        op.execute("DROP TRIGGER clinic_currency_fixed")
