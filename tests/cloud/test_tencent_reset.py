# SPDX-License-Identifier: Apache-2.0
"""ResetInstancesPassword: its parameters, and by which code it refuses what."""

from __future__ import annotations

import json
import threading
from typing import Any, Callable, Iterator

import pytest

from . import ReferenceCloud
from .apis import Settings
from .apis.tencent_errors import STATE
from .compute import RESET, Busy
from .models import Operation, OperationState, State
from .owner import PATIENCE_S
from .tencent_owner import Owner, World

PASSWORD = "Fusion@12345"
GOOD = "ins-good"  # stands for the real id
BAD = "ins-bad"
QUIET_S = 0.2
Arrange = Callable[[World], Any]


@pytest.fixture(name="world")
def fixture_world() -> Iterator[World]:
    with World.made() as world:
        yield world


def nothing(_: World) -> None:
    """All is well with the instances."""


def in_state(state: State) -> Arrange:
    return lambda world: world.cloud.set_state(world.bad.id, state)


def doing(name: str) -> Arrange:
    operation = Operation(name, OperationState.OPERATING, "call-1")
    return lambda world: world.cloud.compute._store.put_operation(world.bad.id, operation)


def that_is(**fields: Any) -> Arrange:
    return lambda world: world.cloud.add_instance(world.bad.id, **fields)


WINDOWS = that_is(os_type="windows")
MALFORMED = "InvalidParameterValue.InstanceIdMalformed"
INVALID = "InvalidParameterValue.InvalidPassword"
MANY = [f"ins-{number:08}" for number in range(101)]

REFUSED: list[tuple[str, str, dict[str, Any], Arrange]] = [
    # code, what is wrong, parameters (... is left out; else: both ids and a good password), the bad instance
    ("MissingParameter", "no ids", {"InstanceIds": ...}, nothing),
    ("MissingParameter", "empty ids", {"InstanceIds": []}, nothing),
    ("MissingParameter", "no password", {"Password": ...}, nothing),
    ("InvalidParameter", "ids are a string", {"InstanceIds": GOOD}, nothing),
    ("InvalidParameter", "ids are an object", {"InstanceIds": {"0": GOOD}}, nothing),
    ("InvalidParameter", "ids are null", {"InstanceIds": None}, nothing),
    ("InvalidParameter", "an id is a number", {"InstanceIds": [GOOD, 1]}, nothing),
    ("InvalidParameter", "an id is null", {"InstanceIds": [GOOD, None]}, nothing),
    ("InvalidParameter", "the password is a number", {"Password": 123456789012}, nothing),
    ("InvalidParameter", "the password is null", {"Password": None}, nothing),
    ("InvalidParameter", "the password is a list", {"Password": [PASSWORD]}, nothing),
    ("InvalidParameter", "the user name is a number", {"UserName": 1}, nothing),
    ("InvalidParameter", "the user name is true", {"UserName": True}, nothing),
    ("InvalidParameter", "ForceStop is a string", {"ForceStop": "true"}, nothing),
    ("InvalidParameter", "ForceStop is a number", {"ForceStop": 1}, nothing),
    ("UnknownParameter", "one more", {"DryRun": True}, nothing),
    ("UnknownParameter", "in small letters", {"forceStop": True}, nothing),
    ("InvalidParameterValue.LimitExceeded", "101 ids", {"InstanceIds": MANY}, nothing),
    ("InvalidInstanceId.NotFound", "100 ids are not too many", {"InstanceIds": MANY[:100]}, nothing),
    (MALFORMED, "an empty id", {"InstanceIds": [GOOD, ""]}, nothing),
    (MALFORMED, "ins-", {"InstanceIds": [GOOD, "ins-"]}, nothing),
    (MALFORMED, "no ins-", {"InstanceIds": [GOOD, "12345678"]}, nothing),
    (MALFORMED, "before ins-", {"InstanceIds": [GOOD, "lhins-12345678"]}, nothing),
    (MALFORMED, "capitals", {"InstanceIds": [GOOD, "ins-ABCDEFGH"]}, nothing),
    (MALFORMED, "a letter beyond ASCII", {"InstanceIds": [GOOD, "ins-1234567ü"]}, nothing),
    (MALFORMED, "a digit beyond ASCII", {"InstanceIds": [GOOD, "ins-1234567٣"]}, nothing),
    (MALFORMED, "a line end", {"InstanceIds": [GOOD, "ins-12345678\n"]}, nothing),
    (MALFORMED, "a uuid", {"InstanceIds": [GOOD, "8ae2549a-7b09-4787-8f25-4487d61be128"]}, nothing),
    ("InvalidInstanceId.Malformed", "7 digits", {"InstanceIds": [GOOD, "ins-1234567"]}, nothing),
    ("InvalidInstanceId.Malformed", "9 digits", {"InstanceIds": [GOOD, "ins-123456789"]}, nothing),
    ("InvalidParameterValue", "an id twice", {"InstanceIds": [GOOD, BAD, GOOD]}, nothing),
    ("InvalidParameterValue.TooLong", "a user name of 65", {"UserName": 65 * "u"}, nothing),
    ("InvalidParameterValue.TooLong", "of 65 beyond ASCII", {"UserName": 65 * "ü"}, nothing),
    ("InvalidParameterValue", "an empty user name", {"UserName": ""}, nothing),
    ("InvalidParameterValue", "a line end in it", {"UserName": "a\nb"}, nothing),
    ("InvalidParameterValue", "NUL in it", {"UserName": "a\0"}, nothing),
    ("InvalidInstanceId.NotFound", "there is none", {"InstanceIds": [GOOD, "ins-zzzzzzzz"]}, nothing),
    ("InvalidInstance.NotSupported", "of another kind", {}, that_is(supported=False)),
    (INVALID, "empty", {"Password": ""}, nothing),
    (INVALID, "weak", {"Password": "weak"}, nothing),
    (INVALID, "with a letter beyond ASCII", {"Password": "Fusiön@12345"}, nothing),
    (INVALID, "11 characters, and one has Windows", {"Password": "Fusion@1234"}, WINDOWS),
    (INVALID, "the user name", {"UserName": "FUSION"}, WINDOWS),
    (INVALID, "the default account", {"Password": "1aDministrator"}, WINDOWS),
    (INVALID, "that of the one beside it", {"Password": "aB3-root-4567"}, WINDOWS),
    ("MutexOperation.TaskRunning", "its password is being reset", {"ForceStop": True}, doing(RESET)),
    ("OperationDenied.InstanceOperationInProgress", "started", {"ForceStop": True}, doing("StartInstances")),
    ("OperationDenied.InstanceOperationInProgress", "stopped", {}, doing("StopInstances")),
    (f"{STATE}Running", "ForceStop is not said", {}, in_state(State.RUNNING)),
    (f"{STATE}Running", "ForceStop is false", {"ForceStop": False}, in_state(State.RUNNING)),
    (f"{STATE}Starting", "ForceStop does not help", {"ForceStop": True}, in_state(State.STARTING)),
    (f"{STATE}Stopping", "nor here", {"ForceStop": True}, in_state(State.STOPPING)),
    (f"{STATE}Rebooting", "nor here", {"ForceStop": True}, in_state(State.REBOOTING)),
    (f"{STATE}Pending", "nor here", {"ForceStop": True}, in_state(State.PENDING)),
    (f"{STATE}LaunchFailed", "nor here", {"ForceStop": True}, in_state(State.LAUNCH_FAILED)),
    (f"{STATE}Terminating", "nor here", {"ForceStop": True}, in_state(State.TERMINATING)),
]


