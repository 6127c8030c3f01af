# SPDX-License-Identifier: Apache-2.0
"""`check`: the configuration, what the metadata service says, the account, and the last run."""

from __future__ import annotations

import pytest

import runner
from checking import Check, check
from cloud import encrypt
from machine import UUID, Machine
from sandbox import command, mounted
from throwaway import Root

PASSWORD = "Fusion@123"
OTHER_UUID = "11111111-2222-4333-8444-555555555555"


# The configuration


def test_no_configuration_is_fine(root: Root) -> None:
    found = check(root.path).find("configuration")
    assert (found.level, found.mend) == ("OK", None) and "the defaults" in found.found


def test_a_configuration_is_named(root: Root) -> None:
    root.config.write_text("report = no\n")
    found = check(root.path).find("configuration")
    assert found.level == "OK" and str(root.config) in found.found


@pytest.mark.parametrize("line, word", [("colour = red", '"colour"'), ("deadline_s = soon", '"soon"'), ("?", "form")])
def test_a_slip_is_named_with_its_line(root: Root, line: str, word: str) -> None:
    root.config.write_text(f"# one\n{line}\n")
    found = check(root.path).find("configuration")
    assert found.level == "WARN" and ":2: " in found.found and word in found.found


def test_slips_are_counted(root: Root) -> None:
    root.config.write_text("a = 1\nb = 2\nc = 3\n")
    assert "and 2 more" in check(root.path).find("configuration").found
    ended = runner.run("check", "--verbose", "--root", root.path)
    assert ended.warned('"b"') and ended.warned('"c"')


def test_a_password_in_a_url_is_not_shown(root: Root) -> None:
    url = "http://owner:Secret1@192.0.2.1/"
    root.config.write_text(f"metadata_url = {url}\n")
    found = check(root.path).find("configuration")
    assert found.level == "WARN" and "metadata_url cannot be" in found.found and "Secret1" not in found.found
    ended = runner.run("run", "--root", root.path, "--metadata-url", url)
    assert ended.code != 0 and ended.logged("--metadata-url cannot be") and "Secret1" not in ended.err


def test_a_configuration_that_cannot_be_read(root: Root) -> None:
    root.config.mkdir()
    assert check(root.path).find("configuration").level == "WARN"


# The metadata service, which is the running system's


def asked(machine: Machine, *options: runner.Word) -> Check:
    """The running system is only looked at."""
    machine.note()
    answer = check(None, *options)
    assert {method for method, _ in machine.cloud.steps} <= {"GET"}
    return answer


def test_all_is_well(machine: Machine) -> None:
    machine.cloud.set_flag(UUID, True)
    answer = asked(machine)
    for name in ("connect", "flag", "pending", "uuid"):
        assert answer.is_ok(name), answer.find(name)
    assert "announced" in answer.find("flag").found
    assert "no reset is pending" in answer.find("pending").found


def test_not_announced(machine: Machine) -> None:
    found = asked(machine).find("flag")
    assert found.level == "WARN" and found.mend == "resetpwd-agent run"
    # Here on a throw-away system, not on the one that runs.
    machine.run()
    assert asked(machine).is_ok("flag")


def test_pending(machine: Machine) -> None:
    machine.reset(PASSWORD, "root")
    found = asked(machine).find("pending")
    assert found.level == "OK" and "is pending" in found.found
    assert machine.is_pending
    machine.assert_discreet(runner.run("check"))


def test_pending_though_applied(machine: Machine) -> None:
    """The running system has the record of one where the same request was met before."""
    blob = machine.reset(PASSWORD, "root")
    machine.run()
    with mounted("--bind", machine.root.path / "var/lib", "/var/lib"):
        machine.pend(blob)
        found = asked(machine).find("pending")
        assert found.level == "OK" and "is applied already" in found.found
        machine.reset(PASSWORD, "root")
        assert "the next run sets it" in asked(machine).find("pending").found
    machine.pend(blob)
    assert "the next run sets it" in asked(machine).find("pending").found


@pytest.mark.parametrize(
    "blob, why",
    [
        (encrypt(PASSWORD.encode(), OTHER_UUID), "encrypted for another instance uuid"),
        ("0Rqv2zwGpvA=", "salt"),
        ("!", "shorter than its salt"),
    ],
    ids=["other-uuid", "empty", "short"],
)
def test_pending_in_vain(machine: Machine, blob: str, why: str) -> None:
    machine.pend(blob)
    found = asked(machine).find("pending")
    assert found.level == "FAIL" and found.found.startswith("a reset is pending, but ") and why in found.found


def test_pending_for_an_unknown_account(machine: Machine) -> None:
    machine.reset(PASSWORD, "no-such-user")
    answer = asked(machine)
    assert "no such local account" in answer.find("pending").found
    account = answer.find("account")
    assert account.level == "FAIL" and account.found.endswith("named by the pending reset")
    assert answer.find("locked").level == "SKIP" and answer.user == ""


