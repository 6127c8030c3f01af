# SPDX-License-Identifier: Apache-2.0
"""Nobody else gets at the agent's memory: no core, no swap space, no process of its user; nor is a secret in /proc."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Dict, Iterator, List, Set, Tuple

from conftest import Tally
from machine import Machine
from marked import Marked
from memory import mappings
from tracer import Call, Tracer

SHOWN = ("cmdline", "environ", "comm")
NO_SUCH_LIMIT = 99
SYS_RESOURCE = 24


def is_making_file(call: Call) -> bool:
    """The owner knows password, hash and uuid."""
    return call.name == "fsync" and call.target.endswith("/.shadow.resetpwd-agent")


def is_sending_blob(call: Call, marked: Marked) -> bool:
    """The worker knows the blob."""
    return not call.is_owner and call.name == "sendto" and marked.blob.encode() in call.sent()


def shown_by(pid: int) -> bytes:
    """What /proc tells of a process."""
    return b"\n".join(Path(f"/proc/{pid}/{name}").read_bytes() for name in SHOWN)


@contextmanager
def careless(*before: str, **environment: str) -> Iterator[int]:
    """A process that is at work, and takes no care."""
    words = [*before, "cat"]
    env = {**os.environ, **environment}
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env=env) as process:
        assert process.stdin and process.stdout
        process.stdin.write(b"x")
        assert process.stdout.read(1) == b"x"
        yield process.pid


def test_arguments_and_environment(machine: Machine, tally: Tally) -> None:
    """Of both processes, at each system call."""
    marked = Marked(machine)
    looks = 0
    with careless(TOKEN=marked.password) as pid:
        assert marked.found_in(shown_by(pid)) == {"password"}, "it does not see what it should"
    with Tracer(machine) as tracer:
        for call in tracer.calls():
            looks += 1
            assert not marked.found_in(shown_by(call.pid)), call
    machine.assert_outcome(tracer.running.end(), "applied")
    tally("system calls at which argv and environ were read", looks)


def can_lift_limits() -> bool:
    """Without that, a process that is not root's cannot lock all that it may ever have."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("CapEff:")]
    is_limited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1] != resource.RLIM_INFINITY
    return not is_limited or bool(int(line.split()[1], 16) & 1 << SYS_RESOURCE)


def test_memory_is_locked(machine: Machine, tally: Tally) -> None:
    """All of it but the kernel's own pages, at the time of secrets."""
    marked = Marked(machine)
    locked: Dict[bool, Set[bool]] = {}
    with Tracer(machine) as tracer:
        for call in tracer.calls():
            if is_making_file(call) or is_sending_blob(call, marked):
                maps = [mapping for mapping in mappings(call.pid) if not mapping.is_kernels]
                assert {"[heap]", "[stack]"} <= {mapping.name for mapping in maps}
                locked[call.is_owner] = {"lo" in mapping.about["VmFlags"] for mapping in maps}
                assert not sum(mapping.kilobytes("Swap") for mapping in maps)
                tally("mappings looked at for a lock", len(maps))
    machine.assert_outcome(tracer.running.end(), "applied")
    assert locked == {True: {True}, False: {can_lift_limits()}}
    assert not any("lo" in mapping.about["VmFlags"] for mapping in mappings(os.getpid()))


def test_no_core(machine: Machine, tmp_path: Path) -> None:
    """Even where the limit cannot be set, and would allow one."""
    places = [tmp_path / "control", tmp_path / "agent"]
    for place in places:
        place.mkdir()
    words = ("sh", "sh", "-c", f"cd {places[0]}; ulimit -c unlimited; kill -SEGV $$")
    _, status = os.waitpid(os.spawnlp(os.P_NOWAIT, *words), 0)
    assert os.WCOREDUMP(status), "processes leave no core here: see /proc/sys/kernel/core_pattern"
    Marked(machine)
    with Tracer(machine, folder=str(places[1])) as tracer:
        for call in tracer.calls():
            if call.name == "prlimit64" and call.arguments[1] == resource.RLIMIT_CORE:
                call.divert(NO_SUCH_LIMIT)
            if is_making_file(call):
                assert (resource.RLIM_INFINITY,) * 2 == resource.prlimit(call.pid, resource.RLIMIT_CORE)
                os.kill(call.pid, signal.SIGSEGV)
        assert tracer.ended is not None and os.WTERMSIG(tracer.ended) == signal.SIGSEGV
        assert not os.WCOREDUMP(tracer.ended)
    assert not list(places[1].iterdir())


def ids_of(pid: int) -> Tuple[str, str]:
    """User and group."""
    rows = [line.split() for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return next(row[1] for row in rows if row[0] == "Uid:"), next(row[1] for row in rows if row[0] == "Gid:")


def test_worker_is_closed_to_its_own_user(machine: Machine) -> None:
    """Who has become nobody elsewhere cannot read what it has read."""
    marked = Marked(machine)
    opened: List[bool] = []
    with Tracer(machine) as tracer:
        for call in tracer.calls():
            if is_sending_blob(call, marked):
                user, group = ids_of(call.pid)
                become = ("setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups")
                assert user != "0" and call.proc.joinpath("mem").stat().st_uid == 0
                with careless(*become) as other:
                    for pid in (call.pid, other):
                        done = subprocess.run([*become, "cat", f"/proc/{pid}/maps"], capture_output=True, check=False)
                        opened.append(done.returncode == 0)
    machine.assert_outcome(tracer.running.end(), "applied")
    assert opened == [False, True]
