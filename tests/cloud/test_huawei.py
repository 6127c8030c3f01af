# SPDX-License-Identifier: Apache-2.0
"""Huawei's API for one server, in both versions: each row of a table is a call and its answer."""

from __future__ import annotations

import json
import logging
from typing import Any, Iterator

import pytest

from . import ReferenceCloud
from .huawei_calls import (
    ABSENT,
    BAD,
    CRASHED,
    FOREIGN,
    METHOD,
    PASSWORD,
    STATE,
    UUID,
    VERSIONS,
    WEAK,
    WINDOWS,
    assert_nothing_happened,
    assert_refused,
    opened,
    path,
    small_cloud,
    wish,
)
from .models import State
from .owner import Owner, ask

MALFORMED = "The body is not well-formed JSON."
WRONG_PASSWORD = "reset-password.new_password has a wrong type."
WRONG_CHECK = "reset-password.is_check_password has a wrong type."
ACCEPTED: dict[str, dict[str, Any]] = {
    "no word of a check": wish(PASSWORD),
    "unchecked": wish(PASSWORD, is_check_password=False),
    "checked": wish(PASSWORD, is_check_password=True),
    "weak, no word of a check": wish("x"),
    "weak, unchecked": wish("root", is_check_password=False),
    "no ASCII": wish("weak but wanted 日本語 🔑"),
    "like JSON": wish('{"reset-password": "\\u0041"}\x00\n'),
    "longer than an agent takes": wish("x" * 600),
}
REFUSED: dict[str, tuple[Any, str]] = {
    "no body": (b"", MALFORMED),
    "no JSON": (json.dumps(wish(PASSWORD)).encode()[:-1], MALFORMED),
    "not UTF-8": (json.dumps(wish(PASSWORD)).encode() + b"\xff", MALFORMED),
    "UTF-16": (json.dumps(wish(PASSWORD)).encode("utf-16"), MALFORMED),
    "half of a surrogate pair": (wish(PASSWORD + "\ud800"), MALFORMED),
    "twice": (b'{"reset-password": {"new_password": "Fusion@123", "new_password": "Fusion@123"}}', MALFORMED),
    "a list": ([wish(PASSWORD)], "The body has a wrong type."),
    "null": (b"null", "The body has a wrong type."),
    "an empty object": ({}, "reset-password is missing."),
    "another case": ({"Reset-Password": {"new_password": PASSWORD}}, "reset-password is missing."),
    "null inside": ({"reset-password": None}, "reset-password has a wrong type."),
    "text inside": ({"reset-password": PASSWORD}, "reset-password has a wrong type."),
    "list inside": ({"reset-password": [PASSWORD]}, "reset-password has a wrong type."),
    "no password": ({"reset-password": {}}, "reset-password.new_password is missing."),
    "no password, checked": (
        {"reset-password": {"is_check_password": True}},
        "reset-password.new_password is missing.",
    ),
    "password is null": (wish(None), WRONG_PASSWORD),
    "password is a number": (wish(12345678), WRONG_PASSWORD),
    "password is true": (wish(True), WRONG_PASSWORD),
    "password is a list": (wish([PASSWORD]), WRONG_PASSWORD),
    "password is an object": (wish({"text": PASSWORD}), WRONG_PASSWORD),
    "password is empty": (wish(""), "reset-password.new_password is empty."),
    "check is text": (wish(PASSWORD, is_check_password="true"), WRONG_CHECK),
    "check is a number": (wish(PASSWORD, is_check_password=1), WRONG_CHECK),
    "check is null": (wish(PASSWORD, is_check_password=None), WRONG_CHECK),
    "unknown field": ({**wish(PASSWORD), PASSWORD: 1}, "The body has a field that is not known."),
    "unknown field inside": (wish(PASSWORD, user_name="root"), "reset-password has a field that is not known."),
}
TOO_WEAK = {
    "length": ("aB3456!", "it must have 8 to 26 characters"),
    "character": ("Fusion 123", "it has a character that is not allowed"),
    "mix": ("fusion123", "it must mix three of upper case, lower case, digits and special characters"),
    "name": ("Root@12345", "it must not contain the user name, nor that reversed"),
    "reversed": ("Toor@12345", "it must not contain the user name, nor that reversed"),
}
# Method, what follows project and server, where; and what is allowed.
NOT_ALLOWED = [
    *((method, "/os-reset-password", "PUT") for method in ("GET", "POST", "DELETE", "PATCH", "OPTIONS")),
    *((method, "/os-resetpwd-flag", "GET") for method in ("PUT", "POST", "DELETE")),
]
@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[ReferenceCloud]:
    with small_cloud() as cloud:
        yield cloud