@pytest.mark.parametrize(
    ("code", "parameters", "arrange"),
    [pytest.param(code, *rest, id=f"{code}: {what}") for code, what, *rest in REFUSED],
)
def test_refused(world: World, code: str, parameters: dict[str, Any], arrange: Arrange) -> None:
    """All or nothing: the good instance is not touched either."""
    arrange(world)
    before = world.changeable()
    real = {GOOD: world.good.cvm_id, BAD: world.bad.cvm_id}
    wish: dict[str, Any] = {"InstanceIds": [GOOD, BAD], "Password": PASSWORD, **parameters}
    if isinstance(wish["InstanceIds"], list):
        wish["InstanceIds"] = [real.get(each, each) for each in wish["InstanceIds"]]
    response = world.owner.call(RESET, **{name: it for name, it in wish.items() if it is not ...})
    said = world.assert_refused(response, code)
    assert not wish["Password"] or str(wish["Password"]) not in said
    assert world.changeable() == before


ORDER: list[tuple[str, dict[str, Any]]] = [
    # What is asked for first: each row has this fault and all those of the rows below it.
    ("InvalidParameter", {"Password": 1}),
    ("UnknownParameter", {"Other": 1}),
    ("InvalidParameterValue.LimitExceeded", {"InstanceIds": [*MANY, "x"]}),
    ("InvalidParameterValue.InstanceIdMalformed", {"InstanceIds": ["x", GOOD, GOOD]}),
    ("InvalidParameterValue", {"InstanceIds": 2 * ["ins-zzzzzzzz"]}),
    ("InvalidParameterValue.TooLong", {"UserName": 65 * "u"}),
    ("InvalidInstanceId.NotFound", {"InstanceIds": ["ins-zzzzzzzz"]}),
    ("InvalidParameterValue.InvalidPassword", {"Password": "weak"}),
    (f"{STATE}Running", {}),
]


@pytest.mark.parametrize("row", range(len(ORDER)), ids=[code for code, _ in ORDER])
def test_order(world: World, row: int) -> None:
    world.cloud.set_state(world.bad.id, State.RUNNING)
    wish: dict[str, Any] = {"InstanceIds": [world.bad.cvm_id], "Password": PASSWORD}
    for _, fault in reversed(ORDER[row:]):
        wish.update(fault)
    world.assert_refused(world.owner.call(RESET, **wish), ORDER[row][0])


