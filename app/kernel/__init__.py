"""What every part stands on; it knows no clinic words."""
