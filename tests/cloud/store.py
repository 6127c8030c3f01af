# SPDX-License-Identifier: Apache-2.0
"""Instances, their pending resets and reported results, as the database keeps them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

from .database import Database
from .models import Instance, Operation, OperationState, Pending, State, UnknownInstance

# Of an instance, in the order of its row; all but the last three are what add_instance() takes note of.
FIELDS = (
    *("id", "project", "address", "os_type", "os_name", "name", "supported", "driver", "mac"),
    *("user_data", "vendor_data", "public_keys", "flag", "state", "operation"),
)
JSON_FIELDS = ("vendor_data", "public_keys", "operation")
GIVEN = FIELDS[1:-3]


def to_json(value: Any) -> str | None:
    """None stays NULL."""
    return None if value is None else json.dumps(value)


def from_json(text: str | None) -> Any:
    """The other way round."""
    return None if text is None else json.loads(text)


def to_row(instance: Instance) -> list[Any]:
    """In the order of FIELDS."""
    values = asdict(instance)
    return [to_json(values[name]) if name in JSON_FIELDS else values[name] for name in FIELDS]


def to_instance(row: Any) -> Instance:
    """The other way round."""
    values: dict[str, Any] = dict(zip(FIELDS, row))
    values.update({name: from_json(values[name]) for name in JSON_FIELDS})
    values.update({name: bool(values[name]) for name in ("supported", "flag")})
    operation: dict[str, Any] | None = values["operation"]
    if operation:
        operation["state"] = OperationState(operation["state"])
        values["operation"] = Operation(**operation)
    values["state"] = State(values["state"])
    return Instance(**values)


class Store:
    """Safe to use from many threads; each call is a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # Instances

    def add_instance(self, instance: Instance) -> Instance:
        """Add an instance, or take note of what is new about a known one; its state, flag and resets stay."""
        for other in self.instances() if instance.address else ():
            if other.address == instance.address and other.id != instance.id:
                raise ValueError(f"{other.id} asks from {instance.address} already")
        news = ", ".join(f"{name} = excluded.{name}" for name in GIVEN)
        with self._database.transaction() as db:
            db.execute(
                f"INSERT INTO instances (cvm_id, {', '.join(FIELDS)})"
                f" VALUES (?{', ?' * len(FIELDS)}) ON CONFLICT (id) DO UPDATE SET {news}",
                (instance.cvm_id, *to_row(instance)),
            )
        return self.instance(instance.id)

    def instances(self) -> list[Instance]:
        """All of them, oldest first."""
        with self._database.transaction() as db:
            rows = db.execute(f"SELECT {', '.join(FIELDS)} FROM instances ORDER BY rowid").fetchall()
        return [to_instance(row) for row in rows]

    def instance(self, instance_id: str) -> Instance:
        """The one with this id."""
        return self._instance_where("id", instance_id)

    def instance_by_cvm_id(self, cvm_id: str) -> Instance:
        """The one that Tencent's API calls so."""
        return self._instance_where("cvm_id", cvm_id)

    def instance_at(self, address: str) -> Instance:
        """The one registered for this address; the only one there is may ask from anywhere."""
        try:
            return self._instance_where("address", address)
        except UnknownInstance:
            instances = self.instances()
            if len(instances) == 1:
                return instances[0]
            raise

    def _instance_where(self, column: str, value: str) -> Instance:
        with self._database.transaction() as db:
            row = db.execute(
                f"SELECT {', '.join(FIELDS)} FROM instances WHERE {column} = ?", (value,)
            ).fetchone()
        if row is None:
            raise UnknownInstance(value)
        return to_instance(row)

    def set_flag(self, instance_id: str, flag: bool) -> None:
        """Note that an agent announced itself."""
        self._update(instance_id, flag=flag)

    def set_state(self, instance_id: str, state: State) -> None:
        """Note what the instance does."""
        self._update(instance_id, state=state.value)

    def put_operation(self, instance_id: str, operation: Operation, state: State | None = None) -> None:
        """Note what is done with the instance and, at once, what it does from now on."""
        noted = {} if state is None else {"state": state.value}
        self._update(instance_id, operation=json.dumps(asdict(operation)), **noted)

    def _update(self, instance_id: str, **values: Any) -> None:
        news = ", ".join(f"{column} = ?" for column in values)
        with self._database.transaction() as db:
            db.execute(f"UPDATE instances SET {news} WHERE id = ?", (*values.values(), instance_id))

    # Resets

    def put_pending(self, instance_id: str, blob: Any, user_name: Any = None) -> None:
        """Make this the pending reset; an older one is forgotten."""
        self.instance(instance_id)
        with self._database.transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO pending (instance, blob, user_name, created) VALUES (?, ?, ?, ?)",
                (instance_id, json.dumps(blob), to_json(user_name), time.time()),
            )

    def pending(self, instance_id: str) -> Pending | None:
        """The pending reset, if there is one."""
        with self._database.transaction() as db:
            row = db.execute(
                "SELECT blob, user_name, created FROM pending WHERE instance = ?", (instance_id,)
            ).fetchone()
        return None if row is None else Pending(json.loads(row[0]), from_json(row[1]), row[2])

    def drop_pending(self, instance_id: str) -> None:
        """Acknowledge: the reset is done."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM pending WHERE instance = ?", (instance_id,))

    # Results

    def add_result(self, instance_id: str, document: Any) -> None:
        """Keep what an agent reported."""
        with self._database.transaction() as db:
            db.execute(
                "INSERT INTO results (instance, document, received) VALUES (?, ?, ?)",
                (instance_id, json.dumps(document), time.time()),
            )

    def results(self, instance_id: str) -> list[Any]:
        """All reports of one instance, oldest first."""
        with self._database.transaction() as db:
            rows = db.execute(
                "SELECT document FROM results WHERE instance = ? ORDER BY number", (instance_id,)
            ).fetchall()
        return [json.loads(row[0]) for row in rows]
