# SPDX-License-Identifier: Apache-2.0
"""All who change passwords, at once: no change is lost, and two agents are as one."""

from __future__ import annotations

import random
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Iterator, List, Set, Tuple

import pytest

import runner
from chroot import USERS, Chroot
from conftest import Tally
from crypt3 import crypt
from machine import Machine
from runner import Running
from sandbox import mounted
from throwaway import Root, old_hash

RESETS = 150
CHANGES = 400
PAIRS = 10
SHADOW_FIELDS = 9
Moment = Tuple[str, str]


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path) -> Iterator[Root]:
    """In memory: thousands of changes would wait for the disk most of their time."""
    with mounted("-t", "tmpfs", "-o", "mode=755", "rivals", tmp_path):
        yield Root(tmp_path / "root")


@pytest.fixture(name="chroot")
def fixture_chroot(machine: Machine) -> Iterator[Chroot]:
    """With the programs of shadow-utils and systemd."""
    with Chroot(machine) as chroot:
        yield chroot


def all_at_once(*tasks: Callable[[], None]) -> None:
    """Run them side by side, to the end of each."""
    with ThreadPoolExecutor(len(tasks)) as pool:
        for future in [pool.submit(task) for task in tasks]:
            future.result()


class Rivals:
    """Each does its own work over and over, and looks whether that stands, until it does it again."""

    def __init__(self, machine: Machine, chroot: Chroot) -> None:
        self.machine = machine
        self.root = machine.root
        self.run = chroot.run
        self.names: Set[str] = set(USERS)

    def resets(self) -> None:
        """The agent, for root."""
        before = old_hash()
        for number in range(RESETS):
            assert self.root.hash_of("root") == before
            self.machine.reset(f"reset number {number}")
            ended = self.machine.start("--deadline", "60").end()
            assert ended.code == 0 and not self.machine.is_pending, ended.err
            assert self.root.verifies("root", f"reset number {number}")
            before = self.root.hash_of("root")

    def _change(self, user: str, field: int, change: Callable[[int], str]) -> None:
        before = self.root.fields(user)[field]
        for number in range(CHANGES):
            assert self.root.fields(user)[field] == before
            before = change(number)
            assert self.root.fields(user)[field] == before

    def chpasswd_hashes(self) -> None:
        """Encrypted passwords for alice."""

        def change(number: int) -> str:
            hashed = crypt(f"alice {number}", "$5$rounds=1000$alice$")
            self.run("chpasswd", "-e", text=f"alice:{hashed}\n")
            return hashed

        self._change("alice", 1, change)

    def chpasswd(self) -> None:
        """Plain passwords for ubuntu, through PAM."""

        def change(number: int) -> str:
            self.run("chpasswd", text=f"ubuntu:Ubuntu pass {number}\n")
            assert self.root.verifies("ubuntu", f"Ubuntu pass {number}")
            return self.root.hash_of("ubuntu")

        self._change("ubuntu", 1, change)

    def passwd(self) -> None:
        """The age of root's password: another field of the agent's own line."""

        def change(number: int) -> str:
            self.run("passwd", "-x", str(1000 + number), "root")
            return str(1000 + number)

        self._change("root", 4, change)

    def passwd_by_pam(self) -> None:
        """What daemon types."""

        def change(number: int) -> str:
            self.run("passwd", "daemon", text=f"Daemon pass {number}\n" * 2)
            assert self.root.verifies("daemon", f"Daemon pass {number}")
            return self.root.hash_of("daemon")

        self._change("daemon", 1, change)

    def usermod(self) -> None:
        """The hash of nobody."""

        def change(number: int) -> str:
            hashed = crypt(f"nobody {number}", "$5$rounds=1000$nobody$")
            self.run("usermod", "-p", hashed, "nobody")
            return hashed

        self._change("nobody", 1, change)

    def useradd(self) -> None:
        """New accounts; every second is deleted again."""
        for number in range(CHANGES // 2):
            self.run("useradd", "-M", "-N", f"new{number}")
            assert self.root.hash_of(f"new{number}") == "!"
            if number % 2:
                self.names.add(f"new{number}")
            else:
                self.run("userdel", f"new{number}")

    def sysusers(self) -> None:
        """Accounts of services."""
        for number in range(CHANGES // 2):
            self.run("systemd-sysusers", "--inline", f"u service{number} -")
            assert self.root.hash_of(f"service{number}").startswith("!")
            self.names.add(f"service{number}")

    def assert_all_stands(self) -> None:
        """At the end, of everybody."""
        assert self.root.verifies("root", f"reset number {RESETS - 1}")
        assert self.root.fields("root")[4] == str(1000 + CHANGES - 1)
        assert self.root.verifies("alice", f"alice {CHANGES - 1}")
        assert self.root.verifies("ubuntu", f"Ubuntu pass {CHANGES - 1}")
        assert self.root.verifies("daemon", f"Daemon pass {CHANGES - 1}")
        assert self.root.verifies("nobody", f"nobody {CHANGES - 1}")
        for file, width in (("shadow", SHADOW_FIELDS), ("passwd", 7)):
            rows = [line.split(":") for line in (self.root.etc / file).read_text().splitlines()]
            assert {len(row) for row in rows} == {width}
            names = [row[0] for row in rows]
            assert len(names) == len(set(names)) and set(names) == self.names, set(names) ^ self.names
        self.machine.assert_clean()
        assert not [path for word in ("[!.]*.lock", "*+") for path in self.root.etc.glob(word)]


def test_nobody_loses_a_change(machine: Machine, chroot: Chroot, tally: Tally) -> None:
    """Each finds all of its own work, all the time and in the end."""
    rivals = Rivals(machine, chroot)
    all_at_once(
        rivals.resets,
        rivals.chpasswd_hashes,
        rivals.chpasswd,
        rivals.passwd,
        rivals.passwd_by_pam,
        rivals.usermod,
        rivals.useradd,
        rivals.sysusers,
    )
    rivals.assert_all_stands()
    tally("rivals: resets", RESETS)
    for program, count in (
        ("chpasswd", 2 * CHANGES),
        ("passwd", 2 * CHANGES),
        ("usermod", CHANGES),
        ("useradd", CHANGES // 2),
        ("userdel", CHANGES // 4),
        ("systemd-sysusers", CHANGES // 2),
    ):
        tally(f"rivals: {program}", count)


@pytest.mark.parametrize(
    "program",
    [
        ["chpasswd"],
        ["chpasswd", "-e"],
        ["useradd", "-M", "newuser"],
        ["userdel", "alice"],
        ["passwd", "-l", "alice"],
        ["usermod", "-L", "alice"],
        ["systemd-sysusers", "--inline", "u newuser -"],
    ],
    ids=" ".join,
)
def test_the_others_take_the_lock_that_we_take(machine: Machine, chroot: Chroot, program: List[str]) -> None:
    """Else the test above would prove nothing."""
    trace = machine.root.path.parent / "trace"
    words = ["strace", "-f", "-o", str(trace), "-e", "trace=openat,fcntl,rename,renameat,renameat2"]
    subprocess.run(
        [*words, "chroot", str(chroot.root.path), *program],
        input=f"alice:{old_hash()}\n",
        universal_newlines=True,
        check=True,
        timeout=runner.PATIENCE_S,
    )
    calls = trace.read_text().splitlines()
    opened = next(at for at, call in enumerate(calls) if '/etc/.pwd.lock"' in call)
    locked = next(at for at, call in enumerate(calls) if "F_WRLCK" in call)
    renamed = next(at for at, call in enumerate(calls) if "rename" in call and '/etc/shadow"' in call)
    assert opened < locked < renamed


def start(machine: Machine) -> Running:
    """One of several; the requests of all of them are kept."""
    machine.started.append(runner.start("run", "--root", machine.root.path, "--deadline", "60"))
    return machine.started[-1]


def assert_applied_once(machine: Machine, agents: List[Running], password: str) -> None:
    """One has applied the reset and acknowledged it once; the others say that there is nothing to do."""
    ends = [agent.end() for agent in agents]
    assert [ended.code for ended in ends] == [0] * len(ends), ends
    words = [line.partition(":")[0] for ended in ends for line in ended.lines[-1:]]
    assert sorted(words) == ["applied"] + ["nothing-pending"] * (len(ends) - 1), ends
    assert machine.cloud.count("DELETE", "password") == 1 and not machine.is_pending
    machine.assert_set(password)
    assert machine.status_json()["last_applied"]["request"] == machine.request_shown


@pytest.mark.parametrize("times", range(10))
def test_two_agents_at_once(machine: Machine, times: int, tally: Tally) -> None:
    """A boot that starts it twice: one reset, one acknowledgement; also where the service takes its time."""
    chance = random.Random(times)
    for number in range(PAIRS):
        machine.cloud.behave()
        if number % 5 == 4:
            machine.cloud.misbehave("*", "hang-before-headers", seconds=0.1)
        machine.reset(f"pair {number} of {times}")
        machine.note()
        first = start(machine)
        time.sleep(chance.choice((0, chance.random() * 0.1)))
        second = start(machine)
        assert_applied_once(machine, [first, second], f"pair {number} of {times}")
    tally("rivals: pairs of agents", PAIRS)


@pytest.mark.parametrize("times", range(5))
def test_five_agents_at_once(machine: Machine, times: int, tally: Tally) -> None:
    machine.reset(f"five {times}")
    machine.note()
    agents = [start(machine) for _ in range(5)]
    assert_applied_once(machine, agents, f"five {times}")
    tally("rivals: fives of agents", 1)


MOMENTS: List[Moment] = [
    ("flag", "GET"),
    ("flag", "POST"),
    ("password", "GET"),
    ("metadata", "GET"),
    ("password", "DELETE"),
    ("result", "POST"),
]


@pytest.mark.parametrize("is_done", [False, True], ids=["unheard", "heard"])
@pytest.mark.parametrize("moment", MOMENTS, ids=" ".join)
def test_the_other_takes_over(machine: Machine, moment: Moment, is_done: bool, tally: Tally) -> None:
    """One of two is killed while the service thinks, and has or has not carried out the request."""
    endpoint, method = moment
    machine.cloud.misbehave(endpoint, "hang-before-headers", 1, method, perform=is_done)
    machine.reset("Fusion@123")
    machine.note()
    first = start(machine)
    machine.cloud.await_requests(method, endpoint)
    is_gone = endpoint == "result" or (method == "DELETE" and is_done)
    end = time.monotonic() + runner.PATIENCE_S
    while machine.is_pending and is_gone:  # a request is seen before it is carried out
        assert time.monotonic() < end, "the acknowledgement is not carried out"
        time.sleep(0.01)
    second = start(machine)
    first.kill()
    ended = second.end()
    outcome = "nothing-pending" if is_gone else "already-applied" if method == "DELETE" else "applied"
    machine.assert_outcome(ended, outcome)
    assert machine.root.verifies("root", "Fusion@123") and not machine.is_pending
    assert machine.cloud.count("DELETE", "password") == (2 if outcome == "already-applied" else 1)
    machine.assert_clean()
    tally("rivals: one of two killed", 1)


@pytest.mark.parametrize("victim", [0, 1], ids=["first", "second"])
@pytest.mark.parametrize("times", range(10))
def test_one_of_two_is_killed_at_any_time(machine: Machine, victim: int, times: int, tally: Tally) -> None:
    """Wherever it is: the other, or one that is started later, brings it to its end."""
    chance = random.Random(f"{times} {victim}")
    machine.reset("Fusion@123")
    machine.note()
    agents = [start(machine) for _ in range(2)]
    time.sleep(chance.random() * 0.1)
    agents[victim].kill()
    ended = agents[1 - victim].end()
    assert ended.code == 0, ended.err
    assert machine.root.verifies("root", "Fusion@123") and not machine.is_pending
    assert machine.cloud.count("DELETE", "password") in (1, 2)  # the one who was killed may have sent one, too
    machine.assert_clean()
    tally("rivals: one of two killed", 1)
