# SPDX-License-Identifier: Apache-2.0
"""What `check` says of the account and of the rules for its password, and what mends it. SAM is a double."""

from __future__ import annotations

import time

import pytest
from checking import Found, Mender, check
from guest import DISABLED, LOCKED_OUT, NORMAL, Guest

DAY_S = 24 * 60 * 60
PRIMARY_CONTROLLER = 5


def find(guest: Guest, name: str) -> Found:
    return check(guest.prefix)[name]


def assert_mended(guest: Guest, mender: Mender, found: Found) -> None:
    mender.mend(guest.prefix, found)
    assert find(guest, found.name).level == "OK"


def test_nothing_is_wrong(guest: Guest) -> None:
    guest.add_usual_accounts()
    guest.accounts.set("min_passwd_len", 8)
    guest.accounts.set("max_passwd_age", 42 * DAY_S)
    found = check(guest.prefix)
    said = {
        "account": "Administrator, the administrator of this system",
        "locked": "neither disabled nor locked out",
        "expired": "never expires",
        "must-change": "no",
        "password-policy": "at least 8 characters, for at most 42 days",
        "domain-controller": "no",
    }
    assert {name: (found[name].level, found[name].found) for name in said} == {n: ("OK", s) for n, s in said.items()}
    assert guest.changes == []


@pytest.mark.parametrize(("flag", "word"), [(DISABLED, "disabled"), (LOCKED_OUT, "locked out")])
def test_closed(guest: Guest, mender: Mender, flag: int, word: str) -> None:
    guest.accounts.add("Administrator", 500, NORMAL | flag)
    found = find(guest, "locked")
    assert (found.level, found.mend) == ("FAIL", "net user Administrator /active:yes")
    assert found.found.startswith(f"{word}, ")
    guest.configure("unlock = yes\n")
    assert find(guest, "locked").level == "OK"
    guest.configure("")
    assert_mended(guest, mender, found)


@pytest.mark.parametrize("name", ["管理员", "Müller & Söhne", "a^b (c)", "it's @ #1"])
def test_names_in_a_command(guest: Guest, mender: Mender, name: str) -> None:
    guest.accounts.add(name, 500, NORMAL | DISABLED)
    found = find(guest, "locked")
    assert found.mend == f'net user "{name}" /active:yes'
    assert_mended(guest, mender, found)


@pytest.mark.parametrize("name", ["100%PATH%", "a$b", "a`b", "a!b!", "“quoted”"])
def test_names_that_no_command_can_have(guest: Guest, name: str) -> None:
    guest.accounts.add(name, 500, NORMAL | DISABLED)
    found = find(guest, "locked")
    assert (found.level, found.mend) == ("FAIL", None)


def test_expired(guest: Guest, mender: Mender) -> None:
    guest.add_usual_accounts()
    guest.accounts.set_account("Administrator", "expires", 86400 * 365)
    found = find(guest, "expired")
    assert (found.level, found.mend) == ("FAIL", "net user Administrator /expires:never")
    assert "1971-01-01" in found.found
    assert_mended(guest, mender, found)


@pytest.mark.parametrize(("days", "level"), [(6, "WARN"), (8, "OK")])
def test_expires_later(guest: Guest, mender: Mender, days: int, level: str) -> None:
    guest.add_usual_accounts()
    later_s = int(time.time()) + days * DAY_S
    guest.accounts.set_account("Administrator", "expires", later_s)
    date = time.strftime("%Y-%m-%d", time.gmtime(later_s))
    found = find(guest, "expired")
    assert (found.level, found.found) == (level, f"expires on {date}")
    if level == "WARN":
        assert_mended(guest, mender, found)


def test_must_change(guest: Guest) -> None:
    """A reset ends it, which is told."""
    guest.add_usual_accounts()
    guest.accounts.set_account("Administrator", "must_change", 1)
    found = find(guest, "must-change")
    assert (found.level, found.found) == ("OK", "the password must be changed: a reset does so")


def test_policy(guest: Guest, mender: Mender) -> None:
    guest.add_usual_accounts()
    guest.accounts.set("min_passwd_len", 26)
    assert find(guest, "password-policy") == Found(
        "password-policy", "password", "OK", "at least 26 characters", None
    )
    guest.accounts.set("min_passwd_len", 27)
    found = find(guest, "password-policy")
    assert (found.level, found.mend) == ("WARN", "net accounts /minpwlen:14")
    assert_mended(guest, mender, found)


def test_complex_passwords(guest: Guest) -> None:
    guest.add_usual_accounts()
    for shortest in (0, 20):
        guest.accounts.set("min_passwd_len", shortest)
        guest.accounts.set("complex", 1)
        assert find(guest, "password-policy").found == f"at least {shortest} characters, of several kinds"
        guest.accounts.set("complex", 0)
        assert find(guest, "password-policy").found == f"at least {shortest} characters"
    guest.accounts.set("complex", 1)
    guest.accounts.set("history", 24)
    said = find(guest, "password-policy").found
    assert said == "at least 20 characters, of several kinds; a reset may repeat the last 24"
    guest.accounts.fail("NetValidatePasswordPolicy", 5)
    assert "several" not in find(guest, "password-policy").found
    assert guest.changes == []


@pytest.mark.parametrize(
    ("call", "names"),
    [
        ("NetUserModalsGet", ["password-policy"]),
        ("NetUserGetInfo", ["locked", "expired", "must-change"]),
        ("DsRoleGetPrimaryDomainInformation", ["domain-controller"]),
    ],
)
def test_what_cannot_be_looked_at(guest: Guest, call: str, names: list[str]) -> None:
    guest.add_usual_accounts()
    guest.accounts.fail(call, 5)
    found = check(guest.prefix)
    for name in names:
        assert found[name].level == "SKIP"
    assert any("error 5" in found[name].found for name in names) or found["account"].level == "FAIL"


def test_domain_controller(guest: Guest, mender: Mender) -> None:
    guest.add_usual_accounts()
    guest.accounts.set("role", PRIMARY_CONTROLLER)
    guest.configure("user = Administrator")  # without a newline at its end
    found = find(guest, "domain-controller")
    assert found.level == "FAIL" and "CORP" in found.found
    assert_mended(guest, mender, found)
    assert (guest.home / "resetpwd-agent.conf").read_text().splitlines()[-1].strip() == "allow_domain_controller = yes"
    guest.reset("Fusion@123")
    guest.assert_applied(guest.run(), "Fusion@123")


def test_no_account(guest: Guest) -> None:
    found = check(guest.prefix)
    assert found["account"].level == "FAIL"
    assert {found[name].level for name in ("locked", "expired", "must-change")} == {"SKIP"}
