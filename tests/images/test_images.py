# SPDX-License-Identifier: Apache-2.0
"""Each example bakes an image for real; it then boots, without a trace of the baking, and is reset."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import image
import pytest
from debian_tree import command, debian_tar, unpack
from image import OLD_PASSWORD, Image
from machine import SMP, Machine
from service import Cloud
from workshop import TOP, run_tool

NEW_PASSWORD = "Baked@12345"
FLAVOUR = "cloudinit"  # has the Python that diskimage-builder wants in an image
# The base has forgotten runs of another machine in it, which no image may have.
BASE = """
touch /etc/cloud/cloud-init.disabled
mkdir -m 700 /var/lib/resetpwd-agent
echo 'of another machine' >/var/lib/resetpwd-agent/record
"""
DISK = "root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet"

Bake = Callable[[Path, Image], Path]


def base() -> Image:
    return image.build("images", FLAVOUR, BASE)


def packer(bench: Path, start: Image) -> Path:
    for part in (start.disk, start.kernel, start.initrd):
        command("cp", "--sparse=always", part, bench)
    options = [["-kernel", "kernel"], ["-initrd", "initrd"], ["-append", DISK], SMP]
    values = {
        "image": "disk",
        "package": "package.deb",
        "ssh_password": OLD_PASSWORD,
        "accelerator": "tcg",
        "qemuargs": json.dumps(options),
    }
    variables = [word for name, value in values.items() for word in ("-var", f"{name}={value}")]
    run_tool(bench, "packer", "build", *variables, "/source/packaging/images/packer/resetpwd-agent.pkr.hcl")
    command("qemu-img", "convert", "-O", "raw", bench / "output/resetpwd-agent.qcow2", bench / "baked")
    return bench / "baked"


def virt_customize(bench: Path, start: Image) -> Path:
    command("cp", "--sparse=always", start.disk, bench / "baked")
    run_tool(
        bench, "env", "LIBGUESTFS_BACKEND=direct", "LIBGUESTFS_BACKEND_SETTINGS=force_tcg",
        "/source/packaging/images/virt-customize/bake.sh", "baked", "package.deb", "--no-network",
        "--smp", "2", "--format", "raw",
    )  # fmt: skip
    return bench / "baked"


def diskimage_builder(bench: Path, _: Image, more: str = "") -> Path:
    tree = bench / "tree"
    unpack(debian_tar("bookworm", image.COMMON + image.FLAVOURS[FLAVOUR], *image.OPTIONS), tree)
    image.in_chroot(tree, image.SETUPS[FLAVOUR] + BASE + more, ())
    command("tar", "--numeric-owner", "-C", tree, "-cf", bench / "base.tar", ".")
    shutil.rmtree(tree)
    run_tool(
        bench, "env", "DIB_RESETPWD_AGENT_PACKAGE=package.deb", "DIB_LOCAL_BASE=/bench/base.tar", "DIB_NO_TMPFS=1",
        "TMPDIR=/bench", "ELEMENTS_PATH=/source/packaging/images/diskimage-builder:/source/tests/images",
        "disk-image-create", "-n", "-t", "raw", "-o", "baked", "local-base", "resetpwd-agent",
    )  # fmt: skip
    return bench / "baked.raw"


def reset_works(cloud: Cloud, machine: Machine) -> None:
    cloud.reset(NEW_PASSWORD)
    machine.boot()
    cloud.await_acknowledgement()
    assert machine.enters(NEW_PASSWORD)
    assert not machine.enters(OLD_PASSWORD)


@pytest.mark.parametrize("bake", [packer, virt_customize, diskimage_builder])
def test_baked_image_boots_and_is_reset(
    bake: Bake, bench: Path, cloud: Cloud, machine_of: Callable[[Image], Machine]
) -> None:
    start = base()
    shutil.copy(image.package(".deb"), bench / "package.deb")
    baked = bake(bench, start)
    record = command("debugfs", "-R", "ls -p /var/lib/resetpwd-agent", baked)
    assert re.findall(r"/([^/]+)/\d*/$", record, re.MULTILINE) == [".", ".."], record
    folder = bench / "image"
    folder.mkdir()
    for name, part in {"disk": baked, "kernel": start.kernel, "initrd": start.initrd}.items():
        (folder / name).symlink_to(part)
    reset_works(cloud, machine_of(Image(folder)))


def test_no_image_is_made_where_a_reset_would_not_work(bench: Path) -> None:
    shutil.copy(image.package(".deb"), bench / "package.deb")
    with pytest.raises(AssertionError) as failure:
        diskimage_builder(bench, base(), "ln -s /dev/null /etc/systemd/system/resetpwd-agent.service\n")
    said = str(failure.value)
    assert re.search(r"service +FAIL +masked by /etc/systemd/system/resetpwd-agent\.service; mend: ", said), said
    assert said.count(" FAIL  ") == 1, said
    assert not (bench / "baked.raw").exists()


@pytest.mark.parametrize("example", ["packer/resetpwd-agent.pkr.hcl", "cloud-init/user-data.yaml"])
def test_apt_waits_where_the_system_runs(example: str) -> None:
    """Its own timers may be at work with dpkg there. In virt-customize nothing else runs."""
    calls = re.findall(r"\bapt-get .*", (TOP / "packaging/images" / example).read_text())
    assert len(calls) == 2
    assert all(" -o DPkg::Lock::Timeout=300 " in call for call in calls), calls


def test_cloud_init_installs_it(cloud: Cloud, machine_of: Callable[[Image], Machine]) -> None:
    """Without a network of packages: the address of the package is a place on the disk."""
    package = image.package(".deb")
    user_data = (TOP / "packaging/images/cloud-init/user-data.yaml").read_text()
    user_data, addresses = re.subn(r"https://\S+\.deb", "copy:/srv/package.deb", user_data)
    digest = command("sha256sum", package).split()[0]
    user_data, digests = re.subn(r"SHA256:0{64}", f"SHA256:{digest}", user_data)
    assert (addresses, digests) == (1, 1)
    script = f"""
cp /tmp/files/*.deb /srv/package.deb
seed=/var/lib/cloud/seed/nocloud
mkdir -p $seed
cat >/etc/cloud/cloud.cfg.d/seed.cfg <<'END'
datasource_list: [NoCloud]
# What user data like these need, and no minutes of making keys and locales.
cloud_init_modules: []
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts-user]
END
printf 'instance-id: one\\nlocal-hostname: guest\\n' >$seed/meta-data
cat >$seed/user-data <<'END'
{user_data}END
cloud-init schema --config-file $seed/user-data
"""
    reset_works(cloud, machine_of(image.build("images-cloud-init", FLAVOUR, script, package)))
