# SPDX-License-Identifier: Apache-2.0
"""For tests: an instance behind a switch, and what its owner and its guest do."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator

from . import ReferenceCloud
from .compute import Compute
from .models import Instance, OperationState, fingerprint

UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"
PASSWORD = "Fusion@123"
PATIENCE_S = 60.0


class Switch:
    """A driver that does as it is told, writes it down, and waits at one step until it is let on."""

    def __init__(self, is_on: bool = True) -> None:
        self.is_on = is_on
        self.done: list[str] = []
        self.failure: Exception | None = None
        self.close_failure: Exception | None = None
        self.held_at = ""
        self.gate = threading.Event()
        self.has_come = threading.Event()

    def _pass(self, step: str) -> None:
        if step == self.held_at:
            self.has_come.set()
            assert self.gate.wait(PATIENCE_S)
        if self.failure:
            raise self.failure
        self.done.append(step)

    def start(self) -> None:
        self._pass("start")
        self.is_on = True

    def stop(self) -> None:
        self._pass("stop")
        self.is_on = False

    def is_running(self) -> bool:
        return self.is_on

    def close(self) -> None:
        self.failure = self.failure or RuntimeError("closed")
        self.gate.set()
        if self.close_failure:
            raise self.close_failure


Make = Callable[..., "tuple[ReferenceCloud, Switch]"]


@contextmanager
def clouds(db: Path) -> Iterator[Make]:
    """Makes a cloud on one database, however often; the older ones are stopped."""
    made: list[ReferenceCloud] = []

    def make(is_on: bool = True, report_timeout_s: float = PATIENCE_S) -> tuple[ReferenceCloud, Switch]:
        while made:
            made.pop().stop()
        cloud, switch = ReferenceCloud(db=db, report_timeout_s=report_timeout_s), Switch(is_on)
        made.append(cloud)
        cloud.add_instance(UUID)
        cloud.compute.attach(UUID, switch)
        cloud.start()
        return cloud, switch

    yield make
    while made:
        made.pop().stop()


def reset(cloud: ReferenceCloud, force_stop: bool = True) -> str:
    """Begin one; returns what the agent calls it."""
    with cloud.compute.lock:  # it may end, and be withdrawn, at once
        cloud.compute.reset(UUID, PASSWORD, "admin", force_stop, "call-1")
        pending = cloud.pending(UUID)
    assert pending and pending.user_name == "admin"
    return fingerprint(pending.blob)


def report(cloud: ReferenceCloud, request: Any, result: Any = "applied", **more: Any) -> None:
    """As the guest does."""
    cloud.add_result(UUID, {"result": result, "request": request, **more})


def ended(compute: Compute) -> Instance:
    """When the operation is over."""
    instance = compute.wait_until_idle(UUID, PATIENCE_S)
    assert not instance.is_busy
    return instance


def outcome(instance: Instance) -> tuple[str, OperationState, str]:
    """Of the last operation."""
    assert instance.operation
    return instance.operation.name, instance.operation.state, instance.operation.reason