@pytest.fixture(name="version", params=VERSIONS)
def fixture_version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


# Accepted


@pytest.mark.parametrize("body", ACCEPTED.values(), ids=ACCEPTED)
def test_reset(cloud: ReferenceCloud, version: str, body: dict[str, Any]) -> None:
    said = ask(cloud, "PUT", path(version), body)
    assert (said.status, said.body, said.headers["Content-Length"]) == (200, b"", "0")
    assert opened(cloud) == body["reset-password"]["new_password"]
    assert cloud.pending(WINDOWS) is None
    assert cloud.requests == []  # only guests' requests are recorded


def test_a_later_reset_replaces_the_first(cloud: ReferenceCloud, version: str) -> None:
    for password in ("first", "second"):
        assert ask(cloud, "PUT", path(version), wish(password)).status == 200
        assert opened(cloud) == password


def test_each_answer_has_its_own_id(cloud: ReferenceCloud, version: str) -> None:
    answers = [ask(cloud, "PUT", path(version), body) for body in (wish("x"), wish("x"), {})]
    assert len({said.headers["X-Request-Id"] for said in answers}) == 3


@pytest.mark.parametrize("flag", [False, True])
def test_flag(cloud: ReferenceCloud, version: str, flag: bool) -> None:
    cloud.set_flag(UUID, flag)
    said = ask(cloud, "GET", path(version, action="os-resetpwd-flag"))
    assert (said.status, said.json()) == (200, {"resetpwd_flag": str(flag)})
    assert len(said.headers["X-Request-Id"]) == 32


def test_query_is_not_asked_for(cloud: ReferenceCloud, version: str) -> None:
    assert ask(cloud, "PUT", path(version) + "?a=b", wish("x")).status == 200
    assert opened(cloud) == "x"


# Refused


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_wrong_body(cloud: ReferenceCloud, version: str, body: Any, message: str) -> None:
    with Owner(cloud) as owner:
        said = owner.ask("PUT", path(version), body)
        assert_refused(said, version, BAD, message)
        assert not said.says(PASSWORD)
        assert_nothing_happened(cloud)
        assert owner.ask("PUT", path(version), wish(PASSWORD)).status == 200  # on the same connection


@pytest.mark.parametrize(("password", "problem"), TOO_WEAK.values(), ids=TOO_WEAK)
def test_weak_password(cloud: ReferenceCloud, version: str, password: str, problem: str) -> None:
    said = ask(cloud, "PUT", path(version), wish(password, is_check_password=True))
    assert_refused(said, version, WEAK, f"The password is too weak: {problem}.")
    assert not said.says(password)
    assert_nothing_happened(cloud)


def test_whose_name_a_password_must_not_have(cloud: ReferenceCloud, version: str) -> None:
    cloud.add_instance(FOREIGN, project="p1", os_name="Ubuntu 24.04")
    fine = {UUID: "Adm-ubuntu1", WINDOWS: "Ubuntu-root1", FOREIGN: "Adm-root1"}
    weak = {UUID: "Ab-Root1", WINDOWS: "Adm-root1", FOREIGN: "Ab-Ubuntu1"}
    for server, password in weak.items():
        said = ask(cloud, "PUT", path(version, server), wish(password, is_check_password=True))
        assert_refused(said, version, WEAK)
    assert_nothing_happened(cloud)
    for server, password in fine.items():
        said = ask(cloud, "PUT", path(version, server), wish(password, is_check_password=True))
        assert said.status == 200 and opened(cloud, server) == password


