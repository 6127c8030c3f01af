# SPDX-License-Identifier: Apache-2.0
"""What the tests of Huawei's API share: a small cloud, its paths, and how its answers must look."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from typing import Any, Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from . import ReferenceCloud
from .apis import Settings
from .envelope import derive_key
from .owner import Said

UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"
WINDOWS = "11111111-2222-3333-4444-555555555555"
FOREIGN = "99999999-8888-7777-6666-555555555555"
PASSWORD = "Fusion@123"
VERSIONS = {"v2.1": "/v2.1/{}/servers/{}", "v1": "/v1/{}/cloudservers/{}"}
# What v1 and v2.1 call it.
BAD = ("400 Ecs.0005", "400 badRequest")
WEAK = ("400 Ecs.0011", "400 badRequest")
STATE = ("400 Ecs.0100", "409 conflictingRequest")
ABSENT = ("404 Ecs.0114", "404 itemNotFound")
METHOD = ("405 Ecs.0000", "405 badMethod")
CRASHED = ("500 Common.0001", "500 computeFault")


@contextmanager
def small_cloud(settings: Settings | None = None) -> Iterator[ReferenceCloud]:
    """Two servers of a project, and one of another."""
    with ReferenceCloud(settings=settings) as cloud:
        cloud.add_instance(UUID)
        cloud.add_instance(WINDOWS, os_type="windows")
        cloud.add_instance(FOREIGN, project="p2")
        yield cloud


def wish(password: Any, **others: Any) -> dict[str, Any]:
    """The body of a reset."""
    return {"reset-password": {"new_password": password, **others}}


def path(version: str, server: str = UUID, project: str = "p1", action: str = "os-reset-password") -> str:
    """Where to ask."""
    return VERSIONS[version].format(project, server) + f"/{action}"


def opened(cloud: ReferenceCloud, server: str = UUID) -> str:
    """What the guest will read."""
    pending = cloud.pending(server)
    assert pending and pending.user_name is None
    key = derive_key(server, base64.b64decode(pending.blob[:12]))
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key)).decryptor()
    plain = decryptor.update(base64.b64decode(pending.blob[12:])) + decryptor.finalize()
    return plain[: -plain[-1]].decode()


def assert_refused(said: Said, version: str, names: tuple[str, str], message: str | None = None) -> None:
    """The answer is no, in the form of this version, whole."""
    status, name = names[version == "v2.1"].split()
    assert said.status == int(status)
    document = said.json()
    if version == "v1":
        text = document["error"]["message"]
        assert document == {"error": {"code": name, "message": text}}
    else:
        text = document[name]["message"]
        assert document == {name: {"message": text, "code": int(status)}}
    assert text and message in (None, text)
    assert len(said.headers["X-Request-Id"]) == 32


def assert_gateway(said: Said, status: int, code: str) -> None:
    """The answer of what stands in front of ECS, whole."""
    document = said.json()
    assert (said.status, document["error_code"]) == (status, code)
    assert set(document) == {"error_msg", "error_code", "request_id"}
    assert document["request_id"] == said.headers["X-Request-Id"]


def assert_nothing_happened(cloud: ReferenceCloud) -> None:
    """No reset is left for any guest."""
    assert not any(cloud.pending(each.id) for each in cloud.instances())
