# SPDX-License-Identifier: Apache-2.0
"""For tests: calls Tencent's API as an owner does."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Iterator, Mapping

from . import owner
from .models import Instance, State
from .reference import ReferenceCloud

VERSION = "2017-03-12"


class Owner:
    """Of all instances of a cloud."""

    def __init__(self, cloud: ReferenceCloud) -> None:
        self._cloud = cloud

    def send(self, body: bytes, headers: Mapping[str, str], method: str = "POST") -> dict[str, Any]:
        """Any request; returns the Response."""
        with owner.Owner(self._cloud) as sender:
            said = sender.send(method, "/", body, headers)
        document = said.json()
        assert said.status == 200 and list(document) == ["Response"]
        response: dict[str, Any] = document["Response"]
        return response

    def call(self, action: str, **parameters: Any) -> dict[str, Any]:
        """A call as the SDKs make it."""
        headers = {"X-TC-Action": action, "X-TC-Version": VERSION, "X-TC-Region": "ap-guangzhou"}
        return self.send(json.dumps(parameters).encode(), headers)

    def reset(self, *instances: Instance, **parameters: Any) -> dict[str, Any]:
        """ResetInstancesPassword."""
        ids = [instance.cvm_id for instance in instances]
        return self.call("ResetInstancesPassword", InstanceIds=ids, **parameters)

    def describe(self, instance: Instance) -> dict[str, Any]:
        """DescribeInstances of one of them."""
        response = self.call("DescribeInstances", InstanceIds=[instance.cvm_id])
        assert response["TotalCount"] == len(response["InstanceSet"]) == 1
        described: dict[str, Any] = response["InstanceSet"][0]
        return described


@dataclass(frozen=True)
class World:
    """A cloud with two instances that are switched off: one with which all is well, and another beside it."""

    cloud: ReferenceCloud
    owner: Owner
    good: Instance
    bad: Instance

    @classmethod
    @contextmanager
    def made(cls) -> Iterator[World]:
        """As long as it is needed."""
        with ReferenceCloud() as cloud:
            instances = [cloud.add_instance(name=name) for name in ("good", "bad")]
            for instance in instances:
                cloud.set_state(instance.id, State.STOPPED)
            yield cls(cloud, Owner(cloud), *instances)

    def changeable(self) -> list[tuple[Instance, bool]]:
        """All that a reset could change."""
        return [(it, self.cloud.pending(it.id) is not None) for it in self.cloud.instances()]

    def assert_refused(self, response: Mapping[str, Any], code: str) -> str:
        """In the API's form, by this code, and the audit log knows; returns all that was said."""
        assert set(response) == {"RequestId", "Error"} and set(response["Error"]) == {"Code", "Message"}
        assert response["Error"]["Code"] == code, response
        entry = self.cloud.audit.entries()[-1]
        assert entry["status"] == 200 and entry["note"].endswith(f": {code}"), entry
        return json.dumps([response, entry])
