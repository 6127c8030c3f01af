# SPDX-License-Identifier: Apache-2.0
"""Others at work at the same time; for those who change passwords, see tests/faults."""

from __future__ import annotations

import threading
from typing import List

import pytest

from machine import Machine


def test_two_agents_at_once(machine: Machine) -> None:
    """A service that starts it twice must not end in half a file."""
    machine.reset("Fusion@123")
    first, second = machine.start(), machine.start()
    codes = {first.end().code, second.end().code}
    assert codes == {0}
    assert not machine.is_pending
    assert machine.root.verifies("root", "Fusion@123")
    machine.assert_clean()
    assert machine.status().code == 0
    assert machine.root.recorded()["outcome"] in ("applied", "already-applied", "nothing-pending")


@pytest.mark.parametrize("times", range(3))
def test_readers_always_see_a_whole_file(machine: Machine, times: int) -> None:
    """While resets run the file is there, and of its old or of its new contents."""
    machine.root.write_shadow(
        machine.root.shadow.read_bytes() + b"".join(b"u%d:!:1::::::\n" % n for n in range(5000))
    )
    lines = len(machine.root.lines())
    stop = threading.Event()
    torn: List[int] = []

    def watch() -> None:
        while not stop.is_set():
            seen = len(machine.root.lines())
            if seen != lines:
                torn.append(seen)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        for number in range(3):
            machine.reset(f"reset {times} number {number}")
            assert machine.start().end().code == 0
    finally:
        stop.set()
        watcher.join()
    assert not torn
