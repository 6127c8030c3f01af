# SPDX-License-Identifier: Apache-2.0
"""QEMU's monitor, spoken to in QMP: one JSON document a line."""

from __future__ import annotations

import json
import socket
from typing import Any

from console import PATIENCE_S


class Monitor:
    def __init__(self, connection: socket.socket) -> None:
        connection.settimeout(PATIENCE_S)
        self._stream = connection.makefile("rwb")
        self._stream.readline()  # the greeting
        self.execute("qmp_capabilities")

    def execute(self, name: str, /, **arguments: Any) -> Any:
        """Run a command; returns its result. Events are passed over."""
        self._stream.write(json.dumps({"execute": name, "arguments": arguments}).encode() + b"\n")
        self._stream.flush()
        while True:
            answer = json.loads(self._stream.readline())
            assert "error" not in answer, f"{name}: {answer}"
            if "return" in answer:
                return answer["return"]

    def human(self, line: str) -> str:
        """A command of the monitor for people; what it says."""
        said: str = self.execute("human-monitor-command", **{"command-line": line})
        return said
