# SPDX-License-Identifier: Apache-2.0
"""No secret is said where it does not belong: in logs, files, sockets, and whatever else takes bytes."""

from __future__ import annotations

import socket
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, DefaultDict, Iterator, List, Set, Tuple

import pytest

from conftest import Tally
from machine import Machine
from marked import Marked
from runner import Ended
from spoken import Spoken, read_trace

STRACE = ("strace", "-f", "-yy", "-v", "-xx", "-s", "1000000", "-o")
# The throw-away system in the place of the machine's own; with a word, stderr leads to the journal.
SCRIPT = """
    mount --bind "$1" /etc
    mount --bind "$2" /var
    [ -z "$3" ] || export JOURNAL_STREAM="$(stat -Lc %d:%i /dev/fd/2)"
    shift 3
    exec "$@"
"""
HASHES = {"hash", "old hash"}
# Who says what by which call, and where: all of it, so that a search that finds nothing is noticed, too.
PASSED_ON = {("worker", "sendto", "UNIX"): {"blob", "uuid"}}
SHADOW = {
    ("owner", "write", ".shadow-.resetpwd-agent"): {"old hash"},
    ("owner", "write", ".shadow.resetpwd-agent"): HASHES,
}
STATE = "/var/lib/resetpwd-agent"
FILES = {"/dev/null", "/dev/console", f"{STATE}/lock", f"{STATE}/.record.resetpwd-agent"}
SHADOW_FILES = {"/etc/.pwd.lock", "/etc/.shadow-.resetpwd-agent", "/etc/.shadow.resetpwd-agent"}


@dataclass(frozen=True)
class Run:
    """One that is over."""

    ended: Ended
    calls: List[Spoken]
    syslog: bytes
    console: bytes

    def found_by(self, marked: Marked) -> DefaultDict[Tuple[str, str, str], Set[str]]:
        """Which secrets were said by whom, and where."""
        found: DefaultDict[Tuple[str, str, str], Set[str]] = defaultdict(set)
        for call in self.calls:
            secrets = marked.found_in(call.texts)
            if secrets:
                who = "owner" if call.pid == self.calls[0].pid else "worker"
                found[who, call.name, call.place] |= secrets
        return found


@pytest.fixture(name="run")
def fixture_run(machine: Machine, tmp_path: Path) -> Iterator[Callable[[str], Run]]:
    """Runs the agent on what it takes for the machine's own system, with a syslog and a console; words go to stderr."""
    trace, console, log = tmp_path / "trace", Path("/dev/console"), Path("/dev/log")
    (machine.root.path / "var/lib").mkdir(parents=True)

    def run(journal: str) -> Run:
        folders = (str(machine.root.etc), str(machine.root.path / "var"))
        words = ("unshare", "--mount", "sh", "-euc", SCRIPT, "sh", *folders, journal, *STRACE, str(trace))
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
            listener.bind(str(log))
            listener.settimeout(0)
            ended = machine.start("--verbose", before=words, whole=True).end()
            return Run(ended, read_trace(trace), b"\n".join(received(listener)), console.read_bytes())

    console.touch()
    yield run
    console.unlink()
    log.unlink()


def received(listener: socket.socket) -> Iterator[bytes]:
    """What is there."""
    try:
        while True:
            yield listener.recv(65536)
    except BlockingIOError:
        pass


@pytest.mark.parametrize("journal", ["", "journal"])
@pytest.mark.parametrize("outcome", ["applied", "blob-padding", "password-control-character"])
def test_nothing_is_said(machine: Machine, run: Callable[[str], Run], tally: Tally, outcome: str, journal: str) -> None:
    marked = Marked(machine, ending="\a" if "control" in outcome else "", whole=outcome == "blob-padding")
    done = run(journal)
    machine.assert_outcome(done.ended, outcome)
    is_set = outcome == "applied"
    if is_set:
        assert machine.root.verifies("root", marked.password)
        marked.learn_hash(machine.root.hash_of("root"))
    # Logs
    for log in (done.ended.err.encode(), done.console, done.syslog):
        assert outcome.encode() in log or (journal and log == done.syslog)
        assert not marked.found_in(log)
    assert done.ended.err.startswith("<") == bool(journal)
    # Calls
    assert done.found_by(marked) == {**PASSED_ON, **(SHADOW if is_set else {})}
    names = [call.name for call in done.calls]
    assert names.count("execve") == 1 and "memfd_create" not in names
    assert not [call for call in done.calls if call.name == "mmap" and "PROT_WRITE, MAP_SHARED" in call.text]
    # Files
    assert {call.opened for call in done.calls} - {""} == FILES | (SHADOW_FILES if is_set else set())
    secret = {path.name: marked.found_in(path.read_bytes()) for path in machine.root.path.rglob("*") if path.is_file()}
    assert {name: found for name, found in secret.items() if found} == (
        {"shadow": HASHES, "shadow-": {"old hash"}} if is_set else {"shadow": {"old hash"}}
    )
    tally("system calls searched for secrets", len(done.calls))
