# SPDX-License-Identifier: Apache-2.0
"""SELinux enforcing, with Debian's policy, which knows nothing of this package."""

from __future__ import annotations

import json
from typing import Any

import image
from conftest import MachineOf, reset_by_reboot
from image import INSTALL_DEB, OLD_PASSWORD, Image
from service import Cloud

NEW = "New@1234567"
LABELS = """
sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config
systemctl -q mask selinux-autorelabel.service selinux-autorelabel-mark.service
systemctl -q enable auditd
setfiles -F -e /proc /etc/selinux/default/contexts/files/file_contexts /
"""
ENFORCING = "security=selinux selinux=1 enforcing=1"
# One session: with a shadow file that nobody may read there is no second one.
MISLABEL = """
check() { resetpwd-agent check --json | tr -d '\\n'; echo; }
check
chcon -t tmp_t /etc/shadow
check
resetpwd-agent check | sed -n 's/^selinux .*; mend: //p' | sh
check
touch /.autorelabel
chcon -t tmp_t /etc/shadow
check
rm /.autorelabel
setenforce 0
check
"""


def labelled() -> Image:
    """A Debian that has SELinux, with all its files labelled."""
    return image.build("selinux", "selinux", INSTALL_DEB + LABELS, image.package(".deb"))


def found(line: str, name: str) -> dict[str, Any]:
    """What a check found."""
    checks = {check["name"]: check for check in json.loads(line)["checks"]}
    return dict(checks[name])


def test_check(cloud: Cloud, machine_of: MachineOf) -> None:
    machine = machine_of(labelled())
    machine.boot(append=ENFORCING)
    cloud.await_step("GET password")
    healthy, bad, mended, pending, permissive = machine.ssh(OLD_PASSWORD, MISLABEL).splitlines()
    assert not [check for check in json.loads(healthy)["checks"] if check["level"] == "FAIL"]
    assert found(healthy, "selinux")["level"] == "OK" and "enforcing" in found(healthy, "selinux")["found"]
    assert found(bad, "selinux")["level"] == "FAIL" and "tmp_t" in found(bad, "selinux")["found"]
    assert found(mended, "selinux") == found(healthy, "selinux")
    assert found(pending, "selinux")["level"] == "OK" and "autorelabel" in found(pending, "selinux")["found"]
    assert found(permissive, "selinux")["level"] == "WARN" and "permissive" in found(permissive, "selinux")["found"]


def test_labels_that_nobody_reads(cloud: Cloud, machine_of: MachineOf) -> None:
    """SELinux is switched off: the labels are still there, and may not be set by the service."""
    machine = machine_of(labelled())
    machine.boot(append="selinux=0")
    reset_by_reboot(cloud, machine, NEW)
    label = "getfattr -h -n security.selinux /etc/passwd | grep -c passwd_file_t || true"
    assert machine.ssh(NEW, f"{label}; ls -d /sys/fs/selinux || true").splitlines()[0] != "0"


def test_shadow_keeps_its_label(cloud: Cloud, machine_of: MachineOf) -> None:
    machine = machine_of(labelled())
    machine.boot(append=ENFORCING)
    reset_by_reboot(cloud, machine, NEW)
    state = "getenforce; stat -c %C /etc/shadow /etc/shadow-; systemctl is-active auditd"
    label = "system_u:object_r:shadow_t:s0"
    assert machine.ssh(NEW, state).splitlines() == ["Enforcing", label, label, "active"]
    # The log has something to say, so it would say this, too.
    log = machine.ssh(NEW, "cat /var/log/audit/audit.log; journalctl -k -o cat --grep audit || true")
    assert "type=SERVICE_START" in log and "resetpwd-agent" in log, log
    denials = [line for line in log.splitlines() if "denied" in line and ("resetpwd" in line or "shadow" in line)]
    assert denials == []
