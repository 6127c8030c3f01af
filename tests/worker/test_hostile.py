# SPDX-License-Identifier: Apache-2.0
"""A worker that dies, hangs or speaks nonsense: the call fails, nothing is left of it, and the next call has a new one.

That nothing is left (descriptors, processes) is looked at in each run, see conftest.py.
"""

from __future__ import annotations

import re
from collections import Counter

import pytest
from conftest import IS_SANITIZED, NO_SECCOMP, Bench

LOST = {
    "short": "spoke nonsense",
    "long": "spoke nonsense",
    "insane": "spoke nonsense",
    "two-connections": "spoke nonsense",
    "exit": "ended by itself, with code 7",
    "abort": "died of signal 11",  # the signal 6 is refused, and abort(3) ends it otherwise
    "crash": "died of signal 11",
    "hang": "did not answer in time",
    "spin": "did not answer in time",
}
FILTER: dict[str, tuple[str, ...]] = {"filter": (), "no-filter": NO_SECCOMP}  # which refuses to send descriptors
QUIETLY_LOST = ["empty", "close"]  # an end that cannot be told from another
WARNING = "resetpwd-agent: warning: the process that speaks to the network "


@pytest.mark.parametrize(("word", "why"), LOST.items(), ids=LOST)
def test_lost(bench: Bench, word: str, why: str) -> None:
    probed = bench.probe("worker", "ping", word, "ping", word, "ping")
    assert probed.statuses == ["ok", "worker-lost", "ok", "worker-lost", "ok"]
    if IS_SANITIZED and word in ("abort", "crash", "exit"):  # it ends them all with a code of its own
        why = "ended by itself, with code "
    assert len(probed.log) == 2 and all(line.startswith(WARNING + why) for line in probed.log)


@pytest.mark.parametrize("word", QUIETLY_LOST)
def test_lost_quietly(bench: Bench, word: str) -> None:
    probed = bench.probe("worker", "ping", word, "ping")
    assert probed.statuses == ["ok", "worker-lost", "ok"]
    assert len(probed.log) == 1 and probed.log[0].startswith(WARNING)


@pytest.mark.parametrize("before", FILTER.values(), ids=FILTER)
def test_its_descriptors_are_not_taken(bench: Bench, before: tuple[str, ...]) -> None:
    """An answer may be believed that has some attached, but they go nowhere."""
    probed = bench.probe("worker", *["descriptors-too", "ping"] * 50, before=before)
    assert probed.statuses == ["ok", "worker-lost"] * 50


@pytest.mark.parametrize("word", ["twice", "flood"])
def test_answers_that_nobody_asked_for(bench: Bench, word: str) -> None:
    """They cannot pass for the answer to the next request."""
    probed = bench.probe("worker", word, "ping", "ping", word, "ping", "ping")
    assert probed.statuses == ["ok", "worker-lost", "ok"] * 2


def test_refused_connections_are_told(bench: Bench) -> None:
    """A worker that asks for one too many is lost, whatever came of them."""
    bench.service.close()
    try:
        assert bench.probe("worker", "two-connections", "ping").statuses == ["worker-lost", "ok"]
    finally:
        bench.service = type(bench.service)()


@pytest.mark.parametrize("before", FILTER.values(), ids=FILTER)
@pytest.mark.parametrize("share", range(2))
def test_garbage(bench: Bench, share: int, before: tuple[str, ...]) -> None:
    """Messages from a generator; each run has seeds of its own, the same every time."""
    probed = bench.probe("worker", *["ping"] * 1000 * share, "garbage:1000", "ping", before=before)
    garbage = Counter({reply.status: reply.result for word, reply in probed.replies if word == "garbage"})
    assert garbage["worker-lost"] > 500 and garbage["ok"] > 5, garbage
    assert set(garbage) == {"worker-lost", "ok"}, garbage
    assert probed.statuses[-1] == "ok"


@pytest.mark.parametrize("start", ["nonsense", "nothing", "exit", "crash", "fail"])
def test_does_not_start(bench: Bench, start: str) -> None:
    """What fails for now is tried again with the first call."""
    probed = bench.probe("worker", "ping", start=start)
    assert (probed.opened, probed.statuses) == ("ok", ["ok"])
    assert len(probed.log) == 1 and probed.log[0].startswith(WARNING)


def test_hangs_at_its_start(bench: Bench) -> None:
    probed = bench.probe("worker", "ping", start="hang")
    assert (probed.opened, probed.statuses) == ("ok", ["ok"])
    assert probed.log == [WARNING + "did not start"]


@pytest.mark.parametrize("start", ["parts-unknown", "all-parts"])
def test_parts_that_there_are_not(bench: Bench, start: str) -> None:
    probed = bench.probe("worker", "exit", "ping", start=start)
    assert (probed.opened, probed.statuses[-1]) == ("ok", "ok")
    assert all(re.fullmatch("[ -~]+", line) for line in probed.log) and len(probed.log) >= 2


@pytest.mark.parametrize("start", ["parts-unknown", "all-parts"])
def test_parts_that_there_are_not_when_all_are_required(bench: Bench, start: str) -> None:
    probed = bench.probe("strict", "ping", start=start)
    assert probed.opened == "not-confined" and probed.log


def test_all_are_there(bench: Bench) -> None:
    probed = bench.probe("strict", "ping")
    assert (probed.opened, probed.statuses, probed.log) == ("ok", ["ok"], [])
