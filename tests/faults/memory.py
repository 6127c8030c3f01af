# SPDX-License-Identifier: Apache-2.0
"""The memory of another process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List

ZEROS = bytes(64)
HEAD = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \d+ *(.*)")


@dataclass(frozen=True)
class Mapping:
    """One of its mappings, as /proc/PID/smaps shows it."""

    start: int
    end: int
    rights: str
    name: str
    about: Dict[str, List[str]]

    def kilobytes(self, key: str) -> int:
        """A figure."""
        return int(self.about[key][0])

    @property
    def is_kernels(self) -> bool:
        """The pages with the clock, and their code."""
        return self.name in ("[vvar]", "[vvar_vclock]", "[vdso]", "[vsyscall]")

    @property
    def is_own(self) -> bool:
        """The process can write there. What was made read-only was so before main()."""
        return "w" in self.rights and not self.is_kernels


def mappings(pid: int) -> List[Mapping]:
    """All of them."""
    found: List[Mapping] = []
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = HEAD.fullmatch(line)
        if head:
            found.append(Mapping(int(head[1], 16), int(head[2], 16), head[3], head[4], {}))
        else:
            key, _, value = line.partition(":")
            found[-1].about[key] = value.split()
    return found


def contents(pid: int) -> Iterator[bytes]:
    """What stands in those of its own, one by one; long rows of zeros are shortened."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for mapping in mappings(pid):
            if mapping.is_own:
                memory.seek(mapping.start)
                data = memory.read(mapping.end - mapping.start)
                assert len(data) == mapping.end - mapping.start, mapping
                yield data.replace(ZEROS, b"\0")
