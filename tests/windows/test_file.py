# SPDX-License-Identifier: Apache-2.0
"""The program's own files in %ProgramData%: configuration, record, lock, and who may have put them there."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import wine
from cloud import ReferenceCloud
from conftest import AGENT
from wine import PATIENCE_S

SOMEBODY_ELSE = 12345
OK, ALREADY_RUNNING, DENIED, NOT_SUPPORTED = 0, 8, 40, 48


class Machine:
    """A Windows on which nothing of this program has been yet."""

    def __init__(self, prefix: wine.Prefix) -> None:
        self.prefix = prefix
        self.home = prefix.c / "ProgramData/resetpwd-agent"
        self.config = self.home / "resetpwd-agent.conf"
        self.state = self.home / "state"
        shutil.rmtree(self.home, ignore_errors=True)

    def configure(self, text: str) -> None:
        """Write the configuration file."""
        self.home.mkdir(exist_ok=True)
        self.config.write_text(text)

    def agent(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The agent to its end."""
        return self.prefix.run(AGENT, *words)

    @property
    def outcome(self) -> str | None:
        """Of the last run, as `status` has it."""
        run = json.loads(self.agent("status", "--json").stdout)["last_run"]
        return None if run is None else str(run["outcome"])


@pytest.fixture(name="awake", scope="module")
def fixture_awake(template: wine.Prefix) -> Iterator[wine.Prefix]:
    with wine.copy_of(template) as prefix, prefix.kept_awake():
        yield prefix


@pytest.fixture(name="machine")
def fixture_machine(awake: wine.Prefix) -> Machine:
    return Machine(awake)


def run_words(cloud: ReferenceCloud, deadline_s: int = PATIENCE_S) -> list[str]:
    return ["run", "--metadata-url", cloud.metadata_url(), "--deadline", str(deadline_s)]


def assert_ended(done: subprocess.CompletedProcess[str], code: int, name: str) -> None:
    assert done.returncode == code and f"{name}: " in done.stderr, done.stderr


# The configuration


def test_the_configuration_is_used(machine: Machine, cloud: ReferenceCloud) -> None:
    machine.configure(f"\ufeff# of notepad\r\nmetadata_url = {cloud.metadata_url()}\r\nreport = no\r\n")
    assert_ended(machine.agent("run"), OK, "nothing-pending")
    assert cloud.requests


def test_a_slip_is_told_with_its_line(machine: Machine, cloud: ReferenceCloud) -> None:
    machine.configure("report = no\ndeadline_s = soon\n")
    done = machine.agent(*run_words(cloud))
    assert_ended(done, OK, "nothing-pending")
    assert r"C:\ProgramData\resetpwd-agent\resetpwd-agent.conf:2: deadline_s" in done.stderr


def test_no_configuration_is_no_fault(machine: Machine, cloud: ReferenceCloud) -> None:
    assert "resetpwd-agent.conf" not in machine.agent(*run_words(cloud)).stderr


def assert_configured_in_vain(machine: Machine, cloud: ReferenceCloud, why: str) -> None:
    """The reset itself goes on."""
    done = machine.agent(*run_words(cloud))
    assert_ended(done, OK, "nothing-pending")
    assert "colour" not in done.stderr
    assert why in done.stderr


def test_what_somebody_else_configured_is_not_used(machine: Machine, cloud: ReferenceCloud) -> None:
    machine.configure("colour = red\n")
    os.chown(machine.config, SOMEBODY_ELSE, SOMEBODY_ELSE)
    assert_configured_in_vain(machine, cloud, r"C:\ProgramData\resetpwd-agent\resetpwd-agent.conf: not used")
    os.chown(machine.config, os.getuid(), os.getgid())
    assert "colour" in machine.agent(*run_words(cloud)).stderr


def test_nor_what_is_in_a_folder_of_his(machine: Machine, cloud: ReferenceCloud) -> None:
    """He could put another file in its place at any moment."""
    machine.configure("colour = red\n")
    os.chown(machine.home, SOMEBODY_ELSE, SOMEBODY_ELSE)
    assert_configured_in_vain(machine, cloud, r"C:\ProgramData\resetpwd-agent: not used")
    assert not machine.state.exists()
    assert machine.agent("status").returncode == DENIED
    assert machine.agent("clean").returncode == DENIED


