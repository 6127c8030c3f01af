# SPDX-License-Identifier: Apache-2.0
"""Power cuts: QEMU is killed at instants spread over a reset, and the same disk is booted again.

A cut loses what the guest has not flushed. The disk is slow, so that there is time between its writes: each request
to the cloud and each write of the disk is a step of the reset, and each cut comes one step later than the last.

The machine boots into a shell script: it shows what is in the shadow file, runs the agent, and runs it again on demand.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

import image
from conftest import MachineOf
from console import PATIENCE_S
from crypt3 import verifies
from debian_tree import command
from image import INSTALL_DEB, OLD_PASSWORD, Image
from machine import Machine
from service import Cloud

CUTS = 24
ACCOUNTS = 400  # a shadow file of a few blocks
BOOT = f"""
for number in $(seq {ACCOUNTS}); do
    echo "account$number:x:$((2000 + number)):100::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
    echo "account$number:*:19000:0:99999:7:::" >>/etc/shadow
done
cat >/init <<'END'
#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
modprobe virtio_pci
modprobe virtio_net
ip link set lo up
ip address add 169.254.169.15/24 dev eth0
ip link set eth0 up
show() {{
    echo "shadow $1 $(grep -v ^root: /etc/shadow | sha256sum) $(grep ^root: /etc/shadow) end"
}}
show before
resetpwd-agent run >/run/log 2>&1
show after
while read -r preload; do
    LD_PRELOAD=$preload resetpwd-agent run >/run/log 2>&1
    echo "ran: $(cat /run/log)"
done
END
chmod 755 /init
cp /tmp/files/torn.so /
"""


@dataclass(frozen=True)
class Shadow:
    """What the shadow file has: a sum of the other accounts' lines, and root's hash."""

    others: str
    root: str


@pytest.fixture(name="disk")
def fixture_disk(tmp_path: Path) -> Image:
    torn = tmp_path / "torn.so"
    command("cc", "-shared", "-fPIC", "-O2", "-o", torn, Path(__file__).with_name("torn.c"))
    return image.build("power", "systemd", INSTALL_DEB + BOOT, image.package(".deb"), torn)


def shown(machine: Machine, when: str) -> Shadow:
    found = machine.console.expect(rf"shadow {when} (\w+)  - (?:root:([^:]*)\S*)? *end")
    return Shadow(found[1], found[2] or "")


def boot(machine: Machine) -> tuple[Shadow, Shadow]:
    """The shadow file before and after the agent's run in this boot."""
    machine.start(append="init=/init", drive=",throttling.iops-write=50")
    return shown(machine, "before"), shown(machine, "after")


def steps(machine: Machine, cloud: Cloud) -> int:
    """How far the reset is."""
    (disk,) = machine.monitor.execute("query-blockstats")
    return len(cloud.requests) + int(disk["stats"]["wr_operations"]) + int(disk["stats"]["flush_operations"])


def reset_until(machine: Machine, cloud: Cloud, password: str, limit: int, preload: str = "") -> int:
    """Run the agent for so many steps, or until it has reported; how many they were."""
    cloud.forget_requests()
    cloud.reset(password)
    start = steps(machine, cloud)
    until = time.monotonic() + PATIENCE_S
    machine.console.type(preload)
    while (done := steps(machine, cloud) - start) < limit and "POST result" not in cloud.steps:
        assert time.monotonic() < until, f"{cloud.steps}\n{machine.console.text}"
        time.sleep(0.002)  # less than a write takes
    return done


def test_shadow_survives_cuts(cloud: Cloud, machine_of: MachineOf, disk: Image) -> None:
    machine = machine_of(disk)
    others = boot(machine)[0].others
    old, total = "Uncut@12345", reset_until(machine, cloud, "Uncut@12345", 10**6)
    survived = []
    for number in range(CUTS):
        new = f"Cut@{number:08}"
        reset_until(machine, cloud, new, 1 + number * total // CUTS)
        machine.power_cut()
        seen = cloud.steps
        before, after = boot(machine)
        where = f"cut {number} of {total} steps, after {seen}: {before}, {after}"
        assert before.others == after.others == others, where
        assert verifies(old, before.root) or verifies(new, before.root), where
        assert verifies(new, after.root), where
        assert not cloud.is_pending and cloud.steps.count("DELETE password") == 1, f"{where}: {cloud.steps}"
        survived.append(verifies(new, before.root))
        old = new
    print(f"{total} steps; the new password survived: {survived}")
    assert 2 < sum(survived) < CUTS - 2, "the cuts were not spread over the reset"


def test_what_is_written_in_place_is_torn(cloud: Cloud, machine_of: MachineOf, disk: Image) -> None:
    """So the test above can fail."""
    machine = machine_of(disk)
    others = boot(machine)[0].others
    old = OLD_PASSWORD
    for limit in range(8, 60, 6):
        new = f"Cut@{limit:08}"
        reset_until(machine, cloud, new, limit, preload="/torn.so")
        machine.power_cut()
        before, after = boot(machine)
        if before.others != others or not (verifies(old, before.root) or verifies(new, before.root)):
            return
        old = new
    pytest.fail("every shadow file was whole")
