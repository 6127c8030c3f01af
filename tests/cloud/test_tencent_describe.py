# SPDX-License-Identifier: Apache-2.0
"""DescribeInstances: what it tells, which instances it picks, and by which code it refuses what."""

from __future__ import annotations

from typing import Any, Iterator

import pytest

from . import ReferenceCloud
from .models import Instance, Operation, OperationState, State
from .openstack import metadata
from .tencent_owner import Owner, World

ACTION = "DescribeInstances"
FILTER = {"Name": "uuid", "Values": ["x"]}


@pytest.fixture(name="world")
def fixture_world() -> Iterator[World]:
    with World.made() as world:
        yield world


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    # code, what is wrong, parameters
    ("InvalidParameter", "ids are a string", {"InstanceIds": "ins-12345678"}),
    ("InvalidParameter", "an id is a number", {"InstanceIds": [1]}),
    ("InvalidParameterValue.InstanceIdMalformed", "no id", {"InstanceIds": ["x"]}),
    ("InvalidInstanceId.Malformed", "7 digits", {"InstanceIds": ["ins-1234567"]}),
    ("InvalidParameterValue.LimitExceeded", "101 ids", {"InstanceIds": 101 * ["ins-12345678"]}),
    ("InvalidParameter", "ids and filters", {"InstanceIds": ["ins-12345678"], "Filters": [FILTER]}),
    ("InvalidParameter", "filters are an object", {"Filters": FILTER}),
    ("InvalidParameter", "a filter is a string", {"Filters": ["uuid"]}),
    ("InvalidParameter", "its name is a number", {"Filters": [{**FILTER, "Name": 1}]}),
    ("InvalidParameter", "its values are a string", {"Filters": [{**FILTER, "Values": "x"}]}),
    ("InvalidParameter", "its value is true", {"Filters": [{**FILTER, "Values": [True]}]}),
    ("MissingParameter", "it has no name", {"Filters": [{"Values": ["x"]}]}),
    ("MissingParameter", "it has no values", {"Filters": [{"Name": "uuid"}]}),
    ("UnknownParameter", "it has more", {"Filters": [{**FILTER, "Key": "x"}]}),
    ("InvalidFilter", "none of ours", {"Filters": [{**FILTER, "Name": "vpc-id"}]}),
    ("InvalidFilterValue.LimitExceeded", "6 values", {"Filters": [{**FILTER, "Values": 6 * ["x"]}]}),
    ("InvalidParameterValue.LimitExceeded", "11 filters", {"Filters": 11 * [FILTER]}),
    (
        "InvalidInstanceId.Malformed",
        "7 digits in a filter",
        {"Filters": [{"Name": "instance-id", "Values": ["ins-1234567"]}]},
    ),
    ("InvalidParameterValue", "before the first", {"Offset": -1}),
    ("InvalidParameterValue", "a page of none", {"Limit": 0}),
    ("InvalidParameterValue.LimitExceeded", "a page of 101", {"Limit": 101}),
    ("InvalidParameter", "Offset is a string", {"Offset": "0"}),
    ("InvalidParameter", "Limit is true", {"Limit": True}),
    ("InvalidParameter", "Limit is a fraction", {"Limit": 20.5}),
    ("InvalidParameter", "Limit is null", {"Limit": None}),
    ("UnknownParameter", "one of the other action", {"Password": "Fusion@12345"}),
]


@pytest.mark.parametrize(
    ("code", "parameters"),
    [pytest.param(code, wish, id=f"{code}: {what}") for code, what, wish in REFUSED],
)
def test_refused(world: World, code: str, parameters: dict[str, Any]) -> None:
    said = world.assert_refused(world.owner.call(ACTION, **parameters), code)
    assert "Fusion@12345" not in said


NOTHING_YET: dict[str, Any] = {
    "LatestOperation": None,
    "LatestOperationState": None,
    "LatestOperationRequestId": None,
    "LatestOperationErrorMsg": None,
}


def test_all_that_is_told(world: World) -> None:
    instance = world.cloud.add_instance(name="named", address="192.0.2.1", os_name="Ubuntu 24.04")
    assert world.owner.describe(instance) == {
        "Placement": {"Zone": metadata(instance)["availability_zone"], "ProjectId": 0},
        "InstanceId": instance.cvm_id,
        "Uuid": instance.id,
        "InstanceName": "named",
        "InstanceState": "RUNNING",
        "OsName": "Ubuntu 24.04",
        "DefaultLoginUser": "ubuntu",
        "PrivateIpAddresses": ["192.0.2.1"],
        **NOTHING_YET,
    }


def test_what_is_not_known_is_left_empty(world: World) -> None:
    assert world.owner.describe(world.good)["PrivateIpAddresses"] == []


@pytest.mark.parametrize(
    ("fields", "user"),
    [
        ({"os_type": "windows", "os_name": "Windows Server 2022"}, "Administrator"),
        ({"os_name": "Ubuntu 24.04"}, "ubuntu"),
        ({"os_name": "Debian 12"}, "root"),
    ],
)
def test_default_account(world: World, fields: dict[str, str], user: str) -> None:
    assert world.owner.describe(world.cloud.add_instance(**fields))["DefaultLoginUser"] == user


