"""What the adapters of all domains share."""
