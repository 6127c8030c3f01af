# SPDX-License-Identifier: Apache-2.0
"""What each release's cloud-init makes of the reference cloud's OpenStack documents: in a tree, without a boot."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).resolve().parent.parent / "packages"))  # for tree alone

from cloud import ReferenceCloud
from cloud.openstack import MTU
from debian_tree import command
from tree import ADDRESS, UUID, Tree, leave_mounts, own_network, unpacked

MAC = "52:54:00:12:34:56"
KEY = "ssh-ed25519 AAAA owner"
USER_DATA = b"#cloud-config\nwrite_files: [{path: /from-user, content: the user}]\n"
VENDOR_DATA = {"cloud-init": "#!/bin/sh\nset -eu\necho the vendor >/from-vendor\n"}
SETTINGS = """
datasource_list: [OpenStack]
cloud_init_modules: [write-files]
cloud_final_modules: [scripts-vendor]
"""
# Process 1 tells that this is OpenStack where the firmware cannot; nobody is there to lease an address.
CLOUD_INIT = """
mount -t sysfs sysfs /sys
ln -sf /bin/true /sbin/ifup
cloud-init init
cloud-init modules --mode final
"""
OPENSTACK = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "product_name=OpenStack Nova")


@pytest.fixture(autouse=True)
def own_mounts() -> None:
    leave_mounts()


@pytest.fixture(name="system", params=["bullseye", "bookworm", "trixie"])
def fixture_system(request: pytest.FixtureRequest) -> Iterator[Tree]:
    """A release with its cloud-init."""
    with unpacked(request.param, ["cloud-init", "ifupdown"]) as system:
        yield system


@pytest.fixture(name="cloud")
def fixture_cloud(system: Tree) -> Iterator[ReferenceCloud]:
    """It owns 169.254.169.254 in a network of its own, beside an interface that leads nowhere.

    The system is there by then: it may have to come from elsewhere.
    """
    with own_network(), ReferenceCloud((ADDRESS, 80)) as cloud:
        command("ip", "tuntap", "add", "eth0", "mode", "tap")
        command("ip", "link", "set", "eth0", "address", MAC)
        yield cloud


def test_first_boot(system: Tree, cloud: ReferenceCloud) -> None:
    cloud.add_instance(
        UUID, name="guest", mac=MAC, public_keys={"owner": KEY}, user_data=USER_DATA, vendor_data=VENDOR_DATA
    )
    tree = system.path
    (tree / "etc/cloud/cloud.cfg.d/99-test.cfg").write_text(SETTINGS)
    command(
        *("unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", f"--mount-proc={tree}/proc"),
        *("chroot", tree, *OPENSTACK, "sh", "-euc", CLOUD_INIT),
    )
    known = json.loads((tree / "run/cloud-init/instance-data.json").read_text())["v1"]
    assert (known["instance_id"], known["local_hostname"]) == (UUID, "guest")
    assert (known["platform"], known["public_ssh_keys"]) == ("openstack", [KEY])
    assert (tree / "from-user").read_text() == "the user"
    assert (tree / "from-vendor").read_text() == "the vendor\n"
    interfaces = (tree / "etc/network/interfaces.d/50-cloud-init").read_text()
    assert "iface eth0 inet dhcp" in interfaces and f"mtu {MTU}" in interfaces
    log = (tree / "var/log/cloud-init.log").read_text().splitlines()
    assert [line for line in log if "WARNING" in line and "dmi" not in line] == []
