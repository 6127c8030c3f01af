# SPDX-License-Identifier: Apache-2.0
"""The database gives back what it was given."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Iterator

import pytest

from .database import Database
from .models import Instance, Operation, OperationState, State, UnknownInstance
from .store import Store

UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"
WHOLE = Instance(
    UUID,
    project="p1",
    address="192.0.2.1",
    os_type="windows",
    os_name="Windows Server 2022",
    name="desk",
    supported=False,
    driver='{"kind": "folder"}',
    user_data=b"\x00\xff",
    vendor_data={"a": [1, None]},
    public_keys={"mine": "ssh-ed25519 AAAA"},
    mac="52:54:00:12:34:56",
    state=State.STOPPED,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    database = Database(tmp_path / "db")
    yield Store(database)
    database.close()


def test_an_instance_comes_back_whole(store: Store) -> None:
    assert store.add_instance(WHOLE) == WHOLE
    operation = Operation("StopInstances", OperationState.FAILED, "id", "driver: gone", "0123", 1.5)
    store.put_operation(UUID, operation)
    store.set_flag(UUID, True)
    store.set_state(UUID, State.RUNNING)
    expected = replace(WHOLE, flag=True, state=State.RUNNING, operation=operation)
    assert store.instance(UUID) == store.instance_by_cvm_id(WHOLE.cvm_id) == expected
    assert store.instance_at("192.0.2.1") == expected
    assert store.instances() == [expected]


def test_added_again_it_keeps_what_happened_to_it(store: Store) -> None:
    store.add_instance(WHOLE)
    store.set_flag(UUID, True)
    store.put_operation(UUID, Operation("StopInstances"))
    again = store.add_instance(replace(WHOLE, name="other", state=State.PENDING))
    assert again == replace(WHOLE, name="other", flag=True, operation=Operation("StopInstances"))


def test_unknown_ones(store: Store) -> None:
    store.add_instance(replace(WHOLE, address=None))
    store.add_instance(Instance("other", "p1"))
    for find in (store.instance, store.instance_by_cvm_id, store.instance_at):
        with pytest.raises(UnknownInstance):
            find("nobody")


@pytest.mark.parametrize(
    ("os_type", "os_name", "administrator"),
    [
        ("linux", "Debian 12", "root"),
        ("linux", "Ubuntu Server 22.04 LTS", "ubuntu"),
        ("windows", "Windows Server 2022", "Administrator"),
    ],
)
def test_the_default_account(os_type: str, os_name: str, administrator: str) -> None:
    assert Instance(UUID, "p1", os_type=os_type, os_name=os_name).administrator == administrator


def test_names() -> None:
    assert Instance(UUID, "p1").name == "server-8ae2549a"
    assert Instance(UUID, "p1").cvm_id == Instance(UUID, "p2", name="x").cvm_id
    assert re.fullmatch("ins-[0-9a-z]{8}", Instance(UUID, "p1").cvm_id)
    with pytest.raises(ValueError):
        Instance(UUID, "p1", os_type="plan9")


def test_a_database_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "db") as connection:
        connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(ValueError, match="another version"):
        Database(tmp_path / "db")


def test_nobody_else_reads_the_database(tmp_path: Path) -> None:
    """A pending reset is as good as the password."""
    path = tmp_path / "db"
    database = Database(path)
    Store(database).add_instance(WHOLE)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("db*")} == {0o600}
    database.close()
    path.chmod(0o640)
    Database(path).close()
    assert path.stat().st_mode & 0o777 == 0o640  # its owner wants it so
