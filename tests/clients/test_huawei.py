# SPDX-License-Identifier: Apache-2.0
"""Huawei's API, called by @huaweicloud/huaweicloud-sdk-ecs."""

from __future__ import annotations

import json
import re
from typing import Any, Callable

import pytest

from cloud import Instance, ReferenceCloud, State
from conftest import KEY, OTHER_KEY, PROJECT, World, assert_pending, hang
from sdk import Client, Refused
from throwaway import OLD_PASSWORD, Root

PASSWORD = "aA1!@$%^-_=+[{}]:,./?"
RESET, BATCH, FLAG = "resetServerPassword", "batchResetServersPassword", "showResetPasswordFlag"
REQUEST_ID = re.compile(r"[0-9a-f]{32}")
PATIENCE_S = 120


def refused(huawei: Client, action: str, parameters: Any, **settings: Any) -> tuple[int | None, str | None]:
    """Status and code of a call that must be refused, in the SDK's own error."""
    with pytest.raises(Refused) as caught:
        huawei.call(action, parameters, **settings)
    error = caught.value
    is_ours = (error.status or 0) >= 500
    assert error.type == ("ServerResponseException" if is_ours else "ClientRequestException")
    assert error.message and REQUEST_ID.fullmatch(error.requestId or "")
    return error.status, error.code


# What is granted


def test_flag(huawei: Client, cloud: ReferenceCloud, instance: Instance) -> None:
    assert huawei.call(FLAG, {"server": instance.id}) == {"resetpwd_flag": "False", "httpStatusCode": 200}
    cloud.set_flag(instance.id, True)
    assert huawei.call(FLAG, {"server": instance.id}) == {"resetpwd_flag": "True", "httpStatusCode": 200}


@pytest.mark.parametrize("check", [None, False, True])
def test_reset(huawei: Client, cloud: ReferenceCloud, instance: Instance, check: bool | None) -> None:
    parameters = {"server": instance.id, "password": PASSWORD, **({} if check is None else {"check": check})}
    assert list(huawei.call(RESET, parameters)) == ["httpStatusCode"]
    assert_pending(cloud, instance, PASSWORD)


def test_reset_to_what_is_not_checked(huawei: Client, cloud: ReferenceCloud, instance: Instance) -> None:
    huawei.call(RESET, {"server": instance.id, "password": "pässwörd \u2603"})
    assert_pending(cloud, instance, "pässwörd \u2603")


def test_batch(huawei: Client, cloud: ReferenceCloud) -> None:
    instances = [cloud.add_instance(project=PROJECT) for _ in range(3)]
    ids = [each.id for each in instances]
    granted = {"response": [{"id": each} for each in ids], "httpStatusCode": 200}
    assert huawei.call(BATCH, {"servers": ids, "password": PASSWORD, "dryRun": True}) == granted
    assert not any(cloud.pending(each) for each in ids)
    assert huawei.call(BATCH, {"servers": ids, "password": PASSWORD}) == granted
    for each in instances:
        assert_pending(cloud, each, PASSWORD)


# What is refused


Arrange = Callable[[ReferenceCloud, Instance], None]


def starting(cloud: ReferenceCloud, instance: Instance) -> None:
    cloud.set_state(instance.id, State.STARTING)


def busy(cloud: ReferenceCloud, instance: Instance) -> None:
    hang(cloud, instance)
    cloud.compute.reset(instance.id, PASSWORD, None, True, "call-1")


def elsewhere(cloud: ReferenceCloud, instance: Instance) -> None:
    cloud.add_instance(instance.id, project="p2")


def broken(cloud: ReferenceCloud, _: Instance) -> None:
    setattr(cloud.compute, "instance", None)


def nothing(*_: object) -> None:
    pass


