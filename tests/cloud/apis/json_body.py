# SPDX-License-Identifier: Apache-2.0
"""Reads the JSON object that an owner sends, strictly. No error holds anything of it but the names of known fields."""

from __future__ import annotations

import json
from contextlib import suppress
from enum import Enum
from typing import Any, TypeVar

T = TypeVar("T")
D = TypeVar("D")


class Problem(Enum):
    """What can be wrong with a body, in words that fit before or behind the name of a field."""

    MALFORMED = "is not well-formed JSON"
    MISSING = "is missing"
    WRONG_TYPE = "has a wrong type"
    UNKNOWN = "has a field that is not known"


class BadBody(Exception):
    """The body is not what the API takes; `field` is where, such as "servers[3].id", or "" for the body itself."""

    def __init__(self, problem: Problem, field: str = "") -> None:
        super().__init__(f"{field or 'The body'} {problem.value}.")
        self.problem = problem
        self.field = field


class JsonObject:
    """An object whose fields are taken one by one; finish() finds those that nobody knows."""

    def __init__(self, fields: dict[str, Any], name: str = "") -> None:
        self._fields = dict(fields)
        self._name = name

    def __contains__(self, field: str) -> bool:
        """Is it there, and not taken yet?"""
        return field in self._fields

    def required(self, field: str, kind: type[T]) -> T:
        """The value of this field; true is no number here, and null is nothing."""
        if field not in self._fields:
            raise BadBody(Problem.MISSING, self._full(field))
        return _typed(self._fields.pop(field), kind, self._full(field))

    def optional(self, field: str, kind: type[T], default: D) -> T | D:
        """The same where it may be left out."""
        return self.required(field, kind) if field in self._fields else default

    def object(self, field: str) -> JsonObject:
        """An object in the object."""
        return JsonObject(self.required(field, dict), self._full(field))

    def objects(self, field: str) -> list[JsonObject]:
        """A list of objects."""
        return [JsonObject(value, name) for name, value in self._items(field, dict)]

    def texts(self, field: str) -> list[str]:
        """A list of strings."""
        return [value for _, value in self._items(field, str)]

    def finish(self) -> None:
        """Nothing may be left. A name that is not known stays untold: it is the client's, and may be anything."""
        if self._fields:
            raise BadBody(Problem.UNKNOWN, self._name)

    def _items(self, field: str, kind: type[T]) -> list[tuple[str, T]]:
        items = enumerate(self.required(field, list))
        names = ((f"{self._full(field)}[{number}]", value) for number, value in items)
        return [(name, _typed(value, kind, name)) for name, value in names]

    def _full(self, field: str) -> str:
        return f"{self._name}.{field}" if self._name else field


def _typed(value: Any, kind: type[T], name: str) -> T:
    if type(value) is not kind:  # isinstance() takes True for a number
        raise BadBody(Problem.WRONG_TYPE, name)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field stands there twice")
    return fields


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def read(body: bytes) -> JsonObject:
    """The body as an object. UTF-8 only, no field twice, no NaN, no half of a surrogate pair."""
    with suppress(ValueError, RecursionError):
        value = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode()
        return JsonObject(_typed(value, dict, ""))
    raise BadBody(Problem.MALFORMED)  # out here: the error that was suppressed holds the body
