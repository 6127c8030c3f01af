# SPDX-License-Identifier: Apache-2.0
"""Control by hand over HTTP, below /_control/."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

from .faults import Fault
from .plan import Order
from .wire import Answer, Request, Wire

if TYPE_CHECKING:
    from .reference import ReferenceCloud

ORDER_KEYS = ("times", "method", "for_seconds", "instance")


def describe_request(request: Request) -> Dict[str, Any]:
    """A recorded request as JSON."""
    document: Dict[str, Any] = dict(vars(request))
    document["body"] = request.body.decode("utf-8", "backslashreplace")
    return document


class Control:
    """PUT, GET and DELETE faults; GET and DELETE requests; GET and POST instances."""

    def __init__(self, cloud: ReferenceCloud) -> None:
        self._cloud = cloud
        self._routes: Dict[Tuple[str, str], Callable[[Wire, Any], Answer]] = {
            ("PUT", "faults"): self._put_faults,
            ("GET", "faults"): self._get_faults,
            ("DELETE", "faults"): self._delete_faults,
            ("GET", "requests"): self._get_requests,
            ("DELETE", "requests"): self._delete_requests,
            ("GET", "instances"): self._get_instances,
            ("POST", "instances"): self._post_instances,
        }

    def serve(self, wire: Wire, request: Request) -> bool:
        """Answer one request."""
        answer = self._answer(wire, request)
        wire.send(answer.head(*answer.length()) + answer.body)
        return request.keep_alive

    def misbehave(self, order: Dict[str, Any], spare: Optional[int] = None) -> None:
        """One fault given as an object, parameters beside the other keys or in "params"."""
        rest = dict(order)
        endpoint, name = str(rest.pop("endpoint")), str(rest.pop("fault"))
        given = {key: rest.pop(key) for key in ORDER_KEYS if key in rest}
        fault = Fault.make(name, **{**rest.pop("params", {}), **rest})
        self._cloud.obey(Order(endpoint, fault, **given), spare)

    def _answer(self, wire: Wire, request: Request) -> Answer:
        name = request.path[len("/_control/") :]
        route = self._routes.get((request.method, name))
        if route is None:
            return Answer.json({"error": "no such control"}, 404)
        try:
            return route(wire, json.loads(request.body) if request.body else {})
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            return Answer.json({"error": f"{type(error).__name__}: {error}"}, 400)

    def _put_faults(self, wire: Wire, document: Any) -> Answer:
        orders: List[Dict[str, Any]] = document if isinstance(document, list) else [document]
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
        names = {"id": "uuid"}
        instance = self._cloud.add_instance(
            **{names.get(key, key): v for key, v in document.items()}
        )
        return Answer.json(self._describe(instance.id), 201)

    def _describe(self, instance_id: str) -> Dict[str, Any]:
        instance = next(each for each in self._cloud.instances() if each.id == instance_id)
        return {
            "id": instance.id,
            "project": instance.project,
            "guest_address": instance.address,
            "os_type": instance.os_type,
            "metadata_url": self._cloud.metadata_url(instance.id),
            "resetpwd_flag": instance.flag,
            "pending": self._cloud.pending(instance.id) is not None,
            "results": self._cloud.results(instance.id),
        }
