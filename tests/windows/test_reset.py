# SPDX-License-Identifier: Apache-2.0
"""From the cloud's blob to the password that SAM gets, and back to the acknowledgement."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from cloud import encrypt, encrypt_blocks
from conftest import UUID
from guest import Guest

KNOWN_BLOB = "0Rqv2zwGpvA=brvpQE1/AAkxrniFf9LgkOanJuSq3uPClZ5eCM6JDpRXqGcHACe6ZBWOdqiKRQTM"
KNOWN_TEXT = "Fusion@123123123123123123123123123123123123123"
PASSWORD = "Fusion@123"
SALT = b"fixsalt!"
GOOD = encrypt(PASSWORD.encode(), UUID, SALT)
AS_THE_PLUGIN = "GET flag,POST flag,GET flag,GET password,GET metadata,DELETE password,GET password,POST result".split(
    ","
)
PASSWORDS = {
    "command": "a & calc.exe %PATH% ^| ! `id` $HOME",
    "quotes": "'\"'\"''",
    "blanks": "  blanks at both ends  ",
    "backslash": "\\n\\0\\",
    "one": "x",
    "256": "0123456789abcdef" * 16,
    "latin": "Grüße aus Köln",
    "chinese": "密码重置很重要",
    "emoji": "🔑🐧👩‍👩‍👧",
    "128-keys": "🔑" * 127,
    "null": "null",
    "noncharacters": "a\ufffe\U0010ffff\ufeff",
}


@pytest.fixture(name="guest")
def fixture_guest(guest: Guest) -> Guest:
    guest.add_usual_accounts()
    return guest


def steps(guest: Guest) -> list[str]:
    """Method and endpoint of each request."""
    return [f"{request.method} {request.endpoint}" for request in guest.cloud.requests]


def test_known_answer(guest: Guest) -> None:
    guest.pend(KNOWN_BLOB)
    guest.secrets.append(KNOWN_TEXT)
    guest.assert_applied(guest.run(), KNOWN_TEXT)


def test_requests_are_the_plugins_then_the_report(guest: Guest) -> None:
    guest.reset(PASSWORD)
    guest.assert_applied(guest.run(), PASSWORD)
    assert steps(guest) == AS_THE_PLUGIN
    assert guest.cloud.flag(UUID)


@pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS.keys())
def test_password_of_every_kind(guest: Guest, password: str) -> None:
    guest.reset(password)
    guest.assert_applied(guest.run(), password)


@pytest.mark.parametrize("password", ["x" * 257, "x" * 511, "密" * 170, "🔑" * 127 + "abc"], ids=len)
def test_longer_than_windows_takes(guest: Guest, password: str) -> None:
    guest.reset(password)
    ended = guest.run()
    units = len(password.encode("utf-16-le")) // 2
    if units > 256:
        guest.assert_refused(ended, "password-refused")
        assert "more than 256 characters" in ended.stderr and guest.changes == []
    else:
        guest.assert_applied(ended, password)


# Nothing to do


@pytest.mark.parametrize("spelling", ["empty", "None", "null", "missing", "404"])
def test_nothing_is_pending(guest: Guest, spelling: str) -> None:
    guest.cloud.nothing_spelled = spelling
    guest.assert_outcome(guest.run(), "nothing-pending")
    assert guest.accounts.calls == [] and guest.results == []


def test_not_this_cloud(guest: Guest) -> None:
    guest.cloud.misbehave("*", "404")
    guest.assert_outcome(guest.run(), "not-this-cloud")
    assert guest.accounts.calls == []


def test_service_that_is_not_there(guest: Guest) -> None:
    guest.reset(PASSWORD)
    guest.cloud.refuse(600)
    guest.assert_outcome(guest.run("--deadline", "12"), "unreachable")
    assert guest.accounts.calls == []


def test_service_that_comes_late(guest: Guest) -> None:
    guest.reset(PASSWORD)
    guest.cloud.refuse(3)
    guest.assert_applied(guest.run(), PASSWORD)


def test_dry_run(guest: Guest) -> None:
    guest.reset(PASSWORD)
    ended = guest.run("--dry-run")
    assert ended.returncode == 0 and "would-apply: " in ended.stderr
    assert guest.changes == [] and guest.results == []
    assert {request.method for request in guest.cloud.requests} == {"GET"}
    guest.assert_nothing_set()
    assert not list(guest.home.rglob("record"))
    guest.accounts.set("role", 5)
    assert guest.run("--dry-run").returncode == guest.codes["domain-controller"]


# Once, and once only


def test_two_resets(guest: Guest) -> None:
    for password in ("the first One1", "the second One2"):
        guest.reset(password)
        guest.assert_applied(guest.run(), password)
    guest.assert_outcome(guest.run(), "nothing-pending")
    assert guest.accounts.calls == []


def test_the_same_reset_is_not_applied_again(guest: Guest) -> None:
    guest.pend(KNOWN_BLOB)
    guest.assert_applied(guest.run(), KNOWN_TEXT)
    guest.pend(KNOWN_BLOB)
    guest.assert_outcome(guest.run(), "already-applied")
    assert guest.accounts.calls == [] and not guest.is_pending


def test_acknowledgement_is_lost_on_its_way_back(guest: Guest) -> None:
    guest.cloud.misbehave("password", "delete-lost")
    guest.reset(PASSWORD)
    guest.assert_applied(guest.run(), PASSWORD)
    assert steps(guest).count("DELETE password") == 1


def test_acknowledgement_is_refused(guest: Guest) -> None:
    guest.cloud.misbehave("password", "delete-refused")
    guest.reset(PASSWORD)
    guest.assert_outcome(guest.run("--deadline", "10"), "not-acknowledged")
    assert guest.accounts.password("Administrator") == PASSWORD and guest.is_pending
    guest.cloud.behave()
    guest.assert_outcome(guest.run(), "already-applied")
    assert guest.accounts.calls == [] and not guest.is_pending


def test_status_tells_of_the_last_reset(guest: Guest) -> None:
    guest.reset(PASSWORD, user_name="cloud")
    guest.assert_applied(guest.run(), PASSWORD, "cloud")
    assert guest.status()["last_applied"]["user"] == "cloud"


# A service that is hostile, or broken

BLOBS = {
    "another-uuid": (encrypt(PASSWORD.encode(), "11111111-2222-3333-4444-555555555555", SALT), "blob-padding"),
    "padding-0": (encrypt_blocks(b"x" * 15 + b"\0", UUID, SALT), "blob-padding"),
    "padding-17": (encrypt_blocks(b"\x11" * 32, UUID, SALT), "blob-padding"),
    "padding-not-all-the-same": (encrypt_blocks(b"x" * 12 + b"\x04\x03\x04\x04", UUID, SALT), "blob-padding"),
    "truncated": (GOOD[:12] + base64.b64encode(base64.b64decode(GOOD[12:])[:-1]).decode(), "blob-length"),
    "salt-only": (GOOD[:12], "blob-empty"),
    "one-character": ("x", "blob-too-short"),
    "not-base64": (GOOD[:20] + "*" + GOOD[21:], "blob-not-base64"),
    "latin-1": (encrypt("Grüße".encode("latin-1"), UUID, SALT), "password-not-utf8"),
    "surrogate": (encrypt(b"a\xed\xa0\x80b", UUID, SALT), "password-not-utf8"),
    "nul": (encrypt(b"Fusion\x00123", UUID, SALT), "password-control-character"),
    "newline": (encrypt(b"Fusion@123\r\n", UUID, SALT), "password-control-character"),
    "empty": (encrypt(b"", UUID, SALT), "password-empty"),
    "512-bytes": (encrypt(b"x" * 512, UUID, SALT), "password-too-long"),
}


@pytest.mark.parametrize(("blob", "name"), BLOBS.values(), ids=BLOBS.keys())
def test_malformed_blob(guest: Guest, blob: str, name: str) -> None:
    guest.pend(blob)
    guest.assert_refused(guest.run(), name)
    assert guest.accounts.calls == []


@pytest.mark.parametrize("blob", [5, True, [GOOD], {"blob": GOOD}, "x" * 40000], ids=lambda blob: type(blob).__name__)
def test_reset_of_the_wrong_kind(guest: Guest, blob: Any) -> None:
    guest.pend(blob)
    name = "response-too-large" if isinstance(blob, str) else "bad-response"
    guest.assert_outcome(guest.run("--deadline", "12"), name)
    assert guest.accounts.calls == [] and guest.is_pending


@pytest.mark.parametrize("fault", ["html", "truncated", "redirect", "500", "reset", "close"])
def test_service_that_is_broken_for_a_moment(guest: Guest, fault: str) -> None:
    guest.cloud.misbehave("password", fault, times=2, method="GET")
    guest.reset(PASSWORD)
    guest.assert_applied(guest.run(), PASSWORD)


def test_confinement_that_windows_does_not_have(guest: Guest) -> None:
    guest.add_usual_accounts()
    guest.configure("require_confinement = yes\n")
    guest.reset(PASSWORD)
    guest.assert_outcome(guest.run(), "not-confined")
    assert guest.is_pending and not guest.cloud.requests


# What the configuration forbids


@pytest.mark.parametrize(
    ("policy", "password", "name"),
    [
        ("huawei", "Fusion@123adm", "policy-user-name-part"),
        ("huawei", "Fusion@123ad", None),
        ("tencent", "Fusion@1234", "policy-length"),
        ("tencent", "Fusion@12345adm", None),
        ("tencent", "administrator@1", "policy-user-name"),
        ("tencent-2018", "fusion123456", "policy-mix"),
    ],
)
def test_policy_has_the_rules_for_windows(guest: Guest, policy: str, password: str, name: str | None) -> None:
    guest.configure(f"policy = {policy}\n")
    guest.reset(password)
    ended = guest.run()
    if name is None:
        guest.assert_applied(ended, password)
    else:
        guest.assert_refused(ended, name)
        assert guest.changes == []


@pytest.mark.parametrize(
    ("user", "is_allowed"), [(None, True), ("the others", True), ("Others", False), ("the other", False)]
)
def test_names_in_the_list_have_any_case(guest: Guest, user: str | None, is_allowed: bool) -> None:
    guest.accounts.add("Others", 1001)
    guest.accounts.add("The others", 1002)
    guest.configure("users = THE OTHERS , administrator\n")
    guest.reset(PASSWORD, user_name=user)
    ended = guest.run()
    if is_allowed:
        guest.assert_applied(ended, PASSWORD, user or "Administrator")
    else:
        guest.assert_refused(ended, "account-not-allowed")
        assert guest.accounts.calls == []
