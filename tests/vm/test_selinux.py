# SPDX-License-Identifier: Apache-2.0
"""SELinux enforcing, with Debian's policy, which knows nothing of this package."""

from __future__ import annotations

import image
from conftest import MachineOf, reset_by_reboot
from image import INSTALL_DEB
from service import Cloud

NEW = "New@1234567"
LABELS = """
sed -i 's/^SELINUX=.*/SELINUX=enforcing/' /etc/selinux/config
systemctl -q mask selinux-autorelabel.service selinux-autorelabel-mark.service
systemctl -q enable auditd
setfiles -F -e /proc /etc/selinux/default/contexts/files/file_contexts /
"""
ENFORCING = "security=selinux selinux=1 enforcing=1"


def test_shadow_keeps_its_label(cloud: Cloud, machine_of: MachineOf) -> None:
    machine = machine_of(image.build("selinux", "selinux", INSTALL_DEB + LABELS, image.package(".deb")))
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
