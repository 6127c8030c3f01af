# SPDX-License-Identifier: Apache-2.0
"""
What OpenStack tells a guest about itself, as far as cloud-init asks for it: below /openstack, and the few EC2 paths
that its OpenStack datasource reads besides.

The endpoints of the reset are the guest service's; nothing here is ever disturbed by a fault.
"""

from __future__ import annotations

import re
import uuid
from typing import Any, Callable

from .models import Instance, UnknownInstance
from .store import Store
from .wire import Answer, Request

LATEST = "latest"
VERSIONS = (
    "2012-08-10",
    "2013-04-04",
    "2013-10-17",
    "2015-10-15",
    "2016-06-30",
    "2016-10-06",
    "2017-02-22",
    "2018-08-27",
    LATEST,
)
METADATA = "meta_data.json"
RESET = ("resetpwd_flag", "reset_password", METADATA, "reset_password_result")
RESET_PATHS = [f"/{LATEST}/{name}" for name in RESET]
PATH = re.compile(
    r"(?:/instances/(?P<instance>[^/]+))?/(?P<what>openstack|latest/meta-data)(?P<rest>/.*)?"
)
MTU = 1450  # what is left of 1500 in the tunnels of most OpenStack networks
NOT_FOUND = Answer.json({"error": "not found"}, 404)


def of(instance: Instance, kind: str) -> str:
    """An id of something that belongs to this instance, always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind}:{instance.id}"))


def hostname(instance: Instance) -> str:
    """As OpenStack makes it of the name."""
    return f"{instance.name}.novalocal"


def metadata(instance: Instance) -> dict[str, Any]:
    """meta_data.json; the `uuid` inside `meta` is another one and comes first."""
    return {
        "random_seed": "cmVmZXJlbmNlIGNsb3VkLCBub3QgcmFuZG9tIGF0IGFsbA==",
        "meta": {
            "metering.imagetype": "gold",
            "os_type": instance.os_type,
            "uuid": of(instance, "meta"),
            "vpc_id": "3b6c201f-aeb3-4bce-b841-64756e66cb49",
        },
        "availability_zone": "region-1a",
        "enterprise_project_id": "0",
        "hostname": hostname(instance),
        "launch_index": 0,
        "instance_type": "s6.small.1",
        "devices": [],
        "public_keys": instance.public_keys,
        "keys": [
            {"name": name, "type": "ssh", "data": key} for name, key in instance.public_keys.items()
        ],
        "uuid": instance.id,
        "project_id": instance.project,
        "name": instance.name,
    }


def network_data(instance: Instance) -> dict[str, Any]:
    """network_data.json: one interface, by DHCP."""
    port, network = of(instance, "port"), of(instance, "network")
    link = {
        "id": f"tap{port[:11]}",
        "vif_id": port,
        "type": "ovs",
        "mtu": MTU,
        "ethernet_mac_address": instance.mac,
    }
    address = {"id": "network0", "type": "ipv4_dhcp", "link": link["id"], "network_id": network}
    return {"links": [link], "networks": [address], "services": []}


def ec2_metadata(instance: Instance) -> dict[str, str]:
    """The part of EC2's tree that has no branches."""
    return {
        "hostname": hostname(instance),
        "instance-id": f"i-{instance.id[:8]}",
        "instance-type": "s6.small.1",
        "local-hostname": hostname(instance),
        "local-ipv4": instance.address or "",
    }


def text(content: str | bytes | None) -> Answer:
    """Something that is not JSON; None is not there."""
    if content is None:
        return NOT_FOUND
    body = content.encode() if isinstance(content, str) else content
    return Answer(body=body, content_type="text/plain")


def network_answer(instance: Instance) -> Answer:
    """Without a MAC it would describe an interface that cloud-init looks for in vain, and gives up."""
    return Answer.json(network_data(instance)) if instance.mac else NOT_FOUND


# What there is, and since which version; as text their order is that of time, "latest" comes last.
DOCUMENTS: dict[str, tuple[str, Callable[[Instance], Answer]]] = {
    METADATA: ("2012-08-10", lambda instance: Answer.json(metadata(instance))),
    "user_data": ("2012-08-10", lambda instance: text(instance.user_data)),
    "vendor_data.json": ("2013-10-17", lambda instance: Answer.json(instance.vendor_data or {})),
    "network_data.json": ("2015-10-15", network_answer),
    "vendor_data2.json": ("2016-10-06", lambda _: Answer.json({})),
}


def document(version: str, name: str, instance: Instance) -> Answer:
    """/openstack/VERSION/NAME."""
    since, answer = DOCUMENTS.get(name, ("never", network_answer))
    return answer(instance) if version in VERSIONS and version >= since else NOT_FOUND


def openstack(rest: str, instance: Instance) -> Answer:
    """Below /openstack: which versions there are, and their documents."""
    if rest in ("", "/"):
        return text("\n".join(VERSIONS))
    _, version, *names = rest.split("/")
    return document(version, names[0], instance) if len(names) == 1 else NOT_FOUND


def ec2(rest: str, instance: Instance) -> Answer:
    """Below /latest/meta-data: which leaves there are, and what they say."""
    leaves = ec2_metadata(instance)
    return text("\n".join(leaves) if rest in ("", "/") else leaves.get(rest[1:]))


class OpenStack:
    """Answers what is no endpoint of the reset."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, request: Request) -> Answer | None:
        """The answer, or None if the path is not ours."""
        match = PATH.fullmatch(request.path)
        if not match:
            return None
        what, rest = match["what"], match["rest"] or ""
        if what == "openstack" and rest in RESET_PATHS:
            return None
        if request.method != "GET":
            return Answer.json({"error": "method not allowed"}, 405, (("Allow", "GET"),))
        try:
            named = match["instance"]
            address = request.client_address
            instance = self._store.instance(named) if named else self._store.instance_at(address)
        except UnknownInstance:
            return NOT_FOUND
        return openstack(rest, instance) if what == "openstack" else ec2(rest, instance)
