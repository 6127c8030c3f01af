# SPDX-License-Identifier: Apache-2.0
"""What all calls of Tencent's API have in common: form, signature, and what is no call at all."""

from __future__ import annotations

import json
import logging
import uuid
from dataclasses import replace
from typing import Any, Iterator, Mapping

import pytest

from . import ReferenceCloud, test_tencent_describe, test_tencent_reset
from .apis import Settings, TencentApi
from .apis.signatures import tc3
from .apis.tencent_errors import CODES
from .compute import RESET
from .tencent_owner import VERSION, World
from .test_signatures import TC3_KEYS, TC3_POST, TC3_TIME, request, with_header
from .wire import MAX_BODY

PASSWORD = "Fusion@12345"
WHOLE = json.dumps({"InstanceIds": ["ins-12345678"], "Password": PASSWORD}).encode()
HEADERS = {"X-TC-Action": RESET, "X-TC-Version": VERSION}
DEEP = 200_000


@pytest.fixture(name="world")
def fixture_world() -> Iterator[World]:
    with World.made() as world:
        yield world


REFUSED: list[tuple[str, str, bytes, dict[str, str | None], str]] = [
    # code, what is wrong, body, headers that differ, method
    ("UnsupportedProtocol", "PUT", WHOLE, {}, "PUT"),
    ("UnsupportedProtocol", "GET", b"", {}, "GET"),
    ("UnsupportedProtocol", "DELETE", b"", {}, "DELETE"),
    ("UnsupportedProtocol", "nobody knows it", b"", {}, "ANYTHING"),
    ("RequestSizeLimitExceeded", "one byte", (MAX_BODY + 1) * b" ", {}, "POST"),
    ("RequestSizeLimitExceeded", "many bytes", 8 * MAX_BODY * b" ", {}, "POST"),
    ("RequestSizeLimitExceeded", "no length", b"2\r\n{}\r\n0\r\n\r\n", {"Transfer-Encoding": "chunked"}, "POST"),
    ("MissingParameter", "no action", WHOLE, {"X-TC-Action": None}, "POST"),
    ("MissingParameter", "an empty action", WHOLE, {"X-TC-Action": ""}, "POST"),
    ("MissingParameter", "no version", WHOLE, {"X-TC-Version": None}, "POST"),
    ("NoSuchVersion", "another", WHOLE, {"X-TC-Version": "2017-03-13"}, "POST"),
    ("InvalidAction", "another", WHOLE, {"X-TC-Action": "TerminateInstances"}, "POST"),
    ("InvalidAction", "in small letters", WHOLE, {"X-TC-Action": RESET.lower()}, "POST"),
    ("InvalidParameter", "no body", b"", {}, "POST"),
    ("InvalidParameter", "too little", WHOLE[:-1], {}, "POST"),
    ("InvalidParameter", "too much", WHOLE + b"{}", {}, "POST"),
    ("InvalidParameter", "a form", b"Action=ResetInstancesPassword&Password=x", {}, "POST"),
    ("InvalidParameter", "a list", b"[]", {}, "POST"),
    ("InvalidParameter", "null", b"null", {}, "POST"),
    ("InvalidParameter", "a string", json.dumps(PASSWORD).encode(), {}, "POST"),
    ("InvalidParameter", "not UTF-8", WHOLE.replace(b"Fusion", b"Fusi\xf6n"), {}, "POST"),
    ("InvalidParameter", "UTF-16", WHOLE.decode().encode("utf-16"), {}, "POST"),
    ("InvalidParameter", "half of a surrogate pair", WHOLE.replace(b"Fusion", b"\\ud800"), {}, "POST"),
    ("InvalidParameter", "NaN", b'{"Limit": NaN}', {}, "POST"),
    ("InvalidParameter", "one twice", b'{"Password": "a", "Password": "b"}', {}, "POST"),
    ("InvalidParameter", "deep", DEEP * b"[", {}, "POST"),
    ("InvalidParameter", "deep and whole", b'{"Password": %s}' % (DEEP * b"[" + DEEP * b"]"), {}, "POST"),
    ("MissingParameter", "an empty object", b"{}", {}, "POST"),
]


@pytest.mark.parametrize(
    ("code", "body", "others", "method"),
    [pytest.param(code, *rest, id=f"{code}: {what}") for code, what, *rest in REFUSED],
)
def test_refused(
    world: World, code: str, body: bytes, others: Mapping[str, str | None], method: str
) -> None:
    """Over the wire; and the server lives on."""
    before = world.changeable()
    given: dict[str, str | None] = {**HEADERS, **others}
    headers = {name: text for name, text in given.items() if text is not None}
    said = world.assert_refused(world.owner.send(body, headers, method), code)
    assert PASSWORD not in said
    assert world.changeable() == before
    assert world.owner.describe(world.good)["InstanceState"] == "STOPPED"


