"""What is owed and what was paid: invoices, payments, the doctors' shares."""
