# SPDX-License-Identifier: Apache-2.0
"""Where the agent logs, and what nobody must see of it."""

from __future__ import annotations

import os
import pty
import re
import select
import socket
import stat
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Tuple

import pytest

import runner
from machine import NOBODY, UUID, Machine, as_nobody
from worker_process import Worker

PASSWORD = "Fusion@123"
PREFIXED = re.compile(r"<[3467]>\S.*")
AUTHPRIV = 10 << 3


def run_with_stderr(machine: Machine, fd: int, env: Dict[str, str], *options: str) -> int:
    """A run with this standard error."""
    words = [*runner.WRAPPER, str(runner.BINARY), "run", "--root", str(machine.root.path), *options]
    done = subprocess.run(
        words, env=runner.environment(env), stderr=fd, timeout=runner.PATIENCE_S, check=False
    )
    return done.returncode


def drain(fd: int) -> str:
    """What is there to read; a terminal nobody writes to any more answers with an error."""
    data = b""
    while select.select([fd], [], [], 0)[0]:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        data += piece
    return data.decode(errors="replace")


@pytest.fixture(name="pipe")
def fixture_pipe() -> Iterator[List[int]]:
    """Two ends of a pipe."""
    ends = list(os.pipe())
    yield ends
    for end in ends:
        os.close(end)


@contextmanager
def log_daemon(kind: socket.SocketKind) -> Iterator[socket.socket]:
    """A log daemon's end of /dev/log."""
    with socket.socket(socket.AF_UNIX, kind) as listener:
        listener.bind("/dev/log")
        try:
            yield listener
        finally:
            os.unlink("/dev/log")


@pytest.fixture(name="syslog")
def fixture_syslog() -> Iterator[Callable[[], List[str]]]:
    """/dev/log; call it for what came in."""
    with log_daemon(socket.SOCK_DGRAM) as listener:
        listener.setblocking(False)

        def read() -> List[str]:
            lines = []
            while True:
                try:
                    lines.append(listener.recv(65536).decode())
                except BlockingIOError:
                    return lines

        yield read


class Console:
    """A terminal in the place of the machine's console, and the machine's real paths in that of `--root`."""

    SCRIPT = """
        mount --bind "$1" /etc
        mount --bind "$2" /var
        ln -s "$3" /dev/console
        shift 3
        exec "$@"
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._ends = pty.openpty()

    def run(self, *options: str, stderr_too: bool = False) -> Tuple[runner.Ended, List[str]]:
        """A run, and the lines that the console showed."""
        root = self._machine.root
        (root.path / "var/lib").mkdir(parents=True, exist_ok=True)
        script = self.SCRIPT.rstrip() + (' 2>"$CONSOLE"' if stderr_too else "")
        terminal = os.ttyname(self._ends[1])
        words = ["unshare", "--mount", "sh", "-euc", script, "sh"]
        words += [str(root.etc), str(root.path / "var"), terminal]
        try:
            ended = self._machine.start(
                *options, before=words, whole=True, env={"CONSOLE": terminal}
            ).end()
        finally:
            os.unlink("/dev/console")
        return ended, [line for line in drain(self._ends[0]).splitlines() if line]

    def close(self) -> None:
        """Both ends."""
        for end in self._ends:
            os.close(end)


@pytest.fixture(name="console")
def fixture_console(machine: Machine) -> Iterator[Console]:
    """The machine's console."""
    console = Console(machine)
    yield console
    console.close()


@pytest.mark.native
def test_console_shows_how_a_reset_ended(machine: Machine, console: Console) -> None:
    machine.reset(PASSWORD)
    ended, shown = console.run()
    machine.assert_applied(ended, PASSWORD)
    assert len(shown) == 1
    assert shown[0].startswith("resetpwd-agent: applied: reset of root: ")


@pytest.mark.native
def test_console_shows_a_failure(machine: Machine, console: Console) -> None:
    machine.pend("x")
    _, shown = console.run()
    assert len(shown) == 1
    assert shown[0].startswith("resetpwd-agent: blob-too-short: ")


@pytest.mark.native
def test_console_is_left_alone_when_nothing_is_pending(machine: Machine, console: Console) -> None:
    ended, shown = console.run()
    assert ended.logged("nothing-pending") and shown == []


@pytest.mark.native
def test_console_is_not_told_twice(machine: Machine, console: Console) -> None:
    """Started by hand, on the console itself."""
    machine.reset(PASSWORD)
    _, shown = console.run(stderr_too=True)
    assert len([line for line in shown if "applied: reset of root: " in line]) == 1


