# SPDX-License-Identifier: Apache-2.0
"""Debian with systemd and the deb: what an owner lives through."""

from __future__ import annotations

import image
from conftest import MachineOf
from image import INSTALL_DEB, OLD_PASSWORD, Image
from machine import Machine
from service import UUID, Cloud

FIRST, OWN, SECOND = "First@12345", "Own@1234567", "Second@12345"
UNIT = "resetpwd-agent.service"


def debian() -> Image:
    return image.build("debian", "systemd", INSTALL_DEB, image.package(".deb"))


def unit_of(machine: Machine, password: str) -> dict[str, str]:
    """What systemd says of the unit."""
    said = machine.ssh(password, f"systemctl show -p ActiveState,Result,ExecMainStatus {UNIT}")
    return dict(line.split("=") for line in said.splitlines())


def test_two_resets(cloud: Cloud, machine_of: MachineOf) -> None:
    machine = machine_of(debian())
    cloud.reset(FIRST)
    blob = cloud.blob
    machine.boot()
    cloud.await_acknowledgement()
    machine.await_outcome("applied: reset of root")
    assert machine.enters(FIRST)
    assert not machine.enters(OLD_PASSWORD)
    assert unit_of(machine, FIRST) == {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "0"}
    # It counts the rights that the worker takes to give up its own, and not what it gives up: 0.5 of these.
    machine.ssh(FIRST, f"systemd-analyze security --no-pager --threshold=25 {UNIT}")

    # The owner changes the password; the cloud has forgotten that the reset was acknowledged.
    machine.ssh(FIRST, f"echo 'root:{OWN}' | chpasswd")
    cloud.set_raw_blob(UUID, blob)
    machine.reboot(OWN)
    cloud.await_acknowledgement()
    machine.await_outcome("already-applied: reset of root")
    assert machine.enters(OWN)
    assert not machine.enters(FIRST)

    cloud.reset(SECOND)
    second_blob = cloud.blob
    machine.reboot(OWN)
    cloud.await_acknowledgement()
    machine.await_outcome("applied: reset of root")
    assert machine.enters(SECOND)
    assert not machine.enters(OWN)
    assert not machine.enters(FIRST)
    assert cloud.outcomes == ["applied", "already-applied", "applied"]

    journal = machine.ssh(SECOND, "journalctl -o export")
    assert "applied: reset of root" in journal
    assert not [secret for secret in (FIRST, SECOND, blob, second_blob) if secret in journal]


def test_ubuntu(cloud: Cloud, machine_of: MachineOf) -> None:
    """Where the system calls itself Ubuntu and root has no password, it is the account ubuntu that is reset."""
    script = f"""{INSTALL_DEB}
sed -i 's/^ID=.*/ID=ubuntu/' /usr/lib/os-release
useradd -m -s /bin/bash ubuntu
echo 'ubuntu:{OLD_PASSWORD}' | chpasswd
passwd -l root
"""
    machine = machine_of(image.build("ubuntu", "systemd", script, image.package(".deb")))
    cloud.reset(FIRST)
    machine.boot()
    cloud.await_acknowledgement()
    machine.await_outcome("applied: reset of ubuntu")
    assert machine.enters(FIRST, "ubuntu")
    assert not machine.enters(OLD_PASSWORD, "ubuntu")
    assert not machine.enters(FIRST)


def test_failed_reset_is_a_failed_unit(cloud: Cloud, machine_of: MachineOf) -> None:
    """The owner, locked out, reads on the console why."""
    machine = machine_of(debian())
    machine.boot()
    cloud.await_rest()
    machine.ssh(OLD_PASSWORD, "chattr +i /etc/shadow")
    cloud.reset(FIRST)
    machine.reboot(OLD_PASSWORD)
    machine.await_outcome("shadow-immutable: reset of root")
    assert machine.enters(OLD_PASSWORD)
    assert not machine.enters(FIRST)
    assert unit_of(machine, OLD_PASSWORD) == {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "36"}
    assert cloud.outcomes == ["shadow-immutable"]
    assert cloud.is_pending
