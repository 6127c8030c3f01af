# SPDX-License-Identifier: Apache-2.0
"""Failed logins, counted by the real module, and forgotten by the real command."""

from __future__ import annotations

import struct
import subprocess
import time
from pathlib import Path
import pytest

from checking import Found, check, mend
from image import inside
from throwaway import OLD_PASSWORD, Root

STACK = """\
# A comment, and a line in two.
auth requisite \\
  pam_faillock.so preauth nodelay {arguments}
auth [success=1 default=bad] pam_unix.so nodelay
auth [default=die] pam_faillock.so authfail nodelay {arguments}
auth sufficient pam_faillock.so authsucc {arguments}
"""
ON_DISK = "/var/lib/faillock"


@pytest.fixture(name="image")
def fixture_image(image: Root) -> Root:
    """A system in which logins can fail."""
    for folder in ("var/lib", "var/run"):
        (image.path / folder).mkdir(parents=True)
    (image.etc / "security/faillock.conf").unlink()
    return image


def write_stack(root: Root, arguments: str, service: str = "login") -> None:
    """The module in a service's own file."""
    (root.etc / "pam.d" / service).write_text(STACK.format(arguments=arguments))


def log_in(root: Root, password: str, user: str = "alice") -> bool:
    """Try to, by PAM."""
    done = subprocess.run(
        ["chroot", str(root.path), "pamtester", "login", user, "authenticate"],
        input=f"{password}\n".encode(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )
    return done.returncode == 0


def fail(root: Root, count: int, user: str = "alice") -> None:
    """So many logins with a wrong password."""
    for _ in range(count):
        assert not log_in(root, "wrong", user)


def found(root: Root, user: str = "alice") -> Found:
    """What check finds."""
    return check(root.path, "--user", user).find("faillock")


def test_refused_until_it_is_reset(image: Root) -> None:
    write_stack(image, f"dir={ON_DISK}")
    assert found(image).found == "no failed logins (/etc/pam.d/login:2)"
    fail(image, 2)
    some = found(image)
    assert (some.level, some.found[:15]) == ("OK", "2 failed logins")
    fail(image, 1)
    bad = found(image)
    assert bad.level == "FAIL" and bad.found.startswith("3 failed logins: refused for another 1")
    assert not log_in(image, OLD_PASSWORD)
    mend(bad)
    assert found(image).level == "OK"
    assert log_in(image, OLD_PASSWORD)


@pytest.mark.native
def test_refused_on_a_running_system(image: Root) -> None:
    """In the folder where the module counts by itself, which is empty after a boot."""
    write_stack(image, "deny=1 unlock_time=never")
    fail(image, 1)
    assert found(image).found.startswith("failed logins are forgotten at boot")
    words = inside(image)
    bad = check(None, "--user", "alice", before=words).find("faillock")
    assert bad.level == "FAIL" and "refused until that is reset" in bad.found
    assert bad.mend == "faillock --user alice --reset"
    subprocess.run(["chroot", str(image.path), "sh", "-c", bad.mend], check=True, timeout=60)
    assert check(None, "--user", "alice", before=words).find("faillock").level == "OK"


def test_root_is_refused_only_where_it_is_asked_for(image: Root) -> None:
    write_stack(image, f"deny=1 dir={ON_DISK}")
    fail(image, 1, "root")
    assert found(image, "root").level == "OK" and log_in(image, OLD_PASSWORD, "root")
    write_stack(image, f"deny=1 even_deny_root dir={ON_DISK}")
    fail(image, 1, "root")
    assert not log_in(image, OLD_PASSWORD, "root")
    bad = found(image, "root")
    assert bad.level == "FAIL"
    mend(bad)
    assert found(image, "root").level == "OK"


@pytest.mark.parametrize("path", ["/etc/security/faillock.conf", "/etc/other.conf"])
def test_settings_of_a_file(image: Root, path: str) -> None:
    (image.path / path[1:]).write_text(f"# x\ndeny = 1 # one\n  unlock_time=60\ndir={ON_DISK}\nsilent\n")
    write_stack(image, f"conf={path}" if "other" in path else "")
    fail(image, 1)
    assert not log_in(image, OLD_PASSWORD)
    bad = found(image)
    assert bad.level == "FAIL" and "for another 2 min" in bad.found or "for another 1 min" in bad.found
    mend(bad)
    assert log_in(image, OLD_PASSWORD)


@pytest.mark.parametrize(
    "including",
    ["@include shared\n", "auth include shared\n", "-auth substack shared\n", "auth include /etc/pam.d/shared\n"],
)
def test_files_that_are_included(image: Root, including: str) -> None:
    write_stack(image, f"deny=1 dir={ON_DISK}", "shared")
    (image.etc / "pam.d/login").write_text(f"auth required pam_nologin.so\n{including}")
    fail(image, 1)
    assert found(image).found.endswith("(/etc/pam.d/shared:2)")


def test_only_for_ssh(image: Root) -> None:
    (image.etc / "pam.d/login").unlink()
    write_stack(image, f"dir={ON_DISK}", "sshd")
    assert found(image).found.endswith("(/etc/pam.d/sshd:2)")


@pytest.mark.parametrize("line", ["", "account required pam_faillock.so\n", "# auth required pam_faillock.so\n"])
def test_nothing_is_counted(image: Root, line: str) -> None:
    for service in ("login", "sshd"):
        (image.etc / "pam.d" / service).write_text(line)
    assert (found(image).level, found(image).found) == ("OK", "failed logins are not counted")


def test_files_that_include_each_other(image: Root) -> None:
    for service in ("login", "sshd", "a", "b"):
        (image.etc / "pam.d" / service).write_text("@include a\n@include b\n" * 1000)
    assert found(image).level == "OK"


def test_a_tally_that_is_none(image: Root) -> None:
    write_stack(image, f"dir={ON_DISK}")
    tally = image.path / ON_DISK[1:]
    tally.write_text("")
    assert found(image).level == "OK"
    tally.unlink()
    (tally / "alice").mkdir(parents=True)
    assert found(image).level == "SKIP"
    (tally / "alice").rmdir()
    (tally / "alice").write_bytes(b"\xff" * 63)
    assert found(image).level == "OK"
    (tally / "alice").write_bytes(b"\xff" * 65535)
    assert found(image).level == "FAIL"


# pam_tally2, which no system has any more on which this runs: its file as CentOS 7 has it


def write_tally2(root: Root, count: int, uid: int, age_s: int = 0) -> Path:
    """One record, at its place."""
    path = root.path / "var/log/tallylog"
    path.parent.mkdir(parents=True, exist_ok=True)
    record = struct.pack("=52sHHQ", b"ssh", 0, count, int(time.time()) - age_s)
    with path.open("wb") as file:
        file.seek(64 * uid)
        file.write(record)
    return path


def test_tally2(image: Root) -> None:
    (image.etc / "pam.d/login").write_text("auth required pam_tally2.so deny=3 unlock_time=600 onerr=fail\n")
    assert found(image).level == "OK"
    write_tally2(image, 2, 1001)
    assert found(image).found.startswith("2 failed logins, and not")
    write_tally2(image, 3, 1001)
    bad = found(image)
    assert bad.level == "FAIL" and bad.mend == f"chroot {image.path} pam_tally2 --user alice --reset"
    assert found(image, "root").level == "OK" and found(image, "locked").level == "OK"
    write_tally2(image, 3, 1001, 700)
    assert found(image).level == "OK"
    write_tally2(image, 3, 0)
    assert found(image, "root").level == "OK"
    (image.etc / "pam.d/login").write_text("auth required pam_tally2.so deny=3 even_deny_root file=/var/log/tallies\n")
    (image.path / "var/log/tallylog").rename(image.path / "var/log/tallies")
    assert "--file /var/log/tallies" in (found(image, "root").mend or "")
