# SPDX-License-Identifier: Apache-2.0
"""A service that misbehaves: the agent recovers as soon as the service does, or ends at its deadline."""

from __future__ import annotations

from typing import Any, Dict, FrozenSet, Tuple

import pytest

import runner
from machine import Machine

PASSWORD = "Fusion@123"
GUARDED = ("password", "metadata")  # what must be right before a password is set

Params = Dict[str, Any]
FOREVER: Params = {"seconds": 0}

# Misbehaviour after which the request must be repeated, and the statuses that may name it.
BROKEN: Dict[str, Tuple[str, Params, str]] = {
    "500": ("500", {}, "service-error"),
    "503": ("503", {}, "service-error"),
    "401": ("401", {}, "service-error"),
    "429": ("429", {}, "service-error"),
    "304": ("304", {}, "service-error"),
    "500-with-the-right-body": ("status", {"code": 500, "perform": True}, "service-error"),
    "302": ("redirect", {"location": "/openstack/elsewhere"}, "service-error"),
    "204": ("204", {}, "bad-response"),
    "html": ("html", {}, "bad-response"),
    "html-503": ("html", {"code": 503}, "service-error"),
    "empty-body": ("body", {"text": ""}, "bad-response"),
    "no-json": ("body", {"text": "not found"}, "bad-response"),
    "nul-in-json": ("body", {"text": '{"a": "\0"}'}, "bad-response"),
    "nul-before-json": ("body", {"text": "\0{}"}, "bad-response"),
    "nul-escaped": (
        "body",
        {"text": '{"reset_password": "a\\u0000b", "uuid": "a\\u0000b"}'},
        "bad-response bad-uuid",
    ),
    "http-2": ("raw", {"data": "HTTP/2 200\r\n\r\n{}"}, "bad-response"),
    "length-overflow": (
        "length-text",
        {"value": "18446744073709551617"},
        "bad-response response-too-large",
    ),
    "nul-behind-json": ("body", {"text": "{}\0{}"}, "bad-response"),
    "text-behind-json": ("body", {"text": '{} {"uuid": "x"}'}, "bad-response"),
    "deep-json": ("body", {"text": "[" * 8000}, "bad-response"),
    "wrong-type": ("wrong-type", {"value": 5}, "bad-response"),
    "list": ("top-level", {"value": ["x"]}, "bad-response"),
    "null": ("top-level", {"value": None}, "bad-response"),
    "string": ("top-level", {"value": "Fusion@123"}, "bad-response"),
    "duplicate-first": ("duplicate-keys", {"other": "x", "right": "first"}, "bad-response"),
    "duplicate-last": ("duplicate-keys", {"other": "x", "right": "last"}, "bad-response"),
    "json-cut": ("json-cut", {}, "bad-response"),
    "close": ("close", {}, "connection-lost"),
    "close-in-headers": ("close-in-headers", {}, "connection-lost bad-response"),
    "reset": ("reset", {}, "connection-lost"),
    "reset-in-body": ("reset-in-body", {}, "connection-lost bad-response"),
    "truncated": ("truncated", {}, "connection-lost bad-response"),
    "length-long": ("length-long", {}, "connection-lost bad-response"),
    "length-short": ("length-short", {}, "bad-response"),
    "length-text": ("length-text", {}, "bad-response"),
    "length-conflict": ("length-conflict", {}, "bad-response"),
    "length-negative": ("length-text", {"value": "-5"}, "bad-response"),
    "chunked-cut": ("chunked-cut", {}, "connection-lost bad-response"),
    "chunked-bad": ("chunked-bad", {}, "connection-lost bad-response"),
    "gzip": ("gzip", {}, "bad-response"),
    "not-http": ("raw", {"data": "SSH-2.0-OpenSSH_9.2\r\n"}, "bad-response"),
    "http-0.9": ("raw", {"data": '{"reset_password": ""}'}, "bad-response"),
    "huge-header": ("huge-header", {}, "response-too-large bad-response"),
    "many-headers": ("many-headers", {}, "response-too-large bad-response"),
    "oversized": ("oversized", {}, "response-too-large"),
    "endless-body": ("endless-body", {}, "response-too-large"),
    "endless-body-no-length": ("endless-body", {"framing": "none"}, "response-too-large"),
}
# Misbehaviour that ends by the clock only.
HANGING: Dict[str, Tuple[str, Params, str]] = {
    "before-headers": ("hang-before-headers", FOREVER, "timed-out"),
    "in-headers": ("hang-in-headers", FOREVER, "timed-out"),
    "before-body": ("hang-before-body", FOREVER, "timed-out"),
    "in-body": ("hang-in-body", FOREVER, "timed-out"),
    "endless-drip": ("endless-drip", {}, "timed-out"),
    "endless-drip-headers": ("endless-drip", {"part": "headers"}, "timed-out"),
}
# Odd, but right: nothing must be repeated.
ODD: Dict[str, Tuple[str, Params]] = {
    "drip": ("drip", {"interval": 0.002}),
    "drip-headers": ("drip", {"interval": 0.002, "part": "headers"}),
    "segments": ("segments", {}),
    "segments-of-one": ("segments", {"size": 1, "pause": 0.0}),
    "chunked": ("chunked", {}),
    "chunked-by-one": ("chunked", {"size": 1}),
    "http-1.0": ("http-1.0", {}),
    "http-1.0-length": ("http-1.0", {"length": True}),
    "no-length": ("no-length", {}),
    "continue-first": ("continue-first", {}),
    "bom": ("bom", {}),
    "escape-unicode": ("escape-unicode", {}),
    "escape-unicode-keys": ("escape-unicode", {"keys": True}),
    "escape-slash": ("escape-slash", {}),
    "spaces": ("spaces", {}),
    "set-cookie": ("set-cookie", {}),
    "slow": ("hang-before-headers", {"seconds": 1.0}),
    "slow-in-headers": ("hang-in-headers", {"seconds": 1.0}),
    "slow-before-body": ("hang-before-body", {"seconds": 1.0}),
    "slow-in-body": ("hang-in-body", {"seconds": 1.0}),
    "header-of-40-KiB": ("huge-header", {"size": 40 * 1024}),
    "small-padding": ("oversized", {"size": 15 * 1024}),
}
SILENCE = frozenset({"unreachable", "timed-out", "connection-lost"})
ALL_PERMANENT = {**BROKEN, **HANGING}


