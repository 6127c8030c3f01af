# SPDX-License-Identifier: Apache-2.0
"""Correct HTTP around JSON that is not as it should be."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Callable

from ..exchange import Exchange
from ..guest import nothing
from ..wire import Answer
from .base import kind

KIB = 1024


Document = dict[str, Any]


def _load(answer: Answer) -> Document:
    document = json.loads(answer.body)
    return document if isinstance(document, dict) else {}


def _edit(ex: Exchange, edit: Callable[[Document], object]) -> None:
    answer = ex.perform()
    ex.reply(replace(answer, body=json.dumps(edit(_load(answer))).encode()))


def _members(document: Document, dump: Callable[[str, Any], str]) -> bytes:
    return ("{" + ", ".join(dump(key, value) for key, value in document.items()) + "}").encode()


def _member(key: str, value: object) -> str:
    return f"{json.dumps(key)}: {json.dumps(value)}"


def _escape(text: str) -> str:
    units = text.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


@kind("oversized")
def oversized(ex: Exchange, size: int = 0) -> None:
    """The right JSON behind a padding member of this size (0: 32 KiB, for metadata 512 KiB)."""
    size = size or (512 * KIB if ex.key == "uuid" else 32 * KIB)
    _edit(ex, lambda document: {"padding": "x" * size, **document})


@kind("wrong-type")
def wrong_type(ex: Exchange, value: Any = 5) -> None:
    """This JSON value in place of the string that belongs there."""
    _edit(ex, lambda document: {**document, ex.key: value})


@kind("top-level")
def top_level(ex: Exchange, value: Any = None) -> None:
    """The document is this JSON value instead of an object."""
    _edit(ex, lambda _: value)


@kind("duplicate-keys")
def duplicate_keys(ex: Exchange, other: Any = "", right: str = "last") -> None:
    """The key stands there twice, with the right value and another one."""
    answer = ex.perform()

    def dump(key: str, value: object) -> str:
        if key != ex.key:
            return _member(key, value)
        values = (other, value) if right == "last" else (value, other)
        return ", ".join(_member(key, each) for each in values)

    ex.reply(replace(answer, body=_members({ex.key: None, **_load(answer)}, dump)))


@kind("bom")
def bom(ex: Exchange) -> None:
    """A UTF-8 byte order mark before the JSON."""
    answer = ex.perform()
    ex.reply(replace(answer, body=b"\xef\xbb\xbf" + answer.body))


@kind("escape-unicode")
def escape_unicode(ex: Exchange, keys: bool = False) -> None:
    r"""Every character of the value, with keys=true of the key too, is written as \uXXXX."""
    answer = ex.perform()

    def dump(key: str, value: object) -> str:
        if key != ex.key or not isinstance(value, str):
            return _member(key, value)
        name = _escape(key) if keys else key
        return f'"{name}": "{_escape(value)}"'

    ex.reply(replace(answer, body=_members(_load(answer), dump)))


@kind("escape-slash")
def escape_slash(ex: Exchange) -> None:
    r"""Every slash is written as \/."""
    answer = ex.perform()
    ex.reply(replace(answer, body=answer.body.replace(b"/", b"\\/")))


@kind("spaces")
def spaces(ex: Exchange) -> None:
    """The JSON with white space of every kind around its parts."""
    answer = ex.perform()

    def dump(key: str, value: object) -> str:
        return f"\r\n\t {json.dumps(key)} \n:\t{json.dumps(value)} \r\n"

    ex.reply(replace(answer, body=b" \r\n\t" + _members(_load(answer), dump) + b"\n \t\r\n"))


@kind("json-cut")
def json_cut(ex: Exchange, keep: int = -1) -> None:
    """The JSON text ends after this many bytes (-1: half), and the length says so too."""
    answer = ex.perform()
    keep = len(answer.body) // 2 if keep < 0 else keep
    ex.reply(replace(answer, body=answer.body[:keep]))


@kind("fail")
def fail(ex: Exchange) -> None:
    """The value is "Fail": try again."""
    _edit(ex, lambda document: {**document, ex.key: "Fail"})


@kind("nothing", method="GET")
def say_nothing(ex: Exchange, spelling: str = "empty") -> None:
    """Nothing is pending, even if something is, in one of its five spellings."""
    ex.reply(nothing(spelling))
