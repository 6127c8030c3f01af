# SPDX-License-Identifier: Apache-2.0
"""The reference cloud as one object: what tests use."""

from __future__ import annotations

import logging
import os
import threading
import uuid as uuids
from dataclasses import replace
from types import TracebackType
from typing import Any, Callable, List, Optional, Sequence, Type, Union

from .api import ADMINISTRATOR, PublicApi
from .control import Control
from .envelope import encrypt
from .exchange import Exchange
from .faults import Fault
from .guest import KEYS, SPELLINGS, GuestService
from .plan import Order, Plan
from .server import Address, Server, SocketFactory, tcp_socket
from .store import Instance, Pending, Store
from .wire import Request, Wire

log = logging.getLogger("cloud")
Predicate = Callable[[Sequence[Request]], bool]


class ReferenceCloud:
    """A metadata service and its public API; a context manager, listening from enter to exit."""

    def __init__(
        self,
        address: Address = ("127.0.0.1", 0),
        db: Union[str, "os.PathLike[str]", None] = None,
        socket_factory: SocketFactory = tcp_socket,
    ) -> None:
        self._address = address
        self._socket_factory = socket_factory
        self._store = Store(db)
        self._guest = GuestService(self._store)
        self._api = PublicApi(self._store, self.request_reset)
        self._control = Control(self)
        self._plan = Plan()
        self._news = threading.Condition()
        self._requests: List[Request] = []
        self._server: Optional[Server] = None

    def __enter__(self) -> ReferenceCloud:
        self.start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    # Life

    def start(self) -> None:
        """Listen."""
        self._server = Server(self._address, self._handle, self._socket_factory)

    def stop(self) -> None:
        """Stop at once, whatever hangs, and close the database."""
        if self._server:
            self._server.stop()
        self._store.close()

    @property
    def address(self) -> Address:
        """Where we listen."""
        return self._running.address

    @property
    def url(self) -> str:
        """The base of everything, without a slash at its end."""
        host, port = self.address
        return f"http://{host}:{port}"

    def metadata_url(self, instance_id: Optional[str] = None) -> str:
        """For --metadata-url: told apart by address, or of one instance wherever it asks from."""
        place = f"/instances/{instance_id}" if instance_id else ""
        return f"{self.url}{place}/openstack/latest"

    # Instances and resets

    def add_instance(
        self,
        uuid: Optional[str] = None,
        project: str = "p1",
        guest_address: Optional[str] = None,
        os_type: str = "linux",
    ) -> Instance:
        """A new instance, or a known one again."""
        if os_type not in ADMINISTRATOR:
            raise ValueError(f"os_type is one of {', '.join(ADMINISTRATOR)}")
        instance_id = uuid or str(uuids.uuid4())
        return self._store.add_instance(Instance(instance_id, project, guest_address, os_type))

    def instances(self) -> List[Instance]:
        """All of them."""
        return self._store.instances()

    def request_reset(
        self,
        instance_id: str,
        password: Union[str, bytes],
        user_name: Any = None,
        salt: Optional[bytes] = None,
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

    def pending(self, instance_id: str) -> Optional[Pending]:
        """The pending reset, or None once it was acknowledged."""
        return self._store.pending(instance_id)

    def flag(self, instance_id: str) -> bool:
        """Has an agent announced itself?"""
        return self._store.instance(instance_id).flag

    def set_flag(self, instance_id: str, flag: bool) -> None:
        """Pretend that an agent did, or did not."""
        self._store.set_flag(instance_id, flag)

    def results(self, instance_id: str) -> List[Any]:
        """What agents reported, oldest first."""
        return self._store.results(instance_id)

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
        fault: Union[str, Fault],
        times: Optional[int] = None,
        method: Optional[str] = None,
        for_seconds: Optional[float] = None,
        instance: Optional[str] = None,
        **params: Any,
    ) -> None:
        """Queue a fault for flag, password, metadata, result or "*"."""
        if isinstance(fault, str):
            fault = Fault.make(fault, **params)
        self.obey(Order(endpoint, fault, times, method, for_seconds, instance))

    def obey(self, order: Order, spare: Optional[int] = None) -> None:
        """Queue an order, or carry it out if it is one for the listener."""
        if order.fault.kind.of_listener:
            self.refuse(order.for_seconds or float(order.fault.params.get("seconds", 1)), spare)
        else:
            self._plan.add(order)

    def behave(self) -> None:
        """Forget all faults and listen again."""
        self._plan.clear()
        self._running.accept_again()

    def refuse(self, seconds: float, spare: Optional[int] = None) -> None:
        """Refuse connections for that long, from now; open ones are closed but connection `spare`."""
        self._running.refuse(seconds, spare)

    @property
    def orders(self) -> List[Order]:
        """The faults still to come."""
        return self._plan.orders()

    # What was seen

    @property
    def requests(self) -> List[Request]:
        """A copy of all guest requests so far."""
        with self._news:
            return list(self._requests)

    @property
    def connections(self) -> int:
        """How many TCP connections were accepted."""
        return self._running.accepted

    def forget_requests(self) -> None:
        """Start the list of requests anew."""
        with self._news:
            self._requests.clear()

    def wait_for(self, predicate: Predicate, timeout: float = 10) -> bool:
        """Wait until the predicate holds of the requests; asked again whenever anything happens."""
        with self._news:
            return self._news.wait_for(lambda: predicate(self._requests), timeout)

    # Serving

    @property
    def _running(self) -> Server:
        if self._server is None:
            raise RuntimeError("the cloud is not started")
        return self._server

    def _notify(self) -> None:
        with self._news:
            self._news.notify_all()

    def _handle(self, wire: Wire, request: Request) -> bool:
        try:
            if request.path.startswith("/_control/"):
                return self._control.serve(wire, request)
            answer = self._api.answer(request)
            if answer is None:
                return self._serve_guest(wire, request)
            wire.send(answer.head(*answer.length()) + answer.body)
            return request.keep_alive
        finally:
            self._notify()

    def _serve_guest(self, wire: Wire, request: Request) -> bool:
        visit = self._guest.visit(request)
        instance = visit.instance.id if visit.instance else None
        fault = self._plan.take(visit.endpoint, request.method, instance)
        name = fault.kind.name if fault else None
        with self._news:
            self._requests.append(
                replace(request, endpoint=visit.endpoint, instance=instance, fault=name)
            )
            self._news.notify_all()
        log.info("%s %s%s", request.method, request.path, f" -> {name}" if name else "")
        exchange = Exchange(
            request,
            wire,
            KEYS.get(visit.endpoint or "", "value"),
            perform=lambda: self._guest.answer(visit),
            refuse=self.refuse,
            keep_alive=request.keep_alive,
        )
        if fault:
            fault.run(exchange)
        else:
            exchange.reply(exchange.perform())
        return exchange.keep_alive
