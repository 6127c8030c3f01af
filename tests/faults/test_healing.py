# SPDX-License-Identifier: Apache-2.0
"""What an interrupted run left is recognised and removed by the next, and nothing else is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import runner
from machine import Machine
from sandbox import mounted

PASSWORD = "Fusion@123"
OURS = ("etc/.shadow.resetpwd-agent", "etc/.shadow-.resetpwd-agent", "var/lib/resetpwd-agent/.record.resetpwd-agent")
OTHERS = ("etc/.shadow.swp", "etc/nshadow", "etc/shadow.1234", "etc/shadow.lock", "etc/.pwd.lock", "etc/shadow+")


def put(machine: Machine, names: tuple[str, ...]) -> list[Path]:
    """Half a file of each name."""
    paths = [machine.root.path / name for name in names]
    for path in paths:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text("root:$6$half a h")
    return paths


@pytest.mark.parametrize("pending", [True, False], ids=["pending", "taken back"])
@pytest.mark.parametrize("names", [(), *((name,) for name in OURS), OURS], ids=str)
def test_temporaries(machine: Machine, names: tuple[str, ...], pending: bool) -> None:
    ours, others = put(machine, names), put(machine, OTHERS)
    if pending:
        machine.reset(PASSWORD)
    ended = machine.run()
    assert ended.code == 0
    assert sum("which an interrupted run had left" in line for line in ended.lines) == len(names), ended.err
    assert not any(path.exists() for path in ours)
    assert all(path.read_text() == "root:$6$half a h" for path in others)
    assert machine.root.verifies("root", PASSWORD) == pending


@pytest.mark.parametrize("name", OURS[:2])
def test_a_dry_run_leaves_them(machine: Machine, name: str) -> None:
    put(machine, (name,))
    before = machine.root.snapshot()
    machine.run("--dry-run")
    assert machine.root.snapshot() == before


def test_clean_removes_them(machine: Machine) -> None:
    """An image must not carry half a shadow file."""
    ours, others = put(machine, OURS), put(machine, OTHERS)
    assert runner.run("clean", "--root", machine.root.path).code == 0
    assert not any(path.exists() for path in ours)
    assert all(path.exists() for path in others)


def test_the_folder_of_a_worker(machine: Machine) -> None:
    """One that was killed between making its empty root and removing it."""
    with mounted("-t", "tmpfs", "none", "/run"):  # elsewhere other tests' workers make theirs
        left = Path("/run/resetpwd-agent.empty")
        left.mkdir(mode=0o700)
        machine.reset(PASSWORD)
        machine.assert_applied(machine.run(), PASSWORD)
        assert not left.exists()


def record_of(request: str, outcome: str = "not-acknowledged") -> str:
    """What stands on the disk when a run ends between setting the password and the acknowledgement."""
    fields = ["outcome_time = 1700000000", f"outcome_request = {request}", "outcome_user = root"]
    fields += ["applied_time = 1700000000", f"applied_request = {request}", "applied_user = root"]
    return "\n".join([f"outcome = {outcome}", *fields, ""])


def write_record(machine: Machine, text: str) -> None:
    """The record of an earlier run."""
    machine.root.state.mkdir(mode=0o700, parents=True)
    machine.root.record.write_text(text)
    machine.root.record.chmod(0o600)


def test_a_record_of_the_reset_that_is_pending(machine: Machine) -> None:
    """It was set; what was lost is the acknowledgement. The owner may have chosen another password since."""
    machine.reset(PASSWORD)
    write_record(machine, record_of(hashlib.sha256(machine.blob.encode()).hexdigest()))
    shadow = machine.root.shadow.read_bytes()
    ended = machine.run()
    machine.assert_outcome(ended, "already-applied")
    assert machine.root.shadow.read_bytes() == shadow
    assert not machine.is_pending and machine.cloud.count("DELETE", "password") == 1


@pytest.mark.parametrize(
    "text", [record_of("0" * 64), record_of("0" * 63), record_of("0" * 64)[:100], "", "\0" * 300], ids=range(5)
)
def test_a_record_of_another_reset(machine: Machine, text: str) -> None:
    """Or of none that can be read."""
    write_record(machine, text)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


def test_a_record_of_a_reset_that_is_gone(machine: Machine) -> None:
    """The acknowledgement had arrived; the last outcome is told anew."""
    write_record(machine, record_of("0" * 64))
    machine.assert_outcome(machine.run(), "nothing-pending")
    assert machine.root.recorded()["applied_request"] == "0" * 64
