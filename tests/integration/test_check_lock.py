# SPDX-License-Identifier: Apache-2.0
"""`check`: who holds the lock of the password files, and what interrupted programs left beside them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

import runner
from checking import Found, check, mend
from sandbox import mounted
from throwaway import Root

TICKS = os.sysconf("SC_CLK_TCK")
# Locks the file that it is told of, says so, and waits for ever.
POSIX = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); time.sleep(9999)"
OFD = """
import fcntl, struct, sys, time
f = open(sys.argv[1], 'w')
fcntl.fcntl(f, 37, struct.pack('hhqqixxxx', fcntl.F_WRLCK, 0, 0, 0, 0))  # F_OFD_SETLK
print(flush=True)
time.sleep(9999)
"""
LCKPWDF = "import ctypes, time; assert ctypes.CDLL(None).lckpwdf() == 0; print(flush=True); time.sleep(9999)"


@pytest.fixture(name="etc")
def fixture_etc(root: Root) -> Iterator[Path]:
    """The throw-away /etc in the place of the machine's."""
    with mounted("--bind", root.etc, "/etc"):
        yield Path("/etc")


def find() -> Found:
    """What is found of the running system."""
    return check().find("lock")


@contextmanager
def held(program: str, path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Somebody holds the lock."""
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout and process.stdout.readline() == b"\n"
            yield process
        finally:
            process.kill()


@contextmanager
def aged(pid: int, seconds: int, name: str, folder: Path) -> Iterator[None]:
    """The process has been running for so long, and bears this name: so /proc says."""
    real = Path(f"/proc/{pid}/stat")
    before, _, after = real.read_text().rpartition(")")
    fields = after.split(" ")
    fields[20] = str(max(0, int(fields[20]) - seconds * TICKS))
    fake = folder / "stat"
    fake.write_text(f"{before.partition('(')[0]}({name}){' '.join(fields)}")
    with mounted("--bind", fake, real):
        yield


def test_nobody(etc: Path) -> None:
    assert find().level == "OK"
    assert not (etc / ".pwd.lock").exists()
    (etc / ".pwd.lock").touch()
    assert find().level == "OK"


@pytest.mark.parametrize("program", [POSIX, OFD, LCKPWDF], ids=["fcntl", "OFD", "lckpwdf"])
def test_held(etc: Path, program: str) -> None:
    with held(program, etc / ".pwd.lock") as process:
        found = find()
        assert (found.level, found.mend) == ("WARN", None)
        assert "/etc/.pwd.lock is held by python3" in found.found and f"(pid {process.pid})" in found.found
    assert find().level == "OK"


@pytest.mark.parametrize(
    "seconds, name, kills", [(30, "passwd", False), (90, "passwd", True), (90, "vipw", False), (90, "vigr", False)]
)
def test_held_for_long(etc: Path, tmp_path: Path, seconds: int, name: str, kills: bool) -> None:
    with held(POSIX, etc / ".pwd.lock") as process, aged(process.pid, seconds, name, tmp_path):
        found = find()
        assert found.level == "FAIL" and f"{name} (pid {process.pid})" in found.found
        assert re.search(rf"for {seconds // 10}\d s", found.found)
        assert found.mend == (f"kill {process.pid}" if kills else None)
        if kills:
            mend(found)
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # its files in /proc are still needed
            assert find().level == "OK"


def test_held_by_who_cannot_be_seen(etc: Path) -> None:
    """In a container one sees the lock, and not the process."""
    hidden = ["unshare", "--mount", "--pid", "--fork", "--mount-proc"]
    with held(OFD, etc / ".pwd.lock"):
        found = check(before=hidden).find("lock")
        assert found.level == "WARN" and "cannot be seen" in found.found


def test_held_by_an_editor(etc: Path, tmp_path: Path) -> None:
    """vipw(8) itself."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    editor = tmp_path / "editor"
    editor.write_text(f"#!/bin/sh\necho >'{pipe}'\nread line <'{pipe}'\n")
    editor.chmod(0o755)
    with subprocess.Popen(["vipw"], env=runner.environment({"EDITOR": str(editor)}), stdout=subprocess.DEVNULL):
        assert pipe.read_text() == "\n"
        try:
            found = find()
        finally:
            pipe.write_text("\n")
    assert found.level == "WARN" and "held by vipw" in found.found


# What is in the way


@pytest.mark.parametrize("name", [".pwd.lock", ".shadow.resetpwd-agent"])
def test_a_folder_is_in_the_way(etc: Path, name: str) -> None:
    (etc / name).mkdir()
    (etc / name / "in it").touch()
    found = find()
    assert found.level == "FAIL" and f"/etc/{name}" in found.found
    mend(found)
    assert find().level == "OK"


def test_a_pipe_is_in_the_way(etc: Path) -> None:
    os.mkfifo(etc / ".pwd.lock")
    found = find()
    assert found.level == "FAIL" and "no regular file" in found.found
    mend(found)
    assert find().level == "OK"


def test_of_an_interrupted_run(etc: Path) -> None:
    (etc / ".shadow.resetpwd-agent").touch()
    found = find()
    assert found.level == "OK" and "/etc/.shadow.resetpwd-agent" in found.found


# Lock files of shadow-utils


@pytest.mark.parametrize("text", ["", "no number", "0", "-1", "99999999999", "4" * 40, "\0\xff"])
@pytest.mark.parametrize("name", ["passwd", "shadow", "group", "gshadow"])
def test_left_over(etc: Path, name: str, text: str) -> None:
    (etc / f"{name}.lock").write_text(text)
    found = find()
    assert (found.level, found.mend) == ("WARN", f"rm -r /etc/{name}.lock")
    mend(found)
    assert find().level == "OK"


def test_in_use(etc: Path) -> None:
    """By a process that is there, and was when the file was made."""
    lock = etc / "passwd.lock"
    lock.write_text(f"{os.getpid()}\0")
    assert find().level == "OK"
    os.utime(lock, (1, 1))
    found = find()
    assert found.level == "WARN" and "passwd.lock" in found.found


def test_several_left_over(etc: Path) -> None:
    (etc / "passwd.lock").touch()
    (etc / "gshadow.lock").mkdir()
    found = find()
    assert found.mend == "rm -r /etc/passwd.lock /etc/gshadow.lock"
    mend(found)
    assert find().level == "OK"


def test_left_over_in_an_image(root: Root) -> None:
    """Its processes are not ours."""
    (root.etc / "passwd.lock").write_text(f"{os.getpid()}\0")
    found = check(root.path).find("lock")
    assert (found.level, found.mend) == ("WARN", f"chroot {root.path} rm -r /etc/passwd.lock")
