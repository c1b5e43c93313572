"""Remembers what a file has had so far, on disk: a file may be larger than memory."""

from __future__ import annotations

import sqlite3


class Seen:
    """The first value that came with each key."""

    def __init__(self) -> None:
        self._rows = sqlite3.connect("", isolation_level=None)  # a temporary file of SQLite's own
        self._rows.execute("PRAGMA journal_mode = OFF")
        self._rows.execute("CREATE TABLE seen (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID")
        self._rows.execute("BEGIN")

    def first(self, key: str, value: str) -> str:
        """The value that the key came with first: `value` itself where it is new."""
        if self._rows.execute("INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", (key, value)).rowcount:
            return value
        found: str = self._rows.execute("SELECT value FROM seen WHERE key = ?", (key,)).fetchone()[0]
        return found

    def close(self) -> None:
        self._rows.close()
