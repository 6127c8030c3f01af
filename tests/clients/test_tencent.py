# SPDX-License-Identifier: Apache-2.0
"""Tencent's API, called by tencentcloud-sdk-nodejs-cvm."""

from __future__ import annotations

import re
import time
from typing import Any, Callable

import pytest

from cloud import Instance, ReferenceCloud, State
from conftest import KEY, OTHER_KEY, World, assert_pending, hang
from sdk import Client, Refused
from throwaway import OLD_PASSWORD, Root

PASSWORD = "aA1()`~!@#$%^&*-+=_|{}[]:;'<>"
RESET, DESCRIBE = "ResetInstancesPassword", "DescribeInstances"
REQUEST_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PATIENCE_S = 120


def refused(tencent: Client, action: str, parameters: Any = None, **settings: Any) -> str:
    """The code of a call that must be refused, in the SDK's own error."""
    with pytest.raises(Refused) as caught:
        tencent.call(action, parameters, **settings)
    error = caught.value
    assert error.type == "TencentCloudSDKHttpException"
    assert error.message and REQUEST_ID.fullmatch(error.requestId or "")
    assert error.code
    return error.code


def described(tencent: Client, instance: Instance) -> dict[str, Any]:
    """The instance as the SDK shows it."""
    answer = tencent.call(DESCRIBE, {"InstanceIds": [instance.cvm_id]})
    assert answer["TotalCount"] == 1
    [shown] = answer["InstanceSet"]
    assert isinstance(shown, dict)
    return shown