@pytest.mark.native  # a checker may speak on the same stream
def test_priorities_for_the_journal(
    machine: Machine, pipe: List[int], syslog: Callable[[], List[str]]
) -> None:
    machine.pend("x")
    machine.root.config.write_text("nonsense\n")
    at = os.fstat(pipe[1])
    code = run_with_stderr(
        machine, pipe[1], {"JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}"}, "--verbose"
    )
    assert code == machine.codes["blob-too-short"]
    lines = drain(pipe[0]).splitlines()
    assert lines and all(PREFIXED.fullmatch(line) for line in lines), lines
    assert {line[1] for line in lines} >= {"3", "4", "6"}
    assert syslog() == []


@pytest.mark.parametrize("stream", ["1:1", "", "nonsense", "0:0"])
def test_another_stream_is_not_the_journal(machine: Machine, pipe: List[int], stream: str) -> None:
    assert run_with_stderr(machine, pipe[1], {"JOURNAL_STREAM": stream}) == 0
    text = drain(pipe[0])
    assert "nothing-pending" in text and not re.search(r"^<\d>", text, re.MULTILINE)


def test_syslog_without_terminal_and_journal(
    machine: Machine, pipe: List[int], syslog: Callable[[], List[str]]
) -> None:
    machine.reset(PASSWORD)
    assert run_with_stderr(machine, pipe[1], {}) == 0
    lines = syslog()
    assert lines
    parsed = [re.fullmatch(r"<(\d+)>.* resetpwd-agent\[\d+\]: (.*)", line) for line in lines]
    assert all(parsed), lines
    assert any("applied: " in line for line in lines)
    assert {int(match.group(1)) & ~7 for match in parsed if match} == {AUTHPRIV}
    for secret in machine.cloud.secrets:
        assert secret.decode() not in "\n".join(lines)


def test_syslog_of_a_failure(machine: Machine, syslog: Callable[[], List[str]]) -> None:
    machine.pend("x")
    machine.run()
    assert any(
        line.startswith(f"<{AUTHPRIV | 3}>") and "blob-too-short" in line for line in syslog()
    )


def test_a_syslog_that_takes_nothing(machine: Machine) -> None:
    """It is told what it takes: the first lines are another's, and all that there is room for."""
    with log_daemon(socket.SOCK_DGRAM) as listener, socket.socket(
        socket.AF_UNIX, socket.SOCK_DGRAM
    ) as other:
        other.connect("/dev/log")
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                other.send(b"x")
        machine.reset(PASSWORD)
        machine.assert_applied(machine.run(), PASSWORD)
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            while True:
                assert listener.recv(65536) == b"x"


