# SPDX-License-Identifier: Apache-2.0
"""From Tencent's API to the shadow file and back: ResetInstancesPassword, a boot, and what DescribeInstances tells."""

from __future__ import annotations

import json
import os
import select
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator

import pytest

import runner
from cloud import ReferenceCloud
from cloud.models import Instance, State
from cloud.tencent_owner import Owner
from sandbox import attribute
from throwaway import OLD_PASSWORD, Root

PASSWORD = "Fusion@12345"
NEVER_S = 1.0  # for a report that does not come
RUN = ("sh", "-c", '"$@"; echo $? >"$0"')  # the agent, and its exit code into a pipe


class Guest:
    """An instance, the throw-away system behind it, and what became of its boots."""

    def __init__(self, cloud: ReferenceCloud, place: Path, agent: Path, **fields: Any) -> None:
        self.root = Root(place)
        self.log = place.with_suffix(".log")
        self._cloud = cloud
        self._shadow = self.root.shadow.read_bytes()
        pipe = place.with_suffix(".ended")
        os.mkfifo(pipe)
        self._ended = os.open(pipe, os.O_RDWR)
        driver = {
            "kind": "folder",
            "root": str(place),
            "agent": str(agent),
            "arguments": ["--deadline", str(60 * runner.STRETCH)],
            "before": [*RUN, str(pipe), *runner.WRAPPER],
            "log": str(self.log),
        }
        self.instance: Instance = cloud.add_instance(driver=json.dumps(driver), **fields)

    def close(self) -> None:
        """The pipe."""
        os.close(self._ended)

    def await_end(self) -> int:
        """Wait for the end of the agent; its exit code."""
        readable, _, _ = select.select([self._ended], [], [], runner.PATIENCE_S)
        assert readable, f"the agent did not end: {self.log.read_text()}"
        log = runner.tightened(self.log.read_text())
        assert not runner.FAILED.search(log) and runner.LOOSE not in log, log
        assert not [word for word in runner.COMPLAINTS if word in log] and PASSWORD not in log, log
        return int(os.read(self._ended, 16))

    def outcome(self) -> Dict[str, Any]:
        """What DescribeInstances tells when the operation has ended."""
        instance = self._cloud.compute.wait_until_idle(self.instance.id, 3 * runner.PATIENCE_S)
        assert not instance.is_busy, "the operation does not end"
        told = Owner(self._cloud).describe(instance)
        assert told["LatestOperation"] == "ResetInstancesPassword"
        assert self._cloud.pending(instance.id) is None
        return told

    def assert_set(self, user: str, password: str = PASSWORD) -> None:
        """The agent has set the password of this user, and the API knows."""
        told = self.outcome()
        assert (told["LatestOperationState"], told["InstanceState"]) == ("SUCCESS", "RUNNING"), told
        assert told["LatestOperationErrorMsg"] is None
        assert self.await_end() == 0
        assert self.root.verifies(user, password)
        changed = zip(self._shadow.split(b"\n"), self.root.lines())
        assert [new.split(b":")[0] for old, new in changed if old != new] == [user.encode()]

    def assert_failed(self, reason: str) -> None:
        """The API tells why; nothing was changed."""
        told = self.outcome()
        assert (told["LatestOperationState"], told["InstanceState"]) == ("FAILED", "RUNNING"), told
        assert told["LatestOperationErrorMsg"] == reason
        assert self.root.shadow.read_bytes() == self._shadow

    def assert_untouched(self) -> None:
        """There was no operation, and no boot."""
        told = Owner(self._cloud).describe(self.instance)
        assert told["LatestOperation"] is None and told["InstanceState"] == self.instance.state.value
        assert self._cloud.pending(self.instance.id) is None
        assert not self.log.exists() and self.root.shadow.read_bytes() == self._shadow


class Site:
    """A cloud and its guests."""

    def __init__(self, cloud: ReferenceCloud, place: Path) -> None:
        self.cloud = cloud
        self.owner = Owner(cloud)
        self.guests: list[Guest] = []
        self._place = place

    def guest(self, agent: Path = runner.BINARY, **fields: Any) -> Guest:
        """One more."""
        place = self._place / f"guest{len(self.guests)}"
        self.guests.append(Guest(self.cloud, place, agent, **fields))
        return self.guests[-1]

    def reset(self, *guests: Guest, **parameters: Any) -> str:
        """ResetInstancesPassword; the code of the refusal, or nothing."""
        wish = {"Password": PASSWORD, **parameters}
        response = self.owner.reset(*(guest.instance for guest in guests), **wish)
        code: str = response.get("Error", {}).get("Code", "")
        return code


@contextmanager
def made_site(place: Path, report_timeout_s: float) -> Iterator[Site]:
    """As long as it is needed; nothing in it has told the password."""
    with ReferenceCloud(report_timeout_s=report_timeout_s) as cloud:
        site = Site(cloud, place)
        yield site
        assert PASSWORD not in json.dumps(cloud.audit.entries())
        for guest in site.guests:
            guest.close()


@pytest.fixture(name="site")
def fixture_site(tmp_path: Path) -> Iterator[Site]:
    """A cloud that waits for reports as long as it takes."""
    with made_site(tmp_path, 2 * runner.PATIENCE_S) as site:
        yield site


def test_force_stop_and_user_name(site: Site) -> None:
    guest = site.guest()
    assert site.reset(guest, UserName="alice", ForceStop=True) == ""
    guest.assert_set("alice")
    assert guest.root.verifies("root", OLD_PASSWORD)


