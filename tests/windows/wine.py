# SPDX-License-Identifier: Apache-2.0
"""A Windows of wine's for one test: a prefix, made once and then copied by hard links."""

from __future__ import annotations

import fcntl
import os
import select
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PATIENCE_S = 120
TEMPLATE_PATIENCE_S = 300

# At fixed addresses. Debian's loader lies at 0x7d000000, and Linux puts the heap at random into the GiB behind it:
# once in some ten thousand starts over 0x7ffe0000, where Windows has a page of its own, and wine ends with 1. Where a
# container forbids personality(2), that is how it stays.
FIXED = ("setarch", "-R")
MAY_FIX = subprocess.run([*FIXED, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0
WINE = (*(FIXED if MAY_FIX else ()), "wine")


def wait_for(is_so: Callable[[], bool], told: Callable[[], object] = lambda: "waited in vain") -> None:
    """Wait until it is so; whoever waits in vain is told this."""
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, told()
        time.sleep(0.1)


class Prefix:
    """Nothing of it is seen by another: drive C:, registry, services."""

    def __init__(self, path: Path, before: Sequence[str] = ()) -> None:
        self.path = path
        self.c = path / "drive_c"
        self._before = before  # the words of a command that starts wine's

    @property
    def environment(self) -> dict[str, str]:
        """All of it is set, or wine would use the prefix of whoever runs the tests."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path.parent),
            "WINEPREFIX": str(self.path),
            "WINEARCH": "win64",
            # Of what wine says, only why it ends a process.
            "WINEDEBUG": "-all,err+virtual,err+module,err+seh,err+environ",
            # No .NET, no HTML; our netapi32.dll, where a test has put one into system32.
            "WINEDLLOVERRIDES": "mscoree,mshtml=;netapi32=n,b",
        }

    @contextmanager
    def start(
        self,
        *words: str | Path,
        env: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        out: IO[bytes] | int = subprocess.PIPE,
        err: IO[bytes] | int = subprocess.PIPE,
    ) -> Iterator[subprocess.Popen[bytes]]:
        """
        Start a program, which does not outlive the context. Exit codes have 8 bits, and some programs of wine always
        say 0.
        """
        environment = {**self.environment, **(env or {})}
        command = [*self._before, *WINE, *words]
        with subprocess.Popen(command, env=environment, stdin=stdin, stdout=out, stderr=err) as process:
            try:
                yield process
            finally:
                process.kill()

    def run(
        self, *words: str | Path, env: Mapping[str, str] | None = None, patience_s: int = PATIENCE_S
    ) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        # Not pipes: programs of wine's own, which it leaves behind, would keep them open for seconds.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            with self.start(*words, env=env, out=out, err=err) as process:
                code = process.wait(patience_s)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())

    @contextmanager
    def kept_awake(self) -> Iterator[None]:
        """
        Wine's services end with the last program, and starting them takes seconds: here is one that waits. It is up
        first, and its stderr theirs, where they tell when they crash.
        """
        with self.start("cmd", stdin=subprocess.PIPE, err=subprocess.DEVNULL) as process:
            assert select.select([process.stdout], [], [], TEMPLATE_PATIENCE_S)[0], "cmd has no prompt"
            yield

    def windows_path(self, path: Path) -> str:
        """The same file as a program in here calls it."""
        return "Z:" + str(path.resolve()).replace("/", "\\")

    def stop(self) -> None:
        """End all programs of this prefix."""
        for option in ("-k", "-w"):
            subprocess.run(["wineserver", option], env=self.environment, check=False, timeout=PATIENCE_S)


def make(path: Path) -> Path:
    """A prefix as new."""
    prefix = Prefix(path)
    try:
        prefix.run("wineboot", "--init", patience_s=TEMPLATE_PATIENCE_S)
    finally:
        prefix.stop()
    assert (path / "system.reg").is_file()
    return path


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Of the workers of pytest."""
    with open(__file__, "rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def template() -> Iterator[Prefix]:
    """A prefix to be copied. The first worker of a run makes it for all, the last one removes it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
    folder = Path("/var/tmp") / f"wine-{run}"
    prefix = Prefix(folder / "prefix")
    user = folder / f"user-{os.getpid()}"
    try:
        with one_at_a_time():
            folder.mkdir(mode=0o700, exist_ok=True)
            user.touch()
            if not prefix.path.exists():
                make(folder / "unfinished").rename(prefix.path)
        yield prefix
    finally:
        with one_at_a_time():
            user.unlink()
            if not list(folder.glob("user-*")):
                shutil.rmtree(folder)


def link_or_copy(source: str, target: str) -> None:
    """Wine writes into a registry file that has two names."""
    if source.endswith(".reg"):
        shutil.copy2(source, target)
    else:
        os.link(source, target)


@contextmanager
def copy_of(original: Prefix, before: Sequence[str] = ()) -> Iterator[Prefix]:
    """Hard links: wine replaces what else it changes, and a test must do so too."""
    with tempfile.TemporaryDirectory(prefix="copy-", dir=original.path.parent) as folder:
        prefix = Prefix(Path(folder) / "prefix", before)
        shutil.copytree(original.path, prefix.path, copy_function=link_or_copy, symlinks=True)
        try:
            yield prefix
        finally:
            prefix.stop()
