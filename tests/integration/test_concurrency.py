# SPDX-License-Identifier: Apache-2.0
"""Others who change passwords at the same time: nobody's change is lost."""

from __future__ import annotations

import shutil
import subprocess
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Callable, Iterator, List

import pytest

import runner
from crypt3 import crypt
from machine import Machine
from sandbox import mounted
from throwaway import old_hash

RESETS = 10
CHANGES = 15
PAM = "password required pam_unix.so sha512 rounds=1000\nauth sufficient pam_rootok.so\naccount required pam_permit.so\nsession required pam_permit.so\n"


class Chroot:
    """The throw-away system with the programs of this one."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.path = machine.root.path
        self._mounts = ExitStack()

    def __enter__(self) -> Chroot:
        etc = self.machine.root.etc
        for name in ("usr", "dev", "proc", "tmp", "home"):
            (self.path / name).mkdir(exist_ok=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            if Path("/", name).is_symlink():
                (self.path / name).symlink_to(f"usr/{name}")
            elif Path("/", name).is_dir():
                (self.path / name).mkdir()
                self._mounts.enter_context(mounted("--bind", f"/{name}", self.path / name))
        self._mounts.enter_context(mounted("-o", "bind,ro", "/usr", self.path / "usr"))
        self._mounts.enter_context(mounted("--rbind", "/dev", self.path / "dev"))
        (etc / "pam.d").mkdir()
        for name in ("passwd", "chpasswd", "useradd", "other"):
            (etc / "pam.d" / name).write_text(PAM)
        (etc / "nsswitch.conf").write_text("passwd: files\nshadow: files\ngroup: files\n")
        (etc / "group").write_text("root:x:0:\nshadow:x:42:\nusers:x:100:\n")
        (etc / "gshadow").write_text("root:*::\nshadow:*::\nusers:*::\n")
        # Without what these programs take for a mistake.
        for name in ("passwd", "shadow"):
            lines = (etc / name).read_text().splitlines(True)
            known = [
                line
                for line in lines
                if line.split(":")[0] in ("root", "daemon", "ubuntu", "alice", "nobody")
            ]
            if name == "passwd":
                (etc / name).write_text("".join(known))
            else:
                self.machine.root.write_shadow("".join(known))
        return self

    def __exit__(self, *_: object) -> None:
        self._mounts.close()

    def run(self, *words: str, text: str = "") -> str:
        """Run a program inside."""
        done = subprocess.run(
            ["chroot", str(self.path), *words],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"},
            timeout=runner.PATIENCE_S,
            check=False,
            universal_newlines=True,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}"
        return done.stdout


@pytest.fixture(name="chroot")
def fixture_chroot(machine: Machine) -> Iterator[Chroot]:
    """A system in which the programs of shadow-utils run."""
    for program in ("chpasswd", "useradd", "passwd", "usermod"):
        if not shutil.which(program):
            pytest.skip(f"{program} is not installed")
    with Chroot(machine) as chroot:
        yield chroot


def all_at_once(*tasks: Callable[[], None]) -> None:
    """Run them side by side; the first failure is ours."""
    failures: List[BaseException] = []

    def guarded(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as error:  # pylint: disable=broad-except
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_nobody_loses_a_change(machine: Machine, chroot: Chroot) -> None:
    """Each task counts its own work and finds all of it in the end."""

    def resets() -> None:
        for number in range(RESETS):
            machine.reset(f"reset number {number}")
            ended = machine.start().end()
            assert ended.code == 0 and not machine.is_pending, ended.err
            assert machine.root.verifies("root", f"reset number {number}")

    def hashes() -> None:
        for number in range(CHANGES):
            hashed = crypt(f"alice {number}", "$5$rounds=1000$alice$")
            chroot.run("chpasswd", "-e", text=f"alice:{hashed}\n")
            assert machine.root.hash_of("alice") == hashed

    def passwords() -> None:
        for number in range(CHANGES):
            chroot.run("chpasswd", text=f"ubuntu:Ubuntu pass {number}\n")
            assert machine.root.verifies("ubuntu", f"Ubuntu pass {number}")

    def accounts() -> None:
        for number in range(CHANGES):
            chroot.run("useradd", "-M", "-N", f"new{number}")
            chroot.run("passwd", "-l", "daemon" if number % 2 else "nobody")

    all_at_once(resets, hashes, passwords, accounts)
    assert machine.root.verifies("root", f"reset number {RESETS - 1}")
    assert machine.root.verifies("alice", f"alice {CHANGES - 1}")
    assert machine.root.verifies("ubuntu", f"Ubuntu pass {CHANGES - 1}")
    names = [line.split(b":")[0].decode() for line in machine.root.lines() if line]
    assert len(names) == len(set(names))
    assert set(names) == {
        "root",
        "daemon",
        "ubuntu",
        "alice",
        "nobody",
        *(f"new{n}" for n in range(CHANGES)),
    }
    machine.assert_clean()


@pytest.mark.native  # the lock is looked at with strace, which no checker runs under
@pytest.mark.parametrize(
    "program",
    [
        ["chpasswd"],
        ["chpasswd", "-e"],
        ["useradd", "-M", "newuser"],
        ["passwd", "-l", "alice"],
        ["usermod", "-L", "alice"],
    ],
    ids=str,
)
def test_the_others_take_the_lock_that_we_take(
    machine: Machine, chroot: Chroot, program: List[str]
) -> None:
    """Else the test above would prove nothing."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    trace = machine.root.path.parent / "trace"
    words = ["strace", "-f", "-o", str(trace), "-e", "trace=openat,fcntl,rename,renameat,renameat2"]
    text = f"alice:{old_hash()}\n"
    subprocess.run(
        [*words, "chroot", str(chroot.path), *program],
        input=text,
        universal_newlines=True,
        check=True,
        timeout=60,
    )
    calls = trace.read_text().splitlines()
    opened = next(at for at, call in enumerate(calls) if '"/etc/.pwd.lock"' in call)
    locked = next(at for at, call in enumerate(calls) if "F_WRLCK" in call)
    renamed = next(
        at for at, call in enumerate(calls) if "rename" in call and '"/etc/shadow"' in call
    )
    assert opened < locked < renamed


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

    def resets() -> None:
        try:
            for number in range(3):
                machine.reset(f"reset {times} number {number}")
                assert machine.start().end().code == 0
        finally:
            stop.set()

    all_at_once(watch, resets)
    assert not torn
