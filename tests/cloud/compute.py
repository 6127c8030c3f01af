# SPDX-License-Identifier: Apache-2.0
"""
What is done with instances: switched on and off by their drivers, and reset.

One operation at a time for each instance, carried out in the background. Everything that matters stands in the store,
so that a cloud that starts again goes on where the last one ended.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from dataclasses import replace
from typing import Any, Callable

from .drivers import Driver, make_driver
from .models import Instance, Operation, OperationState, State, fingerprint
from .store import Store

log = logging.getLogger("cloud")
RESET = "ResetInstancesPassword"
START = "StartInstances"
STOP = "StopInstances"
REBOOT = "RebootInstances"
REASON = re.compile(r"[a-z0-9-]{1,64}")
NO_REPORT = "no-report"
REPORT_TIMEOUT_S = 600.0
JOIN_S = 30.0

LeaveReset = Callable[[str, str, Any], str]


class Busy(Exception):
    """Another operation of this instance is going on."""


class WrongState(Exception):
    """The instance is in a state that does not allow it."""

    def __init__(self, state: State) -> None:
        super().__init__(state.value)
        self.state = state


class Ending(Exception):
    """The cloud stops: the operation goes on when it starts again."""


class Compute:
    """All instances. `lock` may be held over a check and the calls that rest on it."""

    def __init__(
        self,
        store: Store,
        leave_reset: LeaveReset,
        metadata_url: Callable[[str], str],
        report_timeout_s: float = REPORT_TIMEOUT_S,
    ) -> None:
        self.lock = threading.RLock()
        self._store = store
        self._leave_reset = leave_reset
        self._metadata_url = metadata_url
        self._report_timeout_s = report_timeout_s
        self._drivers: dict[tuple[str, str], Driver] = {}  # by instance and spec
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition(self.lock)
        self._is_ending = False

    # Instances

    def instances(self) -> list[Instance]:
        """All of them, as they are now."""
        return [self._observed(instance.id) for instance in self._store.instances()]

    def instance(self, instance_id: str) -> Instance:
        """The one with this id, as it is now. Raises UnknownInstance."""
        return self._observed(instance_id)

    def instance_by_cvm_id(self, cvm_id: str) -> Instance:
        """The one that Tencent's API calls so. Raises UnknownInstance."""
        return self._observed(self._store.instance_by_cvm_id(cvm_id).id)

    def attach(self, instance_id: str, driver: Driver) -> None:
        """Put a driver of the caller's own behind an instance, until the cloud ends."""
        with self.lock:
            self._drivers[instance_id, self._store.instance(instance_id).driver] = driver

    def _observed(self, instance_id: str) -> Instance:
        """A machine may have been switched off, or on, behind our back."""
        with self.lock:
            instance = self._store.instance(instance_id)
            if instance.is_busy or instance.state not in (State.RUNNING, State.STOPPED):
                return instance
            running = self._driver(instance).is_running()
            if running is None or running == (instance.state is State.RUNNING):
                return instance
            state = State.RUNNING if running else State.STOPPED
            self._store.set_state(instance_id, state)
            return replace(instance, state=state)

    def _driver(self, instance: Instance) -> Driver:
        key = instance.id, instance.driver
        with self.lock:
            if key not in self._drivers:
                if self._is_ending:
                    raise Ending
                self._drivers[key] = make_driver(instance.driver, self._metadata_url(instance.id))
            return self._drivers[key]

    # What an owner wants

    def leave_reset(self, instance_id: str, password: str, user_name: str | None = None) -> None:
        """A reset for the next boot, whenever that is. Raises Busy."""
        with self.lock:
            self._require_idle(self._store.instance(instance_id))
            self._leave_reset(instance_id, password, user_name)

    def check_reset(self, instance_id: str, force_stop: bool) -> None:
        """Could reset() be done now? Raises Busy, WrongState."""
        instance = self.instance(instance_id)
        self._require_idle(instance)
        allowed = (State.STOPPED, State.RUNNING) if force_stop else (State.STOPPED,)
        if instance.state not in allowed:
            raise WrongState(instance.state)

    def reset(self, instance_id: str, password: str, user_name: str | None, force_stop: bool, request_id: str) -> None:
        """
        Switch the instance off if it runs, on again, and wait for what its agent reports: SUCCESS, or FAILED with the
        reason; then the reset is withdrawn. Raises Busy, WrongState.
        """
        with self.lock:
            self.check_reset(instance_id, force_stop)
            blob = self._leave_reset(instance_id, password, user_name)
            self._begin(instance_id, RESET, request_id, fingerprint(blob))

    def start(self, instance_id: str, request_id: str = "") -> None:
        """Switch it on. Raises Busy, WrongState."""
        self._begin_from(instance_id, START, request_id, State.STOPPED)

    def stop(self, instance_id: str, request_id: str = "") -> None:
        """Switch it off. Raises Busy, WrongState."""
        self._begin_from(instance_id, STOP, request_id, State.RUNNING)

    def reboot(self, instance_id: str, request_id: str = "") -> None:
        """Switch it off and on. Raises Busy, WrongState."""
        self._begin_from(instance_id, REBOOT, request_id, State.RUNNING)

    def wait_until_idle(self, instance_id: str, timeout: float) -> Instance:
        """Wait for the end of the operation that is going on; the instance as it is then, or is now."""
        self.wait_until(instance_id, lambda instance: not instance.is_busy, timeout)
        return self.instance(instance_id)

    def wait_until(self, instance_id: str, holds: Callable[[Instance], bool], timeout: float) -> bool:
        """Wait until this holds of what the store has of an instance."""
        with self._changed:
            return self._changed.wait_for(lambda: holds(self._store.instance(instance_id)), timeout)

    def news(self) -> None:
        """Something came from a guest: whoever waits looks again."""
        with self._changed:
            self._changed.notify_all()

    # Life

    def recover(self) -> None:
        """Go on with what was going on when the last cloud ended."""
        for instance in self._store.instances():
            if instance.is_busy:
                self._run(instance.id)

    def end(self) -> None:
        """Let go of all machines; what is going on stays so in the store."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
            threads, drivers = list(self._threads), list(self._drivers.values())
        for driver in drivers:
            try:
                driver.close()
            except Exception as error:  # the others shall end nevertheless
                log.warning("a machine stays: %s: %s", type(error).__name__, error)
        for thread in threads:
            thread.join(JOIN_S)

    # Operations

    @staticmethod
    def _require_idle(instance: Instance) -> None:
        if instance.is_busy:
            raise Busy(instance.id)

    def _begin_from(self, instance_id: str, name: str, request_id: str, state: State) -> None:
        with self.lock:
            instance = self.instance(instance_id)
            self._require_idle(instance)
            if instance.state is not state:
                raise WrongState(instance.state)
            self._begin(instance_id, name, request_id)

    def _begin(self, instance_id: str, name: str, request_id: str, request: str = "") -> None:
        """The state tells from here on how far the operation is: STOPPING, STARTING, then RUNNING."""
        operation = Operation(name, request_id=request_id, request=request, started=time.time())
        is_on = self._store.instance(instance_id).state is State.RUNNING
        leaving = State.REBOOTING if name == REBOOT else State.STOPPING
        self._store.put_operation(instance_id, operation, leaving if is_on else State.STARTING)
        self._run(instance_id)

    def _run(self, instance_id: str) -> None:
        name = f"operation {instance_id}"
        thread = threading.Thread(target=self._carry_out, args=(instance_id,), name=name, daemon=True)
        with self.lock:
            self._threads = [old for old in self._threads if old.is_alive()] + [thread]
            thread.start()

    def _carry_out(self, instance_id: str) -> None:
        machine = None
        try:
            reason = self._steps(instance_id)
        except Ending:
            return
        except Exception as error:  # a driver may fail in any way; the operation then has failed
            if self._is_ending:
                return
            log.warning("instance %s: %s: %s", instance_id, type(error).__name__, error)
            reason = f"driver: {type(error).__name__}: {error}"
            machine = self._state_of_machine(instance_id)
        self._conclude(instance_id, reason, machine)

    def _steps(self, instance_id: str) -> str:
        """From where the state says that we are. Returns why it failed, or nothing."""
        instance = self._store.instance(instance_id)
        operation, state = instance.operation, instance.state
        assert operation
        driver = self._driver(instance)
        if state in (State.STOPPING, State.REBOOTING):
            driver.stop()
            self._go_on(instance_id, State.STOPPED if operation.name == STOP else State.STARTING)
        if operation.name == STOP:
            return ""
        if not driver.is_running():
            driver.start()
        self._go_on(instance_id, State.RUNNING)
        return self._await_report(instance_id, operation) if operation.name == RESET else ""

    def _go_on(self, instance_id: str, state: State) -> None:
        with self._changed:
            if self._is_ending:
                raise Ending
            self._store.set_state(instance_id, state)
            self._changed.notify_all()

    def _await_report(self, instance_id: str, operation: Operation) -> str:
        """Returns why the reset failed, or nothing."""
        with self._changed:
            while True:
                if self._is_ending:
                    raise Ending
                for document in reversed(self._store.results(instance_id)):
                    if isinstance(document, dict) and document.get("request") == operation.request:
                        return self._judge(document)
                left = operation.started + self._report_timeout_s - time.time()
                if left <= 0:
                    return NO_REPORT
                self._changed.wait(min(left, self._report_timeout_s))

    @staticmethod
    def _judge(document: dict[str, Any]) -> str:
        """What an agent reports is a stranger's word."""
        if document.get("result") == "applied":
            return ""
        reason = document.get("reason")
        is_name = isinstance(reason, str) and REASON.fullmatch(reason)
        return str(reason) if is_name else "unknown"

    def _state_of_machine(self, instance_id: str) -> State:
        """A driver failed: what does its machine do?"""
        try:
            running = self._driver(self._store.instance(instance_id)).is_running()
        except Exception:  # it cannot even be asked
            running = False
        return State.STOPPED if running is False else State.RUNNING

    def _conclude(self, instance_id: str, reason: str, machine: State | None) -> None:
        with self._changed:
            operation = self._store.instance(instance_id).operation
            assert operation
            state = OperationState.FAILED if reason else OperationState.SUCCESS
            if reason and operation.name == RESET:
                self._withdraw(instance_id, operation.request)
            self._store.put_operation(instance_id, replace(operation, state=state, reason=reason), machine)
            self._changed.notify_all()

    def _withdraw(self, instance_id: str, request: str) -> None:
        """The owner was told that it failed: it must not come true at some later boot."""
        pending = self._store.pending(instance_id)
        if pending and fingerprint(pending.blob) == request:
            self._store.drop_pending(instance_id)