def assert_ended_at_the_deadline(
    machine: Machine, endpoint: str, options: Tuple[str, ...], names: FrozenSet[str]
) -> None:
    """A run ends at its deadline, and says why: silence after a reset was seen has a name of its own."""
    if endpoint == "metadata" and names & SILENCE:
        names = names - SILENCE | {"service-lost"}
    machine.reset(PASSWORD)
    ended = machine.run(*options)
    name = machine.root.recorded()["outcome"]
    assert name in names
    if endpoint == "metadata":
        machine.assert_refused(ended, name, reported=False)
    else:
        machine.assert_unseen(ended, name)
    assert ended.warned("giving up after")


@pytest.mark.parametrize("endpoint", GUARDED)
@pytest.mark.parametrize(("fault", "params", "_names"), BROKEN.values(), ids=BROKEN.keys())
def test_broken_twice_then_right(
    machine: Machine, endpoint: str, fault: str, params: Params, _names: str
) -> None:
    machine.cloud.misbehave(endpoint, fault, times=2, method="GET", **params)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.count("GET", endpoint) >= 3


@pytest.mark.hurried
@pytest.mark.parametrize("endpoint", GUARDED)
@pytest.mark.parametrize(
    ("fault", "params", "names"), ALL_PERMANENT.values(), ids=ALL_PERMANENT.keys()
)
def test_broken_for_good(
    machine: Machine, endpoint: str, fault: str, params: Params, names: str
) -> None:
    machine.cloud.misbehave(endpoint, fault, method="GET", **params)
    assert_ended_at_the_deadline(
        machine, endpoint, ("--deadline", runner.SOON), frozenset(names.split())
    )


@pytest.mark.slow
@pytest.mark.parametrize("endpoint", GUARDED)
@pytest.mark.parametrize(("fault", "params", "_names"), HANGING.values(), ids=HANGING.keys())
def test_hanging_once_then_right(
    machine: Machine, endpoint: str, fault: str, params: Params, _names: str
) -> None:
    machine.cloud.misbehave(endpoint, fault, times=1, method="GET", **params)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.count("GET", endpoint) >= 2


@pytest.mark.hurried
@pytest.mark.parametrize("endpoint", GUARDED)
@pytest.mark.parametrize(("fault", "params"), ODD.values(), ids=ODD.keys())
def test_odd_but_right(machine: Machine, endpoint: str, fault: str, params: Params) -> None:
    machine.cloud.misbehave(endpoint, fault, method="GET", **params)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert (
        machine.cloud.count("GET", "password") == 2 and machine.cloud.count("GET", "metadata") == 1
    )


QUICK = {key: value for key, value in ODD.items() if not key.startswith("slow")}


@pytest.mark.parametrize(("fault", "params"), QUICK.values(), ids=QUICK.keys())
def test_odd_everywhere(machine: Machine, fault: str, params: Params) -> None:
    machine.cloud.misbehave("*", fault, **params)
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_outcome(ended, "applied")
    machine.assert_set(PASSWORD)
    assert not machine.is_pending


@pytest.mark.parametrize("tries", [1, pytest.param(6, marks=pytest.mark.slow)])
def test_refusing_connections_for_a_while(machine: Machine, tries: int) -> None:
    machine.reset(PASSWORD)
    machine.cloud.refuse(3600)
    running = machine.start("--verbose")
    running.wait_for_log(lambda err: err.count("; trying again") >= tries)
    machine.cloud.behave()
    ended = running.end()
    machine.assert_discreet(ended)
    machine.assert_applied(ended, PASSWORD)
    assert ended.warned("cannot be reached")


