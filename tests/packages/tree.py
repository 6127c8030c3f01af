# SPDX-License-Identifier: Apache-2.0
"""Debian trees to build and install in: each a layer over one that stays as it is, without any network but ours."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloud import ReferenceCloud
from crypt3 import verifies
from debian_tree import command, debian_tar, unpack

ADDRESS = "169.254.169.254"
UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"
PASSWORD = "Packaged@2026"
STATE = "var/lib/resetpwd-agent"
CONF = "etc/resetpwd-agent.conf"
CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)
# Where a package manager keeps accounts of its own, and the tools of passwd the last state but one.
BOOKS = ("var/lib/dpkg", "var/lib/rpm", "var/log", "var/cache", "tmp", "run", "proc", "dev", "root")
BOOKS += ("etc/group-", "etc/gshadow-", "etc/passwd-", "etc/shadow-")


def checked(code: int) -> None:
    """What libc returned was not a failure."""
    if code != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def leave_mounts() -> None:
    """What this process mounts is seen by its children only, and ends with it."""
    checked(LIBC.unshare(CLONE_NEWNS))
    command("mount", "--make-rprivate", "/")


@contextmanager
def own_network() -> Iterator[None]:
    """A loopback device that owns the metadata address, and nothing else: for this thread and what it starts."""
    with open("/proc/thread-self/ns/net", encoding="ascii") as home:
        checked(LIBC.unshare(CLONE_NEWNET))
        try:
            command("ip", "link", "set", "lo", "up")
            command("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo")
            yield
        finally:
            checked(LIBC.setns(home.fileno(), CLONE_NEWNET))


@contextmanager
def pending_reset() -> Iterator[ReferenceCloud]:
    """A network with a metadata service in it, in which a reset waits for the machine that asks."""
    with own_network(), ReferenceCloud((ADDRESS, 80)) as cloud:
        cloud.add_instance(UUID)
        cloud.request_reset(UUID, PASSWORD)
        yield cloud


class Tree:
    """A system as a tree of files."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def sh(self, script: str, *arguments: object) -> str:
        """Run a script of the shell in it, with processes of its own; returns what it says."""
        outside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.path}/proc"]
        inside = ["chroot", self.path, "env", "-i", "LC_ALL=C.UTF-8", "HOME=/root", "DEBIAN_FRONTEND=noninteractive"]
        path = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"
        return command(*outside, *inside, path, "sh", "-euc", script, "sh", *arguments)

    def take(self, file: Path) -> str:
        """Copy a file of ours into it; returns where it is there."""
        shutil.copy(file, self.path / "tmp")
        return f"/tmp/{file.name}"

    def files(self) -> set[str]:
        """Everything in it, but for what package managers and shells keep accounts in."""
        listed = command("find", self.path, "-xdev", "-printf", "%P %m\\n").splitlines()
        return {line for line in listed if not line.startswith(BOOKS)}

    def conf(self) -> str:
        """Our configuration file."""
        return (self.path / CONF).read_text()

    def edit_conf(self) -> None:
        """What an owner does."""
        with (self.path / CONF).open("a", encoding="ascii") as file:
            file.write("deadline_s = 60\n")

    def write_record(self) -> None:
        """As if a reset had been applied here."""
        (self.path / STATE / "record").write_text("a record\n")

    def is_enabled(self) -> bool:
        """Does systemd start it at boot?"""
        return self.sh("systemctl is-enabled resetpwd-agent.service || true").strip() == "enabled"

    def pretend_systemd_runs(self) -> None:
        """From here on systemctl only writes down what it is told."""
        (self.path / "run/systemd/system").mkdir(parents=True)
        (self.path / "sbin/init").touch()
        systemctl = self.path / "bin/systemctl"
        systemctl.unlink()
        systemctl.write_text('#!/bin/sh\necho "$@" >>/tmp/told\n')
        systemctl.chmod(0o755)

    def told_systemd(self) -> list[str]:
        """What that was about services that run, since the last call."""
        file = self.path / "tmp/told"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return [line for line in lines if re.search("start|stop|kill", line)]

    def password_hash(self) -> str:
        """Root's."""
        lines = (self.path / "etc/shadow").read_text().splitlines()
        return next(line for line in lines if line.startswith("root:")).split(":")[1]


@contextmanager
def unpacked(suite: str, packages: list[str], *options: str) -> Iterator[Tree]:
    """A minimal system of this suite with these packages."""
    with tempfile.TemporaryDirectory(prefix=f"{suite}-") as folder:
        unpack(debian_tar(suite, packages, *options), Path(folder))
        yield Tree(Path(folder))


@contextmanager
def layer_over(base: Tree, work: Path) -> Iterator[Tree]:
    """A tree that begins as the base; nothing is changed in that."""
    place = work / "tree"
    for folder in (place, work / "upper", work / "work"):
        folder.mkdir()
    command(
        "mount", "-t", "overlay", "overlay", "-o",
        f"lowerdir={base.path},upperdir={work}/upper,workdir={work}/work", place,
    )  # fmt: skip
    try:
        yield Tree(place)
    finally:
        command("umount", place)
        shutil.rmtree(work)


def assert_resets(tree: Tree, cloud: ReferenceCloud) -> None:
    """The agent in this tree sets the password that waits for it, and confines what speaks to the network wholly."""
    assert cloud.requests == []
    (tree.path / "tmp/strict.conf").write_text("require_confinement = yes\n")
    tree.sh("resetpwd-agent run --config /tmp/strict.conf")
    assert verifies(PASSWORD, tree.password_hash())
    assert cloud.pending(UUID) is None
