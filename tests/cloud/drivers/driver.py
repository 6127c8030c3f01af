# SPDX-License-Identifier: Apache-2.0
"""What a driver is: a power switch."""

from __future__ import annotations

from typing import Protocol


class DriverError(Exception):
    """What is behind an instance does not obey; the text is a sentence."""


class Driver(Protocol):
    """Whoever calls start() and stop() does so one after the other; close() may come at any time, from any thread."""

    def start(self) -> None:
        """Power on; returns when it is on. The guest boots on its own."""

    def stop(self) -> None:
        """Power off, gently first; returns when it is off. Nothing happens where it was off."""

    def is_running(self) -> bool | None:
        """Is it on? None where nobody knows."""

    def close(self) -> None:
        """The cloud ends: what this driver started or found ends at once, and nothing starts after this."""
