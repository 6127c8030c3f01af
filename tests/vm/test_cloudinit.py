# SPDX-License-Identifier: Apache-2.0
"""cloud-init's first boot, with the metadata service that the agent asks, too.

cloud-init makes the account and locks its password; a reset that came before would be lost.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import image
from cloud.wire import Answer, Request, Wire
from conftest import MachineOf
from image import INSTALL_DEB, OLD_PASSWORD
from service import UUID, Cloud

NEW = "New@1234567"
SETTINGS = """
sed -i 's/^ID=.*/ID=ubuntu/' /usr/lib/os-release
cat >/etc/cloud/cloud.cfg.d/vm.cfg <<END
datasource_list: [OpenStack]
datasource: {OpenStack: {metadata_urls: [http://169.254.169.254], max_wait: 300}}
network: {config: disabled}
system_info: {default_user: {name: ubuntu, lock_passwd: true, shell: /bin/bash}}
preserve_hostname: true
# What touches accounts, and that late: Debian has it before sysinit.target, others at any time.
cloud_init_modules: []
cloud_config_modules: [users-groups, set-passwords]
cloud_final_modules: [final-message]
END
"""
OPENSTACK = "type=1,product=OpenStack Nova"


class OpenStack(Cloud):
    """What cloud-init asks for besides, and the agent never: which versions there are."""

    def _handle(self, wire: Wire, request: Request) -> bool:
        if request.path.rstrip("/") != "/openstack":
            return super()._handle(wire, request)
        answer = Answer(body=b"latest\n", content_type="text/plain")
        wire.send(answer.head(*answer.length()) + answer.body)
        return request.keep_alive


@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[Cloud]:
    with OpenStack() as cloud:
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
