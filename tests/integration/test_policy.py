# SPDX-License-Identifier: Apache-2.0
"""What the configuration forbids: accounts that are not in its list, passwords that break a cloud's rules."""

from __future__ import annotations

import random
import string
from typing import Callable, Dict, Iterator, Optional, Tuple

import pytest

from cloud.apis import passwords_huawei, passwords_tencent
from machine import Machine

PASSWORD = "Fusion@123"

# Whom the list holds for: user_name of the request, user of the file, users, who it is, allowed?
LISTS = [
    (None, None, "root", "root", True),
    (None, None, "alice", "root", False),
    ("alice", None, "root, alice", "alice", True),
    ("alice", None, "root", "alice", False),
    ("alice", None, "ali, alice2, Alice", "alice", False),
    (None, "alice", "alice", "alice", True),
    (None, "alice", "root", "alice", False),
    ("root", "alice", "alice", "root", False),
    ("alice", None, "", "alice", True),
    ("alice", None, "# root", "alice", True),
]


@pytest.mark.parametrize(("request_", "file", "users", "user", "is_allowed"), LISTS)
def test_accounts_that_may_be_reset(
    machine: Machine, request_: Optional[str], file: Optional[str], users: str, user: str, is_allowed: bool
) -> None:
    machine.root.config.write_text(f"user = {file or ''}\nusers = {users}\n")
    machine.reset(PASSWORD, user_name=request_)
    ended = machine.run()
    if is_allowed:
        machine.assert_applied(ended, PASSWORD, user)
    else:
        machine.assert_refused(ended, "account-not-allowed")
        machine.assert_reported("failed", "account-not-allowed", user)
        assert ended.logged(f"reset of {user}: ")


def test_ubuntus_account_is_no_exception(machine: Machine) -> None:
    machine.root.be_ubuntu()
    machine.root.config.write_text("users = root\n")
    machine.reset(PASSWORD)
    machine.assert_refused(machine.run(), "account-not-allowed")


@pytest.mark.parametrize("users", ["root", ","])
def test_the_command_line_is_an_exception(machine: Machine, users: str) -> None:
    machine.root.config.write_text(f"users = {users}\n")
    machine.reset(PASSWORD, user_name="root")
    machine.assert_applied(machine.run("--user", "alice"), PASSWORD, "alice")


BROKEN_LISTS = {
    "another-separator": "root:alice",
    "blanks": "root alice",
    "quoted": '"alice"',
    "commas": ",,",
    "path": "/etc/users",
    "endless": "root, " + "x" * 3000,
    "too-many": ", ".join(f"u{number}" for number in range(500)) + ", alice",
}


@pytest.mark.parametrize("users", BROKEN_LISTS.values(), ids=BROKEN_LISTS.keys())
def test_a_broken_list_opens_nothing(machine: Machine, users: str) -> None:
    machine.root.config.write_text(f"users = {users}\n")
    machine.reset(PASSWORD, user_name="alice")
    ended = machine.run()
    machine.assert_refused(ended, "account-not-allowed")
    assert ended.warned(f"{machine.root.config}:1: not every name in ")


def test_the_good_names_of_a_broken_list_count(machine: Machine) -> None:
    machine.root.config.write_text("users = ro:ot, alice\n")
    machine.reset(PASSWORD, user_name="alice")
    machine.assert_applied(machine.run(), PASSWORD, "alice")
    machine.reset(PASSWORD)
    machine.assert_refused(machine.run(), "account-not-allowed")


def test_the_list_comes_before_the_accounts(machine: Machine) -> None:
    """Who asks for accounts that are not allowed does not learn which of them exist."""
    machine.root.config.write_text("users = root\n")
    machine.reset(PASSWORD, user_name="nosuchuser")
    machine.assert_refused(machine.run(), "account-not-allowed")


# Policies

REFUSED = {
    "huawei-7": ("huawei", "Fusion@", "policy-length"),
    "huawei-27": ("huawei", "Fusion@12345678901234567890", "policy-length"),
    "huawei-character": ("huawei", "Fusion 123", "policy-character"),
    "huawei-umlaut": ("huawei", "Füsion@123", "policy-character"),
    "huawei-mix": ("huawei", "fusion@fusion", "policy-mix"),
    "huawei-name": ("huawei", "Fusion@Root", "policy-user-name"),
    "huawei-reversed": ("huawei", "Fusion@toor", "policy-user-name"),
    "tencent-slash": ("tencent", "/Fusion@123", "policy-first-character"),
    "tencent-31": ("tencent", "Fusion@123456789012345678901234", "policy-length"),
    "tencent-character": ("tencent", 'Fusion"123', "policy-character"),
    "tencent-mix": ("tencent", "fusionfusion1", "policy-mix"),
    "2018-17": ("tencent-2018", "Fusion@1234567890", "policy-length"),
    "2018-mix": ("tencent-2018", "FusionFusion", "policy-mix"),
}


