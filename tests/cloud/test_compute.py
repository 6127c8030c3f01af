# SPDX-License-Identifier: Apache-2.0
"""What is done with instances, without a machine behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from .compute import Busy, Compute, WrongState
from .models import OperationState, State, UnknownInstance
from .switched import PASSWORD, PATIENCE_S, UUID, Make, clouds, ended, outcome, report, reset


@pytest.fixture(name="make")
def fixture_make(tmp_path: Path) -> Iterator[Make]:
    with clouds(tmp_path / "db") as make:
        yield make


def test_a_reset(make: Make) -> None:
    cloud, switch = make()
    switch.held_at = "stop"
    request = reset(cloud)
    assert switch.has_come.wait(PATIENCE_S)
    instance = cloud.compute.instance(UUID)
    assert instance.is_busy and instance.state is State.STOPPING
    assert instance.operation and instance.operation.request_id == "call-1"
    switch.gate.set()
    report(cloud, "0" * 16)  # an older one
    report(cloud, request, reason="applied")
    assert outcome(ended(cloud.compute)) == ("ResetInstancesPassword", OperationState.SUCCESS, "")
    assert switch.done == ["stop", "start"]
    assert cloud.compute.instance(UUID).state is State.RUNNING
    assert cloud.pending(UUID)  # the guest acknowledges, not we


def test_of_a_stopped_one(make: Make) -> None:
    cloud, switch = make(is_on=False)
    assert cloud.compute.instance(UUID).state is State.STOPPED
    report(cloud, reset(cloud, force_stop=False))
    assert outcome(ended(cloud.compute))[1] is OperationState.SUCCESS
    assert switch.done == ["start"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"result": "failed", "reason": "shadow-immutable"}, "shadow-immutable"),
        ({"result": "failed"}, "unknown"),
        ({"result": "failed", "reason": ["x"]}, "unknown"),
        ({"result": "failed", "reason": "<script>"}, "unknown"),
        ({"result": True, "reason": "io-error"}, "io-error"),
    ],
)
def test_a_failed_reset_is_withdrawn(make: Make, document: dict[str, Any], reason: str) -> None:
    cloud, _ = make()
    report(cloud, reset(cloud), **document)
    assert outcome(ended(cloud.compute)) == ("ResetInstancesPassword", OperationState.FAILED, reason)
    assert cloud.pending(UUID) is None


def test_only_the_own_reset_is_withdrawn(make: Make) -> None:
    cloud, _ = make()
    request = reset(cloud)
    cloud.set_raw_blob(UUID, "another")
    report(cloud, request, "failed", reason="io-error")
    assert outcome(ended(cloud.compute))[1] is OperationState.FAILED
    assert cloud.pending(UUID)


def test_no_report(make: Make) -> None:
    cloud, switch = make(report_timeout_s=0.01)
    reset(cloud)
    assert outcome(ended(cloud.compute)) == ("ResetInstancesPassword", OperationState.FAILED, "no-report")
    assert cloud.pending(UUID) is None
    assert switch.done == ["stop", "start"]


def test_other_reports_are_passed_over(make: Make) -> None:
    cloud, _ = make(report_timeout_s=0.01)
    report(cloud, "0" * 16)
    reset(cloud)
    assert outcome(ended(cloud.compute))[2] == "no-report"


def test_nonsense_in_reports_is_passed_over(make: Make) -> None:
    cloud, _ = make()
    request = reset(cloud)
    nonsense: list[Any] = [None, [], "x", {"request": None}, {"request": [request]}, {}]
    for document in nonsense:
        cloud.add_result(UUID, document)
    report(cloud, request)
    assert outcome(ended(cloud.compute))[1] is OperationState.SUCCESS


def test_one_operation_at_a_time(make: Make) -> None:
    cloud, switch = make()
    switch.held_at = "stop"
    reset(cloud)
    compute: Compute = cloud.compute
    blob = cloud.pending(UUID)
    calls: list[Callable[[], None]] = [
        lambda: compute.reset(UUID, "Other@1234", None, True, ""),
        lambda: compute.leave_reset(UUID, "Other@1234"),
        lambda: compute.start(UUID),
        lambda: compute.stop(UUID),
        lambda: compute.reboot(UUID),
    ]
    for call in calls:
        with pytest.raises(Busy):
            call()
    assert cloud.pending(UUID) == blob


def test_states_that_do_not_allow_it(make: Make) -> None:
    cloud, switch = make()
    compute = cloud.compute
    with pytest.raises(WrongState) as caught:
        compute.reset(UUID, PASSWORD, None, False, "")
    assert caught.value.state is State.RUNNING
    assert cloud.pending(UUID) is None
    with pytest.raises(WrongState):
        compute.start(UUID)
    compute.stop(UUID)
    ended(compute)
    for call in (compute.stop, compute.reboot):
        with pytest.raises(WrongState):
            call(UUID)
    for state in (State.PENDING, State.LAUNCH_FAILED, State.TERMINATING):
        cloud.set_state(UUID, state)
        with pytest.raises(WrongState):
            compute.check_reset(UUID, True)
    with pytest.raises(UnknownInstance):
        compute.start("nobody")
    assert switch.done == ["stop"]


@pytest.mark.parametrize(
    ("name", "is_on", "steps", "state"),
    [
        ("start", False, ["start"], State.RUNNING),
        ("stop", True, ["stop"], State.STOPPED),
        ("reboot", True, ["stop", "start"], State.RUNNING),
    ],
)
def test_switches(make: Make, name: str, is_on: bool, steps: list[str], state: State) -> None:
    cloud, switch = make(is_on)
    getattr(cloud.compute, name)(UUID, "call-2")
    instance = ended(cloud.compute)
    assert outcome(instance) == (f"{name.title()}Instances", OperationState.SUCCESS, "")
    assert instance.state is state
    assert switch.done == steps


def test_a_driver_that_fails(make: Make) -> None:
    cloud, switch = make()
    switch.failure = OSError("no such machine")
    reset(cloud)
    instance = ended(cloud.compute)
    assert outcome(instance)[1:] == (OperationState.FAILED, "driver: OSError: no such machine")
    assert instance.state is State.RUNNING
    assert cloud.pending(UUID) is None
    switch.failure = None
    report(cloud, reset(cloud))
    assert outcome(ended(cloud.compute))[1] is OperationState.SUCCESS


def test_switched_off_behind_our_back(make: Make) -> None:
    cloud, switch = make()
    switch.is_on = False
    assert cloud.compute.instance(UUID).state is State.STOPPED
    switch.is_on = True
    assert [each.state for each in cloud.compute.instances()] == [State.RUNNING]
