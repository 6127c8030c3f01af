# SPDX-License-Identifier: Apache-2.0
"""The SQLite file that the cloud keeps all its state in, so that it survives a restart."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

VERSION = 2
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS instances (
    id           TEXT PRIMARY KEY,
    cvm_id       TEXT NOT NULL UNIQUE,
    project      TEXT NOT NULL,
    address      TEXT UNIQUE,
    os_type      TEXT NOT NULL,
    os_name      TEXT NOT NULL,
    name         TEXT NOT NULL,
    supported    INTEGER NOT NULL,
    driver       TEXT NOT NULL,
    user_data    BLOB,
    vendor_data  TEXT,              -- JSON
    public_keys  TEXT NOT NULL,     -- JSON
    mac          TEXT,
    flag         INTEGER NOT NULL DEFAULT 0,
    state        TEXT NOT NULL,
    operation    TEXT               -- JSON
);
CREATE TABLE IF NOT EXISTS pending (
    instance   TEXT PRIMARY KEY REFERENCES instances (id),
    blob       TEXT NOT NULL,       -- JSON, so that a test can store any value
    user_name  TEXT,                -- JSON
    created    REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS results (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    instance  TEXT NOT NULL REFERENCES instances (id),
    document  TEXT NOT NULL,        -- JSON
    received  REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS audit (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    received  REAL NOT NULL,
    client    TEXT NOT NULL,
    method    TEXT NOT NULL,
    target    TEXT NOT NULL,
    status    INTEGER,              -- of the answer; NULL where a fault took its place
    note      TEXT NOT NULL
);
PRAGMA user_version = {VERSION};
"""


class Database:
    """One connection, one transaction at a time; safe to use from many threads."""

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        """In memory if no file is named."""
        self._lock = threading.Lock()
        name = ":memory:" if path is None else os.fspath(path)
        if path is not None:
            Path(path).touch(0o600)  # what guests decrypt is as good as passwords; SQLite's other files follow
        self._connection = sqlite3.connect(name, check_same_thread=False)
        found = self._connection.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, VERSION):
            self._connection.close()
            raise ValueError(f"{name} was made by another version of the reference cloud")
        # A commit is safe from a crash of this process; the disk may take its time.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        with self.transaction() as connection:
            connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commits at its end, or rolls back when an exception leaves it."""
        with self._lock, self._connection:
            yield self._connection

    def close(self) -> None:
        """Close the file; everything is committed already."""
        with self._lock:
            self._connection.close()
