# SPDX-License-Identifier: Apache-2.0
"""Processes that drivers start, and those that they find."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Sequence

from .driver import DriverError

# What is started with setpriv --pdeathsig dies with the thread that started it: this one lives as long as we do.
LAUNCHER = ThreadPoolExecutor(1, "launcher")


def last_line(log: Path) -> str:
    """What was said last in this file."""
    lines = log.read_text(errors="replace").split("\n") if log.exists() else []
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


class Program:
    """A program that may be started again whenever it has ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_closed = False

    def launch(self, words: Sequence[str], log: Path) -> None:
        """Start it. It says what it says to the end of a file, so that it never waits for us."""
        with self._lock:
            if self._is_closed:
                raise DriverError(f"{words[0]} is not started any more: the cloud ends")
            if self.code() is None:
                raise DriverError(f"{words[0]} runs already")
            try:
                self._process = LAUNCHER.submit(self._launch, words, log).result()
            except OSError as error:
                raise DriverError(f"{words[0]} cannot be started: {error}") from None

    @staticmethod
    def _launch(words: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as out:
            return subprocess.Popen(
                words,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # what is typed to end the cloud is not for it
            )

    def code(self) -> int | None:
        """How it ended; None while it runs. What was never started has ended well."""
        return self._process.poll() if self._process else 0

    def end(self, patience_s: float = 0) -> None:
        """Ask it to end, if there is patience for that; then it has to."""
        if self._process is None:
            return
        if patience_s:
            self._process.terminate()
            try:
                self._process.wait(patience_s)
            except subprocess.TimeoutExpired:
                pass
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """End it at once, for good."""
        with self._lock:
            self._is_closed = True
        self.end()


class Found:
    """A process that need not be our child, held by a descriptor: its number may be another's later."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._fd = os.pidfd_open(pid)

    def __enter__(self) -> Found:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def words(self) -> list[str]:
        """What it was started with; nothing once it has ended."""
        try:
            line = Path(f"/proc/{self._pid}/cmdline").read_bytes()
        except OSError:
            return []
        return [os.fsdecode(word) for word in line.split(b"\0")[:-1]]

    def has_ended(self, patience_s: float) -> bool:
        """Wait for its end for so long."""
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        return bool(poll.poll(max(0, patience_s) * 1000))

    def kill(self) -> None:
        """It ends soon, whatever it does."""
        try:
            signal.pidfd_send_signal(self._fd, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended already
