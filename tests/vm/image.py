# SPDX-License-Identifier: Apache-2.0
"""Disk images of Debian systems that boot: a tree by mmdebstrap, changed in a chroot, written by mke2fs.

An image is kept beside the trees, under a name made of all that went into it. A new one takes the place of the old
one of the same name.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from debian_tree import CACHE, command, debian_tar, locked, unpack

TOP = Path(__file__).resolve().parents[2]
PACKAGES = Path(os.environ.get("PACKAGES", TOP / "dist"))
OLD_PASSWORD = "Forgotten@1"
SIZE = "1500M"

COMMON = (
    "adduser dbus e2fsprogs initramfs-tools iproute2 kmod libcjson1 libcrypt1 libcurl4 libseccomp2 libssl3"
    " linux-image-cloud-amd64 login openssh-server passwd procps sudo udev"
).split()
FLAVOURS = {
    "systemd": ["rpm", "systemd-sysv"],
    "selinux": "attr auditd policycoreutils selinux-basics selinux-policy-default systemd-sysv".split(),
    "cloudinit": ["cloud-init", "systemd-sysv"],
    "sysvinit": "ifupdown initscripts isc-dhcp-client sysv-rc sysvinit-core".split(),
    "openrc": "ifupdown initscripts isc-dhcp-client openrc sysvinit-core".split(),
}
# Smaller and faster: no manuals, and an initramfs with nothing but what QEMU has.
OPTIONS = (
    *(f"--dpkgopt=path-exclude=/usr/share/{folder}/*" for folder in ("doc", "locale", "man")),
    '--essential-hook=mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d"',
    '--essential-hook=printf "MODULES=list\\nCOMPRESS=gzip\\n" >"$1/etc/initramfs-tools/conf.d/vm"',
    '--essential-hook=printf "%s\\n" virtio_pci virtio_blk virtio_net ext4'
    ' >"$1/usr/share/initramfs-tools/modules.d/vm"',
)

# What every machine has: a password that somebody forgot, and sshd that takes passwords.
SETUP = f"""
echo 'root:{OLD_PASSWORD}' | chpasswd
echo guest >/etc/hostname
echo '127.0.0.1 localhost guest' >/etc/hosts
echo 'LABEL=root / ext4 defaults 0 0' >/etc/fstab
cat >/etc/ssh/sshd_config.d/vm.conf <<END
PermitRootLogin yes
PasswordAuthentication yes
LoginGraceTime 0
UseDNS no
END
sed -i 's/^LOGIN_TIMEOUT.*/LOGIN_TIMEOUT 600/' /etc/login.defs
rm -f /etc/resolv.conf
"""
SYSTEMD = """
cat >/etc/systemd/network/vm.network <<END
[Match]
Name=eth0
[Network]
DHCP=ipv4
IPv6AcceptRA=no
LinkLocalAddressing=no
END
cat >/etc/systemd/network/nowhere.network <<END
[Match]
Name=eth1
[Network]
Address=169.254.169.15/24
LinkLocalAddressing=no
[Neighbor]
Address=169.254.169.254
LinkLayerAddress=52:54:00:00:00:99
END
systemctl -q enable systemd-networkd
systemctl -q disable systemd-networkd-wait-online
# Nothing that a reset meets, and seconds of each boot.
systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap \
    fstrim.timer getty@tty1 systemd-binfmt systemd-logind systemd-network-generator systemd-pstore \
    systemd-update-utmp systemd-update-utmp-runlevel modprobe@.service dev-hugepages.mount dev-mqueue.mount \
    sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount
echo 0123456789abcdef0123456789abcdef >/etc/machine-id
mkdir -p /var/log/journal
"""
SYSV = """
printf '%s\\n' 'auto lo' 'iface lo inet loopback' 'auto eth0' 'iface eth0 inet dhcp' >/etc/network/interfaces
echo 'S0:2345:respawn:/sbin/getty -L ttyS0 115200 vt100' >>/etc/inittab
sed -i '/^[1-6]:.*tty[1-6]/d' /etc/inittab
"""
# Where a part of the confinement cannot be had there is no reset, instead of a warning.
REQUIRE_CONFINEMENT = "echo require_confinement = yes >>/etc/resetpwd-agent.conf\n"
INSTALL_DEB = "dpkg -i /tmp/files/*.deb\n" + REQUIRE_CONFINEMENT
SETUPS = {
    "systemd": SETUP + SYSTEMD,
    "selinux": SETUP + SYSTEMD,
    "cloudinit": SETUP + SYSTEMD,
    "sysvinit": SETUP + SYSV,
    "openrc": SETUP + SYSV,
}


@dataclass(frozen=True)
class Image:
    """A folder with a disk and what boots it. Nobody writes to it."""

    folder: Path

    @property
    def disk(self) -> Path:
        return self.folder / "disk"

    @property
    def kernel(self) -> Path:
        return self.folder / "kernel"

    @property
    def initrd(self) -> Path:
        return self.folder / "initrd"


def package(suffix: str) -> Path:
    """The package that was built, .deb or .rpm."""
    found = sorted(PACKAGES.glob(f"resetpwd-agent[_-]*{suffix}"))
    assert len(found) == 1, f"one {suffix} is needed in {PACKAGES} (install.sh package makes it): {found}"
    return found[0]


def build(name: str, flavour: str, script: str = "", *files: Path) -> Image:
    """An image of this flavour, after this script has run in it as root; it finds the files in /tmp/files."""
    tar = debian_tar("bookworm", COMMON + FLAVOURS[flavour], *OPTIONS)
    script = f"{SETUPS[flavour]}{script}"
    recipe = hashlib.sha256(f"{tar.name}\0{SIZE}\0{script}\0{Path(__file__).read_text()}".encode())
    for file in files:
        recipe.update(file.name.encode() + file.read_bytes())
    image = Image(CACHE / f"vm-{name}-{recipe.hexdigest()[:12]}")
    with locked(CACHE / f"vm-{name}.lock"):
        if not image.folder.exists():
            for old in CACHE.glob(f"vm-{name}-" + "?" * 12):
                shutil.rmtree(old)
            with tempfile.TemporaryDirectory(dir=CACHE, prefix="build-") as work:
                make(Path(work), tar, script, files, image)
    return image


def make(work: Path, tar: Path, script: str, files: tuple[Path, ...], image: Image) -> None:
    """Build an image in this folder, then put it into its place."""
    tree, made = work / "tree", Image(work / "image")
    unpack(tar, tree)
    made.folder.mkdir()
    shutil.copy(next(tree.glob("boot/vmlinuz-*")), made.kernel)
    made.initrd.write_bytes(gzip.decompress(next(tree.glob("boot/initrd.img-*")).read_bytes()))
    in_chroot(tree, script, files)
    command("mke2fs", "-q", "-t", "ext4", "-L", "root", "-E", "lazy_itable_init=0", "-d", tree, made.disk, SIZE)
    made.folder.rename(image.folder)


def in_chroot(tree: Path, script: str, files: tuple[Path, ...]) -> None:
    """Run a script as whoever bakes an image does: no network, and no service is started."""
    given, policy = tree / "tmp/files", tree / "usr/sbin/policy-rc.d"
    given.mkdir()
    for file in files:
        shutil.copy(file, given)
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    (tree / "script").write_text(f"set -eu\nmount -t proc proc /proc\nexport DEBIAN_FRONTEND=noninteractive\n{script}")
    command("unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "chroot", tree, "/bin/sh", "/script")
    (tree / "script").unlink()
    policy.unlink()
    shutil.rmtree(given)
