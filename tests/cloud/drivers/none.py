# SPDX-License-Identifier: Apache-2.0
"""Nothing is behind the instance: whoever tests runs the agent."""

from __future__ import annotations


class NoDriver:
    """A switch without a machine."""

    def start(self) -> None:
        """There is nothing to switch on."""

    def stop(self) -> None:
        """Nor off."""

    def is_running(self) -> bool | None:
        """Nobody knows: it is what the cloud remembers."""
        return None

    def close(self) -> None:
        """Nothing to end."""