def test_an_instance_that_is_off(site: Site) -> None:
    guest = site.guest()
    site.cloud.set_state(guest.instance.id, State.STOPPED)
    assert site.reset(guest) == ""
    guest.assert_set("root")


def test_an_instance_that_runs(site: Site) -> None:
    guest = site.guest()
    assert site.reset(guest) == "UnsupportedOperation.InstanceStateRunning"
    guest.assert_untouched()


def test_a_batch(site: Site) -> None:
    """Each has its own default account, which is the one that DescribeInstances names."""
    debian, ubuntu = site.guest(), site.guest(os_name="Ubuntu 24.04")
    ubuntu.root.be_ubuntu()
    assert site.reset(debian, ubuntu, ForceStop=True) == ""
    debian.assert_set(site.owner.describe(debian.instance)["DefaultLoginUser"])
    ubuntu.assert_set(site.owner.describe(ubuntu.instance)["DefaultLoginUser"])
    assert debian.root.verifies("root", PASSWORD) and ubuntu.root.verifies("ubuntu", PASSWORD)


def test_a_batch_with_a_bad_id(site: Site) -> None:
    guest = site.guest()
    ids = [guest.instance.cvm_id, "ins-zzzzzzzz"]
    response = site.owner.call(
        "ResetInstancesPassword", InstanceIds=ids, Password=PASSWORD, ForceStop=True
    )
    assert response["Error"]["Code"] == "InvalidInstanceId.NotFound"
    guest.assert_untouched()


@pytest.mark.parametrize("password", ["weak", "/Fusion@12345", "Fusion 12345", "fusionfusion"])
def test_a_refused_password(site: Site, password: str) -> None:
    guest = site.guest()
    code = site.reset(guest, Password=password, ForceStop=True)
    assert code == "InvalidParameterValue.InvalidPassword"
    guest.assert_untouched()


@pytest.mark.parametrize("password", ["aB1()`~!@#$%^&*-+=_|{}[]:;'<>,", "aB1,.?/aB1"])
def test_each_special_character(site: Site, password: str) -> None:
    guest = site.guest()
    assert site.reset(guest, Password=password, ForceStop=True) == ""
    guest.assert_set("root", password)


def test_a_failed_reset_and_the_next(site: Site, codes: Dict[str, int]) -> None:
    """It is told with its reason, does not touch the one beside it, and is over: what was asked for is withdrawn."""
    guest, other = site.guest(), site.guest()
    with attribute(guest.root.shadow, "i"):
        assert site.reset(guest, other, ForceStop=True) == ""
        guest.assert_failed("shadow-immutable")
        other.assert_set("root")
        assert guest.await_end() == codes["shadow-immutable"]
    assert site.reset(guest, ForceStop=True) == ""
    guest.assert_set("root")


@pytest.mark.parametrize(
    ("user_name", "reason"),
    [
        ("nosuch", "account-unknown"),
        ("Administrator", "account-unknown"),
        (64 * "u", "account-unknown"),
        (21 * "密", "account-unknown"),
        (64 * "密", "account-name"),  # the agent takes 64 bytes: Linux has names of 32 bytes, Windows of 20 characters
        ("unshadowed", "account-not-shadowed"),
        ("a:b", "account-name"),
    ],
    ids=ascii,
)
def test_a_user_name_that_cannot_be_reset(
    site: Site, codes: Dict[str, int], user_name: str, reason: str
) -> None:
    guest = site.guest()
    assert site.reset(guest, UserName=user_name, ForceStop=True) == ""
    guest.assert_failed(reason)
    assert guest.await_end() == codes[reason]


def test_no_agent(tmp_path: Path) -> None:
    """Nobody reports: that is told after a while, and no later boot finds the reset."""
    with made_site(tmp_path, NEVER_S) as site:
        guest = site.guest(Path("/bin/true"))
        assert site.reset(guest, ForceStop=True) == ""
        guest.assert_failed("no-report")


@pytest.mark.hurried
def test_an_agent_that_does_not_report(tmp_path: Path) -> None:
    """Whether it has set the password then is not known to the cloud."""
    with made_site(tmp_path, NEVER_S) as site:
        guest = site.guest()
        guest.root.config.write_text("report = no\n")
        assert site.reset(guest, ForceStop=True) == ""
        told = guest.outcome()
        assert (told["LatestOperationState"], told["LatestOperationErrorMsg"]) == ("FAILED", "no-report")


def test_a_second_call_while_the_first_is_going_on(site: Site) -> None:
    """What is behind the instance says nothing yet: the first goes on, the second is refused."""
    guest = site.guest(Path("/bin/true"))
    assert site.reset(guest, ForceStop=True) == ""
    assert site.reset(guest, ForceStop=True) == "MutexOperation.TaskRunning"
    assert site.owner.describe(guest.instance)["LatestOperationState"] == "OPERATING"


def test_a_machine_that_does_not_start(site: Site) -> None:
    guest = site.guest()
    guest.root.path.rename(guest.root.path.with_suffix(".gone"))
    assert site.reset(guest, ForceStop=True) == ""
    told = guest.outcome()
    assert (told["LatestOperationState"], told["InstanceState"]) == ("FAILED", "STOPPED")
    assert told["LatestOperationErrorMsg"].startswith("driver: DriverError: there is no folder ")