@pytest.mark.parametrize("state", State)
def test_state(world: World, state: State) -> None:
    world.cloud.set_state(world.bad.id, state)
    assert world.owner.describe(world.bad)["InstanceState"] == state.value


@pytest.mark.parametrize(
    ("state", "reason", "told"),
    [
        (OperationState.OPERATING, "", None),
        (OperationState.SUCCESS, "", None),
        (OperationState.FAILED, "shadow-immutable", "shadow-immutable"),
    ],
)
def test_last_operation(
    world: World, state: OperationState, reason: str, told: str | None
) -> None:
    operation = Operation("StopInstances", state, "call-1", reason)
    world.cloud.compute._store.put_operation(world.bad.id, operation)
    described = world.owner.describe(world.bad)
    assert {name: described[name] for name in NOTHING_YET} == {
        "LatestOperation": "StopInstances",
        "LatestOperationState": state.value,
        "LatestOperationRequestId": "call-1",
        "LatestOperationErrorMsg": told,
    }


@pytest.fixture(name="fleet")
def fixture_fleet() -> Iterator[tuple[Owner, list[Instance]]]:
    """Number 0 to 24; the even ones run, the others are off."""
    with ReferenceCloud() as cloud:
        instances = []
        for number in range(25):
            instance = cloud.add_instance(name=f"n{number}", address=f"192.0.2.{number}")
            cloud.set_state(instance.id, State.STOPPED if number % 2 else State.RUNNING)
            instances.append(instance)
        yield Owner(cloud), instances


PAGES: list[tuple[dict[str, int], range]] = [
    # parameters, which of the 25 are shown
    ({}, range(20)),
    ({"Offset": 0, "Limit": 20}, range(20)),
    ({"Limit": 1}, range(1)),
    ({"Limit": 100}, range(25)),
    ({"Offset": 20}, range(20, 25)),
    ({"Offset": 24, "Limit": 1}, range(24, 25)),
    ({"Offset": 25}, range(0)),
    ({"Offset": 10**30}, range(0)),
]


@pytest.mark.parametrize(("parameters", "shown"), PAGES)
def test_page(
    fleet: tuple[Owner, list[Instance]], parameters: dict[str, int], shown: range
) -> None:
    response = fleet[0].call(ACTION, **parameters)
    assert response["TotalCount"] == 25
    assert [each["InstanceName"] for each in response["InstanceSet"]] == [f"n{at}" for at in shown]


def test_ids_pick_in_the_order_of_the_cloud(fleet: tuple[Owner, list[Instance]]) -> None:
    """One that nobody has is left out, an empty list picks all."""
    owner, instances = fleet
    ids = [instances[7].cvm_id, "ins-zzzzzzzz", instances[3].cvm_id]
    response = owner.call(ACTION, InstanceIds=ids)
    assert response["TotalCount"] == 2
    assert [each["InstanceId"] for each in response["InstanceSet"]] == [ids[2], ids[0]]
    assert owner.call(ACTION, InstanceIds=ids[1:2])["TotalCount"] == 0
    assert owner.call(ACTION, InstanceIds=[])["TotalCount"] == 25


FILTERS: list[tuple[str, list[str], list[int]]] = [
    # filter, its values (ID and UUID are those of number 3), which pass
    ("instance-id", ["ID"], [3]),
    ("uuid", ["UUID", "x"], [3]),
    ("instance-name", ["n1", "n2"], [1, 2]),
    ("instance-name", ["n"], []),
    ("private-ip-address", ["192.0.2.5"], [5]),
    ("instance-state", ["STOPPED"], list(range(1, 25, 2))),
    ("instance-state", ["STOPPED", "RUNNING"], list(range(25))),
    ("instance-state", [], []),
    ("zone", ["region-1a"], list(range(25))),
    ("zone", ["region-2a"], []),
]


@pytest.mark.parametrize(("name", "values", "passing"), FILTERS)
def test_filter(
    fleet: tuple[Owner, list[Instance]], name: str, values: list[str], passing: list[int]
) -> None:
    owner, instances = fleet
    real = {"ID": instances[3].cvm_id, "UUID": instances[3].id}
    wish = {"Name": name, "Values": [real.get(each, each) for each in values]}
    response = owner.call(ACTION, Filters=[wish], Limit=100)
    assert [each["InstanceName"] for each in response["InstanceSet"]] == [f"n{at}" for at in passing]


def test_ten_filters_that_must_all_be_passed(fleet: tuple[Owner, list[Instance]]) -> None:
    running = {"Name": "instance-state", "Values": ["RUNNING", "a", "b", "c", "d"]}
    named = {"Name": "instance-name", "Values": ["n1", "n2"]}
    response = fleet[0].call(ACTION, Filters=[named, *9 * [running]])
    assert [each["InstanceName"] for each in response["InstanceSet"]] == ["n2"]
