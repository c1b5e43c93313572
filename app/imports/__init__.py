"""Brings patients and past appointments of another system in from CSV files."""
