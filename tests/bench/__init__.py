"""Benchmarks: `make bench`, or `python -m tests.bench --quick` to try them out."""
