# SPDX-License-Identifier: Apache-2.0
"""The agent as a service: one cycle, and a stop."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import AGENT, UUID
from guest import Guest, use_double
from services import Machine, State, configure, switched_on
from wine import Prefix

from cloud import ReferenceCloud

SPECIFIC = 1066  # ERROR_SERVICE_SPECIFIC_ERROR
NO_FAILURE = State("STOPPED", 0, 0)


@pytest.fixture(name="machine")
def fixture_machine(prefix: Prefix, cloud: ReferenceCloud, tmp_path: Path) -> Iterator[Machine]:
    """The service is installed, and not started."""
    configure(prefix, cloud.metadata_url())
    with switched_on(prefix, tmp_path / "said") as machine:
        machine.install(AGENT)
        yield machine


def test_one_cycle(machine: Machine) -> None:
    machine.control("start")
    assert machine.wait_until_stopped() == NO_FAILURE
    assert [event.type for event in machine.said("nothing-pending: ")] == ["information"]


def test_reset(prefix: Prefix, double: Path, cloud: ReferenceCloud, tmp_path: Path) -> None:
    guest = Guest(prefix, AGENT, cloud, UUID, {})
    guest.add_usual_accounts()
    guest.reset("Fusion@123")
    configure(prefix, cloud.metadata_url())
    with switched_on(prefix, tmp_path / "said") as machine:
        use_double(prefix, double)
        machine.install(AGENT)
        machine.control("start")
        assert machine.wait_until_stopped() == NO_FAILURE, machine.events
        assert machine.said("applied: reset of Administrator")
        assert not [secret for secret in guest.secrets if machine.said(secret)]
    assert guest.accounts.password("Administrator") == "Fusion@123"
    assert not guest.is_pending


def test_failure_has_its_exit_code(machine: Machine, cloud: ReferenceCloud) -> None:
    cloud.set_raw_blob(UUID, "!" * 64)
    machine.control("start")
    assert machine.wait_until_stopped() == State("STOPPED", SPECIFIC, 21)
    assert [event.type for event in machine.said("blob-not-base64: ")] == ["error"]


def test_no_service_is_no_failure(machine: Machine) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        configure(machine.prefix, f"http://127.0.0.1:{nobody_listens.getsockname()[1]}", "deadline_s = 12")
        machine.control("start")
        assert machine.wait_until_stopped() == NO_FAILURE
    assert [event.type for event in machine.said("unreachable: ")] == ["warning"]


def test_stop_ends_a_wait(machine: Machine, cloud: ReferenceCloud) -> None:
    cloud.misbehave("password", "status", code=500)
    machine.control("start")
    assert cloud.wait_for(lambda requests: len(requests) > 1, 120)
    assert machine.state.name == "RUNNING"
    machine.control("stop")
    assert machine.wait_until_stopped() == NO_FAILURE
    assert machine.said("stopped: ")


@pytest.mark.parametrize("name", ["SystemSetupInProgress", "OOBEInProgress"])
def test_waits_for_windows_setup(machine: Machine, cloud: ReferenceCloud, name: str) -> None:
    machine.setup(**{name: 1})
    machine.control("start")
    machine.wait_until_said("being set up")
    assert machine.state.name == "RUNNING"
    machine.setup(SetupPhase=4)  # a change that is not the end
    assert machine.state.name == "RUNNING"
    assert not cloud.requests
    machine.setup(**{name: 0})
    assert machine.wait_until_stopped() == NO_FAILURE
    assert machine.said("nothing-pending: ")
    assert len(machine.said("being set up")) == 1


def test_stop_while_windows_is_set_up(machine: Machine, cloud: ReferenceCloud) -> None:
    machine.setup(SystemSetupInProgress=1)
    machine.control("start")
    machine.wait_until_said("being set up")
    machine.control("stop")
    assert machine.wait_until_stopped() == NO_FAILURE
    assert not cloud.requests


def test_console_does_not_wait_for_windows_setup(machine: Machine) -> None:
    """It is Windows' setup that runs it there, from SetupComplete.cmd."""
    machine.setup(SystemSetupInProgress=1)
    ended = machine.prefix.run(AGENT, "run")
    assert ended.returncode == 0
    assert "nothing-pending: " in ended.stderr


def test_service_at_a_console(machine: Machine) -> None:
    ended = machine.prefix.run(AGENT, "service")
    assert ended.returncode == 2
    assert 'the command is "run"' in ended.stderr
