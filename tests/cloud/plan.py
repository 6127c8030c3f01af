# SPDX-License-Identifier: Apache-2.0
"""Which fault meets which request: queues, one per endpoint and one for all."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from .faults import Fault
from .guest import ENDPOINTS

ANY = "*"


@dataclass
class Order:
    """A fault, for whom, and for how long."""

    endpoint: str
    fault: Fault
    times: int | None = None
    method: str | None = None
    for_seconds: float | None = None
    instance: str | None = None
    started: float | None = None

    def __post_init__(self) -> None:
        if self.endpoint not in (*ENDPOINTS, ANY):
            raise ValueError(f"no endpoint is named {self.endpoint!r}")
        if self.times is not None and self.times < 1:
            raise ValueError("times is at least 1")
        if self.for_seconds is not None and self.for_seconds <= 0:
            raise ValueError("for_seconds is more than 0")
        self.method = self.method or self.fault.kind.method

    @property
    def ends(self) -> float | None:
        """When its time is over, if it has begun and has one."""
        if self.started is None or self.for_seconds is None:
            return None
        return self.started + self.for_seconds

    def meets(self, method: str, instance: str | None) -> bool:
        """Is this request for us?"""
        return self.method in (None, method) and self.instance in (None, instance)

    def describe(self) -> dict[str, Any]:
        """As the control interface shows it."""
        params = {
            key: repr(v) if isinstance(v, bytes) else v for key, v in self.fault.params.items()
        }
        return {
            "endpoint": self.endpoint,
            "fault": self.fault.kind.name,
            "params": params,
            "times": self.times,
            "method": self.method,
            "for_seconds": self.for_seconds,
            "instance": self.instance,
        }


class Plan:
    """All orders; of one endpoint they come in turn, and those for all endpoints come last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._queues: dict[str, list[Order]] = {}

    def add(self, order: Order) -> None:
        """Put an order at the end of its queue; the clock of the first one runs at once."""
        with self._lock:
            queue = self._queues.setdefault(order.endpoint, [])
            self._expire(queue, time.monotonic())
            if not queue:
                order.started = time.monotonic()
            queue.append(order)

    def clear(self) -> None:
        """Behave from now on."""
        with self._lock:
            self._queues.clear()

    def orders(self) -> list[Order]:
        """What is still to come."""
        with self._lock:
            for queue in self._queues.values():
                self._expire(queue, time.monotonic())
            return [order for queue in self._queues.values() for order in queue]

    def take(
        self, endpoint: str | None, method: str, instance: str | None
    ) -> Fault | None:
        """The fault for this request, if any; it counts as used."""
        with self._lock:
            for name in (endpoint, ANY):
                queue = self._queues.get(name or ANY, [])
                now = time.monotonic()
                self._expire(queue, now)
                for order in queue:
                    if order.meets(method, instance):
                        return self._use(order, queue, now)
        return None

    def _use(self, order: Order, queue: list[Order], now: float) -> Fault:
        if order.started is None:
            order.started = now
        if order.times is not None:
            order.times -= 1
            if not order.times:
                self._remove(order, queue, now)
        return order.fault

    def _expire(self, queue: list[Order], now: float) -> None:
        for order in list(queue):
            if order.ends is not None and order.ends <= now:
                self._remove(order, queue, order.ends)

    @staticmethod
    def _remove(order: Order, queue: list[Order], when: float) -> None:
        queue.remove(order)
        if queue and queue[0].started is None:
            queue[0].started = when
