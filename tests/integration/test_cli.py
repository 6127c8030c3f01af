# SPDX-License-Identifier: Apache-2.0
"""The command line, the configuration file, `status`, and what a dry run leaves alone."""

from __future__ import annotations

import json
import re
from typing import List

import pytest

import runner
from cloud import encrypt
from machine import UUID, Machine
from sandbox import attribute
from throwaway import Root

PASSWORD = "Fusion@123"
USAGE = [
    [],
    ["frobnicate"],
    ["run", "status"],
    ["run", "run"],
    ["run", "--nonsense"],
    ["run", "-x"],
    ["run", "extra"],
    ["run", ""],
    ["run", "--root"],
    ["run", "--root="],
    ["run", "--deadline"],
    ["run", "--deadline", "0"],
    ["run", "--deadline", "-5"],
    ["run", "--deadline", "soon"],
    ["run", "--deadline", "5s"],
    ["run", "--deadline", "99999999999999999999"],
    ["run", "--deadline", "86401"],
    ["run", "--user", ""],
    ["run", "--user", "u" * 65],
    ["run", "--user", "a\nb"],
    ["run", "--metadata-url", ""],
    ["run", "--config", ""],
    ["run", "--dry-run=yes"],
    ["run", "--rootdir", "/"],
    ["run", "--root", "/" + "x" * 5000],
]


@pytest.mark.parametrize("words", USAGE, ids=str)
def test_usage_errors(words: List[str]) -> None:
    # Never without --root: a mistake in it must not let a run begin on this machine.
    ended = runner.run(*words)
    assert ended.code == 2, ended.err
    assert ended.out == "" and len(ended.lines) == 1


def test_usage_is_in_the_table(machine: Machine) -> None:
    assert machine.codes["usage"] == 2
    assert (
        machine.codes["applied"]
        == machine.codes["nothing-pending"]
        == machine.codes["not-this-cloud"]
        == 0
    )
    failures = [code for code in machine.codes.values() if code]
    assert len(failures) == len(set(failures)), "one code per status"
    assert max(failures) < runner.CHECKER_CODE


@pytest.mark.parametrize(
    "words", [["--version"], ["run", "--version"], ["--version", "status"]], ids=str
)
def test_version(words: List[str]) -> None:
    ended = runner.run(*words)
    assert ended.code == 0 and ended.err == ""
    assert re.fullmatch(r"resetpwd-agent \d+\.\d+\.\d+\n", ended.out)


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["status", "--help"]], ids=str)
def test_help(words: List[str]) -> None:
    ended = runner.run(*words)
    assert ended.code == 0 and ended.err == ""
    for word in (
        "run",
        "status",
        "--config",
        "--root",
        "--metadata-url",
        "--user",
        "--deadline",
        "--dry-run",
        "--verbose",
        "--json",
        "--version",
    ):
        assert word in ended.out


def test_options_with_an_equals_sign(machine: Machine) -> None:
    machine.reset(PASSWORD)
    running = machine.start(
        f"--root={machine.root.path}/", "--user=alice", "--deadline=60", whole=True
    )
    machine.assert_applied(running.end(), PASSWORD, "alice")


def test_options_before_the_command(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.note()
    ended = runner.run("--verbose", "--root", machine.root.path, "run")
    machine.assert_applied(ended, PASSWORD)


# The configuration file


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("nonsense", ""),
        ("nosuchkey = 5", "nosuchkey"),
        ("deadline_s = soon", "deadline_s"),
        ("deadline_s = -1", "deadline_s"),
        ("deadline_s = 99999999999999999999", "deadline_s"),
        ("deadline_s =", "deadline_s"),
        ("metadata_url = https://169.254.169.254/", "metadata_url"),
        ("metadata_url = " + "http://x" + "x" * 300, "metadata_url"),
        ("report = perhaps", "report"),
        ("user = " + "u" * 65, "user"),
        ("user = a\x01b", "user"),
        ("= 5", ""),
        ("USER = alice", "USER"),
        ("[section]", ""),
    ],
)
def test_a_bad_line_is_a_warning_with_its_place(machine: Machine, line: str, word: str) -> None:
    machine.root.config.write_text(f"# a comment\n\n{line}\n")
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    warnings = [text for text in ended.lines if text.startswith("warning: ")]
    assert len(warnings) == 1
    assert f"{machine.root.config}:3: " in warnings[0] and word in warnings[0]


def test_a_bad_line_does_not_spoil_the_others(machine: Machine) -> None:
    machine.root.config.write_text("deadline_s = soon\nuser = alice\nreport = no # not now\n")
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_set(PASSWORD, "alice")
    machine.assert_acknowledged()
    assert machine.results == [] and ended.warned("deadline_s")


