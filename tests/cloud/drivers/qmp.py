# SPDX-License-Identifier: Apache-2.0
"""QEMU's monitor, spoken to in QMP: one JSON document a line."""

from __future__ import annotations

import json
import os
import socket
from typing import Any

from .driver import DriverError


class QmpError(DriverError):
    """The monitor does not answer, or refuses."""


class Qmp:
    """One connection; a context manager that closes it."""

    def __init__(self, connection: socket.socket, timeout: float) -> None:
        connection.settimeout(timeout)
        with connection:  # the stream keeps it open
            self._stream = connection.makefile("rwb")
        try:
            self.execute("qmp_capabilities")
        except QmpError:
            self.close()
            raise

    @classmethod
    def connect(cls, path: str | os.PathLike[str], timeout: float) -> Qmp:
        """Where QEMU listens."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        try:
            connection.connect(os.fspath(path))
        except OSError as error:
            connection.close()
            raise QmpError(f"no monitor answers at {path}: {error}") from None
        return cls(connection, timeout)

    def __enter__(self) -> Qmp:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """QEMU does not mind."""
        try:
            self._stream.close()
        except OSError:
            pass  # what could not be sent

    def execute(self, name: str, /, **arguments: Any) -> Any:
        """Run a command; returns its result. Events are passed over, and so is the greeting."""
        self._send({"execute": name, "arguments": arguments})
        while True:
            answer = self._receive()
            if "error" in answer:
                raise QmpError(f"the monitor refuses {name}: {answer['error']}")
            if "return" in answer:
                return answer["return"]

    def human(self, line: str) -> str:
        """A command of the monitor for people; what it says."""
        said: str = self.execute("human-monitor-command", **{"command-line": line})
        return said

    def _send(self, document: dict[str, Any]) -> None:
        try:
            self._stream.write(json.dumps(document).encode() + b"\n")
            self._stream.flush()
        except OSError as error:
            raise QmpError(f"the monitor does not listen: {error}") from None

    def _receive(self) -> dict[str, Any]:
        try:
            line = self._stream.readline()
            answer = json.loads(line) if line else None
        except (OSError, ValueError) as error:
            raise QmpError(f"the monitor does not answer: {error}") from None
        if not isinstance(answer, dict):
            raise QmpError(f"the monitor {'speaks nonsense' if line else 'has gone'}")
        return answer
