# SPDX-License-Identifier: Apache-2.0
"""What the cloud remembers, in SQLite, so that it survives a restart."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Iterator, List, Optional, Union

SCHEMA = """
CREATE TABLE IF NOT EXISTS instances (
    id       TEXT PRIMARY KEY,
    project  TEXT NOT NULL,
    address  TEXT UNIQUE,
    os_type  TEXT NOT NULL,
    flag     INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS pending (
    instance   TEXT PRIMARY KEY REFERENCES instances (id),
    blob       TEXT NOT NULL,  -- JSON, so that a test can store any value
    user_name  TEXT,           -- JSON
    created    REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS results (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    instance  TEXT NOT NULL REFERENCES instances (id),
    document  TEXT NOT NULL,  -- JSON
    received  REAL NOT NULL
);
"""


class UnknownInstance(LookupError):
    """No such instance here."""


@dataclass(frozen=True)
class Instance:
    """One guest."""

    id: str
    project: str
    address: Optional[str] = None
    os_type: str = "linux"
    flag: bool = False


@dataclass(frozen=True)
class Pending:
    """A reset that nobody has acknowledged yet; `blob` is text unless a test stored something else."""

    blob: Any
    user_name: Any
    created: float


class Store:
    """Instances, their pending resets and reported results; safe to use from many threads."""

    def __init__(self, path: Union[str, "os.PathLike[str]", None] = None) -> None:
        self._lock = threading.Lock()
        name = ":memory:" if path is None else os.fspath(path)
        self._db = sqlite3.connect(name, check_same_thread=False)
        with self._transaction() as db:
            db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the database; everything is committed already."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._db:
            yield self._db

    def add_instance(self, instance: Instance) -> Instance:
        """Add an instance, or take note of a known one's new project and address."""
        for other in self.instances():
            if instance.address and other.address == instance.address and other.id != instance.id:
                raise ValueError(f"{other.id} asks from {instance.address} already")
        with self._transaction() as db:
            db.execute(
                "INSERT INTO instances (id, project, address, os_type) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET project = excluded.project,"
                " address = COALESCE(excluded.address, address), os_type = excluded.os_type",
                (instance.id, instance.project, instance.address, instance.os_type),
            )
        return self.instance(instance.id)

    def instances(self) -> List[Instance]:
        """All of them, oldest first."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT id, project, address, os_type, flag FROM instances ORDER BY rowid"
            ).fetchall()
        return [Instance(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]

    def instance(self, instance_id: str) -> Instance:
        """The one with this id."""
        for instance in self.instances():
            if instance.id == instance_id:
                return instance
        raise UnknownInstance(instance_id)

    def instance_at(self, address: str) -> Instance:
        """The one registered for this address; the only one there is may ask from anywhere."""
        instances = self.instances()
        for instance in instances:
            if instance.address == address:
                return instance
        if len(instances) == 1:
            return instances[0]
        raise UnknownInstance(address)

    def set_flag(self, instance_id: str, flag: bool) -> None:
        """Note that an agent announced itself."""
        with self._transaction() as db:
            db.execute("UPDATE instances SET flag = ? WHERE id = ?", (flag, instance_id))

    def put_pending(self, instance_id: str, blob: Any, user_name: Any = None) -> None:
        """Make this the pending reset; an older one is forgotten."""
        self.instance(instance_id)
        name = None if user_name is None else json.dumps(user_name)
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO pending (instance, blob, user_name, created) VALUES (?, ?, ?, ?)",
                (instance_id, json.dumps(blob), name, time.time()),
            )

    def pending(self, instance_id: str) -> Optional[Pending]:
        """The pending reset, if there is one."""
        with self._transaction() as db:
            row = db.execute(
                "SELECT blob, user_name, created FROM pending WHERE instance = ?", (instance_id,)
            ).fetchone()
        if row is None:
            return None
        return Pending(json.loads(row[0]), None if row[1] is None else json.loads(row[1]), row[2])

    def drop_pending(self, instance_id: str) -> None:
        """Acknowledge: the reset is done."""
        with self._transaction() as db:
            db.execute("DELETE FROM pending WHERE instance = ?", (instance_id,))

    def add_result(self, instance_id: str, document: Any) -> None:
        """Keep what an agent reported."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO results (instance, document, received) VALUES (?, ?, ?)",
                (instance_id, json.dumps(document), time.time()),
            )

    def results(self, instance_id: str) -> List[Any]:
        """All reports of one instance, oldest first."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT document FROM results WHERE instance = ? ORDER BY number", (instance_id,)
            ).fetchall()
        return [json.loads(row[0]) for row in rows]
