# SPDX-License-Identifier: Apache-2.0
"""Huawei's API for many servers: all of them or none, and a dry run that leaves all as it is."""

from __future__ import annotations

import json
from typing import Any, Iterator

import pytest

from . import ReferenceCloud
from .apis.passwords_huawei import weakness
from .huawei_calls import (
    BAD,
    CRASHED,
    FOREIGN,
    METHOD,
    PASSWORD,
    UUID,
    WINDOWS,
    assert_gateway,
    assert_nothing_happened,
    assert_refused,
    opened,
    small_cloud,
)
from .models import State
from .owner import Owner, Said, ask
from .wire import MAX_BODY

PATH = "/v1/p1/cloudservers/os-reset-passwords"
TOO_MANY = ("400 Ecs.0118", "")
BATCH = [{"id": UUID}, {"id": WINDOWS}]
READY = (State.RUNNING, State.STOPPED)
ID_MISSING = "servers[1].id is missing."
ID_TYPE = "servers[1].id has a wrong type."


def batch(*servers: str, password: Any = PASSWORD, **others: Any) -> dict[str, Any]:
    return {"new_password": password, "servers": [{"id": server} for server in servers], **others}


REFUSED: dict[str, tuple[Any, str]] = {
    "no body": (b"", "The body is not well-formed JSON."),
    "no JSON": (json.dumps(batch(UUID)).encode()[:-1], "The body is not well-formed JSON."),
    "half of a surrogate pair": (batch(UUID, password=PASSWORD + "\udc00"), "The body is not well-formed JSON."),
    "a list": ([batch(UUID)], "The body has a wrong type."),
    "an empty object": ({}, "servers is missing."),
    "no password": ({"servers": BATCH}, "new_password is missing."),
    "no password, no dry run": ({"servers": BATCH, "dry_run": False}, "new_password is missing."),
    "password is null": (batch(UUID, password=None), "new_password has a wrong type."),
    "password is a number": (batch(UUID, password=12345678), "new_password has a wrong type."),
    "password is a list": (batch(UUID, password=[PASSWORD]), "new_password has a wrong type."),
    "password is null in a dry run": (
        batch(UUID, password=None, dry_run=True),
        "new_password has a wrong type.",
    ),
    "dry_run is text": (batch(UUID, dry_run="true"), "dry_run has a wrong type."),
    "dry_run is a number": (batch(UUID, dry_run=1), "dry_run has a wrong type."),
    "dry_run is null": (batch(UUID, dry_run=None), "dry_run has a wrong type."),
    "no servers": ({"new_password": PASSWORD}, "servers is missing."),
    "0 servers": (batch(), "servers is empty."),
    "0 servers in a dry run": (batch(dry_run=True), "servers is empty."),
    "servers are null": ({"new_password": PASSWORD, "servers": None}, "servers has a wrong type."),
    "servers are an object": ({"new_password": PASSWORD, "servers": {"id": UUID}}, "servers has a wrong type."),
    "servers are texts": ({"new_password": PASSWORD, "servers": [UUID]}, "servers[0] has a wrong type."),
    "no id": ({"new_password": PASSWORD, "servers": [*BATCH[:1], {}]}, ID_MISSING),
    "id is null": ({"new_password": PASSWORD, "servers": [*BATCH[:1], {"id": None}]}, ID_TYPE),
    "id is a number": ({"new_password": PASSWORD, "servers": [*BATCH[:1], {"id": 5}]}, ID_TYPE),
    "a server twice": (batch(UUID, WINDOWS, UUID), "servers names a server twice."),
    "unknown field": (batch(UUID, x=1), "The body has a field that is not known."),
    "the field of a single reset": (batch(UUID, is_check_password=False), "The body has a field that is not known."),
    "unknown field inside": (
        {"new_password": PASSWORD, "servers": [{"id": UUID, "name": "x"}]},
        "servers[0] has a field that is not known.",
    ),
}
# Servers, password, what is wrong with which of them.
FAILED: dict[str, tuple[list[str], str, dict[str, str]]] = {
    "unknown": ([UUID, "nobody"], PASSWORD, {"nobody": "Ecs.0114"}),
    "of another project": ([FOREIGN, UUID], PASSWORD, {FOREIGN: "Ecs.0114"}),
    "none known": (["a", "b"], PASSWORD, {"a": "Ecs.0114", "b": "Ecs.0114"}),
    "weak on Windows": ([UUID, WINDOWS], "Adm-12345", {WINDOWS: "Ecs.0011"}),
    "weak on Linux": ([UUID, WINDOWS], "Root-1234", {UUID: "Ecs.0011"}),
    "weak": ([UUID, WINDOWS], "a1!", {UUID: "Ecs.0011", WINDOWS: "Ecs.0011"}),
    "empty": ([UUID], "", {UUID: "Ecs.0011"}),
    "each in its own way": ([WINDOWS, "nobody", UUID], "Adm-12345", {WINDOWS: "Ecs.0011", "nobody": "Ecs.0114"}),
}


