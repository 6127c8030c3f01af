# SPDX-License-Identifier: Apache-2.0
"""cloud-init's first boot, with the metadata service that the agent asks, too.

cloud-init makes the account and locks its password; a reset that came before would be lost.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import image
from cloud.openstack import MTU
from checks import check, failed
from conftest import MachineOf
from image import INSTALL_DEB, OLD_PASSWORD
from service import UUID, Cloud

NEW = "New@1234567"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKsHoGbVsnBW0pQpYVXMtnGbrPzJdNzr3cmdqMfHnH9s owner"
MAC = "52:54:00:12:34:56"  # QEMU's first
USER_DATA = b"#cloud-config\nwrite_files: [{path: /etc/from-user, content: the user}]\n"
VENDOR_DATA = {"cloud-init": "#!/bin/sh\nset -eu\necho the vendor >/etc/from-vendor\n"}
SETTINGS = """
sed -i 's/^ID=.*/ID=ubuntu/' /usr/lib/os-release
rm /etc/systemd/network/*  # cloud-init makes the network
cat >/etc/cloud/cloud.cfg.d/vm.cfg <<END
datasource_list: [OpenStack]
datasource: {OpenStack: {max_wait: 300}}
system_info: {default_user: {name: ubuntu, lock_passwd: true, shell: /bin/bash}}
ssh_deletekeys: false
ssh_genkeytypes: [ed25519]
# What touches accounts comes late: Debian has it before sysinit.target, others at any time.
cloud_init_modules: [write-files, set_hostname]
cloud_config_modules: [users-groups, ssh, set-passwords]
cloud_final_modules: [scripts-vendor, final-message]
END
"""
# What an owner may have left in there, and forgotten.
ALWAYS = f"""cat >/etc/cloud/cloud.cfg.d/zz.cfg <<END
chpasswd:
  expire: false
  users: [{{name: ubuntu, password: {OLD_PASSWORD}, type: text}}]
cloud_config_modules:
- [set-passwords, always]
END
"""
OPENSTACK = "type=1,product=OpenStack Nova"


@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        # The console waits for a prompt that ends so.
        cloud.add_instance(
            UUID, name="web-guest", mac=MAC, public_keys={"owner": KEY}, user_data=USER_DATA, vendor_data=VENDOR_DATA
        )
        yield cloud


def test_first_boot(cloud: Cloud, machine_of: MachineOf) -> None:
    machine = machine_of(image.build("cloudinit", "cloudinit", INSTALL_DEB + SETTINGS, image.package(".deb")))
    cloud.reset(NEW)
    machine.boot("-smbios", OPENSTACK)
    cloud.await_acknowledgement()
    machine.await_outcome("applied: reset of ubuntu")
    machine.ssh(NEW, "cloud-init status --wait", "ubuntu")
    assert machine.enters(NEW, "ubuntu")
    assert not machine.enters(OLD_PASSWORD, "ubuntu")
    # It was cloud-init that made the account, for this instance, and locked its password.
    log = machine.ssh(NEW, f"sudo cat /var/log/cloud-init.log; sudo ls /var/lib/cloud/instances/{UUID}", "ubuntu")
    assert "Adding user ubuntu" in log and "['passwd', '-l', 'ubuntu']" in log
    assert "WARNING" not in log
    # All that the cloud has to say was obeyed.
    assert machine.ssh(NEW, "cat /etc/from-user", "ubuntu") == "the user"
    assert machine.ssh(NEW, "cat /etc/from-vendor", "ubuntu") == "the vendor\n"
    assert machine.ssh(NEW, "hostname", "ubuntu") == "web-guest\n"
    assert KEY in machine.ssh(NEW, "cat .ssh/authorized_keys", "ubuntu")
    assert machine.ssh(NEW, "cat /sys/class/net/eth0/address /sys/class/net/eth0/mtu", "ubuntu") == f"{MAC}\n{MTU}\n"

    # Once in the life of an instance: unless it is told to.
    findings = check(machine, OLD_PASSWORD)
    assert (findings["cloud-init"].level, failed(findings)) == ("OK", {}), findings
    findings = check(machine, OLD_PASSWORD, ALWAYS)
    assert (findings["cloud-init"].level, failed(findings)) == ("WARN", {}), findings
    machine.reboot(OLD_PASSWORD)
    machine.ssh(OLD_PASSWORD, "cloud-init status --wait")
    assert machine.enters(OLD_PASSWORD, "ubuntu")
    assert check(machine, OLD_PASSWORD, findings["cloud-init"].mend or "")["cloud-init"].level == "OK"