TAKEN: list[tuple[str, dict[str, Any], Arrange]] = [
    # what is special, parameters beside ids and password, the second instance
    ("nothing", {}, nothing),
    ("ForceStop false", {"ForceStop": False}, nothing),
    ("ForceStop without need", {"ForceStop": True}, nothing),
    ("ForceStop", {"ForceStop": True}, in_state(State.RUNNING)),
    ("a user name of 1", {"UserName": "u"}, nothing),
    ("a user name of 64", {"UserName": 64 * "u"}, nothing),
    ("of 64 beyond ASCII", {"UserName": 64 * "密"}, nothing),
    ("a password of 8", {"Password": "Fusion@1"}, nothing),
    ("a password of 30", {"Password": 3 * "Fusion@123"}, nothing),
    ("12, and one has Windows", {"Password": "Fusion@12345"}, WINDOWS),
]


@pytest.mark.parametrize(
    ("parameters", "arrange"), [pytest.param(*rest, id=what) for what, *rest in TAKEN]
)
def test_taken(world: World, parameters: dict[str, Any], arrange: Arrange) -> None:
    """Both are being reset, by the id of this call."""
    arrange(world)
    wish = {"Password": PASSWORD, **parameters}
    response = world.owner.reset(world.good, world.bad, **wish)
    assert set(response) == {"RequestId"}
    for instance in (world.good, world.bad):
        described = world.owner.describe(instance)
        assert described["LatestOperation"] == RESET
        assert described["LatestOperationState"] == "OPERATING"
        assert described["LatestOperationRequestId"] == response["RequestId"]
        pending = world.cloud.pending(instance.id)
        assert pending and pending.user_name == parameters.get("UserName")
    note = world.cloud.audit.entries()[0]["note"]
    assert note == f"{RESET} {world.good.cvm_id} {world.bad.cvm_id}: SUCCESS"
    assert wish["Password"] not in json.dumps([response, world.cloud.audit.entries()])


def test_a_batch_of_100_in_the_audit_log(world: World) -> None:
    instances = [world.cloud.add_instance() for _ in range(100)]
    for instance in instances:
        world.cloud.set_state(instance.id, State.STOPPED)
    assert "Error" not in world.owner.reset(*instances, Password=PASSWORD)
    note = world.cloud.audit.entries()[-1]["note"]
    assert note.startswith(f"{RESET} {instances[0].cvm_id} ") and note.endswith(" and 95 more: SUCCESS")
    assert all(world.cloud.pending(instance.id) for instance in instances)


@pytest.mark.parametrize(
    ("os_type", "password", "code"),
    [
        ("linux", "fusion12", None),
        ("linux", "fusionXY", INVALID),
        ("linux", "fusion12345678901", INVALID),
        ("windows", "fusion123456", INVALID),
        ("windows", "Administrat0r", None),
    ],
)
def test_rules_of_2018(os_type: str, password: str, code: str | None) -> None:
    with ReferenceCloud(settings=Settings(tencent_rules="tencent-2018")) as cloud:
        instance = cloud.add_instance(os_type=os_type)
        response = Owner(cloud).reset(instance, Password=password, ForceStop=True)
        assert response.get("Error", {}).get("Code") == code


def test_a_batch_is_not_overtaken(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the last look and the first reset nobody starts one of its instances."""
    compute = world.cloud.compute
    check = compute.check_reset
    others: list[threading.Thread] = []

    def overtake(instance_id: str, force_stop: bool) -> None:
        check(instance_id, force_stop)
        if instance_id == world.bad.id and not others:
            others.append(threading.Thread(target=start_good))
            others[0].start()
            others[0].join(QUIET_S)

    def start_good() -> None:
        with pytest.raises(Busy):
            compute.start(world.good.id)

    monkeypatch.setattr(compute, "check_reset", overtake)
    response = world.owner.reset(world.good, world.bad, Password=PASSWORD)
    others[0].join(PATIENCE_S)
    for instance in (world.good, world.bad):
        assert world.owner.describe(instance)["LatestOperationRequestId"] == response["RequestId"]


def test_two_calls_at_once(world: World) -> None:
    """One of two that want the same instances gets all of them, the other none."""
    responses: list[dict[str, Any]] = []
    barrier = threading.Barrier(2)

    def call(*instances: Any) -> None:
        barrier.wait(PATIENCE_S)
        responses.append(world.owner.reset(*instances, Password=PASSWORD))

    orders = ((world.good, world.bad), (world.bad, world.good))
    threads = [threading.Thread(target=call, args=order) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    codes = [response.get("Error", {}).get("Code") for response in responses]
    assert sorted(codes, key=str) == ["MutexOperation.TaskRunning", None]
    [winner] = [response["RequestId"] for response in responses if "Error" not in response]
    for instance in (world.good, world.bad):
        assert world.owner.describe(instance)["LatestOperationRequestId"] == winner
