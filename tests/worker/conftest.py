# SPDX-License-Identifier: Apache-2.0
"""What platform/worker.h promises, asked of worker_probe: WORKER_PROBE says where it is."""

from __future__ import annotations

import errno
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
PROBE = Path(os.environ.get("WORKER_PROBE", TESTS.parent / "build/dev/worker_probe")).resolve()
IS_SANITIZED = b"__asan_init" in PROBE.read_bytes()
PATIENCE_S = 300
sys.path[:0] = [str(TESTS), str(TESTS / "integration")]

import sandbox

NO_SECCOMP = (sys.executable, str(TESTS / "integration/without_seccomp.py"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A sanitizer has an allocator and limits of its own."""
    left_out = [item for item in items if IS_SANITIZED and item.get_closest_marker("native")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@dataclass(frozen=True)
class Reply:
    """How one call ended; of an attempt its result, and the name of its error."""

    status: str
    result: int
    error: str


@dataclass(frozen=True)
class Probed:
    """A run of worker_probe that is over."""

    opened: str
    replies: list[tuple[str, Reply]]
    log: list[str]

    @property
    def reply(self) -> Reply:
        """The only one."""
        ((_, reply),) = self.replies
        return reply

    @property
    def statuses(self) -> list[str]:
        """How each call ended."""
        return [reply.status for _, reply in self.replies]


class Listener:
    """A port on 127.0.0.1. Whoever sends something there is cut off; all who come are counted."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.visits = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            threading.Thread(target=self._cut_off, args=(visitor,), daemon=True).start()

    @staticmethod
    def _cut_off(visitor: socket.socket) -> None:
        with visitor, suppress(ConnectionError):
            if visitor.recv(1):
                visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def count(self) -> int:
        """All who came so far: connections are accepted in their order, and this one comes last."""
        with socket.create_connection(("127.0.0.1", self.port)) as own:
            own.shutdown(socket.SHUT_WR)
            assert own.recv(1) == b""
        return self.visits - 1

    def close(self) -> None:
        """Wake the one who accepts, and close."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()


class Bench:
    """Where a probe is tried: a service that it may speak to, and one elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = Listener()
        self.elsewhere = Listener()

    def probe(self, mode: str, *words: str, start: str = "-", before: Sequence[str] = ()) -> Probed:
        """Run worker_probe. What must hold for each of its runs is checked here."""
        ports = (str(self.service.port), str(self.elsewhere.port))
        done = subprocess.run(
            [*before, str(PROBE), mode, *ports, start, *words],
            cwd=self.folder,
            # An attempt that is not refused leaves nothing to look for leaks with.
            env={**os.environ, "LSAN_OPTIONS": "detect_leaks=0"} if mode == "direct" else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        rows = [line.split(" ") for line in done.stdout.splitlines()]
        assert done.stdout, done.stderr
        (_, opened, *_), *middle = rows
        if rows[-1][0] == "end":  # a shell that took the probe's place has no such line
            *_, last = middle
            middle.pop()
            is_clean = last[1] == "alone" and (last[2] == last[3] or mode == "direct")
            assert is_clean, f"something is left: {last}\n{done.stderr}"
        assert done.returncode == 0, done.stderr
        replies = [(word, Reply(status, int(n), errno.errorcode.get(int(e), ""))) for word, status, n, e in middle]
        return Probed(opened, replies, done.stderr.splitlines())

    def close(self) -> None:
        """Both services."""
        self.service.close()
        self.elsewhere.close()


@pytest.fixture(name="namespace", scope="session", autouse=True)
def fixture_namespace() -> None:
    """Out of the machine's own namespaces, before anything else."""
    sandbox.enter()


@pytest.fixture(name="bench")
def fixture_bench(tmp_path: Path) -> Iterator[Bench]:
    """A place to try things."""
    bench = Bench(tmp_path)
    yield bench
    bench.close()