def polled(tencent: Client, instance: Instance) -> dict[str, Any]:
    """The instance, once its operation is over."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        shown = described(tencent, instance)
        if shown["LatestOperationState"] != "OPERATING":
            return shown
        assert time.monotonic() < deadline, shown


# What is granted


def test_describe(tencent: Client, cloud: ReferenceCloud) -> None:
    first, second = (cloud.add_instance(os_name=name) for name in ("Debian 12", "Ubuntu 22.04"))
    answer = tencent.call(DESCRIBE)
    assert answer["TotalCount"] == 2 and REQUEST_ID.fullmatch(answer["RequestId"])
    expected = [
        {
            "InstanceId": each.cvm_id,
            "Uuid": each.id,
            "InstanceState": "RUNNING",
            "OsName": each.os_name,
            "DefaultLoginUser": account,
            "LatestOperation": None,
            "LatestOperationState": None,
        }
        for each, account in ((first, "root"), (second, "ubuntu"))
    ]
    shown = [{name: each[name] for name in expected[0]} for each in answer["InstanceSet"]]
    assert shown == expected
    filters = [{"Name": "uuid", "Values": [first.id, second.id]}]
    page = tencent.call(DESCRIBE, {"Filters": filters, "Offset": 1, "Limit": 1})
    assert [each["InstanceId"] for each in page["InstanceSet"]] == [second.cvm_id]


def test_reset_where_it_is_off(tencent: Client, cloud: ReferenceCloud, instance: Instance) -> None:
    cloud.set_state(instance.id, State.STOPPED)
    answer = tencent.call(RESET, {"InstanceIds": [instance.cvm_id], "Password": PASSWORD})
    assert list(answer) == ["RequestId"]
    assert_pending(cloud, instance, PASSWORD)
    shown = described(tencent, instance)
    assert (shown["LatestOperation"], shown["LatestOperationState"]) == (RESET, "OPERATING")
    assert shown["LatestOperationRequestId"] == answer["RequestId"]


def test_reset_of_many_that_run(tencent: Client, cloud: ReferenceCloud) -> None:
    instances = [cloud.add_instance() for _ in range(3)]
    ids = [each.cvm_id for each in instances]
    tencent.call(RESET, {"InstanceIds": ids, "Password": PASSWORD, "UserName": "alice", "ForceStop": True})
    for each in instances:
        assert_pending(cloud, each, PASSWORD, "alice")


# What is refused


Arrange = Callable[[ReferenceCloud, Instance], object]


def state(value: State) -> Arrange:
    return lambda cloud, instance: cloud.set_state(instance.id, value)


def resetting(cloud: ReferenceCloud, instance: Instance) -> None:
    hang(cloud, instance)
    cloud.compute.reset(instance.id, PASSWORD, None, True, "call-1")


def rebooting(cloud: ReferenceCloud, instance: Instance) -> None:
    hang(cloud, instance)
    cloud.compute.reboot(instance.id)


def windows(cloud: ReferenceCloud, instance: Instance) -> None:
    cloud.add_instance(instance.id, os_type="windows")


def unsupported(cloud: ReferenceCloud, instance: Instance) -> None:
    cloud.add_instance(instance.id, supported=False)


def broken(cloud: ReferenceCloud, _: Instance) -> None:
    setattr(cloud.compute, "instance_by_cvm_id", None)


def nothing(*_: object) -> None:
    pass


REFUSED: list[tuple[str, Arrange, dict[str, Any]]] = [
    ("MissingParameter", nothing, {"Password": None}),
    ("MissingParameter", nothing, {"InstanceIds": []}),
    ("InvalidParameter", nothing, {"ForceStop": "yes"}),
    ("UnknownParameter", nothing, {"ForceStart": True}),
    ("RequestSizeLimitExceeded", nothing, {"UserName": "a" * 2**20}),
    ("InvalidParameterValue", nothing, {"UserName": ""}),
    ("InvalidParameterValue.TooLong", nothing, {"UserName": "a" * 65}),
    ("InvalidParameterValue.InvalidPassword", nothing, {"Password": "short"}),
    ("InvalidParameterValue.InvalidPassword", windows, {"Password": "aA1-56789"}),
    ("InvalidParameterValue.LimitExceeded", nothing, {"InstanceIds": [f"ins-{n:08}" for n in range(101)]}),
    ("InvalidParameterValue.InstanceIdMalformed", nothing, {"InstanceIds": ["server-1"]}),
    ("InvalidInstanceId.Malformed", nothing, {"InstanceIds": ["ins-1"]}),
    ("InvalidInstanceId.NotFound", nothing, {"InstanceIds": ["ins-00000000"]}),
    ("InvalidInstance.NotSupported", unsupported, {}),
    ("MutexOperation.TaskRunning", resetting, {}),
    ("OperationDenied.InstanceOperationInProgress", rebooting, {}),
    ("UnsupportedOperation.InstanceStateRunning", nothing, {"ForceStop": False}),
    ("UnsupportedOperation.InstanceStateStarting", state(State.STARTING), {}),
    ("UnsupportedOperation.InstanceStateStopping", state(State.STOPPING), {}),
    ("UnsupportedOperation.InstanceStateRebooting", state(State.REBOOTING), {}),
    ("UnsupportedOperation.InstanceStatePending", state(State.PENDING), {}),
    ("UnsupportedOperation.InstanceStateTerminating", state(State.TERMINATING), {}),
    ("InternalServerError", broken, {}),
]


IDS = [f"{number}-{row[0]}" for number, row in enumerate(REFUSED)]


@pytest.mark.parametrize(("code", "arrange", "changes"), REFUSED, ids=IDS)
def test_refused(
    tencent: Client,
    cloud: ReferenceCloud,
    instance: Instance,
    code: str,
    arrange: Arrange,
    changes: dict[str, Any],
) -> None:
    arrange(cloud, instance)
    before = cloud.instances(), cloud.pending(instance.id)
    parameters = {"InstanceIds": [instance.cvm_id], "Password": "Fusion@12345", "ForceStop": True}
    assert refused(tencent, RESET, {**parameters, **changes}) == code
    assert (cloud.instances(), cloud.pending(instance.id)) == before


def test_another_action(tencent: Client) -> None:
    assert refused(tencent, "DescribeZones") == "InvalidAction"


def test_get_leaves_no_password_in_the_audit_log(tencent: Client, cloud: ReferenceCloud, instance: Instance) -> None:
    parameters = {"InstanceIds": [instance.cvm_id], "Password": "Fusion12345"}
    assert refused(tencent, RESET, parameters, http={"reqMethod": "GET"}) == "UnsupportedProtocol"
    [entry] = cloud.audit.entries()
    assert "Fusion12345" not in str(entry)


# Who asks


@pytest.mark.parametrize(("code", "settings"), [
    ("AuthFailure.SignatureFailure", {"key": (KEY[0], f"{KEY[1]}!")}),
    ("AuthFailure.SignatureFailure", {"key": (KEY[0], OTHER_KEY[1])}),
    ("AuthFailure.SecretIdNotFound", {"key": ("AKIDtestsnobody", KEY[1])}),
    ("AuthFailure.InvalidAuthorization", {"skipSign": True}),
], ids=["wrong secret", "another's secret", "unknown key", "unsigned"])  # fmt: skip
@pytest.mark.parametrize("action", [RESET, DESCRIBE])
def test_unsigned(
    tencent: Client, cloud: ReferenceCloud, instance: Instance, action: str, code: str, settings: dict[str, Any]
) -> None:
    parameters = {"InstanceIds": [instance.cvm_id], "Password": "Fusion@12345", "ForceStop": True}
    assert refused(tencent, action, parameters, **settings) == code
    assert cloud.pending(instance.id) is None and cloud.instances() == [instance]


@pytest.mark.parametrize("direction", [1, -1], ids=["ahead", "behind"])
def test_clock(tencent: Client, world: World, direction: int) -> None:
    world.ahead_s = direction * 200
    tencent.call(DESCRIBE)
    world.ahead_s = direction * 400
    assert refused(tencent, DESCRIBE) == "AuthFailure.SignatureExpire"


def test_each_key_is_named_in_the_audit_log(tencent: Client, cloud: ReferenceCloud) -> None:
    for key in (KEY, OTHER_KEY):
        tencent.call(DESCRIBE, key=key)
    first, second = cloud.audit.entries()
    assert f"by {KEY[0]}" in first["note"] and f"by {OTHER_KEY[0]}" in second["note"]


# End to end


def test_agent_sets_it(tencent: Client, cloud: ReferenceCloud, booted: Instance, root: Root) -> None:
    wish = {"InstanceIds": [booted.cvm_id], "Password": PASSWORD, "UserName": "alice", "ForceStop": True}
    answer = tencent.call(RESET, wish)
    shown = polled(tencent, booted)
    assert (shown["LatestOperation"], shown["LatestOperationState"]) == (RESET, "SUCCESS"), shown
    assert shown["LatestOperationRequestId"] == answer["RequestId"]
    assert root.verifies("alice", PASSWORD) and root.verifies("root", OLD_PASSWORD)
    assert cloud.pending(booted.id) is None


def test_agent_cannot_set_it(tencent: Client, cloud: ReferenceCloud, booted: Instance, root: Root) -> None:
    before = root.shadow.read_bytes()
    wish = {"InstanceIds": [booted.cvm_id], "Password": PASSWORD, "UserName": "nobody-there", "ForceStop": True}
    tencent.call(RESET, wish)
    shown = polled(tencent, booted)
    assert (shown["LatestOperationState"], shown["LatestOperationErrorMsg"]) == ("FAILED", "account-unknown")
    assert root.shadow.read_bytes() == before and cloud.pending(booted.id) is None
