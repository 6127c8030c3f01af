# SPDX-License-Identifier: Apache-2.0
"""A broken flag never stands in the way of a reset; and a service that knows no resets."""

from __future__ import annotations

from itertools import groupby
from typing import Any, Dict, Tuple

import pytest

import runner
from machine import UUID, Machine

PASSWORD = "Fusion@123"
REQUEST_LIMIT_S = 10
LOOKS = 3

Params = Dict[str, Any]
BROKEN: Dict[str, Tuple[str, Params]] = {
    "404": ("404", {}),
    "500": ("500", {}),
    "405": ("405", {}),
    "redirect": ("redirect", {}),
    "wrong-type": ("wrong-type", {"value": True}),
    "list": ("top-level", {"value": []}),
    "html": ("html", {}),
    "duplicate": ("duplicate-keys", {"other": "True"}),
    "close": ("close", {}),
    "reset": ("reset", {}),
    "truncated": ("truncated", {}),
    "endless-body": ("endless-body", {}),
    "oversized": ("oversized", {}),
}
HANGING = (
    "hang-before-headers",
    "hang-in-headers",
    "hang-before-body",
    "hang-in-body",
    "endless-drip",
)
BEFORE_THE_RESET = [("GET", "flag"), ("POST", "flag"), ("GET", "flag")]


def flag_steps_before_the_reset(machine: Machine) -> "list[tuple[str, str | None]]":
    """What was asked before the reset was looked for."""
    steps = machine.cloud.steps
    return steps[: steps.index(("GET", "password"))]


@pytest.mark.parametrize("method", ["GET", "POST", None], ids=str)
@pytest.mark.parametrize(("fault", "params"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_flag(machine: Machine, method: str, fault: str, params: Params) -> None:
    machine.cloud.misbehave("flag", fault, method=method, **params)
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    # What a broken connection makes the HTTP library repeat at once is one step.
    before = [step for step, _ in groupby(flag_steps_before_the_reset(machine))]
    assert before == BEFORE_THE_RESET[: len(before)]
    said = any(line.startswith("announced") for line in ended.lines)
    if not machine.cloud.flag(UUID):
        assert not said and (ended.warned("not announced") or fault == "404")


@pytest.mark.parametrize("value", ["true", "False", "", "Truely", None])
def test_flag_that_does_not_stick(machine: Machine, value: object) -> None:
    machine.cloud.misbehave("flag", "wrong-type", method="GET", value=value)
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    assert flag_steps_before_the_reset(machine) == BEFORE_THE_RESET
    assert ended.warned("not announced")


def test_flag_gets_another_chance_after_the_reset(machine: Machine) -> None:
    machine.cloud.misbehave("flag", "500", times=1)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert flag_steps_before_the_reset(machine) == [("GET", "flag")]
    assert machine.cloud.flag(UUID)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("fault", HANGING)
@pytest.mark.slow
def test_hanging_flag_costs_one_time_out(machine: Machine, method: str, fault: str) -> None:
    machine.cloud.misbehave("flag", fault, method=method)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    before = flag_steps_before_the_reset(machine)
    assert len([step for step in before if step[0] == method]) == 1
    requests = machine.cloud.requests
    reset = next(r for r in requests if r.endpoint == "password")
    assert reset.received - requests[0].received < 2 * REQUEST_LIMIT_S * runner.STRETCH


@pytest.mark.slow
def test_hanging_flag_and_failing_service_cost_one_time_out_in_all(machine: Machine) -> None:
    """However often the reset must be looked for, the flag has had its share."""
    machine.cloud.misbehave("flag", "hang-before-headers")
    machine.cloud.misbehave("password", "503", times=4, method="GET")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    steps = machine.cloud.steps
    assert steps[: steps.index(("DELETE", "password"))].count(("GET", "flag")) == 1


@pytest.mark.hurried
def test_hanging_flag_with_nothing_pending_ends_at_the_deadline(machine: Machine) -> None:
    machine.cloud.misbehave("flag", "hang-before-headers")
    ended = machine.run("--deadline", runner.SOON)
    assert ended.code in (machine.codes["nothing-pending"], machine.codes["timed-out"])
    machine.assert_untouched()


# 404 everywhere


@pytest.mark.slow
def test_404_everywhere_for_good(machine: Machine) -> None:
    machine.cloud.misbehave("*", "404")
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_unseen(ended, "not-this-cloud")
    assert ended.code == 0
    assert machine.cloud.steps == [("GET", "flag"), ("GET", "password")] * LOOKS
    looks = [r.received for r in machine.cloud.requests if r.endpoint == "password"]
    assert 8 < looks[-1] - looks[0] < 20 * runner.STRETCH


@pytest.mark.slow
@pytest.mark.parametrize("looks", [1, 2])
def test_404_everywhere_for_a_moment(machine: Machine, looks: int) -> None:
    machine.cloud.misbehave("*", "404", times=2 * looks)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.count("GET", "password") == looks + 2
    assert machine.cloud.flag(UUID)


@pytest.mark.slow
def test_404_with_a_broken_flag_is_believed_as_late(machine: Machine) -> None:
    machine.cloud.misbehave("password", "404", times=2, method="GET")
    machine.cloud.misbehave("flag", "500")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


@pytest.mark.slow
def test_looks_are_counted_in_a_row(machine: Machine) -> None:
    """A proxy that says 404, 404, 503, 404, 404 has not said the same three times."""
    for fault, times in (("404", 4), ("503", 2), ("404", 4)):
        machine.cloud.misbehave("*", fault, times=times)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


def test_404_everywhere_and_little_time(machine: Machine) -> None:
    """The deadline comes before the third look: that is no success."""
    machine.cloud.misbehave("*", "404")
    machine.reset(PASSWORD)
    ended = machine.run("--deadline", "8")
    machine.assert_unseen(ended, "not-found")
