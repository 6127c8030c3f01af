# SPDX-License-Identifier: Apache-2.0
"""Runs of the agent whose every process is waited for, and measured."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator, List

import runner

PR_SET_CHILD_SUBREAPER = 36
# The shell's child is measured from its exec on; a child of this process would begin with what Python takes.
APART = ("sh", "-c", '"$@" >&2 & echo $!', "sh")


@dataclass(frozen=True)
class Measured:
    """A run that is over, with all its processes."""

    code: int  # negative: the signal that it died of
    err: str
    seconds: float
    peaks_kib: List[int]  # what each process held in memory at most


@contextmanager
def orphans_are_ours() -> Iterator[None]:
    """What outlives its parent becomes a child of this process."""
    prctl = ctypes.CDLL(None).prctl
    assert prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        assert prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) == 0


def kill_group(group: int) -> None:
    """End what is left of it."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass


def measure(*arguments: runner.Word, limit_s: float) -> Measured:
    """From the start to the end of the last process, of which none may take longer than limit_s."""
    with tempfile.TemporaryFile() as log:
        start = time.monotonic()
        shell = subprocess.Popen(
            [*APART, runner.BINARY, *arguments],
            env=runner.environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        agent = int(shell.communicate()[0])
        alarm = threading.Timer(limit_s, kill_group, (shell.pid,))
        alarm.start()
        peaks = []
        code = 0
        try:
            while True:  # the worker stays in the group, whoever its parent is
                pid, how, used = os.wait4(-shell.pid, 0)
                peaks.append(used.ru_maxrss)
                if pid == agent:
                    code = os.waitstatus_to_exitcode(how)
        except ChildProcessError:
            pass
        finally:
            alarm.cancel()
        log.seek(0)
        return Measured(code, log.read().decode(errors="replace"), time.monotonic() - start, peaks)
