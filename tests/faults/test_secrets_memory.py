# SPDX-License-Identifier: Apache-2.0
"""No secret stays in the agent's memory, or in its registers, when it is not needed any more."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from pathlib import Path
from typing import Callable, DefaultDict, List, Set

import pytest

import runner
from conftest import Tally
from machine import UUID, Machine
from marked import Marked
from memory import contents
from sandbox import mounted
from tracer import Call, Tracer, registers_of

ASKS, KNOWS, MAKES, ENDS = "the owner asks", "the owner has decrypted", "the new shadow file is made", "the owner ends"
SENDS, WAITS, LEAVES = "the worker sends the blob", "the worker waits for the owner", "the worker ends"


class Watch:
    """Looks for the secrets of a run where they must be, which shows that it sees them, and where none may be."""

    def __init__(self, machine: Machine, tally: Tally) -> None:
        self._machine = machine
        self._tally = tally
        self._marked = Marked(machine)
        self.inherited: Set[str] = set()  # what a worker may have of its parent, who needs it
        self._is_uuid_sent = False
        self._found: DefaultDict[str, List[Set[str]]] = defaultdict(list)

    @property
    def has_made_it(self) -> bool:
        """Was a hash made of the password?"""
        return MAKES in self._found

    def mark(self, marked: Marked) -> None:
        """Another reset than a usual one."""
        self._marked = marked

    def _point(self, call: Call) -> str:
        """A name for the moment, if it is one to look at."""
        if not call.is_owner:
            sent = call.sent() if call.name == "sendto" else b""
            self._is_uuid_sent |= UUID.encode() in sent
            is_blob = self._marked.blob.encode() in sent
            return SENDS if is_blob else {"recvmsg": WAITS, "exit_group": LEAVES}.get(call.name, "")
        if call.name == "fsync" and call.target.endswith("/.shadow.resetpwd-agent"):
            return MAKES
        if self._is_uuid_sent and call.name not in ("poll", "recvfrom"):
            self._is_uuid_sent = False
            return KNOWS
        return {"sendmsg": ASKS, "exit_group": ENDS}.get(call.name, "")

    def _look(self, pid: int) -> Set[str]:
        return self._marked.found_in(registers_of(pid)).union(*map(self._marked.found_in, contents(pid)))

    def run(self, outcome: str, *options: runner.Word, meddle: Callable[[Tracer, str], None] = lambda *_: None) -> None:
        """All of a run, and what must hold for each. Whoever wants to meddle is told where it has come to."""
        with Tracer(self._machine, "--deadline", "60", *options) as tracer:
            for call in tracer.calls():
                point = self._point(call)
                if point == MAKES:
                    self._marked.learn_hash(hash_in(call.target))
                if point:
                    self._found[point].append(self._look(call.pid))
                    meddle(tracer, point)
        tracer.running.may_fail = True
        ended = tracer.running.end()
        self._tally("looks into memory and registers", sum(map(len, self._found.values())))
        assert ended.code == self._machine.codes[outcome], ended.err
        self._judge()

    def _judge(self) -> None:
        assert all("blob" in found for found in self._found[SENDS]), "it does not see what it should"
        for found in self._found[MAKES]:
            assert {"password", "hash", "old hash"} <= found, "it does not see what it should"
        for found in self._found[KNOWS] + self._found[MAKES]:
            assert "key" not in found
        for found in self._found[ASKS]:
            assert found <= {"blob"}, found  # which is compared with what is pending after the DELETE
        assert not any(self._found[ENDS]), self._found[ENDS]
        for found in self._found[WAITS] + self._found[LEAVES]:
            assert found <= self.inherited, found
        assert all(self._found[point] for point in (ASKS, SENDS, WAITS, LEAVES, ENDS))


def hash_in(shadow: str) -> str:
    """The hash of root in a shadow file."""
    (line,) = [line for line in Path(shadow).read_text().splitlines() if line.startswith("root:")]
    return line.split(":")[1]


@pytest.fixture(name="watch")
def fixture_watch(machine: Machine, tally: Tally) -> Watch:
    """With a usual reset pending."""
    return Watch(machine, tally)


def test_applied(watch: Watch) -> None:
    watch.run("applied")
    assert watch.has_made_it


def test_dry_run(watch: Watch) -> None:
    watch.run("would-apply", "--dry-run")


def test_damaged(machine: Machine, watch: Watch) -> None:
    watch.mark(Marked(machine, whole=True))
    watch.run("blob-padding")


def test_password_that_cannot_be_set(machine: Machine, watch: Watch) -> None:
    watch.mark(Marked(machine, ending="\n"))
    watch.run("password-control-character")


def test_account_that_is_not_there(machine: Machine, watch: Watch) -> None:
    watch.mark(Marked(machine, user_name="nosuch"))
    watch.run("account-unknown")


def test_file_that_cannot_be_replaced(machine: Machine, watch: Watch) -> None:
    with mounted("--bind", machine.root.shadow, machine.root.shadow):
        watch.run("file-mounted")
    assert watch.has_made_it


def test_stopped_and_not_set_again(watch: Watch) -> None:
    def stop(tracer: Tracer, point: str) -> None:
        if point == MAKES:
            os.kill(tracer.owner, signal.SIGTERM)

    watch.run("not-acknowledged", meddle=stop)
    assert watch.has_made_it
    watch.run("already-applied")


def test_worker_that_is_forked_after_it(watch: Watch) -> None:
    """The first one dies while the password is set."""

    def kill(tracer: Tracer, point: str) -> None:
        if point == MAKES:
            os.kill(tracer.workers[0], signal.SIGKILL)

    watch.inherited = {"blob"}
    watch.run("applied", meddle=kill)
    assert watch.has_made_it