def test_a_syslog_of_streams(machine: Machine) -> None:
    """As syslog-ng once made it: each record ends with a NUL."""
    with log_daemon(socket.SOCK_STREAM) as listener:
        listener.listen(64)
        listener.setblocking(False)
        machine.reset(PASSWORD)
        machine.assert_applied(machine.run(), PASSWORD)
        said = b""
        with pytest.raises(BlockingIOError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    said += connection.recv(65536)
    *lines, rest = said.split(b"\0")
    assert rest == b"" and any(b"]: applied: " in line for line in lines), said


def test_plain_on_a_terminal(machine: Machine, syslog: Callable[[], List[str]]) -> None:
    ours, theirs = pty.openpty()
    try:
        machine.reset(PASSWORD)
        assert run_with_stderr(machine, theirs, {}) == 0
        text = drain(ours)
    finally:
        os.close(ours)
        os.close(theirs)
    assert "applied: " in text and not re.search(r"^<\d>", text, re.MULTILINE)
    assert syslog() == []


def test_text_from_outside_cannot_forge_a_line(machine: Machine) -> None:
    machine.reset(PASSWORD, user_name="x\nresetpwd-agent: applied: all is well\r\x1b[2J")
    ended = machine.run()
    assert not any(line.startswith("applied") for line in ended.lines)
    assert "\x1b" not in ended.err and "\r" not in ended.err
    assert all(line.startswith("resetpwd-agent: ") for line in ended.err.splitlines())


def test_verbose_is_discreet_too(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run("--verbose"), PASSWORD)
    machine.cloud.misbehave("metadata", "503", times=2)
    machine.reset("another Password1")
    machine.assert_applied(machine.run("--verbose"), "another Password1")


def test_verbose_is_discreet_about_failures(machine: Machine) -> None:
    machine.reset("not\nto be\nset")
    machine.assert_refused(machine.run("--verbose"), "password-control-character")


# The process


def secrets_in(data: bytes, machine: Machine) -> List[bytes]:
    """Which secrets are in it?"""
    return [secret for secret in machine.cloud.secrets if secret in data]


@pytest.mark.native  # valgrind and sanitizers keep memory, limits and children of their own
def test_process_is_closed_to_others_while_it_waits(machine: Machine) -> None:
    machine.cloud.misbehave("password", "hang-before-headers", method="DELETE")
    machine.reset(PASSWORD)
    running = machine.start("--verbose", env=runner.environment({"TOKEN": "from the environment"}))
    machine.cloud.await_requests("DELETE", "password")
    for proc in (Path(f"/proc/{running.pid}"), Worker(running).proc):
        for name in ("cmdline", "environ", "status", "comm"):
            assert not secrets_in((proc / name).read_bytes(), machine)
        limits = (proc / "limits").read_text()
        assert re.search(r"^Max core file size\s+0\s+0\s", limits, re.MULTILINE)
    # The worker's is locked only where the limit can be lifted.
    status = Path(f"/proc/{running.pid}/status").read_text()
    locked = re.search(r"^VmLck:\s+(\d+) kB", status, re.MULTILINE)
    assert locked and int(locked.group(1)) > 0
    assert running.terminate().code == machine.codes["not-acknowledged"]


@pytest.mark.native  # valgrind maps memory that looks otherwise
def test_secrets_are_wiped_after_use(machine: Machine) -> None:
    """While DELETE is awaited nothing but the blob, which must be compared, is needed any more."""
    machine.cloud.misbehave("password", "hang-before-headers", method="DELETE")
    machine.reset("the secret Password of the day 1" * 10)
    running = machine.start()
    machine.cloud.await_requests("DELETE", "password")
    proc = Path(f"/proc/{running.pid}")
    found: List[str] = []
    is_blob_there = False
    with (proc / "mem").open("rb", buffering=0) as memory:
        for line in (proc / "maps").read_text().splitlines():
            span, flags, *_, name = (line.split(None, 5) + [""])[:6]
            if "w" not in flags or name.startswith("[v"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            memory.seek(start)
            data = memory.read(end - start)
            is_blob_there = is_blob_there or machine.blob.encode() in data
            if b"Password of the day" in data:  # free(3) overwrites the beginning
                found.append(f"password in {name or span}")
    running.terminate()
    assert is_blob_there, "this test does not see what it should"
    assert not found


@pytest.mark.native  # a sanitizer's runtime wants to look at its own process
def test_process_cannot_be_dumped(machine: Machine) -> None:
    """The /proc files of a process that cannot be dumped belong to root, whoever it runs as."""
    machine.cloud.misbehave("password", "hang-before-headers", method="GET")
    machine.reset(PASSWORD)
    with as_nobody(machine) as words:
        running = machine.start(before=words)
        running.may_be_loose = True  # a plain user has no other user to become, and no root to change
        machine.cloud.await_requests("GET", "password")
        status = Path(f"/proc/{running.pid}/status").read_text()
        assert re.search(rf"^Uid:\s+{NOBODY}\s", status, re.MULTILINE)
        assert Path(f"/proc/{running.pid}/maps").stat().st_uid == 0
        assert running.terminate().code == machine.codes["stopped"]


def test_environment_is_of_no_use(machine: Machine) -> None:
    """Variables that change what libraries do are without effect, or gone, when the secret comes."""
    env = {
        "CURL_HOME": str(machine.root.path),
        "SSLKEYLOGFILE": "/tmp/x",
        "OPENSSL_CONF": "/nonexistent",
        "TZ": "/etc/shadow",
    }
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(env=runner.environment(env)), PASSWORD)
    assert UUID not in machine.root.record.read_text()


def test_state_is_for_root_alone(machine: Machine) -> None:
    machine.run()
    assert stat.S_IMODE(machine.root.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(machine.root.record.stat().st_mode) == 0o600
    for path in (machine.root.path / "var", machine.root.path / "var/lib"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o755


def test_files_are_private_whatever_the_umask(machine: Machine) -> None:
    machine.reset(PASSWORD)
    running = machine.start(before=("sh", "-c", 'umask 0; exec "$@"', "sh"))
    machine.assert_applied(running.end(), PASSWORD)
    assert stat.S_IMODE((machine.root.etc / ".pwd.lock").stat().st_mode) == 0o600
