# SPDX-License-Identifier: Apache-2.0
"""The shadow file: what stands in its way, what stays as it is, and how passwords are hashed."""

from __future__ import annotations

import errno
import os
import re
import shutil
import struct
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Optional

import pytest

import runner
from machine import Machine
from sandbox import attribute, command, mounted, read_only
from throwaway import LOGIN_DEFS, OLD_PASSWORD

PASSWORD = "Fusion@123"
ROOT_LINE = "root:{}:19000:0:99999:7:::\n"


def assert_refused_in_place(machine: Machine, name: str) -> None:
    """Refused, where the shadow file is not a file whose bytes could be compared."""
    machine.reset(PASSWORD)
    machine.assert_refused(machine.run(), name, untouched=False)


# What stands in its way


def test_shadow_missing(machine: Machine) -> None:
    machine.root.shadow.unlink()
    assert_refused_in_place(machine, "shadow-missing")
    assert not machine.root.shadow.exists() and not (machine.root.etc / "shadow-").exists()


def test_etc_missing(machine: Machine) -> None:
    shutil.rmtree(machine.root.etc)
    machine.reset(PASSWORD)
    machine.assert_outcome(machine.run(), "shadow-missing")
    machine.assert_unacknowledged()
    assert not machine.root.etc.exists()


@pytest.mark.parametrize("target", ["elsewhere", "/etc/shadow", "nowhere"])
def test_shadow_is_a_link(machine: Machine, target: str) -> None:
    elsewhere = machine.root.etc / "elsewhere"
    machine.root.shadow.rename(elsewhere)
    before = elsewhere.read_bytes()
    machine.root.shadow.symlink_to(target)
    assert_refused_in_place(machine, "not-regular")
    assert elsewhere.read_bytes() == before and os.readlink(machine.root.shadow) == target


def test_shadow_is_a_folder(machine: Machine) -> None:
    machine.root.shadow.unlink()
    machine.root.shadow.mkdir()
    assert_refused_in_place(machine, "not-regular")
    assert machine.root.shadow.is_dir()


def test_shadow_is_a_pipe(machine: Machine) -> None:
    machine.root.shadow.unlink()
    os.mkfifo(machine.root.shadow)
    assert_refused_in_place(machine, "not-regular")
    assert machine.root.shadow.is_fifo()


def test_etc_is_a_link(machine: Machine) -> None:
    machine.root.etc.rename(machine.root.path / "real")
    machine.root.etc.symlink_to("real")
    machine.reset(PASSWORD)
    machine.assert_refused(machine.run(), "not-regular")


def test_var_is_a_link_out_of_the_image(machine: Machine, tmp_path: Path) -> None:
    """The password is set; the record is not written where the image points."""
    outside = tmp_path / "outside"
    outside.mkdir()
    var = machine.root.path / "var"
    if var.exists():
        var.rename(machine.root.path / "var.old")
    var.symlink_to(outside)
    machine.reset(PASSWORD)
    ended = machine.run()
    assert ended.code == 0
    machine.assert_set(PASSWORD)
    assert ended.warned("the record of this run could not be written")
    assert list(outside.iterdir()) == []


def test_lock_file_is_a_pipe(machine: Machine) -> None:
    os.mkfifo(machine.root.etc / ".pwd.lock")
    machine.reset(PASSWORD)
    machine.assert_refused(machine.run(), "not-regular")


@pytest.mark.parametrize("letter", ["i", "a"])
@pytest.mark.parametrize("where", ["etc/shadow", "etc"])
def test_immutable(machine: Machine, where: str, letter: str) -> None:
    (machine.root.etc / ".pwd.lock").touch(0o600)
    machine.reset(PASSWORD)
    with attribute(machine.root.path / where, letter):
        machine.assert_refused(machine.run(), "shadow-immutable")
    machine.assert_applied(machine.run(), PASSWORD)


def test_read_only(machine: Machine) -> None:
    machine.reset(PASSWORD)
    with read_only(machine.root.etc):
        machine.assert_refused(machine.run(), "read-only")
    machine.assert_applied(machine.run(), PASSWORD)


def test_read_only_with_a_lock_file(machine: Machine) -> None:
    (machine.root.etc / ".pwd.lock").touch(0o600)
    machine.reset(PASSWORD)
    with read_only(machine.root.etc):
        machine.assert_refused(machine.run(), "read-only")


def test_shadow_itself_is_a_read_only_mount(machine: Machine) -> None:
    machine.reset(PASSWORD)
    with read_only(machine.root.shadow):
        ended = machine.run()
        assert ended.code not in (0, machine.codes["internal-error"])
        machine.assert_refused(ended, machine.status_json()["last_run"]["outcome"])


