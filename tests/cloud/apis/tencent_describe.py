# SPDX-License-Identifier: Apache-2.0
"""DescribeInstances: the instances, and what came of the last operation of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from ..compute import Compute
from ..models import Instance
from .json_body import JsonObject
from .tencent_call import Call, check_form, check_ids
from .tencent_errors import ApiError, over_limit

LIMIT = 20
LIMIT_MAX = 100
FILTERS_MAX = 10
VALUES_MAX = 5
ZONE = "region-1a"  # where meta_data.json says that all of them are
FILTERS: dict[str, Callable[[Instance], str | None]] = {
    "instance-id": lambda instance: instance.cvm_id,
    "instance-name": lambda instance: instance.name,
    "instance-state": lambda instance: instance.state.value,
    "private-ip-address": lambda instance: instance.address,
    "uuid": lambda instance: instance.id,
    "zone": lambda _: ZONE,
}
"""Those of the API's that can be told here, each for the whole value."""


@dataclass(frozen=True)
class Filter:
    """One of the values must be the instance's."""

    name: str
    values: list[str]

    @classmethod
    def of(cls, entry: JsonObject) -> Filter:
        """As far as types tell."""
        made = cls(entry.required("Name", str), entry.texts("Values"))
        entry.finish()
        return made

    def check(self) -> None:
        """As far as the values themselves tell."""
        if self.name not in FILTERS:
            raise ApiError("InvalidFilter", f"The filters are {', '.join(FILTERS)}.")
        if len(self.values) > VALUES_MAX:
            message = f"A filter has more than {VALUES_MAX} values."
            raise ApiError("InvalidFilterValue.LimitExceeded", message)
        for value in self.values if self.name == "instance-id" else []:
            check_form(value)

    def takes(self, instance: Instance) -> bool:
        """Does the instance pass?"""
        return FILTERS[self.name](instance) in self.values


@dataclass(frozen=True)
class Query:
    """The parameters."""

    ids: list[str]
    filters: list[Filter]
    offset: int
    limit: int

    @classmethod
    def of(cls, body: JsonObject) -> Query:
        """As far as types tell."""
        entries = body.objects("Filters") if "Filters" in body else []
        query = cls(
            body.texts("InstanceIds") if "InstanceIds" in body else [],
            [Filter.of(entry) for entry in entries],
            body.optional("Offset", int, 0),
            body.optional("Limit", int, LIMIT),
        )
        body.finish()
        return query

    def check(self, call: Call) -> None:
        """As far as the values themselves tell."""
        if self.ids and self.filters:
            message = "`InstanceIds` and `Filters` exclude each other."
            raise ApiError("InvalidParameter", message)
        check_ids(call, self.ids)
        if len(self.filters) > FILTERS_MAX:
            raise over_limit("Filters", FILTERS_MAX)
        for each in self.filters:
            each.check()
        if self.offset < 0 or self.limit < 1:
            message = "`Offset` is at least 0 and `Limit` at least 1."
            raise ApiError("InvalidParameterValue", message)
        if self.limit > LIMIT_MAX:
            raise over_limit("Limit", LIMIT_MAX)

    def takes(self, instance: Instance) -> bool:
        """Is it asked for?"""
        is_named = not self.ids or instance.cvm_id in self.ids
        return is_named and all(each.takes(instance) for each in self.filters)


def describe(instance: Instance) -> dict[str, object]:
    """What is known here; null where there is nothing to say."""
    operation = instance.operation
    return {
        "Placement": {"Zone": ZONE, "ProjectId": 0},
        "InstanceId": instance.cvm_id,
        "Uuid": instance.id,
        "InstanceName": instance.name,
        "InstanceState": instance.state.value,
        "OsName": instance.os_name,
        "DefaultLoginUser": instance.administrator,
        "PrivateIpAddresses": [instance.address] if instance.address else [],
        "LatestOperation": operation.name if operation else None,
        "LatestOperationState": operation.state.value if operation else None,
        "LatestOperationRequestId": operation.request_id if operation else None,
        "LatestOperationErrorMsg": (operation.reason or None) if operation else None,
    }


class DescribeInstances:
    """The action."""

    def __init__(self, compute: Compute) -> None:
        self._compute = compute

    def __call__(self, call: Call, body: JsonObject) -> dict[str, object]:
        """One page of those that are asked for, oldest first; an id that nobody has is no error."""
        query = Query.of(body)
        query.check(call)
        found = [each for each in self._compute.instances() if query.takes(each)]
        page = found[query.offset : query.offset + query.limit]
        return {"TotalCount": len(found), "InstanceSet": [describe(each) for each in page]}
