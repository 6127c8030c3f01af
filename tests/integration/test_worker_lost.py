# SPDX-License-Identifier: Apache-2.0
"""The process that speaks to the network dies or hangs in the middle of a reset: another takes its place."""

from __future__ import annotations

import os
import signal

import pytest

import runner
from machine import Machine
from test_waiting import poll_until
from worker_process import Worker, children_of

PASSWORD = "Fusion@123"
STAGES = {
    "look-at-flag": ("GET", "flag", False),
    "announce": ("POST", "flag", False),
    "look": ("GET", "password", False),
    "uuid": ("GET", "metadata", False),
    "delete": ("DELETE", "password", False),
    "delete-done": ("DELETE", "password", True),
    "report": ("POST", "result", False),
}
WARNING = "the process that speaks to the network "


def hold(machine: Machine, method: str, endpoint: str, perform: bool) -> runner.Running:
    """A run whose request the cloud holds back, once."""
    machine.cloud.misbehave(endpoint, "hang-before-headers", times=1, method=method, perform=perform)
    machine.reset(PASSWORD)
    running = machine.start()
    running.may_fail = True
    machine.cloud.await_requests(method, endpoint)
    if perform:
        poll_until(lambda: not machine.is_pending, "the cloud deletes it")
    return running


def assert_overcome(machine: Machine, running: runner.Running, why: str, reported: bool) -> None:
    """Applied once, acknowledged once, with one warning."""
    ended = running.end()
    machine.assert_discreet(ended)
    machine.assert_outcome(ended, "applied")
    machine.assert_set(PASSWORD)
    machine.assert_acknowledged()
    assert ended.err.count("is set, in ") == 1
    assert [line for line in ended.lines if WARNING in line] == [f"warning: {WARNING}{why}"]
    if reported:
        machine.assert_reported("applied", "applied", "root")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
@pytest.mark.parametrize(("method", "endpoint", "perform"), STAGES.values(), ids=STAGES.keys())
@pytest.mark.native  # sanitizers and valgrind take a SIGSEGV for their own
def test_it_dies(machine: Machine, method: str, endpoint: str, perform: bool, number: int) -> None:
    running = hold(machine, method, endpoint, perform)
    os.kill(Worker(running).pid, number)
    assert_overcome(machine, running, f"died of signal {int(number)}", endpoint != "result")
    assert machine.cloud.count("DELETE", "password") == (2 if (method, perform) == ("DELETE", False) else 1)
    # Nothing is left of it for the next run.
    machine.assert_outcome(machine.run(), "nothing-pending")


@pytest.mark.slow
@pytest.mark.hurried
@pytest.mark.parametrize(("method", "endpoint", "perform"), STAGES.values(), ids=STAGES.keys())
def test_it_hangs(machine: Machine, method: str, endpoint: str, perform: bool) -> None:
    running = hold(machine, method, endpoint, perform)
    os.kill(Worker(running).pid, signal.SIGSTOP)
    machine.cloud.hang_up()
    assert_overcome(machine, running, "did not answer in time", endpoint != "result")


def kill_all(running: runner.Running) -> int:
    """Kill each worker as soon as there is one, until the run ends; returns how many there were."""
    count = 0

    def is_over() -> bool:
        nonlocal count
        for pid in children_of(running):
            try:
                os.kill(pid, signal.SIGKILL)
                count += 1
            except ProcessLookupError:
                pass
        return running.process.poll() is not None

    poll_until(is_over, "the run ends")
    return count


@pytest.mark.native  # a sanitizer looks for leaks with a child of its own
@pytest.mark.hurried
def test_it_dies_again_and_again(machine: Machine) -> None:
    machine.cloud.misbehave("*", "hang-before-headers")
    machine.reset(PASSWORD)
    running = machine.start("--deadline", runner.SOON)
    running.may_fail = True
    assert kill_all(running) >= 3
    ended = running.end()
    assert ended.code == 49
    machine.assert_unseen(ended, "worker-lost")
    # And nothing of it stands in the way of the next.
    machine.cloud.behave()
    machine.assert_applied(machine.run(), PASSWORD)


@pytest.mark.native  # a sanitizer looks for leaks with a child of its own
@pytest.mark.hurried
def test_it_dies_again_and_again_after_the_password_is_set(machine: Machine) -> None:
    machine.cloud.misbehave("password", "hang-before-headers", method="DELETE")
    machine.reset(PASSWORD)
    running = machine.start("--deadline", runner.SOON)
    running.may_fail = True
    machine.cloud.await_requests("DELETE", "password")
    assert kill_all(running) >= 3
    machine.assert_outcome(running.end(), "not-acknowledged")
    machine.assert_set(PASSWORD)
    assert machine.cloud.wait_until_all_have_left(runner.PATIENCE_S)  # what the dead have asked for is not done late
    machine.cloud.behave()
    machine.assert_outcome(machine.run(), "already-applied")
    machine.assert_untouched()
    machine.assert_acknowledged()


def test_stop_while_it_hangs(machine: Machine) -> None:
    """A stop does not wait for it."""
    running = hold(machine, "GET", "password", False)
    worker = Worker(running)
    os.kill(worker.pid, signal.SIGSTOP)
    machine.assert_outcome(running.terminate(), "stopped")
    assert not worker.is_alive
    machine.assert_untouched()
