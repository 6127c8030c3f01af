# SPDX-License-Identifier: Apache-2.0
"""A reset when all is well: the order of things, which passwords, which account's, and how often."""

from __future__ import annotations

import os

import pytest

from machine import UUID, Machine

KNOWN_BLOB = "0Rqv2zwGpvA=brvpQE1/AAkxrniFf9LgkOanJuSq3uPClZ5eCM6JDpRXqGcHACe6ZBWOdqiKRQTM"
KNOWN_TEXT = "Fusion@123123123123123123123123123123123123123"
PASSWORD = "Fusion@123"
AS_THE_PLUGIN = [
    ("GET", "flag"),
    ("POST", "flag"),
    ("GET", "flag"),
    ("GET", "password"),
    ("GET", "metadata"),
    ("DELETE", "password"),
    ("GET", "password"),
]
REPORT = [("POST", "result")]
PASSWORDS = {
    "command": "a;touch x",
    "variable": "$HOME",
    "backquote": "`id`$(id)",
    "quotes": "'\"'\"''",
    "colons": "a:b:c:",
    "blanks": "  blanks at both ends  ",
    "backslash": "\\n\\0\\",
    "shell": "|&<>#!*?~{}[]()%^",
    "one": "x",
    "254": "0123456789" * 25 + "abcd",
    "511": "y" * 511,
    "latin": "Grüße aus Köln",
    "chinese": "密码重置很重要",
    "emoji": "🔑🐧👩‍👩‍👧",
    "511-bytes-of-chinese": "密" * 170 + "a",
    "null": "null",
    "noncharacters": "a\ufffe\U0010ffff\ufeff",
    "like-a-hash": "$6$salt$hash",
    "like-a-locked-one": "!*",
}


def test_known_answer(machine: Machine) -> None:
    machine.pend(KNOWN_BLOB)
    machine.cloud.secrets.append(KNOWN_TEXT.encode())
    machine.assert_applied(machine.run(), KNOWN_TEXT)


@pytest.mark.hurried
def test_requests_are_the_plugins_then_the_report(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.steps == AS_THE_PLUGIN + REPORT
    assert machine.cloud.flag(UUID)
    assert machine.cloud.connections == 1
    assert {request.version for request in machine.cloud.requests} == {"HTTP/1.1"}
    paths = [request.path.rpartition("/") for request in machine.cloud.requests]
    assert {path[0] for path in paths} == {"/openstack/latest"}


def test_announcement_is_the_plugins(machine: Machine) -> None:
    machine.run()
    post = machine.cloud.requests[1]
    assert (post.method, post.body) == ("POST", b"True")
    assert post.header("Content-Type") == "application/x-www-form-urlencoded"
    assert post.header("Content-Length") == "4"
    assert post.header("Expect") is None and post.header("Transfer-Encoding") is None


def test_report_is_json(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.run()
    post = machine.cloud.requests[-1]
    assert post.header("Content-Type") == "application/json"
    assert machine.results[0]["agent"]


def test_requests_carry_no_more_than_they_must(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.run()
    for request in machine.cloud.requests:
        assert request.header("Host") == "169.254.169.254"
        for name in ("Accept-Encoding", "TE", "Cookie", "Authorization", "Upgrade", "Referer"):
            assert request.header(name) is None
        if request.method != "POST":
            assert request.body == b""


@pytest.mark.hurried
def test_announced_already_is_not_announced_again(machine: Machine) -> None:
    machine.cloud.set_flag(UUID, True)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.steps == [AS_THE_PLUGIN[0], *AS_THE_PLUGIN[3:], *REPORT]


@pytest.mark.parametrize("spelling", ["empty", "None", "null", "missing", "404"])
def test_nothing_is_pending(machine: Machine, spelling: str) -> None:
    machine.cloud.nothing_spelled = spelling
    ended = machine.run()
    machine.assert_outcome(ended, "nothing-pending")
    machine.assert_untouched()
    assert machine.cloud.steps == AS_THE_PLUGIN[:4]
    assert machine.results == []
    assert machine.cloud.connections == 1


@pytest.mark.hurried
@pytest.mark.parametrize("spelling", ["empty", "None", "null", "missing", "404"])
def test_acknowledged_in_every_spelling(machine: Machine, spelling: str) -> None:
    machine.cloud.nothing_spelled = spelling
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.steps == AS_THE_PLUGIN + REPORT


@pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS.keys())
@pytest.mark.parametrize("env", [{"LANG": "C"}, {}], ids=["LANG=C", "no environment"])
def test_password_of_every_kind(machine: Machine, password: str, env: "dict[str, str]") -> None:
    machine.reset(password)
    machine.assert_applied(machine.run(env=env), password)
    assert not os.path.exists("/x") and not (machine.root.path / "x").exists()


def test_white_space_in_the_blob_is_tolerated(machine: Machine) -> None:
    blob = machine.reset(PASSWORD)
    machine.pend("\n ".join(["", *(blob[at : at + 5] for at in range(0, len(blob), 5)), ""]))
    machine.assert_applied(machine.run(), PASSWORD)


def test_two_runs_two_resets(machine: Machine) -> None:
    for password in ("the first One1", "the second One2"):
        machine.reset(password)
        machine.assert_applied(machine.run(), password)
    assert not machine.root.verifies("root", "the first One1")


def test_a_run_after_a_reset_finds_nothing(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.run()
    applied = machine.status_json()["last_applied"]
    ended = machine.run()
    machine.assert_outcome(ended, "nothing-pending")
    machine.assert_untouched()
    assert machine.status_json()["last_applied"] == applied


def test_new_reset_with_the_same_password_is_applied(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    machine.root.owner_chooses("root", "chosen by the owner1")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


def test_a_service_that_takes_no_reports_loses_nothing(machine: Machine) -> None:
    machine.cloud.accept_results = False
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_outcome(ended, "applied")
    machine.assert_set(PASSWORD)
    machine.assert_acknowledged()


@pytest.mark.parametrize("fault", ["404", "405", "500", "close", "reset", "html", "endless-body"])
def test_a_report_that_fails_changes_no_outcome(machine: Machine, fault: str) -> None:
    machine.cloud.misbehave("result", fault)
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_outcome(ended, "applied")
    machine.assert_set(PASSWORD)
    machine.assert_acknowledged()
    assert machine.cloud.count("POST", "result") <= 2


def test_a_clone_takes_its_own_reset(machine: Machine) -> None:
    """Copied with the record of the machine that it is a copy of, and given the very same password."""
    clone = "11111111-2222-4333-8444-555555555555"
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    machine.root.owner_chooses("root", "Of-the-image@1")
    machine.cloud.add_instance(clone)
    machine.cloud.request_reset(clone, PASSWORD)
    url = f"http://169.254.169.254/instances/{clone}/openstack/latest"
    machine.assert_outcome(machine.run("--metadata-url", url), "applied")
    machine.assert_set(PASSWORD)
