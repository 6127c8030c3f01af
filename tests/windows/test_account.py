# SPDX-License-Identifier: Apache-2.0
"""Whose password is it, may it be set, and what Windows says to that. SAM is a double of netapi32.dll."""

from __future__ import annotations

from pathlib import Path

import pytest

from conftest import TESTS
from guest import DISABLED, DOUBLE, LOCKED_OUT, NORMAL, Guest

PASSWORD = "Fusion@123"
APPLYING = [
    "NetUserEnum ",
    "NetUserEnum ",
    "DsRoleGetPrimaryDomainInformation ",
    "NetUserGetInfo Administrator",
    "NetUserSetInfo.1003 Administrator",
    "NetUserGetInfo Administrator",
    "RegFlushKey ",
    "LogonUser Administrator",
]
BACKUP_CONTROLLER, PRIMARY_CONTROLLER = 4, 5
PASSWORD_EXPIRED = 0x800000


def exports(definition: Path) -> set[str]:
    """The names in a .def file."""
    lines = definition.read_text().partition("EXPORTS")[2].splitlines()
    return {line.split()[0] for line in lines if line.strip() and not line.startswith(";")}


def test_the_double_has_all_that_is_imported() -> None:
    imported = exports(TESTS.parent / "platform/windows/delayed/netapi32.def")
    assert imported and imported <= exports(DOUBLE / "netapi32.def")


# Who the administrator is


@pytest.mark.parametrize("name", ["Administrator", "管理员", "Verwalter-Müller", "Админ истратор", "a" * 20, "密" * 20])
def test_administrator_by_rid(guest: Guest, name: str) -> None:
    guest.accounts.add("Administrator" if name != "Administrator" else "Gast", 1001)
    guest.accounts.add("root", 501, NORMAL | DISABLED)
    guest.accounts.add(name, 500)
    guest.reset(PASSWORD)
    guest.assert_applied(guest.run(), PASSWORD, name)


def test_no_administrator(guest: Guest) -> None:
    guest.accounts.add("Administrator", 1001)
    guest.reset(PASSWORD)
    guest.assert_refused(guest.run(), "account-unknown")


def test_no_accounts_at_all(guest: Guest) -> None:
    guest.reset(PASSWORD)
    guest.assert_outcome(guest.run(), "account-unknown")


def test_named_accounts(guest: Guest) -> None:
    """--user, else the request's, else the configuration's; SAM does not care for the case."""
    guest.add_usual_accounts()
    guest.accounts.add("密码", 1002)
    guest.configure("user = CLOUD\n")
    guest.reset("the first One1")
    guest.assert_applied(guest.run(), "the first One1", "CLOUD")
    guest.reset("the second One2", user_name="密码")
    guest.assert_applied(guest.run(), "the second One2", "密码")
    guest.reset("the third One3", user_name="密码")
    guest.assert_applied(guest.run("--user", "administrator"), "the third One3", "administrator")


@pytest.mark.parametrize("name", ["nobody", "a b", "root$", "a@b", "密" * 20])
def test_name_of_nobody(guest: Guest, name: str) -> None:
    guest.add_usual_accounts()
    guest.reset(PASSWORD, user_name=name)
    guest.assert_refused(guest.run(), "account-unknown")


def test_what_cannot_be_a_name(guest: Guest) -> None:
    guest.add_usual_accounts()
    signs = [f"a{sign}b" for sign in '"/\\[]:;|=,+*?<>\n\x7f\x85']
    for name in [*signs, "a" * 21, "🔑" * 11, "Administrator.", ". .. ", " "]:
        guest.reset(PASSWORD, user_name=name)
        guest.assert_refused(guest.run(), "account-name")
        assert guest.accounts.calls == []


# What SAM says


def test_calls_of_a_reset(guest: Guest) -> None:
    guest.add_usual_accounts()
    guest.reset(PASSWORD)
    guest.assert_applied(guest.run(), PASSWORD)
    assert guest.accounts.calls == APPLYING


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (2221, "account-unknown"),
        (1317, "account-unknown"),
        (2202, "account-name"),
        (1315, "account-name"),
        (2245, "password-refused"),
        (2244, "password-refused"),
        (2203, "password-refused"),
        (1325, "password-refused"),
        (1324, "password-refused"),
        (86, "password-refused"),
        (5, "denied"),
        (1314, "denied"),
        (2226, "domain-controller"),
        (59, "io-error"),
        (2351, "io-error"),
        (87, "io-error"),
    ],
)
def test_refusal(guest: Guest, code: int, name: str) -> None:
    guest.add_usual_accounts()
    guest.accounts.fail("NetUserSetInfo.1003", code)
    guest.reset(PASSWORD)
    ended = guest.run()
    guest.assert_refused(ended, name)
    assert name == "account-unknown" or f"({code})" in ended.stderr


@pytest.mark.parametrize(("least", "name"), [(11, "password-too-short"), (10, "password-refused")])
@pytest.mark.parametrize("code", [2245, 1325])
def test_too_short_or_otherwise_refused(guest: Guest, least: int, code: int, name: str) -> None:
    guest.add_usual_accounts()
    guest.accounts.set("min_passwd_len", least)
    guest.accounts.fail("NetUserSetInfo.1003", code)
    guest.reset(PASSWORD)
    guest.assert_refused(guest.run(), name)


