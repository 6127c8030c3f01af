# SPDX-License-Identifier: Apache-2.0
"""Control by hand over HTTP, below /_control/."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Callable

from .compute import Busy, WrongState
from .faults import Fault
from .models import UnknownInstance
from .plan import Order
from .wire import Answer, Request, Wire

if TYPE_CHECKING:
    from .reference import ReferenceCloud

# Not the driver: it names a program, and whatever page a browser shows can POST to this machine.
INSTANCE_KEYS = {
    "id": "uuid",
    "guest_address": "address",
    **{key: key for key in ("project", "os_type", "os_name", "name", "supported", "mac")},
    **{key: key for key in ("public_keys", "user_data", "vendor_data")},
}
SWITCH = re.compile(r"instances/(?P<instance>[^/]+)/(?P<action>start|stop|reboot)")
REFUSED = (ValueError, TypeError, KeyError, AttributeError, RecursionError, sqlite3.Error)
ORDER_KEYS = ("times", "method", "for_seconds", "instance")


def describe_request(request: Request) -> dict[str, Any]:
    """A recorded request as JSON."""
    document: dict[str, Any] = dict(vars(request))
    document["body"] = request.body.decode("utf-8", "backslashreplace")
    return document


class Control:
    """PUT, GET and DELETE faults; GET and DELETE requests; GET, POST and switch instances; GET audit."""

    def __init__(self, cloud: ReferenceCloud) -> None:
        self._cloud = cloud
        self._routes: dict[tuple[str, str], Callable[[Wire, Any], Answer]] = {
            ("PUT", "faults"): self._put_faults,
            ("GET", "faults"): self._get_faults,
            ("DELETE", "faults"): self._delete_faults,
            ("GET", "requests"): self._get_requests,
            ("DELETE", "requests"): self._delete_requests,
            ("GET", "instances"): self._get_instances,
            ("POST", "instances"): self._post_instances,
            ("GET", "audit"): self._get_audit,
        }

    def misbehave(self, order: dict[str, Any], spare: int | None = None) -> None:
        """One fault given as an object, parameters beside the other keys or in "params"."""
        rest = dict(order)
        endpoint, name = str(rest.pop("endpoint")), str(rest.pop("fault"))
        given = {key: rest.pop(key) for key in ORDER_KEYS if key in rest}
        fault = Fault.make(name, **{**rest.pop("params", {}), **rest})
        self._cloud.obey(Order(endpoint, fault, **given), spare)

    def answer(self, wire: Wire, request: Request) -> Answer:
        """To one request below /_control/."""
        name = request.path[len("/_control/") :]
        switch = SWITCH.fullmatch(name)
        if switch and request.method == "POST":
            return self._switch(switch["instance"], switch["action"])
        route = self._routes.get((request.method, name))
        if route is None:
            return Answer.json({"error": "no such control"}, 404)
        try:
            return route(wire, json.loads(request.body) if request.body else {})
        except REFUSED as error:
            return Answer.json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _put_faults(self, wire: Wire, document: Any) -> Answer:
        orders: list[dict[str, Any]] = document if isinstance(document, list) else [document]
        for order in orders:
            self.misbehave(order, wire.number)
        return self._get_faults(wire, None)

    def _get_faults(self, _wire: Wire, _document: Any) -> Answer:
        return Answer.json({"faults": [order.describe() for order in self._cloud.orders]})

    def _delete_faults(self, _wire: Wire, _document: Any) -> Answer:
        self._cloud.behave()
        return Answer.json({"faults": []})

    def _get_requests(self, _wire: Wire, _document: Any) -> Answer:
        return Answer.json({"requests": [describe_request(each) for each in self._cloud.requests]})

    def _delete_requests(self, _wire: Wire, _document: Any) -> Answer:
        self._cloud.forget_requests()
        return Answer.json({"requests": []})

    def _get_instances(self, _wire: Wire, _document: Any) -> Answer:
        return Answer.json({"instances": [self._describe(i.id) for i in self._cloud.instances()]})

    def _post_instances(self, _wire: Wire, document: Any) -> Answer:
        given = {INSTANCE_KEYS[key]: value for key, value in document.items()}
        if "user_data" in given:
            given["user_data"] = str(given["user_data"]).encode()
        instance = self._cloud.add_instance(**given)
        return Answer.json(self._describe(instance.id), 201)

    def _switch(self, instance_id: str, action: str) -> Answer:
        try:
            getattr(self._cloud.compute, action)(instance_id)
        except UnknownInstance:
            return Answer.json({"error": "no such instance"}, 404)
        except (Busy, WrongState) as error:
            return Answer.json({"error": f"{type(error).__name__}: {error}"}, 409)
        return Answer.json(self._describe(instance_id), 202)

    def _get_audit(self, _wire: Wire, _document: Any) -> Answer:
        return Answer.json({"audit": self._cloud.audit.entries()})

    def _describe(self, instance_id: str) -> dict[str, Any]:
        instance = self._cloud.compute.instance(instance_id)
        return {
            "id": instance.id,
            "cvm_id": instance.cvm_id,
            "project": instance.project,
            "name": instance.name,
            "guest_address": instance.address,
            "os_type": instance.os_type,
            "os_name": instance.os_name,
            "driver": instance.driver,
            "state": instance.state.value,
            "operation": asdict(instance.operation) if instance.operation else None,
            "metadata_url": self._cloud.metadata_url(instance.id),
            "resetpwd_flag": instance.flag,
            "pending": self._cloud.pending(instance.id) is not None,
            "results": self._cloud.results(instance.id),
        }
