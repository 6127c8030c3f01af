# SPDX-License-Identifier: Apache-2.0
"""A service that misbehaves in every way that the reference cloud knows, in combination, by seed.

FAULT_SEEDS=17 plays that one run again; FAULT_SEEDS=1000-4999 plays others than those of every day. What is drawn
depends on the seed alone; what of it is met depends on the machine's speed, too, but what must hold does not.
"""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Dict, List

import pytest

from conftest import Tally
from hostile_plan import names
from hostile_run import HostileRun
from measured import orphans_are_ours

BATCH = 80
AT_ONCE = 8
SHOWN = 5
FIRST, _, LAST = os.environ.get("FAULT_SEEDS", "0-319").partition("-")
SEEDS = range(int(FIRST), int(LAST or FIRST) + 1)
BATCHES = [SEEDS[at : at + BATCH] for at in range(0, len(SEEDS), BATCH)]


def play(seeds: range, folder: Path, codes: Dict[str, int]) -> List[HostileRun]:
    """Most of a run is waiting: several at a time."""
    runs = [HostileRun(seed, folder / str(seed), codes) for seed in seeds]
    with orphans_are_ours(), ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(HostileRun.play, runs))
    return runs


@pytest.mark.parametrize("seeds", BATCHES, ids=lambda seeds: f"{seeds[0]}-{seeds[-1]}")
def test_hostile_service(seeds: range, tmp_path: Path, codes: Dict[str, int], tally: Tally) -> None:
    """No wrong password, no acknowledgement of what is not set, no lie, an end in time, little memory."""
    runs = play(seeds, tmp_path, codes)
    wrong = [run for run in runs if run.wrong]
    assert not wrong, f"{len(wrong)} of {len(runs)} runs:\n" + "\n\n".join(map(str, wrong[:SHOWN]))
    met = sum((run.met for run in runs), Counter())
    outcomes = Counter(run.outcome for run in runs)
    if len(seeds) == BATCH:  # else the generator, or the machine, keeps something from us
        assert set(met) == set(names()), set(names()) ^ set(met)
        assert len(outcomes) >= 8, outcomes
    tally("hostile runs", len(runs))
    tally("hostile runs: misbehaviours met", sum(met.values()))
    for outcome, count in outcomes.items():
        tally(f"hostile runs: {outcome}", count)
