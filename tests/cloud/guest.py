# SPDX-License-Identifier: Apache-2.0
"""The guest side of the wire protocol as a well-behaved metadata service answers it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from .models import Instance, UnknownInstance
from .openstack import metadata
from .store import Store
from .wire import Answer, Request

SPELLINGS = ("empty", "None", "null", "missing", "404")
ENDPOINTS = ("flag", "password", "metadata", "result")
KEYS = {
    "flag": "resetpwd_flag",
    "password": "reset_password",
    "metadata": "uuid",
    "result": "reset_password_result",
}
METHODS = {
    "flag": ("GET", "POST"),
    "password": ("GET", "DELETE"),
    "metadata": ("GET",),
    "result": ("POST",),
}
NAMES = {
    "resetpwd_flag": "flag",
    "reset_password": "password",
    "meta_data.json": "metadata",
    "reset_password_result": "result",
}
PATH = re.compile(r"(?:/instances/(?P<instance>[^/]+))?/openstack/latest/(?P<name>[^/]+)")
NOT_FOUND = Answer.json({"error": "not found"}, 404)


def nothing(spelling: str) -> Answer:
    """Nothing is pending, in one of the five ways to say it."""
    key = KEYS["password"]
    values: dict[str, dict[str, Any]] = {
        "empty": {key: ""},
        "None": {key: "None"},
        "null": {key: None},
        "missing": {},
    }
    return NOT_FOUND if spelling == "404" else Answer.json(values[spelling])


@dataclass(frozen=True)
class Visit:
    """A request that found its endpoint and, mostly, its instance."""

    request: Request
    endpoint: str | None
    instance: Instance | None


class GuestService:
    """Answers guests from the store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.nothing_spelled = "empty"
        self.accept_results = True

    def visit(self, request: Request) -> Visit:
        """Who asks, and what for?"""
        match = PATH.fullmatch(request.path)
        if not match:
            return Visit(request, None, None)
        endpoint = NAMES.get(match["name"])
        try:
            if match["instance"]:
                instance = self._store.instance(match["instance"])
            else:
                instance = self._store.instance_at(request.client_address)
        except UnknownInstance:
            return Visit(request, endpoint, None)
        return Visit(request, endpoint, instance)

    def answer(self, visit: Visit) -> Answer:
        """Carry the request out."""
        if visit.endpoint is None or visit.instance is None:
            return NOT_FOUND
        if visit.endpoint == "result" and not self.accept_results:
            return NOT_FOUND
        methods = METHODS[visit.endpoint]
        if visit.request.method not in methods:
            allow = (("Allow", ", ".join(methods)),)
            return Answer.json({"error": "method not allowed"}, 405, allow)
        operation = getattr(self, f"_{visit.request.method.lower()}_{visit.endpoint}")
        answer: Answer = operation(visit.instance, visit.request)
        return answer

    def _get_flag(self, instance: Instance, _: Request) -> Answer:
        return Answer.json({KEYS["flag"]: str(instance.flag)})

    def _post_flag(self, instance: Instance, request: Request) -> Answer:
        if request.body not in (b"True", b"False"):
            return Answer.json({"error": "the body is True or False"}, 400)
        self._store.set_flag(instance.id, request.body == b"True")
        return Answer.json({})

    def _get_password(self, instance: Instance, _: Request) -> Answer:
        pending = self._store.pending(instance.id)
        if pending is None:
            return nothing(self.nothing_spelled)
        document = {KEYS["password"]: pending.blob}
        if pending.user_name is not None:
            document["user_name"] = pending.user_name
        return Answer.json(document)

    def _delete_password(self, instance: Instance, _: Request) -> Answer:
        self._store.drop_pending(instance.id)
        return Answer.json({})

    def _get_metadata(self, instance: Instance, _: Request) -> Answer:
        return Answer.json(metadata(instance))

    def _post_result(self, instance: Instance, request: Request) -> Answer:
        try:
            document = json.loads(request.body)
        except (ValueError, RecursionError):
            return Answer.json({"error": "not JSON"}, 400)
        self._store.add_result(instance.id, document)
        return Answer.json({})
