"""Clinics, staff, doctors, patients and the services they are offered."""