@contextmanager
def small_disk(machine: Machine, extra: int) -> Iterator[Path]:
    """etc on a file system with room for a few bytes more than it has; yields a file that fills it up."""
    copy = machine.root.path / "etc.copy"
    machine.root.etc.rename(copy)
    machine.root.etc.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=256k,mode=755", "small", machine.root.etc):
        for path in copy.iterdir():
            shutil.copy2(path, machine.root.etc / path.name)
        os.chown(machine.root.shadow, 0, 42)
        filler = machine.root.etc / "filler"
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError as error:
                assert error.errno == errno.ENOSPC
            file.truncate(file.tell() // 4096 * 4096 - extra * 4096)
        yield filler


@pytest.mark.parametrize("pages", [0, 1], ids=["no room", "room for the backup only"])
def test_disk_full(machine: Machine, pages: int) -> None:
    machine.reset(PASSWORD)
    with small_disk(machine, pages) as filler:
        machine.assert_refused(machine.run(), "disk-full")
        filler.unlink()
        machine.assert_applied(machine.run(), PASSWORD)


def test_no_room_for_the_record(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.root.state.mkdir(parents=True)
    with read_only(machine.root.state):
        ended = machine.run()
    assert ended.code == 0 and ended.warned("record")
    machine.assert_set(PASSWORD)
    machine.assert_acknowledged()


def test_backup_is_a_folder(machine: Machine) -> None:
    (machine.root.etc / "shadow-").mkdir()
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    assert ended.warned("backup")
    assert (machine.root.etc / "shadow-").is_dir()


def test_backup_is_a_link(machine: Machine) -> None:
    target = machine.root.path / "target"
    target.write_text("not to be written\n")
    (machine.root.etc / "shadow-").symlink_to(target)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert target.read_text() == "not to be written\n"


def test_temporary_of_an_interrupted_run(machine: Machine) -> None:
    machine.reset(PASSWORD)
    (machine.root.etc / ".shadow.resetpwd-agent").write_text("half a f")
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    assert ended.warned("interrupted")


def test_temporary_that_is_a_link(machine: Machine) -> None:
    target = machine.root.path / "target"
    target.write_text("not to be written\n")
    (machine.root.etc / ".shadow.resetpwd-agent").symlink_to(target)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert target.read_text() == "not to be written\n"


# What stays as it is


def test_owner_mode_and_attributes_stay(machine: Machine) -> None:
    attributes = {
        "user.note": b"mine",
        "trusted.note": b"\0\1\2",
        "security.selinux": b"system_u:object_r:shadow_t:s0\0",
    }
    os.chown(machine.root.shadow, 123, 456)
    machine.root.shadow.chmod(0o600)
    for name, value in attributes.items():
        try:
            os.setxattr(machine.root.shadow, name, value)
        except OSError as error:
            pytest.skip(f"{name}: {error}")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    seen = {
        name: os.getxattr(machine.root.shadow, name) for name in os.listxattr(machine.root.shadow)
    }
    assert {name: seen.get(name) for name in attributes} == attributes


def test_access_control_list_stays(machine: Machine) -> None:
    # Version 2; user::rw-, user:7:r--, group::r--, mask::r--, other::---
    entries = [(1, 6, -1), (2, 4, 7), (4, 4, -1), (16, 4, -1), (32, 0, -1)]
    value = b"\2\0\0\0" + b"".join(
        tag.to_bytes(2, "little")
        + perm.to_bytes(2, "little")
        + (who & 0xFFFFFFFF).to_bytes(4, "little")
        for tag, perm, who in entries
    )
    try:
        os.setxattr(machine.root.shadow, "system.posix_acl_access", value)
    except OSError as error:
        pytest.skip(f"ACL: {error}")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert os.getxattr(machine.root.shadow, "system.posix_acl_access") == value


SHADOWS = {
    "no-final-newline": "daemon:*:1:0:99999:7:::\n" + ROOT_LINE.rstrip("\n"),
    "only-line": ROOT_LINE,
    "carriage-returns": "daemon:*:1:0:99999:7:::\r\n" + ROOT_LINE + "x:*:1:0:99999:7:::\r\n",
    "bytes-that-are-no-text": "\xff\xfe:*:1::::::\n" + ROOT_LINE + "\x00\x01:\n",
    "nis-and-malformed": "+@admins::::::::\n-bob::::::::\n::::::::\n\n"
    + ROOT_LINE
    + "#root:x\nroot\n+::::::::\n",
    "twice": ROOT_LINE + "root:*:1:0:99999:7:::\n",
    "broken-one-first": "root:*:soon:0:99999:7:::\nroot:x\n" + ROOT_LINE,
    "empty-fields": "root:{}:::::::\n",
    "locked-twice": "root:!!{}:19000:0:99999:7:::\n",
    "empty-hash": "root::19000:0:99999:7:::\n",
}


@pytest.mark.parametrize("text", SHADOWS.values(), ids=SHADOWS.keys())
def test_no_other_byte_moves(machine: Machine, text: str) -> None:
    before = text.format(machine.root.hash_of("root")).encode("latin-1")
    machine.root.write_shadow(before)
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_outcome(ended, "applied")
    after = machine.root.shadow.read_bytes()
    changed = [
        (old, new) for old, new in zip(before.split(b"\n"), after.split(b"\n")) if old != new
    ]
    assert len(changed) == 1 and before.count(b"\n") == after.count(b"\n")
    old, new = (line.split(b":") for line in changed[0])
    assert (old[0], old[3:]) == (new[0], new[3:]) and new[1].startswith(b"$6$")
    assert before.replace(changed[0][0], changed[0][1], 1) == after or text == SHADOWS["twice"]


def test_a_large_shadow_file(machine: Machine) -> None:
    text = machine.root.shadow.read_text()
    many = "".join(f"user{number}:!:19000:0:99999:7:::\n" for number in range(20000))
    machine.root.write_shadow(many + text)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


def test_old_password_is_gone(machine: Machine) -> None:
    assert machine.root.verifies("root", OLD_PASSWORD)
    machine.reset(PASSWORD)
    machine.run()
    assert not machine.root.verifies("root", OLD_PASSWORD)


# How passwords are hashed

METHODS = {
    "sha512": ("ENCRYPT_METHOD SHA512\n", r"\$6\$[^$]{16}\$"),
    "sha512-rounds": (
        "ENCRYPT_METHOD SHA512\nSHA_CRYPT_MIN_ROUNDS 6000\nSHA_CRYPT_MAX_ROUNDS 6000\n",
        r"\$6\$rounds=6000\$",
    ),
    "sha512-between": (
        "ENCRYPT_METHOD SHA512\nSHA_CRYPT_MIN_ROUNDS 6100\nSHA_CRYPT_MAX_ROUNDS 6900\n",
        r"\$6\$rounds=6[1-9]\d\d\$",
    ),
    "sha512-only-min": (
        "ENCRYPT_METHOD SHA512\nSHA_CRYPT_MIN_ROUNDS 7000\n",
        r"\$6\$rounds=7000\$",
    ),
    "sha512-too-few": ("ENCRYPT_METHOD SHA512\nSHA_CRYPT_MIN_ROUNDS 1\n", r"\$6\$rounds=1000\$"),
    "sha256": ("ENCRYPT_METHOD SHA256\n", r"\$5\$[^$]{16}\$"),
    "sha256-rounds": ("ENCRYPT_METHOD SHA256\nSHA_CRYPT_MAX_ROUNDS 4000\n", r"\$5\$rounds=4000\$"),
    "yescrypt": ("ENCRYPT_METHOD YESCRYPT\n", r"\$y\$j9T\$"),
    "yescrypt-cost": ("ENCRYPT_METHOD YESCRYPT\nYESCRYPT_COST_FACTOR 3\n", r"\$y\$j7T\$"),
    "bcrypt": ("ENCRYPT_METHOD BCRYPT\nBCRYPT_MIN_ROUNDS 5\nBCRYPT_MAX_ROUNDS 5\n", r"\$2b\$05\$"),
    "md5": ("ENCRYPT_METHOD MD5\n", r"\$6\$"),
    "des": ("ENCRYPT_METHOD DES\n", r"\$6\$"),
    "lower-case-and-quotes": ('  ENCRYPT_METHOD\t"sha256"\n', r"\$5\$"),
    "comment": ("#ENCRYPT_METHOD SHA256\nENCRYPT_METHOD SHA512\n", r"\$6\$"),
    "carriage-return": ("ENCRYPT_METHOD SHA256\r\n", r"\$5\$"),
    "last-one-wins": ("ENCRYPT_METHOD SHA512\nENCRYPT_METHOD SHA256\n", r"\$5\$"),
    "nonsense": ("ENCRYPT_METHOD ROT13\n", r"\$6\$"),
    "empty": ("", r"\$6\$"),
}


def assert_hashed(machine: Machine, pattern: str) -> None:
    """A reset is applied, with a hash like that."""
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert re.match(pattern, machine.root.hash_of("root"))


@pytest.mark.parametrize(("defs", "pattern"), METHODS.values(), ids=METHODS.keys())
def test_method_of_login_defs(machine: Machine, defs: str, pattern: str) -> None:
    (machine.root.etc / "login.defs").write_text(defs)
    assert_hashed(machine, pattern)


@pytest.mark.slow
@pytest.mark.native  # bcrypt's default takes a second, and a minute under valgrind
def test_bcrypt_of_login_defs_without_rounds(machine: Machine) -> None:
    (machine.root.etc / "login.defs").write_text("ENCRYPT_METHOD BCRYPT\n")
    assert_hashed(machine, r"\$2b\$13\$")


def test_login_defs_of_the_vendor(machine: Machine) -> None:
    (machine.root.etc / "login.defs").unlink()
    vendor = machine.root.path / "usr/etc"
    vendor.mkdir(parents=True)
    (vendor / "login.defs").write_text("ENCRYPT_METHOD SHA256\n")
    assert_hashed(machine, r"\$5\$")


EXISTING = {
    "yescrypt": ("$y$j7T$oldsaltoldsalt$hash", None, r"\$y\$"),
    "sha256": ("$5$oldsalt$hash", None, r"\$5\$"),
    "bcrypt": ("$2b$05$oldsaltoldsaltoldsalto", None, r"\$2b\$"),
    "locked": ("!$5$oldsalt$hash", None, r"\$5\$"),
    "locked-twice": ("!!$5$oldsalt$hash", None, r"\$5\$"),
    "md5": ("$1$oldsalt$hash", None, r"\$6\$"),
    "des": ("abcdefghijklm", None, r"\$6\$"),
    "of-another": ("*", "$5$oldsalt$hash", r"\$5\$"),
    "own-before-another": ("$y$j7T$oldsalt$hash", "$5$oldsalt$hash", r"\$y\$"),
    "none": ("*", None, r"\$6\$"),
    "nothing": ("", "!", r"\$6\$"),
}


@pytest.mark.native  # the default costs of bcrypt, a minute under valgrind
@pytest.mark.parametrize(("mine", "other", "pattern"), EXISTING.values(), ids=EXISTING.keys())
def test_method_of_the_hashes_that_stand_there(
    machine: Machine, mine: str, other: Optional[str], pattern: str
) -> None:
    (machine.root.etc / "login.defs").unlink()
    machine.root.write_shadow(f"alice:{other or '*'}:1::::::\n" + ROOT_LINE.format(mine))
    assert_hashed(machine, pattern)


@pytest.mark.parametrize(
    ("method", "pattern"),
    [
        ("sha256", r"\$5\$"),
        ("SHA512", r"\$6\$rounds=1000"),
        ("yescrypt", r"\$y\$"),
        ("auto", r"\$6\$rounds=1000"),
    ],
)
def test_method_of_the_configuration(machine: Machine, method: str, pattern: str) -> None:
    machine.root.config.write_text(f"hash_method = {method}\n")
    assert (machine.root.etc / "login.defs").read_text() == LOGIN_DEFS
    assert_hashed(machine, pattern)


@pytest.mark.parametrize("method", ["md5", "rot13", "", "$6$"])
def test_method_of_the_configuration_that_cannot_be(machine: Machine, method: str) -> None:
    machine.root.config.write_text(f"hash_method = {method}\n")
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    assert ended.warned(f"{machine.root.config}:1: hash_method")


# The real paths


def test_without_root_the_real_paths_are_used(machine: Machine) -> None:
    machine.reset(PASSWORD)
    var = machine.root.path / "var"
    (var / "lib").mkdir(parents=True)
    script = 'mount --bind "$1" /etc && mount --bind "$2" /var && shift 2 && exec "$@"'
    words = ("unshare", "--mount", "sh", "-c", script, "sh", str(machine.root.etc), str(var))
    machine.assert_applied(machine.start(before=words, whole=True).end(), PASSWORD)
    told = runner.start("status", before=words).end()
    assert told.code == 0 and " applied (" in told.out


def test_others_get_no_right_from_the_folder(machine: Machine) -> None:
    """A default ACL of /etc, of acl(5), goes to each file that is made there: here, user 12345 may read."""
    entries = ((1, 6, 2**32 - 1), (2, 4, 12345), (4, 4, 2**32 - 1), (16, 4, 2**32 - 1), (32, 0, 2**32 - 1))
    acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    root = machine.root
    os.setxattr(root.etc, "system.posix_acl_default", acl)
    assert "system.posix_acl_access" not in os.listxattr(root.shadow)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    for file in (root.shadow, root.etc / "shadow-"):
        assert "system.posix_acl_access" not in os.listxattr(file), file
