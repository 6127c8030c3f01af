# SPDX-License-Identifier: Apache-2.0
"""All system calls of a reset: who reads from the network, who opens the shadow file, and in which order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Iterator, List

import pytest

from machine import Machine
from sandbox import ADDRESS, mounted

PASSWORD = "Fusion@123"
CALL = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>)?(.*)")
READS = ("read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg", "pread64", "preadv")
OPENS = ("open", "openat", "openat2", "creat")
NOT_ROOT = r"^\([1-9]\d*, [1-9]\d*, [1-9]\d*\)"
NO_CAPABILITY = "effective=0, permitted=0, inheritable=0"


@dataclass(frozen=True)
class Call:
    """One system call."""

    pid: int
    name: str
    text: str

    @property
    def succeeded(self) -> bool:
        """Did it do anything?"""
        return " = -1 " not in self.text

    @property
    def reads_network(self) -> bool:
        """From a socket of TCP or UDP; strace -yy tells."""
        return self.name in READS and re.match(r"\(\d+<(TCP|UDP)", self.text) is not None

    @property
    def opens_shadow(self) -> bool:
        """The file itself, or what is about to take its place."""
        return self.name in OPENS and re.search(r'"([^"]*/)?\.?shadow', self.text) is not None

    @property
    def opens_hosts(self) -> bool:
        """The names of hosts."""
        return self.name in OPENS and '"/etc/hosts"' in self.text


def parse(lines: List[str]) -> List[Call]:
    """What strace -f wrote, each call where it ended; an unfinished one gets its other half."""
    begun: Dict[int, str] = {}
    calls: List[Call] = []
    for line in lines:
        match = CALL.fullmatch(line)
        if not match:
            continue  # +++ exited, --- SIGCHLD
        pid, name, text = int(match.group(1)), match.group(2), match.group(3)
        if text.endswith("<unfinished ...>"):
            begun[pid] = text.replace(" <unfinished ...>", "")
        else:
            calls.append(Call(pid, name, begun.pop(pid, "") + text if "resumed>" in line else text))
    return calls


@pytest.fixture(name="trace")
def fixture_trace(machine: Machine, tmp_path: Path) -> Callable[[], List[Call]]:
    """All calls of a whole reset."""

    def trace() -> List[Call]:
        machine.reset(PASSWORD)
        file = tmp_path / "trace"
        running = machine.start(before=("strace", "-f", "-yy", "-s", "256", "-o", str(file)))
        machine.assert_applied(running.end(), PASSWORD)
        return parse(file.read_text().splitlines())

    return trace


def where(calls: List[Call], name: str, pattern: str) -> int:
    """At which place the first such call stands that succeeded."""
    for at, call in enumerate(calls):
        if call.name == name and re.search(pattern, call.text) and call.text.endswith(" = 0"):
            return at
    raise AssertionError(f"no {name} {pattern}")


@pytest.mark.native  # no checker runs under strace
def test_who_does_what(trace: Callable[[], List[Call]]) -> None:
    calls = trace()
    root = calls[0].pid
    readers = {call.pid for call in calls if call.reads_network}
    openers = {call.pid for call in calls if call.opens_shadow}
    assert openers == {root}
    assert len(readers) == 1 and not readers & openers
    (reader,) = readers
    assert {call.pid for call in calls} == {root, reader}
    # The one that is root writes nothing to the network, either.
    connected = [call for call in calls if call.name == "connect" and "sin_" in call.text]
    assert connected and {call.pid for call in connected if call.pid == root} == {root}
    sent = [call.pid for call in calls if re.match(r"\(\d+<TCP", call.text) and "send" in call.name]
    assert set(sent) == {reader}


@pytest.mark.native
def test_rights_are_gone_before_the_first_byte(trace: Callable[[], List[Call]]) -> None:
    calls = trace()
    (reader,) = {call.pid for call in calls if call.reads_network}
    mine = [call for call in calls if call.pid == reader]
    first = next(at for at, call in enumerate(mine) if call.reads_network)

    def done(name: str, pattern: str) -> int:
        at = where(mine, name, pattern)
        assert at < first, f"{name} {pattern} is not before the network"
        return at

    given_up = done("setresuid", NOT_ROOT)
    assert done("chroot", "") < given_up and done("setgroups", r"^\(0,") < given_up
    assert done("setresgid", NOT_ROOT) < given_up
    done("capset", NO_CAPABILITY)
    done("prctl", "PR_SET_NO_NEW_PRIVS, 1")
    done("prctl", "PR_SET_DUMPABLE, (0|SUID_DUMP_DISABLE)")
    done("prctl", "PR_SET_PDEATHSIG, SIGKILL")
    for limit in ("NOFILE", "NPROC", "FSIZE", "CORE", "DATA"):
        done("prlimit64", f"RLIMIT_{limit}, {{rlim_cur=")
    filtered = done("seccomp", "SECCOMP_SET_MODE_FILTER, .*filter=")
    after = mine[given_up + 1 :]
    assert not [call for call in after if call.name in OPENS and call.succeeded]
    assert not [call for call in after if call.name in ("socket", "execve", "clone", "clone3", "fork")]
    assert not [call for call in after if call.name == "connect" and call.succeeded]
    allowed = {call.name for call in mine[filtered + 1 :] if call.succeeded}
    assert not allowed & {"ioctl", "stat", "newfstatat", "access", "ptrace", "kill", "socket", "bind"}
    # No connection is made by it: the one that it has came over the channel.
    assert any(call.name == "recvmsg" and "SCM_RIGHTS" in call.text for call in mine)


@pytest.fixture(name="names")
def fixture_names(tmp_path: Path) -> Iterator[None]:
    """One name is known, that of the service, and no name server."""
    hosts, order = tmp_path / "hosts", tmp_path / "nsswitch.conf"
    hosts.write_text(f"{ADDRESS} localhost\n")
    order.write_text("hosts: files\n")
    with mounted("--bind", hosts, "/etc/hosts"), mounted("--bind", order, "/etc/nsswitch.conf"):
        yield


@pytest.mark.native
def test_names_are_looked_up_by_nobody(
    machine: Machine, names: None, trace: Callable[[], List[Call]]
) -> None:
    machine.root.config.write_text("metadata_url = http://localhost/openstack/latest\n")
    calls = trace()
    readers = {call.pid for call in calls if call.reads_network}
    resolvers = {call.pid for call in calls if call.opens_hosts}
    assert resolvers and not resolvers & {calls[0].pid, *readers}
    for resolver in resolvers:
        mine = [call for call in calls if call.pid == resolver]
        opened = next(at for at, call in enumerate(mine) if call.opens_hosts)
        assert where(mine, "setresuid", NOT_ROOT) < opened
        assert where(mine, "setresgid", NOT_ROOT) < opened
        assert where(mine, "capset", NO_CAPABILITY) < opened
        assert where(mine, "prctl", "PR_SET_NO_NEW_PRIVS, 1") < opened
