# SPDX-License-Identifier: Apache-2.0
"""The traces of the Java plugin in a throw-away tree, all that can be seen of such a tree, and the command on it."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import struct
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
SCRIPT = TOP / "packaging/replace-java-plugin.sh"

SERVICES = ("cloudResetPwdAgent", "cloudResetPwdUpdateAgent")
FOLDERS = ("CloudrResetPwdAgent", "CloudResetPwdUpdateAgent")
ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHi", tag, permission, name)
    for tag, permission, name in [(1, 7, -1), (2, 5, 4242), (4, 5, -1), (16, 5, -1), (32, 0, -1)]
)  # fmt: skip
CAPABILITY = struct.pack("<IIIII", 0x02000001, 1 << 10, 0, 0, 0)


def put(path: Path, content: bytes | str, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def link(path: Path, target: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def lay_out_service(root: Path, name: str) -> None:
    put(root / "etc/init.d" / name, f"#!/bin/sh\n# {name}\n", 0o755)
    for level, start in (("0", "K20"), ("2", "S80"), ("3", "S80"), ("5", "S80"), ("6", "K20")):
        link(root / f"etc/rc{level}.d/{start}{name}", f"../init.d/{name}")
    put(root / f"usr/lib/systemd/system/{name}.service", f"[Service]\nExecStart=/etc/init.d/{name} start\n")
    link(root / f"etc/systemd/system/multi-user.target.wants/{name}.service", f"/usr/lib/systemd/system/{name}.service")
    put(root / f"etc/systemd/system/{name}.service.d/limits.conf", "[Service]\nNice=5\n")


def lay_out_folder(folder: Path) -> None:
    """Files as the plugin has them, and whatever else can stand in a folder."""
    put(folder / "bin/wrapper", os.urandom(20000), 0o4755)
    jar = put(folder / "lib/log4j-core-2.8.2.jar", os.urandom(300000), 0o640)
    os.link(jar, folder / "lib/the same.jar")
    put(folder / "conf/a name with spaces, 'quotes' and a \\ backslash", "x", 0)
    put(folder / "logs/line one\nline two", "two lines\n", 0o600)
    put(folder / "logs/-rf", "")
    put(folder.joinpath(os.fsdecode(b"logs/\xff\xfe")), "no UTF-8")
    link(folder / "logs/current", "line one\nline two")
    link(folder / "conf/dangling", "/nowhere/at all")
    (folder / "empty").mkdir(mode=0o1777)
    os.mkfifo(folder / "pipe", 0o620)
    os.chown(folder / "bin/wrapper", 1234, 4321)
    (folder / "bin/wrapper").chmod(0o4755)
    os.chown(folder / "conf/dangling", 77, 78, follow_symlinks=False)
    os.setxattr(jar, "user.note", b"\x00\xff")
    os.setxattr(jar, "security.selinux", b"system_u:object_r:usr_t:s0\x00")
    os.setxattr(folder / "logs/-rf", "security.capability", CAPABILITY)
    os.setxattr(folder / "lib", "system.posix_acl_access", ACL)
    for number, path in enumerate(sorted(folder.rglob("*"), reverse=True)):
        os.utime(path, ns=(1, 1_500_000_000_123_456_789 + number), follow_symlinks=False)


def lay_out(root: Path) -> Path:
    for name in SERVICES:
        lay_out_service(root, name)
    for name in FOLDERS:
        lay_out_folder(root / name)
    put(root / "etc/init.d/other", "not ours")
    put(root / "etc/cloudResetPwdAgent", "not at a place of the plugin")
    put(root / "CloudResetPwdAgent.txt", "not ours")
    put(root / "usr/sbin/resetpwd-agent", "", 0o755)
    (root / "var/lib").mkdir(parents=True)
    return root


def is_trace(path: str) -> bool:
    return path.split("/")[0] in FOLDERS or bool(
        re.match(r"(etc|usr)/.*/([SK]\d\d)?cloudResetPwd(Update)?Agent(\.|/|$)", path)
    )


def state(root: Path) -> dict[str, object]:
    """Everything that a tree is, but for the times of what is not the plugin's, inode numbers and tarballs."""
    found: dict[str, object] = {}
    inodes: dict[int, str] = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if name.endswith(".tar.gz"):
            continue
        about = path.lstat()
        content = hashlib.sha256(path.read_bytes()).digest() if path.is_file() and not path.is_symlink() else b""
        found[name] = (
            oct(about.st_mode), about.st_uid, about.st_gid, is_trace(name) and about.st_mtime_ns, content,
            inodes.setdefault(about.st_ino, name), path.is_symlink() and os.readlink(path),
            {key: os.getxattr(path, key, follow_symlinks=False) for key in os.listxattr(path, follow_symlinks=False)},
        )  # fmt: skip
    return found


def without_traces(tree: dict[str, object]) -> dict[str, object]:
    return {name: about for name, about in tree.items() if not is_trace(name)}


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "a root")


def run(*words: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [str(word) for word in words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def in_mounts(*lines: str) -> subprocess.CompletedProcess[str]:
    return run("unshare", "--mount", "sh", "-euc", "\n".join(["mount --make-rprivate /", *lines]))


def tarballs(root: Path) -> list[Path]:
    return sorted((root / "var/lib").glob("*"))


def replace(root: Path, *options: object, **how: object) -> subprocess.CompletedProcess[str]:
    return run(SCRIPT, "--root", root, *options, **how)


def undo(done: subprocess.CompletedProcess[str]) -> subprocess.CompletedProcess[str]:
    """Does what the command said is to be done to undo it."""
    printed = re.search(r"\./install\.sh replace-java-plugin (.*)", done.stdout)
    assert printed and "--root" in printed[1], done.stdout  # never undo into the machine itself
    return run(SCRIPT, *shlex.split(printed[1]))
