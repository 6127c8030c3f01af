# SPDX-License-Identifier: Apache-2.0
"""Sums up what gcov counted, and compares the lines that were not reached with those that are known: unreached.txt."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("agent", "platform/linux")
LINES_PERCENT = 95.0
AT_TIMES = "At times: "

Place = tuple[str, int]  # a file and a line of it


@dataclass
class Share:
    """So many of so many."""

    reached: int = 0
    total: int = 0

    def add(self, counts: list[int]) -> None:
        """Those that are not 0 were reached."""
        self.reached += sum(count > 0 for count in counts)
        self.total += len(counts)

    @property
    def percent(self) -> float:
        """Of nothing all was reached."""
        return 100 * self.reached / self.total if self.total else 100.0

    def __str__(self) -> str:
        return f"{self.reached:6}/{self.total:<5} {self.percent:5.1f} %"


@dataclass
class Line:
    """How often a line was reached, in all objects that have it, and each branch that leaves it."""

    function: str
    count: int = 0
    branches: list[int] = field(default_factory=list)


def measured(build: Path) -> dict[Place, Line]:
    """What gcov knows of the lines of FOLDERS."""
    notes = sorted(str(path) for path in build.rglob("*.gcno"))
    words = ["gcov", "--json-format", "--stdout", "--branch-probabilities", *notes]
    said = subprocess.run(words, cwd=build, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    lines: dict[Place, Line] = {}
    for document in map(json.loads, said.splitlines()):
        for source in document["files"]:
            path = Path(document["current_working_directory"], source["file"]).resolve()
            if not (path.is_file() and path.is_relative_to(TOP)):
                continue
            name = str(path.relative_to(TOP))
            if name.startswith(tuple(f"{folder}/" for folder in FOLDERS)):
                for seen in source["lines"]:
                    line = lines.setdefault((name, seen["line_number"]), Line(seen.get("function_name", "")))
                    line.count += seen["count"]
                    branches = [branch["count"] for branch in seen["branches"]]
                    line.branches = [sum(pair) for pair in zip(line.branches, branches)] or branches
    return dict(sorted(lines.items()))


def named(lines: dict[Place, Line], that_were_reached: bool) -> Counter[str]:
    """Lines as unreached.txt calls them, whatever their numbers are: `file: function: text`."""
    texts = {name: (TOP / name).read_text().splitlines() for name, _ in lines}
    return Counter(
        f"{name}: {line.function}: {' '.join(texts[name][number - 1].split())}"
        for (name, number), line in lines.items()
        if (line.count > 0) == that_were_reached
    )


def known(file: Path) -> tuple[Counter[str], Counter[str]]:
    """
    What unreached.txt has: lines that are never reached, and those that are reached at times. They are indented; a
    paragraph before some is their reason.
    """
    reason = ""
    never: Counter[str] = Counter()
    at_times: Counter[str] = Counter()
    for line in file.read_text().splitlines():
        if line.startswith("    "):
            assert reason, f"{file.name}: no reason for: {line}"
            (at_times if reason.startswith(AT_TIMES) else never)[line.strip()] += 1
        elif not line or line.startswith("#"):
            reason = ""
        else:
            reason = reason or line
    return never, at_times


def print_table(lines: dict[Place, Line]) -> Share:
    """Each file, each folder, all."""
    groups = sorted({name for name, _ in lines}) + [f"{folder}/" for folder in FOLDERS] + [""]
    print(f"{'':36}{'lines':>14}{'branches':>22}")
    for group in groups:
        reached, taken = Share(), Share()
        for (name, _), line in lines.items():
            if name.startswith(group):
                reached.add([line.count])
                taken.add(line.branches)
        print(f"{group or 'all':36}{reached}  {taken}")
    return reached


def main() -> int:
    """Whether all is as it should be, as an exit code."""
    build, file = (Path(word).resolve() for word in sys.argv[1:])
    lines = measured(build)
    share = print_table(lines)
    reached, missing = named(lines, True), named(lines, False)
    never, at_times = known(file)
    wrong = [f"not reached, and {file.name} does not say why: {text}" for text in (missing - never - at_times).elements()]
    wrong += [f"in {file.name}, but it is reached or not there: {text}" for text in (never - missing).elements()]
    wrong += [f"in {file.name}, but not there: {text}" for text in (at_times - missing - reached).elements()]
    if share.percent < LINES_PERCENT:
        wrong.append(f"fewer than {LINES_PERCENT} % of the lines are reached")
    print("\n".join(sorted(wrong)) or f"{missing.total()} lines are not reached; {file.name} says why")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
