# SPDX-License-Identifier: Apache-2.0
"""Whose password is it? And accounts that have none here."""

from __future__ import annotations

import os
from typing import Optional, Tuple

import pytest

import runner
from machine import Machine

PASSWORD = "Fusion@123"
ACCOUNTS = {
    "unknown": ("nosuchuser", "account-unknown"),
    "only-in-shadow": ("ghost", "account-unknown"),
    "only-in-passwd": ("noshadow", "account-unknown"),
    "name-in-another-case": ("Root", "account-unknown"),
    "part-of-a-name": ("roo", "account-unknown"),
    "not-shadowed": ("unshadowed", "account-not-shadowed"),
    "broken-line": ("broken", "shadow-malformed"),
    "colon": ("root:x", "account-name"),
    "newline": ("root\nroot", "account-name"),
    "slash": ("../root", "account-name"),
    "nis": ("+", "account-name"),
    "option": ("-root", "account-name"),
    "blank": ("root ", "account-name"),
    "64-characters": ("u" * 64, "account-unknown"),
    "65-characters": ("u" * 65, "account-name"),
    "500-characters": ("u" * 500, "account-name"),
}


@pytest.mark.parametrize(("user", "name"), ACCOUNTS.values(), ids=ACCOUNTS.keys())
def test_account_of_the_request_that_cannot_be(machine: Machine, user: str, name: str) -> None:
    machine.reset(PASSWORD, user_name=user)
    machine.assert_refused(machine.run(), name)


@pytest.mark.parametrize(
    ("user", "name"),
    [
        pair
        for key, pair in ACCOUNTS.items()
        if key not in ("newline", "65-characters", "500-characters")
    ],
    ids=str,
)
def test_account_of_the_command_line_that_cannot_be(machine: Machine, user: str, name: str) -> None:
    machine.reset(PASSWORD, user_name="alice")
    ended = machine.run("--user", user)
    if name == "account-name":
        assert ended.code == machine.codes["usage"] and not machine.cloud.requests
        machine.assert_untouched()
    else:
        machine.assert_refused(ended, name)


@pytest.mark.parametrize("user", ['"root"', "root:x", "ro ot", "-root", "../root", "x" * 65])
def test_what_is_no_name_in_the_file_locks_nobody_out(machine: Machine, user: str) -> None:
    machine.root.config.write_text(f"user = {user}\n")
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    assert ended.warned(f"{machine.root.config}:1: user cannot be")


def test_account_of_the_file_that_cannot_be(machine: Machine) -> None:
    machine.root.config.write_text("user = nosuchuser\n")
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_refused(ended, "account-unknown")
    assert ended.logged("nosuchuser")


@pytest.mark.parametrize(
    "user_name",
    [
        "x\noutcome = applied\n",
        "x\napplied_request = " + "0" * 40,
        "x\x1b[2J",
        "x\r",
        "x #",
        " x",
        '"}',
        "密码",
    ],
    ids=ascii,
)
def test_account_that_forges_the_record(machine: Machine, user_name: str) -> None:
    """Anybody who can answer for the service names the account: what is told about it stays in its place."""
    machine.reset(PASSWORD)
    machine.run()
    applied = machine.status_json()["last_applied"]
    machine.reset(PASSWORD, user_name=user_name)
    ended = machine.run()
    name = "account-unknown" if user_name in ("密码",) else "account-name"
    machine.assert_refused(ended, name)
    assert machine.status_json()["last_applied"] == applied
    for text in (ended.err, machine.status().out):
        assert "\x1b" not in text and "\r" not in text
        assert not any(line.startswith(("outcome =", "applied")) for line in text.splitlines())


@pytest.mark.hurried
@pytest.mark.parametrize("user_name", [5, ["alice"], {"name": "alice"}, True], ids=str)
def test_user_name_of_the_wrong_type(machine: Machine, user_name: object) -> None:
    machine.reset(PASSWORD, user_name=user_name)
    ended = machine.run("--deadline", runner.SOON)
    assert ended.code == machine.codes["bad-response"]
    machine.assert_untouched()
    machine.assert_unacknowledged()


@pytest.mark.parametrize("user", ["alice", "locked", "mustchange", "nopassword", "ubuntu"])
def test_account_of_the_request(machine: Machine, user: str) -> None:
    machine.reset(PASSWORD, user_name=user)
    machine.assert_applied(machine.run(), PASSWORD, user)
    assert machine.status_json()["last_run"]["user"] == user


def test_expired_account_is_told_and_not_changed(machine: Machine) -> None:
    machine.reset(PASSWORD, user_name="expired")
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD, "expired")
    assert ended.warned("expired")


def test_empty_user_name_means_the_administrator(machine: Machine) -> None:
    machine.reset(PASSWORD, user_name="")
    machine.assert_applied(machine.run(), PASSWORD)


PRECEDENCE = [
    # --user, user_name of the request, user of the file, Ubuntu?, who it is
    ("alice", "locked", "mustchange", True, "alice"),
    (None, "locked", "mustchange", True, "locked"),
    (None, None, "mustchange", True, "mustchange"),
    (None, None, None, True, "ubuntu"),
    (None, None, None, False, "root"),
    ("root", None, None, True, "root"),
    (None, "root", None, True, "root"),
    ("alice", None, "locked", False, "alice"),
]


@pytest.mark.parametrize(("option", "request_", "file", "is_ubuntu", "user"), PRECEDENCE)
def test_precedence(
    machine: Machine,
    option: Optional[str],
    request_: Optional[str],
    file: Optional[str],
    is_ubuntu: bool,
    user: str,
) -> None:
    if is_ubuntu:
        machine.root.be_ubuntu()
    if file:
        machine.root.config.write_text(f"user = {file}\n")
    machine.reset(PASSWORD, user_name=request_)
    options: Tuple[str, ...] = ("--user", option) if option else ()
    machine.assert_applied(machine.run(*options), PASSWORD, user)


@pytest.mark.parametrize("release", ['ID="ubuntu"', "ID='ubuntu'", "ID=ubuntu\r"])
def test_ubuntu_in_other_spellings(machine: Machine, release: str) -> None:
    (machine.root.etc / "os-release").write_text(f"NAME=x\n{release}\n")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD, "ubuntu")


@pytest.mark.parametrize(
    "release", ["ID=ubuntu-core", "ID_LIKE=ubuntu", "VARIANT_ID=ubuntu", "#ID=ubuntu", ""]
)
def test_not_quite_ubuntu(machine: Machine, release: str) -> None:
    (machine.root.etc / "os-release").write_text(f"{release}\n")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD, "root")


def test_ubuntu_by_the_vendors_os_release(machine: Machine) -> None:
    machine.root.be_ubuntu()
    vendor = machine.root.path / "usr/lib"
    vendor.mkdir(parents=True)
    os.rename(machine.root.etc / "os-release", vendor / "os-release")
    (machine.root.etc / "os-release").symlink_to("../usr/lib/os-release")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD, "ubuntu")


def test_ubuntu_without_its_account(machine: Machine) -> None:
    machine.root.be_ubuntu()
    text = machine.root.shadow.read_text()
    machine.root.write_shadow(
        "".join(line for line in text.splitlines(True) if not line.startswith("ubuntu:"))
    )
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD, "root")


def test_no_os_release_at_all(machine: Machine) -> None:
    (machine.root.etc / "os-release").unlink()
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD, "root")


def test_no_passwd(machine: Machine) -> None:
    (machine.root.etc / "passwd").unlink()
    machine.reset(PASSWORD)
    machine.assert_refused(machine.run(), "account-unknown")
