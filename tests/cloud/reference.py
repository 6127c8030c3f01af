# SPDX-License-Identifier: Apache-2.0
"""The reference cloud as one object: what tests use."""

from __future__ import annotations

import os
import uuid as uuids
from dataclasses import replace
from types import TracebackType
from typing import Any

from .apis import HuaweiApi, Settings, TencentApi
from .audit import Audit
from .compute import REPORT_TIMEOUT_S, Compute
from .control import Control
from .database import Database
from .drivers import make_driver
from .envelope import encrypt
from .faults import Fault
from .front import Front, Watcher
from .guest import SPELLINGS, GuestService
from .models import Instance, Pending, State, UnknownInstance
from .openstack import OpenStack
from .plan import Order, Plan
from .recorder import Predicate, Recorder
from .server import Address, Server, SocketFactory, tcp_socket
from .store import Store
from .wire import Request, Wire


class ReferenceCloud:
    """A metadata service and its public API; a context manager, listening from enter to exit."""

    def __init__(
        self,
        address: Address = ("127.0.0.1", 0),
        db: str | os.PathLike[str] | None = None,
        socket_factory: SocketFactory = tcp_socket,
        settings: Settings | None = None,
        report_timeout_s: float = REPORT_TIMEOUT_S,
    ) -> None:
        self._address = address
        self._socket_factory = socket_factory
        self._database = Database(db)
        self._store = Store(self._database)
        self.audit = Audit(self._database)
        self.compute = Compute(self._store, self.request_reset, self.metadata_url, report_timeout_s)
        self._guest = GuestService(self._store)
        self._plan = Plan()
        self._recorder = Recorder(self.compute.lock)
        settings = settings or Settings()
        self._front = Front(
            apis=(
                HuaweiApi(self.compute, settings),
                TencentApi(self.compute, settings),
                OpenStack(self._store),
            ),
            control=Control(self),
            guest=self._guest,
            plan=self._plan,
            recorder=self._recorder,
            audit=self.audit,
            refuse=self.refuse,
        )
        self._server: Server | None = None

    def __enter__(self) -> ReferenceCloud:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    # Life

    def start(self) -> None:
        """Listen, and go on with what was going on."""
        self._server = Server(self._address, self._handle, self._socket_factory)
        self.compute.recover()

    def stop(self) -> None:
        """Stop at once, whatever hangs, with all machines, and close the database."""
        self.compute.end()
        if self._server:
            self._server.stop()
        self._database.close()

    @property
    def address(self) -> Address:
        """Where we listen."""
        return self._running.address

    @property
    def url(self) -> str:
        """The base of everything, without a slash at its end."""
        host, port = self.address
        return f"http://{host}:{port}"

    def metadata_url(self, instance_id: str | None = None) -> str:
        """For --metadata-url: told apart by address, or of one instance wherever it asks from."""
        place = f"/instances/{instance_id}" if instance_id else ""
        return f"{self.url}{place}/openstack/latest"

    # Instances and resets

    def add_instance(self, uuid: str | None = None, **given: Any) -> Instance:
        """A new instance, or a known one again; `given` are fields of Instance, those of a known one stay."""
        instance_id = str(uuids.uuid4()) if uuid is None else uuid
        try:
            instance = replace(self._store.instance(instance_id), **given)
        except UnknownInstance:
            given.setdefault("project", "p1")
            instance = Instance(instance_id, **given)
        make_driver(instance.driver, "")  # is it one?
        return self._store.add_instance(instance)

    def instances(self) -> list[Instance]:
        """All of them."""
        return self.compute.instances()

    def request_reset(
        self,
        instance_id: str,
        password: str | bytes,
        user_name: Any = None,
        salt: bytes | None = None,
    ) -> str:
        """What the public API does: encrypt and leave it for the guest. Returns the blob."""
        plain = password if isinstance(password, bytes) else password.encode()
        blob = encrypt(plain, instance_id, salt)
        self.set_raw_blob(instance_id, blob, user_name)
        return blob

    def set_raw_blob(self, instance_id: str, blob: Any, user_name: Any = None) -> None:
        """Make any JSON value the pending reset."""
        self._store.put_pending(instance_id, blob, user_name)
        self._notify()

    def drop_pending(self, instance_id: str) -> None:
        """Withdraw the pending reset."""
        self._store.drop_pending(instance_id)
        self._notify()

    def pending(self, instance_id: str) -> Pending | None:
        """The pending reset, or None once it was acknowledged."""
        return self._store.pending(instance_id)

    def flag(self, instance_id: str) -> bool:
        """Has an agent announced itself?"""
        return self._store.instance(instance_id).flag

    def set_flag(self, instance_id: str, flag: bool) -> None:
        """Pretend that an agent did, or did not."""
        self._store.set_flag(instance_id, flag)

    def results(self, instance_id: str) -> list[Any]:
        """What agents reported, oldest first."""
        return self._store.results(instance_id)

    def add_result(self, instance_id: str, document: Any) -> None:
        """Pretend that an agent reported this."""
        self._store.add_result(instance_id, document)
        self._notify()

    def set_state(self, instance_id: str, state: State) -> None:
        """Pretend that the instance is in this state."""
        self._store.set_state(instance_id, state)

    # Behaviour

    @property
    def nothing_spelled(self) -> str:
        """How "nothing pending" is said: empty, None, null, missing or 404."""
        return self._guest.nothing_spelled

    @nothing_spelled.setter
    def nothing_spelled(self, spelling: str) -> None:
        if spelling not in SPELLINGS:
            raise ValueError(f"nothing is spelled one of {', '.join(SPELLINGS)}")
        self._guest.nothing_spelled = spelling

    @property
    def accept_results(self) -> bool:
        """Do we know reset_password_result, or answer 404?"""
        return self._guest.accept_results

    @accept_results.setter
    def accept_results(self, accept: bool) -> None:
        self._guest.accept_results = accept

    def misbehave(
        self,
        endpoint: str,
        fault: str | Fault,
        times: int | None = None,
        method: str | None = None,
        for_seconds: float | None = None,
        instance: str | None = None,
        **params: Any,
    ) -> None:
        """Queue a fault for flag, password, metadata, result or "*"."""
        if isinstance(fault, str):
            fault = Fault.make(fault, **params)
        self.obey(Order(endpoint, fault, times, method, for_seconds, instance))

    def obey(self, order: Order, spare: int | None = None) -> None:
        """Queue an order, or carry it out if it is one for the listener."""
        if order.fault.kind.of_listener:
            self.refuse(order.for_seconds or float(order.fault.params.get("seconds", 1)), spare)
        else:
            self._plan.add(order)

    def behave(self) -> None:
        """Forget all faults and listen again."""
        self._plan.clear()
        self._running.accept_again()

    def refuse(self, seconds: float, spare: int | None = None) -> None:
        """Refuse connections for that long, from now; open ones are closed but connection `spare`."""
        self._running.refuse(seconds, spare)

    @property
    def orders(self) -> list[Order]:
        """The faults still to come."""
        return self._plan.orders()

    # What was seen

    @property
    def watcher(self) -> Watcher:
        """Sees each guest request before it is carried out, in the thread of its connection."""
        return self._front.watcher

    @watcher.setter
    def watcher(self, watcher: Watcher) -> None:
        self._front.watcher = watcher

    @property
    def requests(self) -> list[Request]:
        """A copy of all guest requests so far."""
        return self._recorder.requests()

    @property
    def connections(self) -> int:
        """How many TCP connections were accepted."""
        return self._running.accepted

    def forget_requests(self) -> None:
        """Start the list of requests anew."""
        self._recorder.forget()

    def wait_for(self, predicate: Predicate, timeout: float = 10) -> bool:
        """Wait until the predicate holds of the requests; asked again whenever anything happens."""
        return self._recorder.wait_for(predicate, timeout)

    def wait_until_all_have_left(self, timeout: float = 10) -> bool:
        """Wait until no connection is open, and nothing is carried out any more."""
        return self._running.wait_until_all_have_left(timeout)

    def wait_for_turn(self, request: Request, timeout: float = 10) -> bool:
        """Wait until whoever came on an earlier connection has left; for a watcher."""
        return self._running.wait_until_first(request.connection, timeout)

    # Serving

    @property
    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError("the cloud is not started")
        return self._server

    def _notify(self) -> None:
        self.compute.news()
        self._recorder.news()

    def _handle(self, wire: Wire, request: Request) -> bool:
        try:
            return self._front.serve(wire, request)
        finally:
            self._notify()
