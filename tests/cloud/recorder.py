# SPDX-License-Identifier: Apache-2.0
"""What guests asked, for tests to look at and to wait for."""

from __future__ import annotations

import threading
from typing import Callable, Sequence

from .wire import Request

Predicate = Callable[[Sequence[Request]], bool]


class Recorder:
    """The requests of guests, oldest first."""

    def __init__(self, lock: threading.RLock) -> None:
        """The lock is that of the instances: a predicate may look at them."""
        self._changed = threading.Condition(lock)
        self._requests: list[Request] = []

    def add(self, request: Request) -> None:
        """One that is carried out next."""
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()

    def requests(self) -> list[Request]:
        """A copy of all so far."""
        with self._changed:
            return list(self._requests)

    def forget(self) -> None:
        """Start anew."""
        with self._changed:
            self._requests.clear()

    def news(self) -> None:
        """Something else happened: whoever waits looks again."""
        with self._changed:
            self._changed.notify_all()

    def wait_for(self, predicate: Predicate, timeout: float) -> bool:
        """Wait until the predicate holds of the requests."""
        with self._changed:
            return self._changed.wait_for(lambda: predicate(self._requests), timeout)