@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[ReferenceCloud]:
    with small_cloud() as cloud:
        yield cloud


def assert_failed(said: Said, failures: dict[str, str]) -> None:
    """The whole batch has failed, for these servers' sake."""
    document = said.json()
    assert said.status == 400
    assert document["error"] == {"code": "Ecs.0611", "message": "Batch operation failed."}
    assert {each["id"]: each["error_code"] for each in document["internalError"]} == failures
    assert len(document["internalError"]) == len(failures)
    assert all(set(each) == {"id", "error_code", "error_message"} for each in document["internalError"])
    assert all(each["error_message"] for each in document["internalError"])
    assert set(document) == {"error", "internalError"}


# Accepted


@pytest.mark.parametrize("servers", [[UUID], [UUID, WINDOWS], [WINDOWS, UUID]])
@pytest.mark.parametrize("others", [{}, {"dry_run": False}], ids=["", "no dry run"])
def test_batch(cloud: ReferenceCloud, servers: list[str], others: dict[str, Any]) -> None:
    said = ask(cloud, "PUT", PATH, batch(*servers, **others))
    assert (said.status, said.json()) == (200, {"response": [{"id": server} for server in servers]})
    assert len(said.headers["X-Request-Id"]) == 32
    assert [opened(cloud, server) for server in servers] == [PASSWORD] * len(servers)
    assert len({pending.blob for pending in map(cloud.pending, servers) if pending}) == len(servers)
    assert {each.id for each in cloud.instances() if cloud.pending(each.id)} == set(servers)


@pytest.mark.parametrize(
    "body",
    [batch(UUID, WINDOWS, dry_run=True), {"servers": BATCH, "dry_run": True}],
    ids=["with a password", "without"],
)
def test_dry_run(cloud: ReferenceCloud, body: dict[str, Any]) -> None:
    cloud.set_raw_blob(WINDOWS, "an earlier one")
    said = ask(cloud, "PUT", PATH, body)
    assert (said.status, said.json()) == (200, {"response": BATCH})
    earlier = cloud.pending(WINDOWS)
    assert earlier and earlier.blob == "an earlier one" and cloud.pending(UUID) is None


def test_1000_servers_and_1001(cloud: ReferenceCloud) -> None:
    servers = [f"server-{number}" for number in range(1001)]
    for server in servers:
        cloud.add_instance(server)
    said = ask(cloud, "PUT", PATH, batch(*servers))
    assert_refused(said, "v1", TOO_MANY, "servers has more than 1000 entries.")
    assert_nothing_happened(cloud)
    said = ask(cloud, "PUT", PATH, batch(*servers[1:]))
    assert (said.status, said.json()) == (200, {"response": [{"id": server} for server in servers[1:]]})
    assert [server for server in servers if not cloud.pending(server)] == servers[:1]


# Refused


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_wrong_body(cloud: ReferenceCloud, body: Any, message: str) -> None:
    with Owner(cloud) as owner:
        said = owner.ask("PUT", PATH, body)
        assert_refused(said, "v1", BAD, message)
        assert not said.says(PASSWORD)
        assert_nothing_happened(cloud)
        assert owner.ask("PUT", PATH, batch(UUID)).status == 200  # on the same connection


