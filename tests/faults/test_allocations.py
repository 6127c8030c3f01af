# SPDX-License-Identifier: Apache-2.0
"""
Memory is short: in one reset after the other another allocation fails, in the agent and in all libraries that it uses.

Each one of a reset is tried, with one exception: the key is derived in 5000 rounds, each of which asks for the same
blocks. Of what the same callers ask for more than MANY times, the first, the last and every EVERY-th are tried.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import re
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

import runner
from conftest import Tally
from disturbed import Disturbed, rights
from machine import UUID, Machine
from runner import Ended

LIBRARY = Path(os.environ.get("FAILING_MALLOC", runner.BINARY.parent / "failing_malloc.so")).resolve()
WHO = ("owner", "worker")
LEARNT = 64 * 1024
MANY = 1000
EVERY = 250
SHARES = 16
LASTING = 48
SLOW_S = 60  # to write down who asks for each takes long
ONCE_S = 10  # less than what replaces a worker that hangs
LASTING_S = 1  # all of it is used up
# What memory can be said to have been too short for; in the worker, and for good, these too.
OUTCOMES = ("applied", "no-memory", "crypto-failed", "not-verified")
WORKER_OUTCOMES = (*OUTCOMES, "worker-lost", "not-acknowledged")
# Known of libseccomp 2.5.4: when memory is short while it makes the filter, it frees twice, reads what it has freed,
# hangs, or loads a filter that refuses even exit_group(2). The worker has read no byte of the network by then. One that
# hangs is replaced after 10 s, which is longer than a run here.
CRASHED = re.compile("^.*the process that speaks to the network died of signal (6|11)$", re.MULTILINE)


class Plan(ctypes.Structure):
    """As failing_malloc.c has it."""

    _fields_ = [
        ("who", ctypes.c_uint32),
        ("is_lasting", ctypes.c_uint32),
        ("at", ctypes.c_uint64),
        ("count", ctypes.c_uint64 * 2),
        ("failed", ctypes.c_uint64),
        ("trace", ctypes.c_char * 4000),
        ("stack", ctypes.c_uint64 * LEARNT),
    ]


class Shortage:
    """Resets in which the owner or the worker runs out of memory."""

    def __init__(self, disturbed: Disturbed, who: str, path: str, plan: Plan) -> None:
        self.disturbed = disturbed
        self.who = WHO.index(who)
        self.plan = plan
        self.env = {"LD_PRELOAD": str(LIBRARY), "FAILING_MALLOC": path}

    def reset(self, number: int, is_lasting: bool, deadline_s: int) -> Ended:
        """A reset in which this allocation fails, or all from it on; 0: none."""
        ctypes.memset(ctypes.byref(self.plan), 0, Plan.stack.offset)
        self.plan.who, self.plan.is_lasting, self.plan.at = self.who, is_lasting, number
        self.disturbed.begin(is_later=True)
        # As long as can be: with an announcement, too.
        self.disturbed.machine.cloud.set_flag(UUID, False)
        return self.disturbed.run(env=self.env, deadline_s=deadline_s)

    def fail(self, number: int, is_lasting: bool) -> Ended:
        """A reset in which it fails; a short one again with more time, where the machine was too slow for it."""
        if is_lasting:
            ended = self.reset(number, is_lasting, LASTING_S)
            if ended.code != self.disturbed.machine.codes["timed-out"]:
                return ended
        return self.reset(number, is_lasting, ONCE_S)

    def numbers(self) -> List[int]:
        """The allocations that are tried."""
        ended = self.reset(0, False, SLOW_S)
        assert ended.code == 0, ended.err
        stacks = self.plan.stack[: self.plan.count[self.who]]
        assert 100 < len(stacks) < LEARNT
        sums = Counter(stacks)
        seen: Counter[int] = Counter()
        chosen = []
        for number, stack in enumerate(stacks, 1):
            if sums[stack] <= MANY or seen[stack] % EVERY == 0 or seen[stack] == sums[stack] - 1:
                chosen.append(number)
            seen[stack] += 1
        return chosen

    @property
    def left(self) -> str:
        """All that the next run finds, but for times and the salt of a hash, which judge() has seen to be right."""
        machine, root = self.disturbed.machine, self.disturbed.machine.root
        files = sorted((str(path), rights(path)) for path in root.path.rglob("*"))
        record = {key: value for key, value in root.recorded().items() if not key.endswith("_time")}
        backup = (root.etc / "shadow-").read_bytes()
        folders = len(list(Path("/run").iterdir()))
        deletes = machine.cloud.count("DELETE", "password")
        return repr((files, record, backup, folders, self.disturbed.is_set, machine.is_pending, deletes))

    def try_each(self, numbers: List[int], is_lasting: bool = False) -> int:
        """No crash, nothing half-made, nothing untrue, and the next run brings it to its end. How many came?"""
        names = WORKER_OUTCOMES if is_lasting or self.who else OUTCOMES
        outcomes = {self.disturbed.machine.codes[name] for name in names}
        wrong: Dict[str, List[int]] = {}
        healed = set()
        came = 0
        for number in numbers:
            ended = self.fail(number, is_lasting)
            trace = bytes(self.plan.trace).decode()
            is_libseccomp = "/libseccomp.so" in trace
            if is_libseccomp:
                ended = replace(ended, err=CRASHED.sub("", ended.err))
            try:
                # The slow run that counted them may have had to look at the service once more.
                assert self.plan.failed or self.plan.count[self.who] < number, "it did not fail"
                came += self.plan.failed > 0
                self.disturbed.judge(ended)
                assert "a filter of system calls" not in ended.err, "a worker went on without its filter"
                is_known = is_libseccomp and ended.code == self.disturbed.machine.codes["timed-out"]
                assert is_known or ended.code in outcomes, "what was said has nothing to do with memory"
                # The same finding has the same continuation.
                left = self.left
                if left not in healed:
                    self.disturbed.heal()
                    healed.add(left)
            except (AssertionError, LookupError) as error:
                case = f"{error}\n{ended.err}asked for by\n{trace}"
                wrong.setdefault(case, []).append(number)
        assert not wrong, "\n".join(f"allocations {numbers}: {case}" for case, numbers in wrong.items())
        assert came >= len(numbers) - 3, came
        return came


@contextmanager
def shortage(machine: Machine, who: str) -> Iterator[Shortage]:
    """Room for resets without memory."""
    assert LIBRARY.is_file(), f"{LIBRARY} is not there; set FAILING_MALLOC"
    with tempfile.NamedTemporaryFile() as file, Disturbed(machine) as disturbed:
        file.truncate(ctypes.sizeof(Plan))
        yield Shortage(disturbed, who, file.name, Plan.from_buffer(mmap.mmap(file.fileno(), 0)))


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("who", WHO)
def test_one_fails(machine: Machine, tally: Tally, who: str, share: int) -> None:
    """Memory is short for a moment."""
    with shortage(machine, who) as short:
        tally(f"allocations failed in the {who}", short.try_each(short.numbers()[share::SHARES]))


@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.parametrize("who", WHO)
def test_all_fail(machine: Machine, tally: Tally, who: str, share: int) -> None:
    """Memory is short, and stays so until the end of the run."""
    with shortage(machine, who) as short:
        numbers = short.numbers()
        numbers = numbers[:: max(1, len(numbers) // LASTING)][share::SHARES]
        tally(f"allocations from which on all failed in the {who}", short.try_each(numbers, is_lasting=True))