@pytest.mark.hurried
def test_refusing_connections_for_good(machine: Machine) -> None:
    machine.cloud.refuse(3600)
    assert_ended_at_the_deadline(
        machine, "password", ("--deadline", runner.SOON), frozenset({"unreachable"})
    )
    assert machine.cloud.steps == []


def test_going_away_in_the_middle(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.cloud.misbehave("metadata", "go-away", times=1, seconds=1.0)
    machine.assert_applied(machine.run(), PASSWORD)


def test_fail_means_try_again(machine: Machine) -> None:
    machine.cloud.misbehave("password", "fail", times=3, method="GET")
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    assert ended.warned("Fail") and machine.cloud.count("GET", "password") >= 4


@pytest.mark.hurried
def test_fail_for_good(machine: Machine) -> None:
    machine.cloud.misbehave("password", "fail", method="GET")
    assert_ended_at_the_deadline(
        machine, "password", ("--deadline", runner.SOON), frozenset({"service-says-fail"})
    )


def test_one_trouble_after_the_other(machine: Machine) -> None:
    for fault in ("503", "close", "html", "truncated", "fail"):
        machine.cloud.misbehave("password", fault, times=1, method="GET")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


@pytest.mark.hurried
@pytest.mark.parametrize(
    "uuid", ["", None, 5, "not a uuid!", "x" * 65, "8ae2549a\n", ["x"], "../x"], ids=str
)
def test_uuid_that_cannot_be(machine: Machine, uuid: Any) -> None:
    machine.cloud.misbehave("metadata", "wrong-type", times=2, value=uuid)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    machine.cloud.misbehave("metadata", "wrong-type", value=uuid)
    assert_ended_at_the_deadline(
        machine, "metadata", ("--deadline", runner.SOON), frozenset({"bad-uuid", "bad-response"})
    )


@pytest.mark.hurried
def test_metadata_without_uuid(machine: Machine) -> None:
    machine.cloud.misbehave("metadata", "body", text='{"meta": {"uuid": "8ae2549a"}}')
    assert_ended_at_the_deadline(
        machine, "metadata", ("--deadline", runner.SOON), frozenset({"bad-uuid"})
    )


def test_metadata_missing_for_a_moment(machine: Machine) -> None:
    machine.cloud.misbehave("metadata", "404", times=3)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


@pytest.mark.hurried
def test_metadata_missing_for_good(machine: Machine) -> None:
    machine.cloud.misbehave("metadata", "404")
    assert_ended_at_the_deadline(
        machine, "metadata", ("--deadline", runner.SOON), frozenset({"bad-uuid"})
    )


def test_wrong_uuid_for_a_moment_is_not_for_us_to_guess(machine: Machine) -> None:
    machine.cloud.misbehave("metadata", "wrong-type", value="11111111-2222-3333-4444-555555555555")
    machine.pend("c2FsdHNhbHQ=" + "A" * 43 + "=")
    ended = machine.run()
    assert machine.root.recorded()["outcome"] in ("blob-padding", "password-not-utf8")
    machine.assert_refused(ended, machine.root.recorded()["outcome"])


@pytest.mark.hurried
@pytest.mark.parametrize(
    ("endpoint", "size", "fits"),
    [
        ("password", 16000, True),
        ("password", 16 * 1024, False),
        ("metadata", 254 * 1024, True),
        ("metadata", 256 * 1024, False),
    ],
)
def test_caps(machine: Machine, endpoint: str, size: int, fits: bool) -> None:
    machine.cloud.misbehave(endpoint, "oversized", method="GET", size=size)
    machine.reset(PASSWORD)
    if fits:
        machine.assert_applied(machine.run(), PASSWORD)
    else:
        ended = machine.run("--deadline", runner.SOON)
        assert ended.code == machine.codes["response-too-large"]
        machine.assert_untouched()
        machine.assert_unacknowledged()


@pytest.mark.hurried
@pytest.mark.parametrize("fault", ["503", "hang-before-headers"])
def test_failure_at_the_deadline_is_reported(machine: Machine, fault: str) -> None:
    """A reset was seen and failed because time was up: the service must be told of that, too."""
    machine.cloud.misbehave("metadata", fault)
    machine.reset(PASSWORD)
    machine.run("--deadline", runner.SOON)
    machine.assert_reported("failed", machine.root.recorded()["outcome"])


@pytest.mark.hurried
def test_deadline_bounds_a_request(machine: Machine) -> None:
    """A request that hangs for ever does not get its ten seconds when there are five."""
    machine.cloud.misbehave("password", "hang-before-headers")
    machine.reset(PASSWORD)
    machine.assert_unseen(machine.run("--deadline", runner.SOON), "timed-out")
    assert machine.cloud.count("GET", "password") == 1


def test_one_warning_for_each_kind_in_a_row(machine: Machine) -> None:
    machine.cloud.misbehave("password", "503", times=4, method="GET")
    machine.reset(PASSWORD)
    ended = machine.run()
    assert len([line for line in ended.lines if "trying again" in line]) == 1
