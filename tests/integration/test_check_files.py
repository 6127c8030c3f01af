# SPDX-License-Identifier: Apache-2.0
"""`check`: the shadow file, what keeps it from being replaced, and the label that SELinux wants on it."""

from __future__ import annotations

import os
import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import Iterator, List

import pytest

from checking import Found, check, mend
from sandbox import attribute, command, mounted
from throwaway import Root

LABEL = "security.selinux"
SHADOW_T = b"system_u:object_r:shadow_t:s0\0"
GROUPS = "root:x:0:\nshadow:x:42:\n"
ETC_T = b"system_u:object_r:etc_t:s0\0"


@pytest.fixture(autouse=True)
def fixture_groups(root: Root) -> None:
    """As on Debian."""
    (root.etc / "group").write_text(GROUPS)


@pytest.fixture(name="etc")
def fixture_etc(root: Root) -> Iterator[Path]:
    """The throw-away /etc in the place of the machine's: mends are for the running system."""
    with mounted("--bind", root.etc, "/etc"):
        yield Path("/etc")


def assert_mended(name: str, level: str, *words: str) -> Found:
    """The running system is found like that; what is named as its mend mends it."""
    found = check().find(name)
    assert found.level == level and all(word in found.found for word in words), found
    mend(found)
    assert check().is_ok(name), check().find(name)
    return found


def find(root: Root, name: str) -> Found:
    """What is found of the throw-away system as an image."""
    return check(root.path).find(name)


# shadow-file


def test_shadow_is_well(root: Root) -> None:
    for mode in (0, 0o400, 0o600, 0o640):
        root.shadow.chmod(mode)
        found = find(root, "shadow-file")
        assert found.level == "OK" and f"mode {mode:03o}" in found.found


def test_shadow_is_missing(etc: Path) -> None:
    (etc / "shadow").unlink()
    assert_mended("shadow-file", "FAIL", "there is no /etc/shadow")


def test_etc_is_missing(root: Root) -> None:
    shutil.rmtree(root.etc)
    found = find(root, "shadow-file")
    assert (found.level, found.mend) == ("FAIL", None)
    assert find(root, "immutable").level == find(root, "read-only").level == "SKIP"


def test_etc_is_a_file(root: Root) -> None:
    shutil.rmtree(root.etc)
    root.etc.touch()
    answer = check(root.path)
    for name in ("shadow-file", "read-only", "disk-space", "lock"):
        found = answer.find(name)
        assert found.level == "SKIP" and "Not a directory" in found.found


@pytest.mark.parametrize("target", ["elsewhere", "/etc/shadow", "nowhere", "/proc/self/root/etc/shadow"])
def test_shadow_is_a_link(root: Root, target: str) -> None:
    root.shadow.rename(root.etc / "elsewhere")
    root.shadow.symlink_to(target)
    found = find(root, "shadow-file")
    assert found.level == "FAIL" and f"/etc/shadow is a link to {target}" in found.found


def test_etc_is_a_link(root: Root) -> None:
    root.etc.rename(root.path / "real")
    root.etc.symlink_to("real")
    found = find(root, "shadow-file")
    assert found.level == "FAIL" and "/etc is a link to real" in found.found


@pytest.mark.parametrize("kind", ["a folder", "a named pipe", "a device"])
def test_shadow_is_no_file(root: Root, kind: str) -> None:
    root.shadow.unlink()
    if kind == "a folder":
        root.shadow.mkdir()
    elif kind == "a named pipe":
        os.mkfifo(root.shadow)
    else:
        os.mknod(root.shadow, 0o20600, os.makedev(1, 3))
    found = find(root, "shadow-file")
    assert found.level == "FAIL" and kind in found.found


def test_shadow_is_a_socket(root: Root) -> None:
    root.shadow.unlink()
    os.mknod(root.shadow, 0o140600)
    assert "a socket" in find(root, "shadow-file").found


def test_shadow_is_a_mount(root: Root, etc: Path) -> None:
    command("mount", "--bind", shutil.copy2(root.shadow, root.etc / "copy"), etc / "shadow")
    assert check(Path("/")).find("shadow-file").mend == "umount /etc/shadow"
    assert_mended("shadow-file", "FAIL", "mount")


def test_shadow_of_an_image_is_a_mount(root: Root) -> None:
    command("mount", "--bind", shutil.copy2(root.shadow, root.etc / "copy"), root.shadow)
    found = find(root, "shadow-file")
    assert (found.level, found.mend) == ("FAIL", f"umount {root.shadow}")
    mend(found)
    assert find(root, "shadow-file").level == "OK"


def test_shadow_is_too_large(root: Root) -> None:
    os.truncate(root.shadow, (16 << 20) + 1)
    found = find(root, "shadow-file")
    assert found.level == "FAIL" and "16 MiB" in found.found


def test_shadow_belongs_to_another(etc: Path) -> None:
    os.chown(etc / "shadow", 1000, 0)
    assert_mended("shadow-file", "FAIL", "the user 1000")


@pytest.mark.parametrize("mode, word", [(0o644, "readable"), (0o642, "writable"), (0o666, "writable")])
def test_shadow_is_open(etc: Path, mode: int, word: str) -> None:
    (etc / "shadow").chmod(mode)
    assert_mended("shadow-file", "WARN", word, f"{mode:o}")
    assert (etc / "shadow").stat().st_mode & 0o777 == mode & 0o750


@pytest.mark.parametrize("group", ["", "shadow:x:42:", "shadow:x:soon:", "shadow", "shadow:x:-5:"])
def test_shadow_is_open_to_a_group(etc: Path, group: str) -> None:
    (etc / "group").write_text(f"root:x:0:\n{group}\n")
    os.chown(etc / "shadow", 0, 1000)
    assert_mended("shadow-file", "WARN", "the group 1000")
    assert (etc / "shadow").stat().st_gid == (42 if group == "shadow:x:42:" else 0)