@pytest.mark.parametrize(("project", "server"), [("p1", "nobody"), ("p1", FOREIGN), ("p2", UUID), ("p3", UUID)])
@pytest.mark.parametrize(("method", "action"), [("PUT", "os-reset-password"), ("GET", "os-resetpwd-flag")])
def test_no_such_server(
    cloud: ReferenceCloud, version: str, project: str, server: str, method: str, action: str
) -> None:
    said = ask(cloud, method, path(version, server, project, action), wish(PASSWORD))
    assert_refused(said, version, ABSENT, f"Server {server} could not be found.")
    assert_nothing_happened(cloud)


@pytest.mark.parametrize(("method", "action", "allowed"), NOT_ALLOWED)
def test_method(cloud: ReferenceCloud, version: str, method: str, action: str, allowed: str) -> None:
    said = ask(cloud, method, VERSIONS[version].format("p1", UUID) + action, wish(PASSWORD))
    assert_refused(said, version, METHOD)
    assert said.headers["Allow"] == allowed
    assert_nothing_happened(cloud)


@pytest.mark.parametrize("state", State, ids=lambda state: str(state.value))
def test_states(cloud: ReferenceCloud, version: str, state: State) -> None:
    cloud.set_state(UUID, state)
    said = ask(cloud, "PUT", path(version), wish(PASSWORD))
    if state in (State.RUNNING, State.STOPPED):
        assert said.status == 200 and opened(cloud) == PASSWORD
    else:
        assert_refused(said, version, STATE, f"The server is {state.value}.")
        assert_nothing_happened(cloud)


def test_busy(cloud: ReferenceCloud, version: str) -> None:
    cloud.compute.reset(UUID, "the other API's", None, True, "request")
    said = ask(cloud, "PUT", path(version), wish(PASSWORD))
    assert_refused(said, version, STATE, "Another operation is going on.")
    assert cloud.compute.instance(UUID).is_busy


def test_crash(
    cloud: ReferenceCloud, version: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError(f"no room for {PASSWORD}")

    monkeypatch.setattr(cloud.compute, "leave_reset", fail)
    with Owner(cloud) as owner:
        said = owner.ask("PUT", path(version), wish(PASSWORD))
        assert_refused(said, version, CRASHED)
        monkeypatch.undo()
        assert owner.ask("PUT", path(version), wish(PASSWORD)).status == 200
    assert "ResetServerPassword: RuntimeError" in caplog.text and "in _reset" in caplog.text
    assert PASSWORD not in caplog.text and not said.says(PASSWORD)


# What is written down


def test_audit(cloud: ReferenceCloud, version: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bodies = [wish(PASSWORD), wish(PASSWORD, extra=1), wish(PASSWORD + " ", is_check_password=True)]
    for body in bodies:
        ask(cloud, "PUT", path(version), body)
    ask(cloud, "GET", path(version, action="os-resetpwd-flag"))
    entries = cloud.audit.entries()
    bad, weak = ("Ecs.0005", "Ecs.0011") if version == "v1" else ("badRequest", "badRequest")
    assert [(each["status"], each["note"]) for each in entries] == [
        (200, f"ResetServerPassword {UUID}: accepted"),
        (400, f"ResetServerPassword {UUID}: {bad}"),
        (400, f"ResetServerPassword {UUID}: {weak}"),
        (200, f"ShowResetPasswordFlag {UUID}: accepted"),
    ]
    assert PASSWORD not in f"{entries} {caplog.text}"