SERVER = "the server's id"
REFUSED: list[tuple[int, str, Arrange, str, dict[str, Any]]] = [
    (400, "Ecs.0005", nothing, RESET, {"server": SERVER, "password": PASSWORD, "check": "yes"}),
    (400, "Ecs.0005", nothing, RESET, {"server": SERVER, "password": ""}),
    (400, "Ecs.0005", nothing, BATCH, {"servers": [], "password": PASSWORD}),
    (400, "Ecs.0005", nothing, BATCH, {"servers": [SERVER]}),
    (400, "Ecs.0011", nothing, RESET, {"server": SERVER, "password": "tooweak1", "check": True}),
    (400, "Ecs.0100", starting, RESET, {"server": SERVER, "password": PASSWORD}),
    (400, "Ecs.0100", busy, RESET, {"server": SERVER, "password": PASSWORD}),
    (404, "Ecs.0114", nothing, RESET, {"server": "none-of-them", "password": PASSWORD}),
    (404, "Ecs.0114", elsewhere, RESET, {"server": SERVER, "password": PASSWORD}),
    (404, "Ecs.0114", nothing, FLAG, {"server": "none-of-them"}),
    (400, "Ecs.0118", nothing, BATCH, {"servers": [str(n) for n in range(1001)], "password": PASSWORD}),
    (400, "Ecs.0611", nothing, BATCH, {"servers": [SERVER, "none-of-them"], "password": PASSWORD}),
    (400, "Ecs.0611", nothing, BATCH, {"servers": [SERVER], "password": "tooweak1"}),
    (500, "Common.0001", broken, RESET, {"server": SERVER, "password": PASSWORD}),
    (404, "APIGW.0101", nothing, FLAG, {"server": "no/path"}),
    (413, "APIGW.0201", nothing, RESET, {"server": SERVER, "password": "a" * 2**20}),
]


IDS = [f"{number}-{row[1]}" for number, row in enumerate(REFUSED)]


@pytest.mark.parametrize(("status", "code", "arrange", "action", "parameters"), REFUSED, ids=IDS)
def test_refused(
    huawei: Client,
    cloud: ReferenceCloud,
    instance: Instance,
    status: int,
    code: str,
    arrange: Arrange,
    action: str,
    parameters: dict[str, Any],
) -> None:
    arrange(cloud, instance)
    before = cloud.instances(), cloud.pending(instance.id)
    wish = json.loads(json.dumps(parameters).replace(SERVER, instance.id))
    assert refused(huawei, action, wish) == (status, code)
    assert (cloud.instances(), cloud.pending(instance.id)) == before


# Who asks


@pytest.mark.parametrize("settings", [
    {"key": (KEY[0], f"{KEY[1]}!")},
    {"key": (KEY[0], OTHER_KEY[1])},
    {"key": ("AKnobody", KEY[1])},
    {"unsigned": True},
], ids=["wrong secret", "another's secret", "unknown key", "unsigned"])  # fmt: skip
@pytest.mark.parametrize("action", [RESET, BATCH, FLAG])
def test_unsigned(
    huawei: Client, cloud: ReferenceCloud, instance: Instance, action: str, settings: dict[str, Any]
) -> None:
    parameters = {"server": instance.id, "servers": [instance.id], "password": PASSWORD}
    assert refused(huawei, action, parameters, **settings) == (401, "APIGW.0301")
    assert cloud.pending(instance.id) is None


@pytest.mark.parametrize("direction", [1, -1], ids=["ahead", "behind"])
def test_clock(huawei: Client, world: World, instance: Instance, direction: int) -> None:
    world.ahead_s = direction * 800
    huawei.call(FLAG, {"server": instance.id})
    world.ahead_s = direction * 1000
    assert refused(huawei, FLAG, {"server": instance.id}) == (401, "APIGW.0301")


def test_each_key_is_named_in_the_audit_log(huawei: Client, cloud: ReferenceCloud, instance: Instance) -> None:
    for key in (KEY, OTHER_KEY):
        huawei.call(FLAG, {"server": instance.id}, key=key)
    first, second = cloud.audit.entries()
    assert f"by {KEY[0]}" in first["note"] and f"by {OTHER_KEY[0]}" in second["note"]


# End to end


@pytest.mark.parametrize("action", [RESET, BATCH])
def test_agent_sets_it_at_the_next_boot(
    huawei: Client, cloud: ReferenceCloud, booted: Instance, root: Root, action: str
) -> None:
    huawei.call(action, {"server": booted.id, "servers": [booted.id], "password": PASSWORD})
    assert root.verifies("root", OLD_PASSWORD)
    cloud.compute.reboot(booted.id)
    assert cloud.wait_for(lambda _: bool(cloud.results(booted.id)) and not cloud.pending(booted.id), PATIENCE_S)
    assert [each["reason"] for each in cloud.results(booted.id)] == ["applied"]
    assert root.verifies("root", PASSWORD)
    assert huawei.call(FLAG, {"server": booted.id})["resetpwd_flag"] == "True"
