# SPDX-License-Identifier: Apache-2.0
"""`check`: read-only and full file systems."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

from checking import Found, check, mend
from sandbox import command, mounted, read_only
from throwaway import Root


def find(root: Root, name: str) -> Found:
    """What is found of the throw-away system."""
    return check(root.path).find(name)


def test_all_is_well(root: Root) -> None:
    assert find(root, "read-only").level == "OK"
    assert find(root, "disk-space").level == "OK"


# read-only


@contextmanager
def small(folder: Path, options: str) -> Iterator[None]:
    """The folder on a file system of its own."""
    copy = folder.with_name(f"{folder.name}.copy")
    shutil.copytree(folder, copy)
    with mounted("-t", "tmpfs", "-o", f"mode=755,{options}", "small", folder):
        shutil.copytree(copy, folder, dirs_exist_ok=True)
        yield


def test_etc_is_mounted_read_only(root: Root) -> None:
    with read_only(root.etc):
        found = find(root, "read-only")
        assert found.level == "FAIL" and "/etc is" in found.found
        assert found.mend == f"mount -o remount,bind,rw {root.etc}"
        mend(found)
        assert find(root, "read-only").level == "OK"


def test_the_file_system_is_read_only(root: Root) -> None:
    with small(root.etc, "size=256k"):
        command("mount", "-o", "remount,ro", root.etc)
        found = find(root, "read-only")
        assert found.level == "FAIL" and found.mend == f"mount -o remount,rw {root.etc}"
        mend(found)
        assert find(root, "read-only").level == "OK"


def test_the_running_system_is_read_only(root: Root) -> None:
    with mounted("--bind", root.etc, "/etc"):
        command("mount", "-o", "remount,bind,ro", "/etc")
        found = check().find("read-only")
        assert (found.level, found.mend) == ("FAIL", "mount -o remount,bind,rw /etc")
        mend(found)
        assert check().find("read-only").level != "FAIL"


def test_a_mount_with_an_odd_name(tmp_path: Path) -> None:
    root = Root(tmp_path / "it's a\\root")
    with read_only(root.path):
        found = find(root, "read-only")
        assert found.level == "FAIL"
        mend(found)
        assert find(root, "read-only").level == "OK"


def test_an_image_that_nothing_can_be_written_to(root: Root) -> None:
    """cramfs and the like. What proc(5) says is all that can be had of them without a device."""
    script = """
        sed 's/ - [^ ]* / - squashfs /' /proc/self/mountinfo >"$1"
        mount --bind "$1" /proc/$$/mountinfo
        shift
        exec "$@"
    """
    words = ["unshare", "--mount", "sh", "-euc", script, "sh", str(root.path / "mountinfo")]
    with read_only(root.etc):
        found = check(root.path, before=words).find("read-only")
        assert (found.level, found.mend) == ("FAIL", None), found


@pytest.mark.parametrize("exists", [False, True])
def test_the_record_is_read_only(root: Root, exists: bool) -> None:
    var = root.path / "var"
    (root.state if exists else var).mkdir(parents=True)
    with read_only(var):
        found = find(root, "read-only")
        assert found.level == "WARN" and "/var/lib/resetpwd-agent" in found.found
        mend(found)
        assert find(root, "read-only").level == "OK"


# disk-space


def fill(folder: Path, spare: int = 0) -> Path:
    """Take all blocks but so many."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            file.truncate((file.tell() // 4096 - spare) * 4096)
    return filler


@pytest.mark.parametrize("spare, has_backup, level", [(0, True, "FAIL"), (1, False, "FAIL"), (1, True, "WARN")])
def test_etc_is_full(root: Root, spare: int, has_backup: bool, level: str) -> None:
    (root.etc / ".pwd.lock").touch()
    if has_backup:
        shutil.copy2(root.shadow, root.etc / "shadow-")
    with small(root.etc, "size=8m"):
        filler = fill(root.etc, spare)
        found = find(root, "disk-space")
        assert found.level == level and "full" in found.found and "KiB" in found.found
        filler.unlink()
        assert find(root, "disk-space").level == "OK"


@pytest.mark.parametrize("spare, level", [(0, "FAIL"), (2, "FAIL"), (3, "WARN"), (98, "WARN"), (110, "OK")])
def test_etc_has_no_more_inodes(root: Root, spare: int, level: str) -> None:
    there = len(list(root.etc.iterdir())) + 1
    with small(root.etc, f"size=8m,nr_inodes={there + spare}"):
        found = find(root, "disk-space")
        assert found.level == level and (level == "OK" or "inodes" in found.found), found


def test_nearly_full(root: Root) -> None:
    with small(root.etc, "size=3m"):
        found = find(root, "disk-space")
        assert found.level == "WARN" and "nearly full" in found.found and "MiB" in found.found


@pytest.mark.parametrize("options", ["size=64k", "size=1m,nr_inodes=1"])
def test_no_room_for_the_record(root: Root, options: str) -> None:
    root.state.parent.mkdir(parents=True)
    with mounted("-t", "tmpfs", "-o", options, "small", root.state.parent):
        if "inodes" not in options:
            fill(root.state.parent)
        found = find(root, "disk-space")
        assert found.level == "WARN" and "record" in found.found


def test_a_file_system_without_numbers(tmp_path: Path) -> None:
    """/proc has neither blocks nor inodes."""
    root = Root(tmp_path / "root")
    root.shadow.unlink()
    with mounted("--bind", "/proc/sys", root.etc):
        assert find(root, "disk-space").level == "SKIP"