def test_a_later_bad_line_brings_back_the_default(machine: Machine) -> None:
    machine.root.config.write_text("report = no\nreport = perhaps\n")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "# nothing\n",
        "\ufeff# nothing\r\nuser = root\r\n",
        "user=root",
        "\tuser\t=\troot\t# x\n",
    ],
)
def test_files_without_a_fault(machine: Machine, text: str) -> None:
    machine.root.config.write_bytes(text.encode())
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    assert "warning" not in ended.err


@pytest.mark.hurried
def test_deadline_of_the_file_and_of_the_command_line(machine: Machine) -> None:
    machine.root.config.write_text("deadline_s = 86400\n")
    machine.cloud.misbehave("password", "503", method="GET")
    machine.reset(PASSWORD)
    machine.assert_unseen(machine.run("--deadline", runner.SOON), "service-error")
    machine.root.config.write_text(f"deadline_s = {runner.SOON}\n")
    machine.assert_unseen(machine.run(), "service-error")


def test_url_of_the_file(machine: Machine) -> None:
    machine.root.config.write_text("metadata_url = http://127.0.0.1:80/openstack/latest/\n")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert {request.header("Host") for request in machine.cloud.requests} == {"127.0.0.1"}


def test_another_file(machine: Machine) -> None:
    machine.root.config.write_text("user = nosuchuser\n")
    other = machine.root.path / "other.conf"
    other.write_text("user = alice\n")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run("--config", other), PASSWORD, "alice")


@pytest.mark.parametrize("kind", ["missing", "folder", "link", "large"])
def test_another_file_that_cannot_be_read(machine: Machine, kind: str) -> None:
    other = machine.root.path / "other.conf"
    if kind == "folder":
        other.mkdir()
    elif kind == "link":
        other.symlink_to("nowhere")
    elif kind == "large":
        other.write_text("# large\n" * 20000)
    machine.reset(PASSWORD)
    ended = machine.run("--config", other)
    machine.assert_applied(ended, PASSWORD)
    assert ended.warned("other.conf")


def test_no_report_when_not_wanted(machine: Machine) -> None:
    machine.root.config.write_text("report = no\n")
    machine.pend("x")
    machine.run()
    assert machine.results == [] and ("POST", "result") not in machine.cloud.steps


# status


def test_status_of_a_fresh_machine(machine: Machine) -> None:
    before = machine.root.snapshot()
    told = machine.status()
    assert told.code == 0 and told.out and told.err == ""
    assert machine.status_json() == {"last_run": None, "last_applied": None}
    assert machine.root.snapshot() == before


def test_status_tells_what_happened(machine: Machine) -> None:
    machine.reset(PASSWORD, user_name="alice")
    machine.run()
    document = machine.status_json()
    assert document["last_run"]["outcome"] == "applied" and document["last_run"]["reason"]
    for part in ("last_run", "last_applied"):
        assert document[part]["user"] == "alice"
        assert document[part]["request"] == machine.request_shown
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", document[part]["time"])
    words = machine.status().out
    assert (
        "alice" in words
        and machine.request_shown in words
        and document["last_run"]["time"] in words
    )


