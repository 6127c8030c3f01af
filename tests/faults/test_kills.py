# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at each system call of a reset: a power cut, the OOM killer, an impatient administrator."""

from __future__ import annotations

from collections import Counter
from typing import List, Sequence, Set

import pytest

from conftest import Tally
from disturbed import FAILURES, Disturbed
from injected import EACH_WORKER, LEAST, OWNER, WORKER, Call, learn
from machine import Machine

PARTS = 8
DEADLINE_S = 3  # where each worker is killed until then
PATIENT_S = 60
STATES = {"old", "set", "recorded", "acknowledged"}


def state(disturbed: Disturbed) -> str:
    """How far the reset came."""
    if not disturbed.machine.is_pending:
        return "acknowledged"
    return "recorded" if disturbed.is_recorded else "set" if disturbed.is_set else "old"


class Kills:
    """Runs that are killed, and what they left behind."""

    def __init__(self, disturbed: Disturbed, is_later: bool = False) -> None:
        self._disturbed = disturbed
        self._is_later = is_later
        self.states: Counter[str] = Counter()
        self.temporaries: Set[str] = set()
        self.count = 0

    def kill_at(self, call: Call, who: str) -> None:
        """One run, killed instead of this call, and the next."""
        self._disturbed.begin(self._is_later)
        deadline_s = DEADLINE_S if who == EACH_WORKER else PATIENT_S
        ended = self._disturbed.run(call.words("kill", who), deadline_s=deadline_s)
        was_hit = ended.logged("inject: done")
        try:
            assert (ended.code == -9) == (was_hit and who == OWNER), f"ended with {ended.code}"
            self._disturbed.judge(ended, was_killed=ended.code == -9)
            self.states[state(self._disturbed)] += 1
            self.temporaries |= self._disturbed.temporaries
            self._disturbed.heal()
        except FAILURES as error:
            raise AssertionError(f"{error!r}\n{ended.err}") from None
        self.count += was_hit

    def kill_at_all(self, calls: Sequence[Call], who: str = OWNER) -> None:
        """What did not hold after which of them is told together."""
        failures: List[str] = []
        for call in calls:
            try:
                self.kill_at(call, who)
            except AssertionError as error:
                failures.append(f"{who} {call.name} {call.number} kill: {call.text}\n{error}")
        assert not failures, "\n".join([f"{len(failures)} of {len(calls)}:", *failures])
        assert self.count >= LEAST * len(calls), f"only {self.count} of {len(calls)} came to pass"


@pytest.mark.parametrize("is_later", [False, True], ids=["first", "later"])
@pytest.mark.parametrize("part", range(PARTS))
def test_a_kill_at_each_call(machine: Machine, tally: Tally, part: int, is_later: bool) -> None:
    """Of the process that sets the password; in the first run of a system, and in one after another reset."""
    with Disturbed(machine) as disturbed:
        calls = learn(disturbed, is_later)[OWNER]
        kills = Kills(disturbed, is_later)
        kills.kill_at_all([call for call in calls[part::PARTS] if not (is_later and call.is_early)])
        tally("kills", kills.count)


@pytest.mark.parametrize("who", [WORKER, EACH_WORKER], ids=["first", "each"])
@pytest.mark.parametrize("part", range(PARTS))
def test_a_kill_at_each_call_of_the_worker(machine: Machine, tally: Tally, part: int, who: str) -> None:
    """Of the first, which can be made good in the same run; and of each one that takes its place, which cannot."""
    with Disturbed(machine) as disturbed:
        kills = Kills(disturbed)
        kills.kill_at_all(learn(disturbed)[WORKER][part::PARTS], who)
        tally("kills of the worker", kills.count)


def test_kills_leave_every_state(machine: Machine) -> None:
    """That there was something to heal: around each rename and the acknowledgement, all that can be left is left."""
    with Disturbed(machine) as disturbed:
        calls = learn(disturbed)[OWNER]
        renames = [i for i, call in enumerate(calls) if call.name == "renameat"]
        kills = Kills(disturbed)
        kills.kill_at_all([calls[i] for at in renames for i in (at, at + 1)])
        assert set(kills.states) == STATES, kills.states
        assert kills.temporaries == {".shadow.resetpwd-agent", ".shadow-.resetpwd-agent", ".record.resetpwd-agent"}
