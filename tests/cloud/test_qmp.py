# SPDX-License-Identifier: Apache-2.0
"""The client of QEMU's monitor."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest

from .driver_support import PATIENCE_S
from .drivers.qmp import Qmp, QmpError


def test_monitor_of_people() -> None:
    """As a test has it: QEMU calls, and the client was given the connection."""
    ours, theirs = socket.socketpair()

    def answer() -> None:
        with theirs, theirs.makefile("rw") as stream:
            print('{"QMP": {}}', file=stream, flush=True)
            for line in stream:
                print(json.dumps({"event": "RESUME"}), file=stream, flush=True)
                print(
                    json.dumps({"return": json.loads(line)["arguments"].get("command-line", "")}),
                    file=stream,
                    flush=True,
                )

    thread = threading.Thread(target=answer)
    thread.start()
    with Qmp(ours, PATIENCE_S) as monitor:
        assert monitor.human("info usernet") == "info usernet"
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "the connection is still open"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (b"", "the monitor has gone"),
        (b"QMP 1.0\n", "the monitor does not answer: "),
        (b"[]\n", "the monitor speaks nonsense"),
        (b'{"QMP": {}}\n{"error": {"desc": "no"}}\n', "the monitor refuses qmp_capabilities: .*no"),
    ],
    ids=["nothing", "no JSON", "no object", "an error"],
)
def test_monitor_fails(said: bytes, complaint: str) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises(QmpError, match=complaint):
            Qmp(ours, PATIENCE_S)


def test_monitor_that_says_nothing() -> None:
    ours, theirs = socket.socketpair()
    with theirs, pytest.raises(QmpError, match="the monitor does not answer: timed out"):
        Qmp(ours, 0.1)


def test_monitor_nowhere(tmp_path: Path) -> None:
    with pytest.raises(QmpError, match="no monitor answers at /.*: .*No such file"):
        Qmp.connect(tmp_path / "nowhere", PATIENCE_S)
