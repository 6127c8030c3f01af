# SPDX-License-Identifier: Apache-2.0
"""What Huawei's gateway keeps from its API: paths that lead nowhere, large bodies, calls that are not signed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Callable, Iterator

import pytest

from . import ReferenceCloud
from .apis import HuaweiApi, Settings
from .huawei_calls import (
    PASSWORD,
    UUID,
    VERSIONS,
    assert_gateway,
    assert_nothing_happened,
    opened,
    path,
    small_cloud,
    wish,
)
from .owner import Owner, ask
from .test_signatures import SDK_KEYS, SDK_PUT, SDK_TIME
from .wire import MAX_BODY

NOWHERE = [
    "/v1/p1/cloudservers",
    f"/v1/p1/cloudservers/{UUID}",
    f"/v1/p1/cloudservers/{UUID}/os-reset-password/",
    f"/v1/p1/cloudservers/{UUID}/os-reset-passwords",
    f"/v1/p1/servers/{UUID}/os-reset-password",
    f"/v2.1/p1/cloudservers/{UUID}/os-reset-password",
    "/v2.1/p1/servers/os-reset-passwords",
    f"/v2.1//servers/{UUID}/os-reset-password",
    f"/v2.1/p1/servers/{UUID}/os-reset-password%0a",
    "/v1/",
]


@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[ReferenceCloud]:
    with small_cloud() as cloud:
        yield cloud


@pytest.fixture(name="version", params=VERSIONS)
def fixture_version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("where", NOWHERE)
def test_no_such_api(cloud: ReferenceCloud, method: str, where: str) -> None:
    assert_gateway(ask(cloud, method, where, wish(PASSWORD)), 404, "APIGW.0101")
    assert_nothing_happened(cloud)


@pytest.mark.parametrize("where", ["/v1", "/v3/p1/servers", "/openstack/latest/user_datum", "/"])
def test_not_ours(cloud: ReferenceCloud, where: str) -> None:
    assert HuaweiApi(cloud.compute, Settings()).answer(replace(SDK_PUT, path=where)) is None


def test_largest_body(cloud: ReferenceCloud, version: str) -> None:
    room = MAX_BODY - len(json.dumps(wish("")))
    assert ask(cloud, "PUT", path(version), wish("x" * room)).status == 200
    assert len(opened(cloud)) == room


def test_body_too_large(cloud: ReferenceCloud, version: str) -> None:
    said = ask(cloud, "PUT", path(version), wish("x" * MAX_BODY))
    assert_gateway(said, 413, "APIGW.0201")
    assert said.headers["Connection"] == "close"
    assert_nothing_happened(cloud)
    assert ask(cloud, "PUT", path(version), wish("x")).status == 200


def test_body_of_unknown_length(cloud: ReferenceCloud, version: str) -> None:
    with Owner(cloud) as owner:
        pieces = iter([json.dumps(wish(PASSWORD)).encode()])
        assert_gateway(owner.send("PUT", path(version), pieces, {}), 413, "APIGW.0201")
    assert_nothing_happened(cloud)


@pytest.fixture(name="signed")
def fixture_signed() -> Iterator[ReferenceCloud]:
    """A cloud of the time and place at which the signed request of the tests of signatures was made."""
    settings = Settings(keys=SDK_KEYS, clock=lambda: SDK_TIME)
    with ReferenceCloud(settings=settings) as cloud:
        cloud.add_instance("s", project="p")
        yield cloud


def kept_headers() -> dict[str, str]:
    """Those of the signed request, as ask() takes them."""
    return {name.replace("-", "_"): value for name, value in SDK_PUT.headers}


def test_signed(signed: ReferenceCloud) -> None:
    said = ask(signed, "PUT", SDK_PUT.path, SDK_PUT.body, **kept_headers())
    assert (said.status, said.body) == (200, b"")
    assert opened(signed, "s") == "Fusïon@123"
    assert signed.audit.entries()[-1]["note"] == "ResetServerPassword s by AKTEST: accepted"


FORGED: dict[str, Callable[[dict[str, str]], object]] = {
    "unsigned": lambda headers: headers.pop("Authorization"),
    "signature": lambda headers: headers.update(Authorization=headers["Authorization"][:-1] + "f"),
    "header": lambda headers: headers.update(X_Project_Id="q"),
    "key": lambda headers: headers.update(Authorization=headers["Authorization"].replace("AKTEST", "AKNONE")),
    "a token instead": lambda headers: headers.update(X_Auth_Token=headers.pop("Authorization")),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_forged(signed: ReferenceCloud, forge: Callable[[dict[str, str]], object]) -> None:
    headers = kept_headers()
    forge(headers)
    said = ask(signed, "PUT", SDK_PUT.path, SDK_PUT.body, **headers)
    assert_gateway(said, 401, "APIGW.0301")
    assert_nothing_happened(signed)
    assert not any(said.says(secret) for secret in SDK_KEYS.values())


def test_forged_body(signed: ReferenceCloud) -> None:
    said = ask(signed, "PUT", SDK_PUT.path, SDK_PUT.body + b" ", **kept_headers())
    assert_gateway(said, 401, "APIGW.0301")
    assert_nothing_happened(signed)
