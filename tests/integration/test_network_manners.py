# SPDX-License-Identifier: Apache-2.0
"""Whom the agent talks to: the service and nobody else, whatever the environment or the service says."""

from __future__ import annotations

import selectors
import socket
from typing import Iterator

import pytest

import runner
from machine import Machine

PASSWORD = "Fusion@123"


class Trap:
    """A listener that must see nobody."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:{}/".format(self._listener.getsockname()[1])

    def has_visitor(self) -> bool:
        """Did anybody connect? Connections wait in the backlog until asked for."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            return bool(selector.select(0))

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()


@pytest.fixture(name="trap")
def fixture_trap() -> Iterator[Trap]:
    """A listener that must see nobody."""
    trap = Trap()
    try:
        yield trap
        assert not trap.has_visitor(), "the agent talked to somebody else"
    finally:
        trap.close()


@pytest.mark.parametrize("upper", [False, True])
def test_proxy_variables(machine: Machine, trap: Trap, upper: bool) -> None:
    names = ["http_proxy", "https_proxy", "all_proxy", "ftp_proxy"]
    env = {(name.upper() if upper else name): trap.url for name in names}
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(env=runner.environment({**env, "no_proxy": ""})), PASSWORD)


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("endpoint", ["flag", "password", "metadata", "result"])
def test_redirect_elsewhere(machine: Machine, trap: Trap, endpoint: str, code: int) -> None:
    machine.cloud.misbehave(endpoint, "redirect", times=2, location=trap.url, code=code)
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_outcome(ended, "applied")
    machine.assert_set(PASSWORD)
    machine.assert_acknowledged()


@pytest.mark.hurried
def test_redirect_for_good(machine: Machine, trap: Trap) -> None:
    machine.cloud.misbehave("*", "redirect", location=trap.url)
    machine.reset(PASSWORD)
    machine.assert_unseen(machine.run("--deadline", runner.SOON), "service-error")


def test_redirect_within_the_service(machine: Machine) -> None:
    machine.cloud.misbehave(
        "password", "redirect", times=2, location="/openstack/2012-08-10/reset_password"
    )
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert {r.path.rpartition("/")[0] for r in machine.cloud.requests} == {"/openstack/latest"}
    assert machine.cloud.count("GET", "password") >= 4


@pytest.mark.parametrize("header", ["refresh", "alt-svc"])
def test_other_ways_to_lead_elsewhere(machine: Machine, trap: Trap, header: str) -> None:
    value = {
        "refresh": f"Refresh: 0; url={trap.url}",
        "alt-svc": f'Alt-Svc: h2="{trap.url[7:-1]}"',
    }[header]
    answer = (
        f"HTTP/1.1 200 OK\r\n{value}\r\nContent-Length: 26\r\n\r\n" + '{"resetpwd_flag": "False"}'
    )
    machine.cloud.misbehave("flag", "raw", data=answer, close=False, method="GET", times=1)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


def test_cookies_are_not_sent_back(machine: Machine) -> None:
    machine.cloud.misbehave("*", "set-cookie")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert len(machine.cloud.requests) > 5
    assert all(request.header("Cookie") is None for request in machine.cloud.requests)


def test_no_credentials_from_a_netrc(machine: Machine) -> None:
    (machine.root.path / ".netrc").write_text("machine 169.254.169.254 login me password secret\n")
    machine.reset(PASSWORD)
    env = runner.environment({"HOME": str(machine.root.path)})
    machine.cloud.misbehave("password", "401", times=1)
    machine.assert_applied(machine.run(env=env), PASSWORD)
    assert all(request.header("Authorization") is None for request in machine.cloud.requests)


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/",
        "ftp://169.254.169.254",
        "file:///etc/passwd",
        "169.254.169.254",
        "http://",
        "http:///x",
        "http://user@169.254.169.254",
        "http://169.254.169.254/?x",
    ],
)
def test_urls_that_are_refused(machine: Machine, url: str) -> None:
    machine.reset(PASSWORD)
    ended = machine.run("--metadata-url", url)
    assert ended.code == machine.codes["usage"]
    assert machine.cloud.requests == [] and not machine.root.record.exists()


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/openstack/latest", "http://169.254.169.254:80/openstack/latest///"],
)
def test_url_of_the_command_line(machine: Machine, url: str) -> None:
    machine.root.config.write_text("metadata_url = http://127.0.0.1:9/\n")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run("--metadata-url", url), PASSWORD)


def test_one_connection_though_the_service_stumbles(machine: Machine) -> None:
    machine.cloud.misbehave("password", "503", times=3, method="GET")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.connections == 1