def test_no_flag_there(machine: Machine) -> None:
    machine.cloud.misbehave("flag", "404")
    answer = asked(machine)
    assert answer.find("flag").level == "WARN" and answer.is_ok("pending")


def test_another_cloud(machine: Machine) -> None:
    for endpoint in ("flag", "password"):
        machine.cloud.misbehave(endpoint, "404")
    found = asked(machine).find("pending")
    assert found.level == "FAIL" and "knows no password resets" in found.found


@pytest.mark.parametrize("fault", ["500", "html", "oversized"])
def test_a_broken_flag_keeps_no_reset_from_working(machine: Machine, fault: str) -> None:
    machine.cloud.misbehave("flag", fault)
    answer = asked(machine)
    assert answer.find("flag").level == "WARN"
    assert answer.is_ok("pending") and answer.is_ok("uuid")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


@pytest.mark.parametrize(
    "endpoint, name, fault",
    [("flag", "flag", "close")]
    + [
        (endpoint, name, fault)
        for endpoint, name in (("password", "pending"), ("metadata", "uuid"))
        for fault in ("500", "close", "html", "oversized")
    ],
)
def test_a_broken_answer(machine: Machine, endpoint: str, name: str, fault: str) -> None:
    machine.cloud.misbehave(endpoint, fault)
    answer = asked(machine)
    assert answer.find(name).level == "FAIL"
    # One that cannot be talked to is not asked again.
    later = {"flag": ["pending", "uuid"], "pending": ["uuid"], "uuid": []}[name]
    assert [answer.find(other).level for other in later] == ["SKIP"] * len(later)


@pytest.mark.parametrize("endpoint, name", [("flag", "flag"), ("password", "pending")])
@pytest.mark.slow
def test_a_silent_service(machine: Machine, endpoint: str, name: str) -> None:
    machine.cloud.misbehave(endpoint, "hang-before-headers")
    answer = asked(machine)
    assert answer.find(name).level == "FAIL" and "did not answer in time" in answer.find(name).found
    assert answer.find("uuid").level == "SKIP"


@pytest.mark.parametrize("value", ["", 7, None, "x" * 65])
def test_no_uuid(machine: Machine, value: object) -> None:
    machine.cloud.misbehave("metadata", "wrong-type", value=value)
    assert asked(machine).find("uuid").level == "FAIL"


def test_an_odd_uuid(machine: Machine) -> None:
    machine.cloud.misbehave("metadata", "wrong-type", value="i-0123456789")
    found = asked(machine).find("uuid")
    assert found.level == "WARN" and "i-0123456789" not in found.found


# The account


def test_account(root: Root) -> None:
    found = check(root.path).find("account")
    assert (found.level, found.found) == ("OK", "root, the administrator of this system")
    root.be_ubuntu()
    assert check(root.path).find("account").found.startswith("ubuntu, ")
    root.config.write_text("user = alice\n")
    assert check(root.path).find("account").found == "alice, named by the configuration"
    answer = check(root.path, "--user", "ubuntu")
    assert answer.find("account").found == "ubuntu, named by --user" and answer.user == "ubuntu"


@pytest.mark.parametrize(
    "user, why",
    [("no-such-user", "no such local account"), ("broken", "line in the shadow file is broken"), ("a:b", "name")],
)
def test_account_in_vain(root: Root, user: str, why: str) -> None:
    root.config.write_text("users = root,alice\n")
    if ":" not in user:
        found = check(root.path, "--user", user).find("account")
        assert found.level == "FAIL" and why in found.found
    root.config.write_text(f"users = root,alice\nuser = {user}\n")
    found = check(root.path).find("account")
    assert found.level == ("FAIL" if ":" not in user else "OK")


def test_account_not_allowed(root: Root) -> None:
    root.config.write_text("users = alice\n")
    answer = check(root.path)
    found = answer.find("account")
    assert found.level == "FAIL" and "does not allow this account" in found.found and answer.user == "root"
    root.config.write_text("users = alice, root\n")
    assert check(root.path).is_ok("account")


def test_account_not_shadowed(root: Root) -> None:
    found = check(root.path, "--user", "unshadowed").find("account")
    assert found.level == "FAIL" and found.mend == f"chroot {root.path} pwconv"
    # The folder has no programs of its own: the machine's does it from outside.
    command("pwconv", "--root", root.path)
    assert check(root.path, "--user", "unshadowed").is_ok("account")


# The last run


def test_no_run_yet(root: Root) -> None:
    assert check(root.path).find("last-run").found == "no run has ended here yet"


def test_a_run_that_failed(machine: Machine) -> None:
    machine.pend("!")
    machine.run()
    found = check(machine.root.path).find("last-run")
    assert found.level == "WARN" and "blob-too-short" in found.found
    machine.reset(PASSWORD)
    machine.run()
    found = check(machine.root.path).find("last-run")
    assert found.level == "OK" and found.found.endswith(": applied")


def test_a_record_that_cannot_be_read(machine: Machine) -> None:
    machine.run()
    machine.root.record.unlink()
    machine.root.record.mkdir()
    assert check(machine.root.path).find("last-run").level == "WARN"