def test_each_code_has_a_case() -> None:
    tables: Any = (REFUSED, test_tencent_reset.REFUSED, test_tencent_describe.REFUSED)
    cases = {row[0] for table in tables for row in table}
    assert cases | {"InternalServerError"} == set(CODES)


def test_each_call_has_an_id_of_its_own(world: World) -> None:
    ids = {world.owner.call("DescribeInstances")["RequestId"] for _ in range(3)}
    assert len(ids) == 3 and {str(uuid.UUID(each)) for each in ids} == ids


@pytest.mark.parametrize("path", ["/other", "//", "/v2/index.php", "/openstack/latest/reset_password"])
def test_another_path_is_not_ours(path: str) -> None:
    with ReferenceCloud() as cloud:
        api = TencentApi(cloud.compute, Settings())
        assert api.answer(request("POST", path, WHOLE)) is None
        assert api.answer(request("POST", "/?x=y", WHOLE)) is not None


class Broken:
    """What an action has in its hands, with a bug in it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(f"{name}: {PASSWORD}")


def test_a_bug_tells_neither_caller_nor_log(caplog: pytest.LogCaptureFixture) -> None:
    api = TencentApi(Broken(), Settings())  # type: ignore[arg-type]
    call = request("POST", "/", WHOLE, x_tc_action=RESET, x_tc_version=VERSION)
    with caplog.at_level(logging.DEBUG):
        answer = api.answer(call)
    assert answer and answer.status == 200
    assert json.loads(answer.body)["Response"]["Error"]["Code"] == "InternalServerError"
    assert answer.note == f"{RESET} ins-12345678: InternalServerError"
    assert "RuntimeError" in caplog.text and "tencent_reset.py" in caplog.text
    assert PASSWORD not in caplog.text + answer.body.decode() + answer.note


SIGNED = with_header(with_header(TC3_POST, "X-TC-Action", "DescribeInstances"), "X-TC-Version", VERSION)
SIGNATURES = [
    # outcome, the request, the time
    ("SUCCESS", SIGNED, TC3_TIME),
    ("AuthFailure.InvalidAuthorization", with_header(SIGNED, "Authorization", None), TC3_TIME),
    ("AuthFailure.SignatureFailure", replace(SIGNED, body=WHOLE), TC3_TIME),
    ("AuthFailure.SignatureExpire", SIGNED, TC3_TIME + tc3.MAX_AGE_S + 1),
    # Of a stranger nothing more is looked at, but who is known is told.
    ("AuthFailure.SignatureFailure", with_header(replace(SIGNED, body=b"{"), "X-TC-Action", "x"), TC3_TIME),
    ("NoSuchVersion", with_header(SIGNED, "X-TC-Version", "2017-03-13"), TC3_TIME),
    ("InvalidAction", with_header(SIGNED, "X-TC-Action", "x"), TC3_TIME),
    ("MissingParameter", with_header(SIGNED, "X-TC-Action", None), TC3_TIME),
    ("RequestSizeLimitExceeded", replace(SIGNED, unread=True), TC3_TIME),
]


@pytest.mark.parametrize(("outcome", "call", "now"), SIGNATURES)
def test_signature(outcome: str, call: Any, now: float) -> None:
    with ReferenceCloud() as cloud:
        api = TencentApi(cloud.compute, Settings(keys=TC3_KEYS, clock=lambda: now))
        answer = api.answer(call)
    assert answer and answer.status == 200
    response = json.loads(answer.body)["Response"]
    assert response.get("Error", {}).get("Code", "SUCCESS") == outcome
    assert answer.note.endswith(f": {outcome}")


def test_an_unknown_key() -> None:
    with ReferenceCloud() as cloud:
        api = TencentApi(cloud.compute, Settings(keys={"other": "x"}, clock=lambda: TC3_TIME))
        answer = api.answer(SIGNED)
    assert answer and "AuthFailure.SecretIdNotFound" in answer.body.decode()


def test_the_audit_log_names_the_key() -> None:
    with ReferenceCloud() as cloud:
        api = TencentApi(cloud.compute, Settings(keys=TC3_KEYS, clock=lambda: TC3_TIME))
        answer = api.answer(SIGNED)
    assert answer and answer.note == "DescribeInstances by AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE: SUCCESS"