def test_policy_that_cannot_be_read(guest: Guest) -> None:
    guest.add_usual_accounts()
    guest.accounts.set("min_passwd_len", 20)
    guest.accounts.fail("NetUserModalsGet", 5)
    guest.reset(PASSWORD)
    guest.assert_refused(guest.run(), "password-refused")


@pytest.mark.parametrize(
    ("call", "code"),
    [
        ("NetUserEnum", 1722),
        ("DsRoleGetPrimaryDomainInformation", 1717),
        ("NetUserGetInfo", 1723),
        ("NetUserSetInfo.1003", 1115),
        ("NetUserSetInfo.1003", 1722),
    ],
)
def test_account_service_that_starts_late(guest: Guest, call: str, code: int) -> None:
    guest.add_usual_accounts()
    guest.accounts.fail(call, code, times=2)
    guest.reset(PASSWORD)
    ended = guest.run()
    guest.assert_applied(ended, PASSWORD)
    assert ended.stderr.count("the system's account service does not answer; trying again") == 1
    assert f"error {code}" not in ended.stderr and f"({code})" not in ended.stderr


def test_account_service_that_never_starts(guest: Guest) -> None:
    guest.add_usual_accounts()
    guest.accounts.fail("NetUserEnum", 1722)
    guest.reset(PASSWORD)
    guest.assert_refused(guest.run("--deadline", "6"), "accounts-unready")


# Accounts that nobody can log in to


@pytest.mark.parametrize(("flag", "word"), [(DISABLED, "disabled"), (LOCKED_OUT, "locked out")])
def test_closed_account_is_told(guest: Guest, flag: int, word: str) -> None:
    guest.accounts.add("Administrator", 500, NORMAL | flag)
    guest.reset(PASSWORD)
    ended = guest.run()
    guest.assert_applied(ended, PASSWORD)
    assert f"the account Administrator is {word}" in ended.stderr and "unlock = yes" in ended.stderr
    assert "cannot be verified" in ended.stderr
    assert guest.accounts.flags("Administrator") == NORMAL | flag


@pytest.mark.parametrize("flags", [DISABLED, LOCKED_OUT, DISABLED | LOCKED_OUT, LOCKED_OUT | PASSWORD_EXPIRED])
def test_unlock(guest: Guest, flags: int) -> None:
    guest.accounts.add("Administrator", 500, NORMAL | flags)
    guest.configure("unlock = yes\n")
    guest.reset(PASSWORD)
    ended = guest.run()
    guest.assert_applied(ended, PASSWORD)
    assert guest.accounts.flags("Administrator") == NORMAL | (flags & PASSWORD_EXPIRED)
    assert "cannot be verified" not in ended.stderr


def test_unlock_leaves_open_accounts_alone(guest: Guest) -> None:
    guest.add_usual_accounts()
    guest.configure("unlock = yes\n")
    guest.reset(PASSWORD)
    guest.assert_applied(guest.run(), PASSWORD)
    assert guest.changes == ["NetUserSetInfo.1003 Administrator"]


def test_unlock_that_fails(guest: Guest) -> None:
    guest.accounts.add("Administrator", 500, NORMAL | LOCKED_OUT)
    guest.configure("unlock = yes\n")
    guest.accounts.fail("NetUserSetInfo.1008", 5)
    guest.reset(PASSWORD)
    ended = guest.run()
    guest.assert_applied(ended, PASSWORD)
    assert "stays disabled or locked out" in ended.stderr and "(5)" in ended.stderr


# Verification


def test_password_that_does_not_verify(guest: Guest) -> None:
    guest.add_usual_accounts()
    guest.accounts.fail("LogonUser", 1326, times=1)
    guest.reset(PASSWORD)
    guest.assert_outcome(guest.run(), "not-verified")
    guest.assert_reported("failed", "not-verified", "Administrator")
    assert guest.is_pending
    guest.assert_applied(guest.run(), PASSWORD)


@pytest.mark.parametrize("code", [1385, 1327, 1331, 1909, 1328, 1329, 1330, 1907, 1793, 1311, 5])
def test_password_that_cannot_be_verified(guest: Guest, code: int) -> None:
    guest.add_usual_accounts()
    guest.accounts.fail("LogonUser", code)
    guest.reset(PASSWORD)
    ended = guest.run()
    guest.assert_applied(ended, PASSWORD)
    assert "cannot be verified" in ended.stderr and f"({code})" in ended.stderr


def test_disk_that_does_not_take_the_password(guest: Guest) -> None:
    guest.add_usual_accounts()
    guest.accounts.fail("RegFlushKey", 1117, times=1)
    guest.reset(PASSWORD)
    guest.assert_outcome(guest.run(), "not-durable")
    assert guest.is_pending
    guest.assert_applied(guest.run(), PASSWORD)


# Domain controllers


@pytest.mark.parametrize("role", [BACKUP_CONTROLLER, PRIMARY_CONTROLLER])
def test_domain_controller(guest: Guest, role: int) -> None:
    guest.add_usual_accounts()
    guest.accounts.set("role", role)
    guest.reset(PASSWORD)
    guest.assert_refused(guest.run(), "domain-controller")
    guest.configure("allow_domain_controller = yes\n")
    guest.assert_applied(guest.run(), PASSWORD)


@pytest.mark.parametrize("role", [0, 1, 2, 3])
def test_other_roles(guest: Guest, role: int) -> None:
    guest.add_usual_accounts()
    guest.accounts.set("role", role)
    guest.reset(PASSWORD)
    guest.assert_applied(guest.run(), PASSWORD)
