# SPDX-License-Identifier: Apache-2.0
"""The process that speaks to the network: who it is, and what it has, seen from outside."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path
from typing import Iterator, Optional, Sequence, Tuple

import pytest

import runner
from cloud import Request
from cloud.envelope import derive_key
from machine import UUID, Machine
from runner import Running
from sandbox import mounted
from test_waiting import poll_until
from worker_process import Worker, assert_no_folder_stays, children_of, folders_left

PASSWORD = "the secret Password of the day 1" * 10
SALT = b"saltyes!"
NOBODY = "65534"
NO_CAPABILITY = ["0" * 16]
# Where a wrapper is the process that is looked at, or has files and memory of its own.
pytestmark = pytest.mark.native
PASSWDS = {
    "its-own": ("_resetpwd-agent:x:987:654::/:/x\nnobody:x:65534:65534::/:/x\n", "987", "654"),
    "nobody": ("root:x:0:0::/:/x\nnobody:x:99:98::/:/x\n", "99", "98"),
    "nobody-before": ("nobody:x:99:98::/:/x\n_resetpwd-agent:x:987:654::/:/x\n", "987", "654"),
    "root-by-its-name": ("_resetpwd-agent:x:0:0::/:/x\nnobody:x:99:98::/:/x\n", "99", "98"),
    "root-group-by-its-name": ("_resetpwd-agent:x:987:0::/:/x\nnobody:x:99:98::/:/x\n", "99", "98"),
    "both-are-root": ("_resetpwd-agent:x:0:0::/:/x\nnobody:x:0:0::/:/x\n", NOBODY, NOBODY),
    "neither": ("root:x:0:0::/:/x\n", NOBODY, NOBODY),
    "none-at-all": ("", NOBODY, NOBODY),
    "malformed": ("_resetpwd-agent:x:-1:654::/:/x\n_resetpwd-agent\nnobody:x:9x:98::/:/x\n", NOBODY, NOBODY),
    "too-large": ("_resetpwd-agent:x:4294967296:654::/:/x\nnobody:x:4294967295:7::/:/x\n", NOBODY, NOBODY),
}


def held(machine: Machine, before: Sequence[str] = ()) -> Tuple[Running, Worker]:
    """A run whose DELETE the cloud does not answer, and its worker."""
    machine.cloud.misbehave("password", "hang-before-headers", method="DELETE")
    machine.reset(PASSWORD)
    running = machine.start(before=before)
    machine.cloud.await_requests("DELETE", "password")
    return running, Worker(running)


@pytest.fixture(name="passwd")
def fixture_passwd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """Another /etc/passwd for a while."""
    file = tmp_path / "passwd"
    file.write_text(request.param)
    with mounted("--bind", file, "/etc/passwd"):
        yield


def test_it_is_nobody_and_may_nothing(machine: Machine) -> None:
    running, worker = held(machine, ("setpriv", "--groups", "4,27", "--inh-caps", "+chown"))
    status = worker.status
    assert len(status["Uid"]) == len(status["Gid"]) == 4 and len(set(status["Uid"] + status["Gid"])) == 1
    assert "0" not in status["Uid"] + status["Gid"] and status["Groups"] == []
    # The bounding set stays: who has no capabilities and cannot execute anything can take none from it.
    for name in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert status[name] == NO_CAPABILITY, name
    assert status["NoNewPrivs"] == ["1"] and status["Seccomp"] == ["2"] and status["Threads"] == ["1"]
    running.terminate()
    assert not worker.is_alive


def test_its_root_is_empty_and_gone(machine: Machine) -> None:
    before = folders_left()
    running, worker = held(machine)
    for name in ("root", "cwd"):
        assert os.readlink(worker.proc / name).endswith(" (deleted)"), name
        assert os.listdir(worker.proc / name) == []
        with pytest.raises(FileNotFoundError):
            (worker.proc / name / "new").touch()
    running.terminate()
    assert_no_folder_stays(before)


def test_its_limits(machine: Machine) -> None:
    running, worker = held(machine)
    for name in ("processes", "file size", "core file size"):
        assert worker.limit(name) == ["0", "0"], name
    assert worker.limit("open files") == ["16", "16"]
    soft, hard = worker.limit("data size")
    assert soft == hard and int(soft) < 64 * 1024 * 1024
    # The /proc files of a process that cannot be dumped belong to root, whoever it runs as.
    assert (worker.proc / "maps").stat().st_uid == 0 and worker.status["Uid"][0] != "0"
    running.terminate()


def test_its_descriptors(machine: Machine) -> None:
    running, worker = held(machine)
    mine = worker.open_files
    theirs = [os.readlink(link) for link in Path(f"/proc/{running.pid}/fd").iterdir()]
    assert {mine.pop(fd) for fd in range(3)} == {"/dev/null"}
    sockets = [target for target in mine.values() if target.startswith("socket:")]
    others = [target for target in mine.values() if not target.startswith("socket:")]
    assert all(re.fullmatch(r"anon_inode:\[event(fd|poll)\]|pipe:\[\d+\]", other) for other in others), mine
    # One stream that is shared with the parent would be enough to forge the log, or to hold the lock.
    assert not set(sockets) & set(theirs) and any(".pwd.lock" in x or x.endswith("/lock") for x in theirs)
    connections = Path(f"/proc/{worker.pid}/net/tcp").read_text()
    inodes = {f"socket:[{line.split()[9]}]" for line in connections.splitlines()[1:]}
    assert len(inodes & set(sockets)) == 1 and not inodes & set(theirs)
    running.terminate()


@pytest.mark.parametrize(
    ("passwd", "uid", "gid"), PASSWDS.values(), ids=PASSWDS.keys(), indirect=["passwd"]
)
def test_its_user(machine: Machine, passwd: None, uid: str, gid: str) -> None:
    running, worker = held(machine)
    assert worker.user == ({uid}, {gid})
    running.terminate()


def test_its_user_without_a_file(machine: Machine, tmp_path: Path) -> None:
    with mounted("-t", "tmpfs", "-o", "mode=755", "empty", "/etc"):
        running, worker = held(machine)
        assert worker.user == ({NOBODY}, {NOBODY})
        running.terminate()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_it_dies_with_its_parent(machine: Machine, number: int) -> None:
    """One that is stopped does not notice anything by itself."""
    running, worker = held(machine)
    os.kill(worker.pid, signal.SIGSTOP)
    poll_until(lambda: worker.status["State"][0] == "T", "it stops")
    running.send(number)
    poll_until(lambda: not worker.is_alive, "the worker dies with its parent")
    running.kill()


def test_signals_for_the_agent_do_not_end_it(machine: Machine) -> None:
    """A terminal sends SIGINT and SIGHUP to both: the request under way is not lost before the agent knows."""
    has_come, may_go = threading.Event(), threading.Event()

    def hold(request: Request) -> None:
        if (request.method, request.endpoint) == ("GET", "password"):
            has_come.set()
            may_go.wait(runner.PATIENCE_S)

    machine.cloud.watcher = hold
    machine.reset(PASSWORD)
    running = machine.start()
    assert has_come.wait(runner.PATIENCE_S)
    worker = Worker(running)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        os.kill(worker.pid, number)
    may_go.set()
    machine.assert_applied(running.end(), PASSWORD)


# What it remembers


def secrets_of(machine: Machine, hashed: Optional[str] = None) -> "set[bytes]":
    """What is nobody's but the parent's."""
    key = derive_key(UUID, SALT)
    hashes = {machine.root.hash_of("root"), machine.root.hash_of("alice"), *([hashed] if hashed else [])}
    parts = {text.rpartition("$")[2].encode() for text in hashes}
    return {b"Password of the day", key, key.hex().encode(), *parts}


def hold_delete(machine: Machine) -> Running:
    """A run that waits for the acknowledgement: its password is set."""
    machine.cloud.misbehave("password", "hang-before-headers", method="DELETE")
    machine.blob = machine.cloud.request_reset(UUID, PASSWORD, None, SALT)
    running = machine.start()
    machine.cloud.await_requests("DELETE", "password")
    return running


def test_memory_is_searched(machine: Machine) -> None:
    """The search of the tests below can find: what the worker has in hand, and what it never forgets."""
    machine.cloud.misbehave("password", "hang-in-body", method="GET")
    machine.reset(PASSWORD)
    running = machine.start()
    machine.cloud.await_requests("GET", "password")
    worker = Worker(running)
    needles = {machine.blob.encode()[:8], b"resetpwd_flag", b"no such thing as this"}
    poll_until(lambda: machine.blob.encode()[:8] in worker.holds(needles), "half of the answer is there")
    assert worker.holds(needles) == needles - {b"no such thing as this"}
    running.terminate()


def test_no_secret_is_in_its_memory(machine: Machine) -> None:
    before = machine.root.hash_of("root")
    running = hold_delete(machine)
    assert machine.root.verifies("root", PASSWORD) and machine.root.hash_of("root") != before
    assert Worker(running).holds(secrets_of(machine, before)) == set()
    running.terminate()


def test_no_secret_is_in_the_memory_of_one_that_was_forked_later(machine: Machine) -> None:
    """It is a copy of a process that had them all in its hands."""
    before = machine.root.hash_of("root")
    running = hold_delete(machine)
    running.may_fail = True
    first = Worker(running)
    os.kill(first.pid, signal.SIGKILL)
    machine.cloud.await_requests("DELETE", "password", 2)
    second = Worker(running)
    assert second.pid != first.pid and second.status["Seccomp"] == ["2"]
    assert second.holds(secrets_of(machine, before)) == set()
    running.terminate()
    assert children_of(running) == []
