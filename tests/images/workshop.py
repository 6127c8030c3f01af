# SPDX-License-Identifier: Apache-2.0
"""The tools that bake images, in a Debian of their own: nothing of them is installed on this machine.

They run without any network but their own loopback.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from debian_tree import CACHE, command, debian_tar, locked, unpack

TOP = Path(__file__).resolve().parents[2]
TOOLS = (
    "guestfs-tools ipxe-qemu linux-image-cloud-amd64 packer python3-diskimage-builder qemu-system-x86 qemu-utils sudo"
).split()
PATIENCE_S = 1500

# Of the tools' system each use sees a copy of its own, in memory.
ENTER = """
tools=$1 bench=$2 source=$3
shift 3
mount --make-rprivate /
mount -t tmpfs none "$bench/system"
cd "$bench/system"
mkdir upper work root
mount -t overlay none -o "lowerdir=$tools,upperdir=upper,workdir=work" root
mkdir root/bench root/source
mount -t proc proc root/proc
mount -t sysfs sysfs root/sys
mount --rbind /dev root/dev
mount --bind "$bench" root/bench
mount -o bind,ro "$source" root/source
hostname localhost
ip link set lo up
exec chroot root env -C /bench HOME=/root USER=root "$@"
"""


def tools() -> Path:
    """The unpacked system of the tools. Nobody writes to it."""
    tar = debian_tar("bookworm", TOOLS)
    folder = CACHE / f"tools-{tar.stem}"
    with locked(CACHE / "tools.lock"):
        if not folder.exists():
            for old in CACHE.glob("tools-*"):
                shutil.rmtree(old)
            part = CACHE / "tools-part"
            unpack(tar, part)
            part.rename(folder)
    return folder


def run_tool(bench: Path, *words: object) -> str:
    """Run a command that must succeed, where the bench is /bench and the sources are /source."""
    (bench / "system").mkdir(exist_ok=True)
    namespaces = "unshare --mount --net --uts --ipc --pid --fork --kill-child sh -euc".split()
    return command(*namespaces, ENTER, "-", tools(), bench, TOP, *words, timeout=PATIENCE_S)
