# SPDX-License-Identifier: Apache-2.0
"""The reader of owners' bodies takes JSON as it is meant, and says where something else stands."""

from __future__ import annotations

from typing import Callable

import pytest

from .apis.json_body import BadBody, JsonObject, Problem, read

SECRET = "Fusion@123"
MALFORMED = {
    "nothing": b"",
    "no JSON": b'{"a": "Fusion@123"',
    "more behind it": b'{"a": "Fusion@123"} x',
    "not UTF-8": b'{"a": "Fusion@123\xff"}',
    "UTF-16": '{"a": "Fusion@123"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"a": "Fusion@123"}',
    "half of a surrogate pair": b'{"a": "Fusion@123\\ud800"}',
    "half of a pair as a name": b'{"Fusion@123\\udc00": 1}',
    "a name twice": b'{"a": "Fusion@123", "a": 1}',
    "a name twice, further in": b'{"b": [{"a": "Fusion@123", "a": 1}]}',
    "NaN": b'{"a": NaN, "b": "Fusion@123"}',
    "Infinity": b'{"a": -Infinity, "b": "Fusion@123"}',
    "a control character": b'{"a": "Fusion@123\n"}',
    "too many digits": b'{"b": "Fusion@123", "a": ' + b"1" * 5000 + b"}",
    "lists in lists": b'{"b": "Fusion@123", "a": ' + b"[" * 100_000,
    "objects in objects": b'{"a": ' * 100_000 + b'"Fusion@123"' + b"}" * 100_000,
}
NO_OBJECT = {"list": b'["Fusion@123"]', "text": b'"Fusion@123"', "null": b"null", "number": b"1", "true": b"true"}
GOOD = b' {"t": "\\u00e9\\ud83d\\udd11", "n": 7, "b": false, "l": ["x"], "o": {"t": "y"}, "s": [{"t": "z"}, {}]}\n'
Take = Callable[[JsonObject], object]
TAKEN: dict[str, tuple[Take, object]] = {
    "text": (lambda o: o.required("t", str), "é🔑"),
    "number": (lambda o: o.required("n", int), 7),
    "left out": (lambda o: o.optional("x", bool, True), True),
    "left out, without a default": (lambda o: o.optional("x", str, None), None),
    "not left out": (lambda o: o.optional("b", bool, True), False),
    "list": (lambda o: o.texts("l"), ["x"]),
    "object": (lambda o: o.object("o").required("t", str), "y"),
    "objects": (lambda o: o.objects("s")[0].required("t", str), "z"),
}
REFUSED: dict[str, tuple[Take, Problem, str]] = {
    "missing": (lambda o: o.required("x", str), Problem.MISSING, "x"),
    "taken twice": (lambda o: (o.required("t", str), o.required("t", str)), Problem.MISSING, "t"),
    "no text": (lambda o: o.required("n", str), Problem.WRONG_TYPE, "n"),
    "no truth": (lambda o: o.optional("n", bool, True), Problem.WRONG_TYPE, "n"),
    "true is no number": (lambda o: o.required("b", int), Problem.WRONG_TYPE, "b"),
    "no object": (lambda o: o.object("l"), Problem.WRONG_TYPE, "l"),
    "no list": (lambda o: o.texts("t"), Problem.WRONG_TYPE, "t"),
    "not texts": (lambda o: o.texts("s"), Problem.WRONG_TYPE, "s[0]"),
    "not objects": (lambda o: o.objects("l"), Problem.WRONG_TYPE, "l[0]"),
    "missing further in": (lambda o: o.objects("s")[1].required("t", str), Problem.MISSING, "s[1].t"),
    "wrong further in": (lambda o: o.object("o").required("t", int), Problem.WRONG_TYPE, "o.t"),
    "unknown": (lambda o: o.finish(), Problem.UNKNOWN, ""),
    "unknown further in": (lambda o: o.object("o").finish(), Problem.UNKNOWN, "o"),
}


@pytest.mark.parametrize(("take", "value"), TAKEN.values(), ids=TAKEN)
def test_taken(take: Take, value: object) -> None:
    assert take(read(GOOD)) == value


def test_all_is_taken() -> None:
    read(b"{}").finish()
    document = read(b'{"t": 1}')
    document.required("t", int)
    document.finish()


def assert_tells_nothing(error: BaseException) -> None:
    assert SECRET not in f"{error!r} {error} {vars(error)}"
    assert error.__context__ is None and error.__cause__ is None


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_malformed(body: bytes) -> None:
    with pytest.raises(BadBody) as caught:
        read(body)
    assert (caught.value.problem, caught.value.field) == (Problem.MALFORMED, "")
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT)
def test_no_object(body: bytes) -> None:
    with pytest.raises(BadBody) as caught:
        read(body)
    assert (caught.value.problem, caught.value.field) == (Problem.WRONG_TYPE, "")
    assert_tells_nothing(caught.value)


@pytest.mark.parametrize(("take", "problem", "field"), REFUSED.values(), ids=REFUSED)
def test_refused(take: Take, problem: Problem, field: str) -> None:
    with pytest.raises(BadBody) as caught:
        take(read(GOOD))
    assert (caught.value.problem, caught.value.field) == (problem, field)
