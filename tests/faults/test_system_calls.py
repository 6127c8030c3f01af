# SPDX-License-Identifier: Apache-2.0
"""Each system call of a reset fails once, in each way that is plausible for it."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import List, Set, Tuple

import pytest

from conftest import Tally
from disturbed import FAILURES, Disturbed
from injected import EACH_WORKER, LEAST, OWNER, WORKER, Call, learn
from machine import Machine
from runner import Ended

PARTS = 16
WORKER_PARTS = 8
DEADLINE_S = 3
PATIENT_S = 60
Fault = Tuple[Call, str]
PAGE = 4096


def conclude(disturbed: Disturbed, ended: Ended) -> None:
    """What must hold now, and after the next run."""
    try:
        disturbed.judge(ended)
        disturbed.heal()
    except FAILURES as error:
        raise AssertionError(f"{error!r}\n{ended.err}") from None


def attempt(disturbed: Disturbed, call: Call, action: str) -> bool:
    """A run with this fault, and the next one; False when the run never came to that call."""
    is_harmless = call.is_harmless(action)
    disturbed.begin()
    ended = disturbed.run(call.words(action), deadline_s=PATIENT_S if is_harmless else DEADLINE_S)
    assert ended.code == 0 or not is_harmless, ended.err
    conclude(disturbed, ended)
    return ended.logged("inject: done")


def attempt_all(disturbed: Disturbed, faults: List[Fault]) -> int:
    """How many came to pass; what did not hold after which of them is told together."""
    failures = []
    count = 0
    for call, action in faults:
        try:
            count += attempt(disturbed, call, action)
        except AssertionError as error:
            failures.append(f"{call.who} {call.name} {call.number} {action}: {call.text}\n{error}")
    assert not failures, "\n".join([f"{len(failures)} of {len(faults)}:", *failures])
    assert count >= LEAST * len(faults), f"only {count} of {len(faults)} came to pass"
    return count


@pytest.mark.parametrize("part", range(PARTS))
def test_each_call_fails_once(machine: Machine, tally: Tally, part: int) -> None:
    """In the process that sets the password."""
    with Disturbed(machine) as disturbed:
        calls = [call for call in learn(disturbed)[OWNER] if not call.is_early]
        faults = [(call, action) for call in calls for action in call.mishaps()]
        tally("system calls failed", attempt_all(disturbed, faults[part::PARTS]))


@pytest.mark.parametrize("part", range(WORKER_PARTS))
def test_each_call_of_the_worker_fails_once(machine: Machine, tally: Tally, part: int) -> None:
    """In the process that speaks to the network: the first of them, in each way; each of them, in one."""
    with Disturbed(machine) as disturbed:
        calls = learn(disturbed)[WORKER]
        faults = [(call, action) for call in calls for action in call.mishaps()]
        faults += [(replace(call, who=EACH_WORKER), action) for call in calls for action in call.mishaps()[:1]]
        tally("system calls of the worker failed", attempt_all(disturbed, faults[part::WORKER_PARTS]))


def fill(file: Path, pages: int) -> None:
    """Leave that many pages of the file system free."""
    free = os.statvfs(file.parent).f_bavail
    with file.open("wb") as filler:
        os.posix_fallocate(filler.fileno(), 0, (free - pages) * PAGE)


def test_a_full_disk(machine: Machine, tally: Tally) -> None:
    """With each number of free pages, until there are enough: a write of which a part fits, and then nothing."""
    filler = machine.root.path.parent / "filler"
    codes: Set[int] = set()
    with Disturbed(machine) as disturbed:
        for pages in range(40):
            disturbed.begin()
            fill(filler, pages)
            ended = disturbed.run()
            filler.unlink()
            conclude(disturbed, ended)
            codes.add(ended.code)
            tally("full disks", 1)
    assert codes == {0, machine.codes["disk-full"]}


def test_a_limit_of_file_sizes(machine: Machine, tally: Tally) -> None:
    """RLIMIT_FSIZE cuts writes in two at any byte, also those of the log."""
    codes: Set[int] = set()
    with Disturbed(machine) as disturbed:
        disturbed.begin()
        old = machine.root.shadow.stat().st_size
        for size in {*range(0, 1000, 97), *range(1000, old, 1999), *range(old - 2, old + 12)}:
            disturbed.begin()
            ended = disturbed.run(["prlimit", f"--fsize={size}:{size}"])
            conclude(disturbed, ended)
            codes.add(ended.code)
            tally("limits of file sizes", 1)
    assert codes == {0, machine.codes["file-too-large"]}


def test_a_disk_that_does_not_confirm(machine: Machine) -> None:
    """Neither the new file's contents nor its name are believed to be on the disk when fsync(2) says otherwise."""
    with Disturbed(machine) as disturbed:
        calls = learn(disturbed)[OWNER]
        rename = next(i for i, call in enumerate(calls) if call.name == "renameat" and '"shadow")' in call.text)
        before = next(call for call in reversed(calls[:rename]) if call.name == "fsync")
        after = next(call for call in calls[rename:] if call.name == "fsync")
        for call, outcome in ((before, "io-error"), (after, "not-durable")):
            disturbed.begin()
            ended = disturbed.run(call.words(f"error={errno.EIO}"))
            conclude(disturbed, ended)
            assert ended.code == machine.codes[outcome], ended.err
