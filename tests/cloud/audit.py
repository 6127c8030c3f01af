# SPDX-License-Identifier: Apache-2.0
"""The audit log: every request, who sent it, and how it was answered. Bodies are never kept: they hold passwords."""

from __future__ import annotations

import time
from typing import Any

from .database import Database
from .wire import Request

SHOWN = 200
COLUMNS = ("number", "received", "client", "method", "target", "status", "note")


class Audit:
    """Lines that are only ever added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, request: Request, status: int | None, note: str) -> None:
        """One request; its status is None where a fault took the answer's place."""
        client = f"{request.client_address}:{request.client_port}"
        target = request.path.partition("?")[0]  # as a GET, a call of Tencent's API has its password behind that
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO audit (received, client, method, target, status, note)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (time.time(), client, request.method, target[:SHOWN], status, note[:SHOWN]),
            )

    def entries(self) -> list[dict[str, Any]]:
        """All of them, oldest first."""
        with self._database.transaction() as db:
            rows = db.execute(f"SELECT {', '.join(COLUMNS)} FROM audit ORDER BY number").fetchall()
        return [dict(zip(COLUMNS, row)) for row in rows]
