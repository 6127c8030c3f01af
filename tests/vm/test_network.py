# SPDX-License-Identifier: Apache-2.0
"""The network comes late, the service never: what that does to a reset, and what it must not do to a boot.

These machines count instructions (QEMU's icount): their clocks know nothing of what else the host has to do, so that
times in their logs are those of a machine with a CPU for itself.
"""

from __future__ import annotations

import re

import pytest

import image
from conftest import MachineOf
from console import LOGIN
from image import INSTALL_DEB, OLD_PASSWORD, Image
from machine import Machine, Service
from service import Cloud
from test_debian import UNIT, debian, unit_of

NEW = "New@1234567"
LATE_S = 30
ICOUNT = ("-icount", "shift=1")


def journal(machine: Machine, password: str, *options: str) -> str:
    return machine.ssh(password, f"journalctl -b -o short-monotonic {' '.join(options)}")


def moment(log: str, words: str) -> float:
    """When was that logged, in seconds of the machine?"""
    found = re.search(rf"^\[ *([0-9.]+)\] .*{words}", log, re.MULTILINE)
    assert found, f"{words}: {log}"
    return float(found[1])


def test_late_network(cloud: Cloud, machine_of: MachineOf) -> None:
    machine = machine_of(debian())
    cloud.reset(NEW)
    machine.start(*ICOUNT, "-S")
    machine.monitor.execute("set_link", name="net", up=False)
    machine.monitor.execute("cont")
    machine.console.expect(LOGIN)
    assert machine.console.login("root", OLD_PASSWORD)
    machine.console.type(f"sleep {LATE_S}; echo $((6 * 7))")  # by its own clock
    machine.console.expect("\n42\n")
    machine.console.logout()
    assert cloud.requests == []
    machine.monitor.execute("set_link", name="net", up=True)
    cloud.await_acknowledgement()
    assert machine.enters(NEW)
    log = journal(machine, NEW)
    started = moment(log, f"Started {UNIT}")
    address = moment(log, "DHCPv4 address 169.254.169.15")
    applied = moment(log, r"resetpwd-agent\[\d+\]: the password of root is set")
    print(f"the address came after {address - started:.1f} s, the new password {applied - address:.3f} s later")
    assert address - started > LATE_S
    assert 0 < applied - address < 1, f"{applied - address} s: {log}"


def bare() -> Image:
    """Without the package."""
    return image.build("bare", "systemd")


def prompt_at(machine: Machine, service: Service) -> float:
    """Boot; the seconds from the kernel's start to the login prompt."""
    machine.boot(*ICOUNT, service=service)
    value = machine.ssh(OLD_PASSWORD, "systemctl show -P ActiveEnterTimestampMonotonic serial-getty@ttyS0")
    return int(value) / 1e6


@pytest.mark.parametrize(
    ("service", "outcome"),
    [(Service.REFUSED, "unreachable"), (Service.BLACK_HOLE, "timed-out"), (Service.HANGS, "timed-out")],
    ids=["refused", "black-hole", "hangs"],
)
def test_silent_service_costs_no_boot(cloud: Cloud, machine_of: MachineOf, service: Service, outcome: str) -> None:
    """The login prompt comes as early as without the package. The end is a warning, not a failed unit."""
    cloud.misbehave("*", "hang-before-headers")
    without, machine = machine_of(bare()), machine_of(debian())
    bare_prompt = prompt_at(without, service)
    without.power_cut()
    prompt = prompt_at(machine, service)
    assert unit_of(machine, OLD_PASSWORD)["ActiveState"] == "active"
    print(f"{service.value}: prompt at {prompt:.1f} s, without the package at {bare_prompt:.1f} s")
    assert prompt < bare_prompt * 1.15

    # A network that is not there yet is another outcome.
    machine.ssh(OLD_PASSWORD, "/lib/systemd/systemd-networkd-wait-online --timeout=0")
    hurry = f"echo deadline_s=5 >>/etc/resetpwd-agent.conf; systemctl restart {UNIT}"
    machine.ssh(OLD_PASSWORD, f"{hurry}; while systemctl is-active {UNIT}; do sleep 1; done; true")
    assert unit_of(machine, OLD_PASSWORD)["Result"] == "success"
    warnings = machine.ssh(OLD_PASSWORD, f"journalctl -b -o cat -u {UNIT} -p warning..warning")
    assert f"{outcome}: " in warnings, warnings
    machine.await_outcome(outcome)