def test_shadow_is_writable_for_its_group(etc: Path) -> None:
    (etc / "shadow").chmod(0o660)
    assert_mended("shadow-file", "WARN", "the group shadow")
    assert (etc / "shadow").stat().st_mode & 0o777 == 0o640


def test_shadow_has_several_names(root: Root) -> None:
    os.link(root.shadow, root.etc / "another")
    found = find(root, "shadow-file")
    assert found.level == "OK" and "names" in found.found


# immutable


@pytest.mark.parametrize(
    "paths, letter, level",
    [
        (["shadow"], "i", "FAIL"),
        (["shadow"], "a", "FAIL"),
        (["."], "i", "FAIL"),
        ([".pwd.lock"], "i", "FAIL"),
        (["shadow-"], "i", "WARN"),
        (["shadow", ".pwd.lock", "shadow-"], "i", "FAIL"),
    ],
    ids=str,
)
def test_immutable(etc: Path, paths: List[str], letter: str, level: str) -> None:
    for name in (".pwd.lock", "shadow-"):
        (etc / name).touch()
    with ExitStack() as stack:
        for name in paths:
            stack.enter_context(attribute(etc / name, letter))
        word = "immutable" if letter == "i" else "append-only"
        names = [str((etc / name).resolve()) for name in paths]
        found = assert_mended("immutable", level, *(f"{name} is {word}" for name in names))
        assert found.mend == " ".join([f"chattr -{letter}", *names])


def test_immutable_and_append_only(etc: Path) -> None:
    (etc / ".pwd.lock").touch()
    with attribute(etc / "shadow", "i"), attribute(etc / ".pwd.lock", "a"):
        found = assert_mended("immutable", "FAIL", "/etc/shadow is immutable", "/etc/.pwd.lock is append-only")
        assert (found.mend or "").startswith("chattr -ia ")


# selinux


def configure(root: Root, mode: str, contexts: str = "", local: str = "") -> None:
    """An SELinux system."""
    files = root.etc / "selinux/targeted/contexts/files"
    files.mkdir(parents=True)
    (root.etc / "selinux/config").write_text(f"# how\nSELINUX={mode}\nSELINUXTYPE=targeted\n")
    if contexts:
        (files / "file_contexts").write_text(contexts)
    if local:
        (files / "file_contexts.local").write_text(local)


REFERENCE = "/etc/.*\tsystem_u:object_r:etc_t:s0\n/etc/shadow.*\t--\tsystem_u:object_r:shadow_t:s0\n"


@pytest.mark.parametrize("mode", ["disabled", "none", "", "nonsense"])
def test_no_selinux(root: Root, mode: str) -> None:
    if mode != "none":
        configure(root, mode)
    os.setxattr(root.shadow, LABEL, ETC_T)
    found = find(root, "selinux")
    assert (found.level, found.found) == ("OK", "off")


@pytest.mark.parametrize("contexts", ["", REFERENCE, "\0\xff{{{(((\n" * 9])
@pytest.mark.parametrize("mode, level", [("enforcing", "FAIL"), ("permissive", "WARN"), ("Enforcing", "FAIL")])
def test_label(root: Root, mode: str, level: str, contexts: str) -> None:
    configure(root, mode, contexts)
    os.setxattr(root.shadow, LABEL, SHADOW_T)
    found = find(root, "selinux")
    assert found.level == "OK" and mode.lower() in found.found and "shadow_t" in found.found
    os.setxattr(root.shadow, LABEL, ETC_T)
    found = find(root, "selinux")
    assert found.level == level and "etc_t" in found.found and "not shadow_t" in found.found
    assert found.mend == f"chroot {root.path} touch /.autorelabel"
    (root.path / ".autorelabel").touch()
    found = find(root, "selinux")
    assert found.level == "OK" and "/.autorelabel" in found.found


def test_label_of_a_policy_of_ones_own(root: Root) -> None:
    configure(root, "enforcing", REFERENCE, "/etc/shadow\t--\tsystem_u:object_r:mine_t:s0\n")
    os.setxattr(root.shadow, LABEL, SHADOW_T)
    assert "not mine_t" in find(root, "selinux").found
    (root.etc / "selinux/config").write_text("SELINUX=enforcing\nSELINUXTYPE=../..\n")
    assert find(root, "selinux").level == "FAIL"  # of a policy that cannot be; targeted is there


def test_no_label(root: Root) -> None:
    configure(root, "enforcing", REFERENCE)
    if LABEL in os.listxattr(root.shadow):
        os.removexattr(root.shadow, LABEL)
    found = find(root, "selinux")
    assert found.level == "WARN" and "no label" in found.found and found.mend


def test_no_file_to_have_a_label(root: Root) -> None:
    configure(root, "enforcing", REFERENCE)
    root.shadow.unlink()
    assert find(root, "selinux").level == "SKIP"


def test_selinux_of_the_running_system(tmp_path: Path, etc: Path) -> None:
    """As far as that goes without one: the kernel says its mode in a file."""
    os.setxattr(etc / "shadow", LABEL, ETC_T)
    system = tmp_path / "sys"
    (system / "fs/selinux").mkdir(parents=True)
    with mounted("--bind", system, "/sys"):
        assert check().find("selinux").found == "off"
        for mode, level in (("1", "FAIL"), ("0", "WARN")):
            (system / "fs/selinux/enforce").write_text(mode)
            found = check().find("selinux")
            assert (found.level, found.mend) == (level, "restorecon -F /etc/shadow")