@pytest.mark.parametrize("what", ["folder", "record", "lock"])
def test_nor_a_state_of_his(machine: Machine, cloud: ReferenceCloud, what: str) -> None:
    assert_ended(machine.agent(*run_words(cloud)), OK, "nothing-pending")
    planted = machine.state if what == "folder" else machine.state / what
    planted.touch()
    os.chown(planted, SOMEBODY_ELSE, SOMEBODY_ELSE)
    done = machine.agent(*run_words(cloud))
    assert_ended(done, OK, "nothing-pending")
    assert f"{planted.name}: not used" in done.stderr


def test_nor_a_file_with_a_second_name(machine: Machine, cloud: ReferenceCloud) -> None:
    """It could be another program's, into which somebody else has a hand."""
    machine.configure("colour = red\n")
    (machine.home / "other").hardlink_to(machine.config)
    assert_configured_in_vain(machine, cloud, "not-regular")


def test_a_file_that_is_named_may_be_anybodys(machine: Machine, cloud: ReferenceCloud) -> None:
    """Elsewhere, with a name beyond ASCII."""
    file = machine.prefix.c / "Einstellungen für 密.conf"
    file.write_text("colour = red\n")
    os.chown(file, SOMEBODY_ELSE, SOMEBODY_ELSE)
    environment = {"LC_ALL": "C.UTF-8"}
    done = machine.prefix.run(AGENT, *run_words(cloud), "--config", rf"C:\{file.name}", env=environment)
    assert_ended(done, OK, "nothing-pending")
    assert rf"C:\{file.name}:1: " in done.stderr


# The record


def test_the_record(machine: Machine, cloud: ReferenceCloud) -> None:
    assert machine.outcome is None
    assert not machine.home.exists()
    assert_ended(machine.agent(*run_words(cloud)), OK, "nothing-pending")
    assert machine.outcome == "nothing-pending"
    assert sorted(path.name for path in machine.state.iterdir()) == ["lock", "record"]
    # Wine shows a list of SYSTEM and Administrators, without Everyone, as a mode without others.
    for path in (machine.home, machine.state, *machine.state.iterdir()):
        assert not stat.S_IMODE(path.stat().st_mode) & stat.S_IRWXO, path


def test_clean(machine: Machine, cloud: ReferenceCloud) -> None:
    machine.configure("report = no\n")
    assert machine.agent("clean").returncode == OK
    machine.agent(*run_words(cloud))
    assert machine.agent("clean").returncode == OK
    assert not list(machine.state.iterdir())
    assert machine.config.read_text() == "report = no\n"
    assert machine.outcome is None


def test_there_is_no_other_system(machine: Machine) -> None:
    for command in ("run", "status", "clean"):
        done = machine.agent(command, "--root", r"C:\elsewhere")
        assert done.returncode == NOT_SUPPORTED
        assert done.stderr.count("--root") == 1


# Two at once


@pytest.fixture(name="busy")
def fixture_busy(machine: Machine) -> Iterator[subprocess.Popen[bytes]]:
    """A run that holds the lock: it waits for a service that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(PATIENCE_S)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        words = ("run", "--metadata-url", url, "--deadline", str(10 * PATIENCE_S))
        with machine.prefix.start(AGENT, *words) as run, silent.accept()[0]:
            yield run


def test_one_run_at_a_time(machine: Machine, cloud: ReferenceCloud, busy: subprocess.Popen[bytes]) -> None:
    assert_ended(machine.agent(*run_words(cloud, 1)), ALREADY_RUNNING, "already-running")
    assert not cloud.requests
    assert machine.agent("clean").returncode == ALREADY_RUNNING
    assert (machine.state / "lock").exists()
    assert busy.poll() is None


def test_the_next_run_waits_for_the_one_before(
    machine: Machine, cloud: ReferenceCloud, busy: subprocess.Popen[bytes]
) -> None:
    with machine.prefix.start(AGENT, *run_words(cloud)) as second:
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(3)
        assert not cloud.requests
        busy.kill()
        assert second.wait(PATIENCE_S) == OK
    assert machine.outcome == "nothing-pending"
