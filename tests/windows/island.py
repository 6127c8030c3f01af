# SPDX-License-Identifier: Apache-2.0
"""A network of our own for one Windows, which nothing gets out of. Its file systems are our own, too."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


class Island:
    """Namespaces, for as long as their first process lives."""

    def __init__(self, pid: int) -> None:
        self.words = ("nsenter", "--target", str(pid), "--net", "--mount")

    def command(self, line: str) -> None:
        """Run a command of Linux in there; it must succeed."""
        subprocess.run([*self.words, *line.split()], check=True, timeout=60)


@contextmanager
def island() -> Iterator[Island]:
    """Only the loopback is up. What is mounted in there is mounted nowhere else."""
    until_told = "ip link set lo up && echo up && cat"
    words = ("unshare", "--net", "--mount", "--propagation", "private", "sh", "-c", until_told)
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin and process.stdout
        try:
            assert process.stdout.readline() == b"up\n"
            yield Island(process.pid)
        finally:
            process.stdin.close()
