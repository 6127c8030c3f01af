# SPDX-License-Identifier: Apache-2.0
"""The process that speaks to the network, seen from outside."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Dict, Iterable, List, Set, Tuple

from runner import PATIENCE_S, Running


def children_of(running: Running) -> List[int]:
    """Its children."""
    try:
        text = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text()
    except FileNotFoundError:
        return []
    return [int(word) for word in text.split()]


class Worker:
    """The only child of an agent."""

    def __init__(self, running: Running) -> None:
        (self.pid,) = children_of(running)
        self.proc = Path(f"/proc/{self.pid}")

    @property
    def status(self) -> Dict[str, List[str]]:
        """Its status file: the words of each line."""
        rows = (line.partition(":") for line in (self.proc / "status").read_text().splitlines())
        return {key: value.split() for key, _, value in rows}

    @property
    def user(self) -> Tuple[Set[str], Set[str]]:
        """All its uids, and all its gids."""
        status = self.status
        return set(status["Uid"]), set(status["Gid"])

    def limit(self, name: str) -> List[str]:
        """Soft and hard limit."""
        line = re.search(rf"^Max {name} +(\S+) +(\S+)", (self.proc / "limits").read_text(), re.MULTILINE)
        assert line, name
        return [line.group(1), line.group(2)]

    @property
    def open_files(self) -> Dict[int, str]:
        """Descriptors, and where they lead."""
        return {int(link.name): os.readlink(link) for link in (self.proc / "fd").iterdir()}

    @property
    def is_alive(self) -> bool:
        """Neither gone nor a zombie."""
        try:
            return self.status["State"][0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    def holds(self, needles: Iterable[bytes]) -> Set[bytes]:
        """Which of them stand anywhere in its memory?"""
        wanted = set(needles)
        found: Set[bytes] = set()
        spans = 0
        with (self.proc / "mem").open("rb", buffering=0) as memory:
            for line in (self.proc / "maps").read_text().splitlines():
                span, flags, *_, name = (line.split(None, 5) + [""])[:6]
                if "r" not in flags or name.startswith("[v"):
                    continue
                start, end = (int(part, 16) for part in span.split("-"))
                memory.seek(start)
                data = memory.read(end - start)
                assert len(data) == end - start, line
                spans += 1
                found |= {needle for needle in wanted if needle in data}
        assert spans > 10
        return found


def folders_left() -> Set[Path]:
    """What a worker's root folder may have left behind."""
    return {path for parent in ("/run", "/tmp") for path in Path(parent).glob("resetpwd-agent*")}


def assert_no_folder_stays(before: Set[Path]) -> None:
    """Those that other tests made at the same time go away."""
    left = folders_left() - before
    end = time.monotonic() + PATIENCE_S
    while left & folders_left():
        assert time.monotonic() < end, left
        time.sleep(0.02)