@pytest.mark.parametrize("is_dry", [False, True], ids=["", "dry run"])
@pytest.mark.parametrize(("servers", "password", "failures"), FAILED.values(), ids=FAILED)
def test_one_failure_fails_all(
    cloud: ReferenceCloud, servers: list[str], password: str, failures: dict[str, str], is_dry: bool
) -> None:
    said = ask(cloud, "PUT", PATH, batch(*servers, password=password, dry_run=is_dry))
    assert_failed(said, failures)
    assert not password or not said.says(password)
    assert_nothing_happened(cloud)


def test_what_is_said_of_a_server(cloud: ReferenceCloud) -> None:
    said = ask(cloud, "PUT", PATH, batch(WINDOWS, "nobody", password="Adm-12345"))
    problem = weakness("Adm-12345", "Administrator", windows=True)
    assert [each["error_message"] for each in said.json()["internalError"]] == [
        f"The password is too weak: {problem}.",
        "Server nobody could not be found.",
    ]


@pytest.mark.parametrize("state", [each for each in State if each not in READY], ids=lambda each: str(each.value))
@pytest.mark.parametrize("is_dry", [False, True], ids=["", "dry run"])
def test_states(cloud: ReferenceCloud, state: State, is_dry: bool) -> None:
    cloud.set_state(WINDOWS, state)
    said = ask(cloud, "PUT", PATH, batch(UUID, WINDOWS, dry_run=is_dry))
    assert_failed(said, {WINDOWS: "Ecs.0100"})
    assert_nothing_happened(cloud)


def test_busy(cloud: ReferenceCloud) -> None:
    cloud.compute.reset(WINDOWS, "the other API's", None, True, "request")
    said = ask(cloud, "PUT", PATH, batch(UUID, WINDOWS))
    assert_failed(said, {WINDOWS: "Ecs.0100"})
    assert cloud.pending(UUID) is None and opened(cloud, WINDOWS) == "the other API's"


def test_stopped(cloud: ReferenceCloud) -> None:
    cloud.set_state(WINDOWS, State.STOPPED)
    assert ask(cloud, "PUT", PATH, batch(UUID, WINDOWS)).status == 200
    assert cloud.compute.instance(WINDOWS).state is State.STOPPED  # it takes effect at the next boot


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_method(cloud: ReferenceCloud, method: str) -> None:
    said = ask(cloud, method, PATH, batch(UUID))
    assert_refused(said, "v1", METHOD)
    assert said.headers["Allow"] == "PUT"
    assert_nothing_happened(cloud)


def test_body_too_large(cloud: ReferenceCloud) -> None:
    assert_gateway(ask(cloud, "PUT", PATH, batch(*["x" * 1000] * 1100)), 413, "APIGW.0201")
    assert_gateway(ask(cloud, "PUT", PATH, b" " * (MAX_BODY + 1)), 413, "APIGW.0201")
    assert ask(cloud, "PUT", PATH, batch(UUID)).status == 200


def test_crash(
    cloud: ReferenceCloud, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"no room for {PASSWORD}")

    monkeypatch.setattr(cloud.compute, "leave_reset", fail)
    said = ask(cloud, "PUT", PATH, batch(UUID))
    assert_refused(said, "v1", CRASHED)
    assert PASSWORD not in caplog.text and not said.says(PASSWORD)


def test_audit(cloud: ReferenceCloud) -> None:
    for body in (batch(UUID), batch("nobody"), batch(UUID, dry_run=True)):
        ask(cloud, "PUT", PATH, body)
    entries = cloud.audit.entries()
    assert [(each["status"], each["note"]) for each in entries] == [
        (200, "BatchResetServersPassword: accepted"),
        (400, "BatchResetServersPassword: Ecs.0611"),
        (200, "BatchResetServersPassword: accepted"),
    ]
    assert PASSWORD not in str(entries)
