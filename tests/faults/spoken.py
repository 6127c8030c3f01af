# SPDX-License-Identifier: Apache-2.0
"""All that an agent says to the kernel and to the world, read from the trace of strace(1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List

LINE = re.compile(r"(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>)?(.*)")
TEXT = re.compile(r"\"((?:\\x[0-9a-f]{2})*)\"")
PATH = re.compile(r"<((?:\\x[0-9a-f]{2})+)[<>]")  # a device has its numbers behind it
UNFINISHED = " <unfinished ...>"
READS = ("read", "pread64", "readv", "recvfrom", "recvmsg", "getdents64", "getrandom", "readlink", "fgetxattr")


def plain(text: str) -> bytes:
    """What strace shows in hexadecimal."""
    return bytes.fromhex(text.replace("\\x", ""))


@dataclass(frozen=True)
class Spoken:
    """One system call; -xx -yy -v shows all of it."""

    pid: int
    name: str
    text: str

    @property
    def texts(self) -> bytes:
        """Whatever is handed over in it, unless it is the kernel who does."""
        return b"" if self.name in READS else b"\n".join(map(plain, TEXT.findall(self.text)))

    @property
    def place(self) -> str:
        """Where the descriptor leads to that is the first argument: a name, or the kind of a socket."""
        path = re.match(r"\(\d+" + PATH.pattern, self.text)
        kind = re.match(r"\(\d+<([A-Z0-9]+)", self.text)
        return Path(plain(path[1]).decode()).name if path else kind[1] if kind else ""

    @property
    def opened(self) -> str:
        """The file that it has opened for writing, or made."""
        is_for_writing = self.name in ("openat", "open", "creat") and re.search("O_WRONLY|O_RDWR|O_CREAT", self.text)
        path = re.search(r" = \d+" + PATH.pattern, self.text)
        return plain(path[1]).decode() if is_for_writing and path else ""


def read_trace(file: Path) -> List[Spoken]:
    """The calls that strace -f has written down, each where it ended."""
    return list(_read(file.read_text().splitlines()))


def _read(lines: List[str]) -> Iterator[Spoken]:
    begun: Dict[str, str] = {}
    for line in lines:
        match = LINE.fullmatch(line)
        if match:
            pid, name, text = match.groups()
            text = begun.pop(pid, "") + text
            if text.endswith(UNFINISHED):
                begun[pid] = text[: -len(UNFINISHED)]
            else:
                yield Spoken(int(pid), name, text)