@pytest.mark.parametrize(("policy", "password", "name"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_password(machine: Machine, policy: str, password: str, name: str) -> None:
    """And told to nobody: run() sees to that, in log, record and status."""
    machine.root.config.write_text(f"policy = {policy}\n")
    machine.reset(password)
    ended = machine.run("--verbose")
    machine.assert_refused(ended, name)
    machine.assert_reported("failed", name, "root")
    assert password not in str(machine.results)


ALLOWED = {
    "huawei-8": ("huawei", "Fusion@1"),
    "huawei-26": ("huawei", "Fusion@1234567890123456789"),
    "huawei-slash": ("huawei", "/Fusion@123"),
    "huawei-part-of-the-name": ("huawei", "Fusion@roo"),
    "tencent-8": ("tencent", "Fusion@1"),
    "tencent-30": ("tencent", "Fusion@12345678901234567890123"),
    "tencent-name": ("tencent", "root@Fusion"),
    "2018-two-kinds": ("tencent-2018", "fusion123456"),
    "none": ("none", "x"),
}


@pytest.mark.parametrize(("policy", "password"), ALLOWED.values(), ids=ALLOWED.keys())
def test_allowed_password(machine: Machine, policy: str, password: str) -> None:
    machine.root.config.write_text(f"policy = {policy}\n")
    machine.reset(password)
    machine.assert_applied(machine.run(), password)


POLICIES_OF_ALICE: Tuple[Tuple[str, Optional[str]], ...] = (
    ("Alice@123", "policy-user-name"),
    ("root@Fusion1", None),
)


@pytest.mark.parametrize(("password", "name"), POLICIES_OF_ALICE)
def test_policy_of_another_account(machine: Machine, password: str, name: Optional[str]) -> None:
    machine.root.config.write_text("policy = huawei\n")
    machine.reset(password, user_name="alice")
    ended = machine.run()
    if name is None:
        machine.assert_applied(ended, password, "alice")
    else:
        machine.assert_refused(ended, name)


def test_a_policy_that_there_is_not_locks_nobody_out(machine: Machine) -> None:
    machine.root.config.write_text("policy = huwei\n")
    machine.reset("x")
    ended = machine.run()
    machine.assert_applied(ended, "x")
    assert ended.warned('policy cannot be "huwei": using the default, "none"')


def test_a_better_password_after_a_refused_one(machine: Machine) -> None:
    machine.root.config.write_text("policy = huawei\n")
    machine.reset("fusion")
    machine.assert_refused(machine.run(), "policy-length")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    machine.reset("fusion")
    machine.assert_refused(machine.run(), "policy-length")
    assert machine.status_json()["last_applied"]["user"] == "root"


def test_dry_run_names_what_is_forbidden(machine: Machine) -> None:
    machine.root.config.write_text("policy = huawei\nusers = alice\n")
    machine.reset("fusion")
    assert machine.run("--dry-run").code == machine.codes["account-not-allowed"]
    assert machine.run("--dry-run", "--user", "root").code == machine.codes["policy-length"]
    machine.assert_untouched()
    machine.assert_unacknowledged()
    assert machine.results == []


Weakness = Callable[[str], Optional[str]]


def of_tencent(name: str) -> Tuple[str, Weakness]:
    """The special characters, and the reference cloud's word on a password for root."""
    rule = passwords_tencent.RULES[name, "linux"]
    return passwords_tencent.SPECIAL, lambda text: passwords_tencent.weakness(text, "root", rule)


CLOUDS: Dict[str, Tuple[str, Weakness]] = {
    "huawei": (passwords_huawei.SPECIAL, lambda text: passwords_huawei.weakness(text, "root")),
    "tencent": of_tencent("tencent"),
    "tencent-2018": of_tencent("tencent-2018"),
}
LENGTHS = (7, 8, 8, 12, 16, 16, 17, 26, 26, 27, 30, 30, 31)
MIDDLES = ("", "", "", "", "/", "~", '"', "é", "root", "Toor", "roo")


def passwords_near_borders(seed: str, special: str, count: int) -> Iterator[str]:
    """Each about as long as some rule allows, of a few kinds of characters; or with what some rule forbids."""
    chance = random.Random(seed)
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, special)
    for _ in range(count):
        characters = "".join(chance.sample(kinds, chance.choice((2, 3, 4, 4, 4))))
        middle = chance.choice(MIDDLES)
        text = "".join(chance.choice(characters) for _ in range(chance.choice(LENGTHS) - len(middle)))
        at = chance.choice((0, len(text)))
        yield text[:at] + middle + text[at:]


# Native: it compares rules, in many short runs.
@pytest.mark.slow
@pytest.mark.native
@pytest.mark.parametrize("policy", CLOUDS)
def test_cloud_and_agent_agree(machine: Machine, policy: str) -> None:
    machine.root.config.write_text(f"policy = {policy}\n")
    special, weakness = CLOUDS[policy]
    allowed = 0
    for password in passwords_near_borders(policy, special, 50):
        machine.reset(password)
        ended = machine.run("--dry-run")
        is_allowed = ended.code == machine.codes["would-apply"]
        assert is_allowed == (weakness(password) is None), f"{password}: {weakness(password)}, {ended.err}"
        allowed += is_allowed
    assert 10 < allowed < 40, f"{allowed}: these passwords show nothing"
