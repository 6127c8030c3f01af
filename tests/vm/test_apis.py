# SPDX-License-Identifier: Apache-2.0
"""Both clouds' APIs, in front of a machine each that the cloud switches on and off, and a folder for the batches."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import image
from cloud.drivers import make_driver
from cloud.models import Instance
from cloud.owner import ask
from cloud.tencent_owner import Owner
from conftest import MachineOf
from console import LOGIN, PATIENCE_S
from debian_tree import command
from image import INSTALL_DEB, OLD_PASSWORD, Image
from machine import Machine
from service import UUID, Cloud
from throwaway import Root

FOLDER = "11111111-2222-3333-4444-555555555555"
FIRST, SECOND = "First@12345", "Second@12345"
# It obeys its power button, and has an account that a request may name.
SCRIPT = f"""{INSTALL_DEB}
systemctl -q unmask systemd-logind
useradd -m -s /bin/bash admin
echo 'admin:{OLD_PASSWORD}' | chpasswd
"""
PLUG_AFTER_S = 20


def debian() -> Image:
    return image.build("apis", "systemd", SCRIPT, image.package(".deb"))


@pytest.fixture(name="root")
def fixture_root(cloud: Cloud, tmp_path: Path) -> Root:
    """A throw-away system that is the instance FOLDER; it boots by running the agent of the deb."""
    command("dpkg-deb", "-x", image.package(".deb"), tmp_path / "deb")
    root = Root(tmp_path / "root")
    agent = tmp_path / "deb/usr/sbin/resetpwd-agent"
    cloud.add_instance(FOLDER, driver=json.dumps({"kind": "folder", "root": str(root.path), "agent": str(agent)}))
    return root


def switch_on(cloud: Cloud, machine: Machine, **settings: object) -> None:
    """Put the machine behind the instance UUID, and wait until its agent has found nothing to do."""
    cloud.add_instance(UUID, address="127.0.0.1", driver=machine.spec(**settings))
    cloud.compute.start(UUID)
    machine.attach()
    cloud.await_rest()
    machine.console.expect(LOGIN)


def await_reports(cloud: Cloud, *reasons: str, instance: str = UUID) -> None:
    """Wait until agents have reported this of the instance, in this order, and nothing else."""
    told = cloud.wait_for(lambda _: len(cloud.results(instance)) >= len(reasons), PATIENCE_S)
    assert told and [each["reason"] for each in cloud.results(instance)] == [*reasons], cloud.results(instance)


# Huawei's


def test_huawei(cloud: Cloud, machine_of: MachineOf, root: Root) -> None:
    machine = machine_of(debian())
    switch_on(cloud, machine)
    servers = "/v1/p1/cloudservers"
    assert ask(cloud, "GET", f"{servers}/{UUID}/os-resetpwd-flag").json() == {"resetpwd_flag": "True"}

    wish = {"new_password": "Forgotten", "is_check_password": True}
    refused = ask(cloud, "PUT", f"{servers}/{UUID}/os-reset-password", {"reset-password": wish})
    assert refused.status == 400 and refused.json()["error"]["code"].startswith("Ecs."), refused
    assert not cloud.is_pending

    wish["new_password"] = FIRST
    assert ask(cloud, "PUT", f"{servers}/{UUID}/os-reset-password", {"reset-password": wish}).status < 300
    machine.reboot(OLD_PASSWORD)
    await_reports(cloud, "applied")
    machine.await_outcome("applied: reset of root")
    assert machine.enters(FIRST)
    assert not machine.enters(OLD_PASSWORD)

    batch = {"new_password": SECOND, "servers": [{"id": UUID}, {"id": FOLDER}]}
    assert ask(cloud, "PUT", f"{servers}/os-reset-passwords", batch).status < 300
    machine.reboot(FIRST)
    cloud.compute.reboot(FOLDER)
    await_reports(cloud, "applied", "applied")
    await_reports(cloud, "applied", instance=FOLDER)
    assert machine.enters(SECOND)
    assert root.verifies("root", SECOND)


# Tencent's


class Tenant(Owner):
    """An owner who looks again and again."""

    def wants(self, *instances: Instance, **parameters: object) -> str:
        """A reset; the code of the refusal, if it is refused."""
        code: str = self.reset(*instances, **parameters).get("Error", {}).get("Code", "")
        return code

    def sees(self, instance: Instance) -> tuple[str, str | None]:
        """State of the instance and of its last operation."""
        described = self.describe(instance)
        return described["InstanceState"], described["LatestOperationState"]

    def awaits(self, instance: Instance, state: str, outcome: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while self.sees(instance) != (state, outcome):
            assert time.monotonic() < until, f"{self.describe(instance)}"  # text is shown whole
            time.sleep(0.1)


def await_off(machine: Machine) -> bool:
    """Wait for its end; was it switched off by its own kernel?"""
    try:
        machine.console.expect("reboot: Power down")
    except AssertionError as error:
        assert "the console ended" in str(error), error
        return False
    return True


@pytest.fixture(name="gate")
def fixture_gate(tmp_path: Path) -> Path:
    """While it is there no machine starts."""
    return tmp_path / "gate"


def test_tencent(cloud: Cloud, machine_of: MachineOf, root: Root, gate: Path) -> None:
    machine, owner = machine_of(debian()), Tenant(cloud)
    wait = ("/bin/sh", "-c", 'while [ -e "$0" ]; do sleep 0.1; done; exec "$@"', str(gate))
    switch_on(cloud, machine, before=wait)
    server, beside = (cloud.compute.instance(each) for each in (UUID, FOLDER))

    # It runs, and nobody said that it may be stopped.
    assert owner.wants(server, Password=FIRST, UserName="admin") == "UnsupportedOperation.InstanceStateRunning"
    assert not cloud.is_pending

    # Another account, and each state on the way.
    gate.touch()
    cloud.hold()
    seen = []
    assert owner.wants(server, Password=FIRST, UserName="admin", ForceStop=True) == ""
    seen.append(owner.sees(server))
    assert await_off(machine)
    owner.awaits(server, "STARTING", "OPERATING")
    gate.unlink()
    machine.attach()
    cloud.await_step("GET flag")
    seen.append(owner.sees(server))
    cloud.behave()
    await_reports(cloud, "applied")
    owner.awaits(server, "RUNNING", "SUCCESS")
    assert seen == [("STOPPING", "OPERATING"), ("RUNNING", "OPERATING")]
    machine.console.expect(LOGIN)
    machine.await_outcome("applied: reset of admin")
    assert machine.enters(FIRST, "admin")
    assert not machine.enters(OLD_PASSWORD, "admin")

    # A reset that cannot be done. That root still has the old password is seen here, too.
    machine.ssh(OLD_PASSWORD, "chattr +i /etc/shadow")
    assert owner.wants(server, Password=FIRST, ForceStop=True) == ""
    assert await_off(machine)
    machine.attach()
    await_reports(cloud, "applied", "shadow-immutable")
    owner.awaits(server, "RUNNING", "FAILED")
    described = owner.describe(server)
    assert described["LatestOperation"] == "ResetInstancesPassword"
    assert described["LatestOperationErrorMsg"] == "shadow-immutable"
    assert not cloud.is_pending  # it does not come true later
    machine.console.expect(LOGIN)
    assert machine.enters(OLD_PASSWORD)
    assert not machine.enters(FIRST)

    # A guest that does not notice its button, and another instance beside it.
    machine.ssh(OLD_PASSWORD, "chattr -i /etc/shadow; sync; systemctl --runtime mask --now systemd-logind")
    cloud.compute.attach(UUID, make_driver(machine.spec(acpi_timeout_s=PLUG_AFTER_S), ""))
    assert owner.wants(server, beside, Password=SECOND, ForceStop=True) == ""
    assert not await_off(machine)
    machine.attach()
    owner.awaits(server, "RUNNING", "SUCCESS")
    owner.awaits(beside, "RUNNING", "SUCCESS")
    await_reports(cloud, "applied", "shadow-immutable", "applied")
    await_reports(cloud, "applied", instance=FOLDER)
    machine.console.expect(LOGIN)
    assert machine.enters(SECOND)
    assert "recovery complete" in machine.ssh(SECOND, "dmesg | grep EXT4-fs")
    assert root.verifies("root", SECOND)
