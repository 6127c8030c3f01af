# SPDX-License-Identifier: Apache-2.0
"""How Huawei says no: ECS in its own form (v1) or in OpenStack's (v2.1), and the API gateway in front of both."""

from __future__ import annotations

from enum import Enum
from typing import Any, Callable, Mapping

from ..wire import Answer, Headers


class Kind(Enum):
    """What is wrong: status and code of v1, status and name of v2.1."""

    BAD_REQUEST = (400, "Ecs.0005", 400, "badRequest")
    WEAK_PASSWORD = (400, "Ecs.0011", 400, "badRequest")
    WRONG_STATE = (400, "Ecs.0100", 409, "conflictingRequest")
    NOT_FOUND = (404, "Ecs.0114", 404, "itemNotFound")
    TOO_MANY = (400, "Ecs.0118", 400, "badRequest")
    BATCH_FAILED = (400, "Ecs.0611", 400, "badRequest")
    BAD_METHOD = (405, "Ecs.0000", 405, "badMethod")  # no code is documented: this is that of any wrong request
    CRASHED = (500, "Common.0001", 500, "computeFault")


class Refusal(Exception):
    """The answer is no; for a batch, with what is wrong with each server. Nothing of a password is in it."""

    def __init__(self, kind: Kind, message: str, failures: Mapping[str, Refusal] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.failures = failures or {}


Form = Callable[[Refusal, Headers], Answer]


def of_ecs(refusal: Refusal, headers: Headers) -> Answer:
    """As v1 says it."""
    status, code, _, _ = refusal.kind.value
    document: dict[str, Any] = {"error": {"code": code, "message": refusal.message}}
    if refusal.failures:
        document["internalError"] = [
            {"id": server, "error_code": each.kind.value[1], "error_message": each.message}
            for server, each in refusal.failures.items()
        ]
    return Answer.json(document, status, headers, note=code)


def of_openstack(refusal: Refusal, headers: Headers) -> Answer:
    """As v2.1 says it."""
    _, _, status, name = refusal.kind.value
    document = {name: {"message": refusal.message, "code": status}}
    return Answer.json(document, status, headers, note=name)


def of_gateway(status: int, code: str, message: str, request_id: str) -> Answer:
    """What does not even come to ECS."""
    document = {"error_msg": message, "error_code": code, "request_id": request_id}
    return Answer.json(document, status, note=code)