def test_status_tells_of_the_failure_and_of_the_reset_before(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.run()
    applied = machine.status_json()["last_applied"]
    machine.pend("x")
    machine.assert_refused(machine.run(), "blob-too-short")
    document = machine.status_json()
    assert document["last_applied"] == applied
    assert document["last_run"]["request"] == machine.request_shown != applied["request"]


@pytest.mark.parametrize("words", [[], ["--json"]], ids=str)
def test_status_under_the_wrapper(machine: Machine, words: List[str]) -> None:
    """Elsewhere `status` is run without it."""
    for blob in (None, "x"):
        if blob:
            machine.pend(blob)
            machine.run()
        ended = runner.run("status", *words, "--root", machine.root.path)
        assert ended.code == 0 and ("blob-too-short" in ended.out) == bool(blob)


def test_status_asks_nobody(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.status()
    assert machine.cloud.requests == [] and machine.is_pending


# clean


def test_clean_forgets(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.run()
    (machine.root.state / ".record.left").write_text("of an interrupted run")
    shadow = machine.root.shadow.read_bytes()
    ended = runner.run("clean", "--root", machine.root.path)
    assert ended.code == 0 and ended.err == ended.out == ""
    assert list(machine.root.state.iterdir()) == []
    assert machine.status_json() == {"last_run": None, "last_applied": None}
    assert machine.root.shadow.read_bytes() == shadow


def test_clean_of_a_fresh_machine(machine: Machine) -> None:
    before = machine.root.snapshot()
    assert runner.run("clean", "--root", machine.root.path).code == 0
    assert machine.root.snapshot() == before


@pytest.mark.parametrize("place", ["etc/.shadow.resetpwd-agent", "etc"])
def test_clean_that_leaves_something_fails(machine: Machine, place: str) -> None:
    """What stays is a copy of the shadow file: it must not go into an image without a word."""
    left = machine.root.etc / ".shadow.resetpwd-agent"
    left.write_bytes(machine.root.shadow.read_bytes())
    with attribute(machine.root.path / place, "i"):
        ended = runner.run("clean", "--root", machine.root.path)
    assert ended.code == machine.codes["denied" if place != "etc" else "shadow-immutable"]
    assert left.exists() and ended.logged("what an interrupted run left cannot be removed")
    assert runner.run("clean", "--root", machine.root.path).code == 0 and not left.exists()


@pytest.mark.native  # valgrind itself cannot do without one
def test_clean_with_a_closed_standard_error(machine: Machine) -> None:
    """What it says goes into no file that it opens."""
    (machine.root.etc / ".shadow.resetpwd-agent").touch()
    before = ("sh", "-c", 'exec "$@" 2>&-', "sh")
    assert runner.start("clean", "--root", machine.root.path, before=before).end().code == 0
    assert not (machine.root.etc / ".shadow.resetpwd-agent").exists()
    assert (machine.root.etc / ".pwd.lock").read_bytes() == b""


def test_clean_beside_a_run(machine: Machine) -> None:
    machine.cloud.misbehave("password", "hang-before-headers", seconds=0)
    running = machine.start()
    machine.cloud.await_requests("GET", "password")
    ended = runner.run("clean", "--root", machine.root.path)
    assert ended.code == machine.codes["already-running"]
    assert ended.logged("another run")
    assert (machine.root.state / "lock").exists()
    running.terminate()
    assert runner.run("clean", "--root", machine.root.path).code == 0


# --dry-run


def assert_dry(machine: Machine, *options: str) -> runner.Ended:
    """A dry run changes nothing anywhere."""
    before, results = machine.root.snapshot(), machine.results
    ended = machine.run("--dry-run", *options)
    assert machine.root.snapshot() == before
    assert {method for method, _ in machine.cloud.steps} <= {"GET"}
    assert not machine.cloud.flag(UUID) and machine.results == results
    return ended


def test_dry_run(machine: Machine) -> None:
    machine.reset(PASSWORD)
    ended = assert_dry(machine)
    assert ended.code == 0 and ended.logged("would-apply")
    assert machine.is_pending
    machine.assert_applied(machine.run(), PASSWORD)


def test_dry_run_with_nothing_pending(machine: Machine) -> None:
    ended = assert_dry(machine)
    assert ended.code == 0 and ended.logged("nothing-pending")


@pytest.mark.parametrize(
    ("blob", "user", "name"),
    [
        ("x", None, "blob-too-short"),
        (encrypt(b"a\nb", UUID, b"saltsalt"), None, "password-control-character"),
        (encrypt(b"Fusion@123", UUID, b"saltsalt"), "nosuchuser", "account-unknown"),
    ],
)
def test_dry_run_of_what_would_fail(machine: Machine, blob: str, user: str, name: str) -> None:
    machine.pend(blob, user)
    ended = assert_dry(machine)
    assert ended.code == machine.codes[name] and ended.logged(name)
    assert machine.is_pending


@pytest.mark.hurried
def test_dry_run_of_a_reset_that_was_applied(machine: Machine) -> None:
    machine.cloud.misbehave("password", "delete-refused")
    machine.reset(PASSWORD)
    machine.run("--deadline", runner.SOON)
    machine.cloud.behave()
    machine.cloud.set_flag(UUID, False)
    machine.note()
    assert assert_dry(machine).code == 0
    assert machine.is_pending


# --root


def test_root_that_is_not_there(machine: Machine) -> None:
    machine.reset(PASSWORD)
    gone = machine.root.path / "gone"
    ended = machine.start("--root", gone, whole=True).end()
    assert ended.code in (machine.codes["shadow-missing"], machine.codes["io-error"])
    machine.assert_untouched()
    machine.assert_unacknowledged()


def test_two_roots_do_not_meet(machine: Machine) -> None:
    other = Root(machine.root.path / "other")
    before = other.snapshot()
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert other.snapshot() == before
    told = runner.run("status", "--json", "--root", other.path)
    assert json.loads(told.out) == {"last_run": None, "last_applied": None}
