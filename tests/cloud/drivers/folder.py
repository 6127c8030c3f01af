# SPDX-License-Identifier: Apache-2.0
"""A throw-away system in a folder: it boots by running the agent once, and is on until it is switched off."""

from __future__ import annotations

from pathlib import Path
from typing import Sequence

from .driver import DriverError
from .process import Program


class FolderDriver:
    """`before` are words that run the agent in their own place, such as those of setpriv(1)."""

    def __init__(
        self,
        metadata_url: str,
        root: str,
        agent: str,
        arguments: Sequence[str] = (),
        before: Sequence[str] = (),
        log: str | None = None,
        stop_timeout_s: float = 10,
    ) -> None:
        self._root = Path(root).absolute()
        run = ("run", "--root", str(self._root), "--metadata-url", metadata_url)
        self._words = [*before, agent, *run, *arguments]
        self._log = Path(log or f"{self._root}.log")
        self._stop_timeout_s = stop_timeout_s
        self._agent = Program()
        self._is_on: bool | None = None

    def start(self) -> None:
        """Run the agent, in the background."""
        if not self._root.is_dir():
            raise DriverError(f"there is no folder {self._root}")
        self._agent.launch(self._words, self._log)
        self._is_on = True

    def stop(self) -> None:
        """End an agent that still runs."""
        self._agent.end(self._stop_timeout_s)
        self._is_on = False

    def is_running(self) -> bool | None:
        """As it was switched last; it does not come to an end on its own."""
        return self._is_on

    def close(self) -> None:
        """A cloud that was killed leaves the agent to its deadline."""
        self._agent.close()
