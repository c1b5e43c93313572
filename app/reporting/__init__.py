"""Reads over all domains: dashboards and exports."""
