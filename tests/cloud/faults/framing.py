# SPDX-License-Identifier: Apache-2.0
"""Wrong or rare ways to tell where a body ends, and too much of everything."""

from __future__ import annotations

import gzip as gzip_format
from dataclasses import replace
from typing import Iterator

from ..exchange import Exchange
from ..wire import Answer
from .base import kind

KIB = 1024


# Lengths and framing


def _with_length(ex: Exchange, answer: Answer, length: object) -> None:
    ex.wire.send(ex.head(answer, ("Content-Length", str(length))) + answer.body)


@kind("truncated")
def truncated(ex: Exchange, missing: int = 5) -> None:
    """The connection closes before the last bytes that Content-Length promised."""
    answer = ex.perform()
    sent = answer.body[: max(0, len(answer.body) - missing)]
    ex.wire.send(ex.head(answer, *answer.length()) + sent)
    ex.close_after()


@kind("length-long")
def length_long(ex: Exchange, by: int = 5) -> None:
    """The whole body, but Content-Length promises more; then the connection closes."""
    answer = ex.perform()
    _with_length(ex, answer, len(answer.body) + by)
    ex.close_after()


@kind("length-short")
def length_short(ex: Exchange, by: int = 5) -> None:
    """Content-Length is smaller than the body; the connection stays open."""
    answer = ex.perform()
    _with_length(ex, answer, max(0, len(answer.body) - by))


@kind("length-text")
def length_text(ex: Exchange, value: str = "twelve") -> None:
    """Content-Length is no number; then the connection closes."""
    _with_length(ex, ex.perform(), value)
    ex.close_after()


@kind("length-conflict")
def length_conflict(ex: Exchange, by: int = 5) -> None:
    """Two Content-Length headers that differ: the right one and a smaller one; then it closes."""
    answer = ex.perform()
    wrong = ("Content-Length", str(max(0, len(answer.body) - by)))
    ex.wire.send(ex.head(answer, *answer.length(), wrong) + answer.body)
    ex.close_after()


@kind("no-length")
def no_length(ex: Exchange) -> None:
    """No Content-Length: the end of the connection is the end of the body."""
    answer = ex.perform()
    ex.close_after()
    ex.wire.send(ex.head(answer) + answer.body)


@kind("http-1.0")
def http_1_0(ex: Exchange, length: bool = False) -> None:
    """An HTTP/1.0 answer, with or without Content-Length; then the connection closes."""
    answer = ex.perform()
    framing = answer.length() if length else ()
    ex.wire.send(answer.head(*framing, version="HTTP/1.0") + answer.body)
    ex.close_after()


def _chunks(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        yield b"%x\r\n%s\r\n" % (len(piece), piece)


@kind("chunked")
def chunked(ex: Exchange, size: int = 7) -> None:
    """A chunked body."""
    answer = ex.perform()
    head = ex.head(answer, ("Transfer-Encoding", "chunked"))
    ex.wire.send(head + b"".join(_chunks(answer.body, size)) + b"0\r\n\r\n")


@kind("chunked-cut")
def chunked_cut(ex: Exchange, size: int = 7) -> None:
    """A chunked body, all there, but the connection closes before the last, empty chunk."""
    answer = ex.perform()
    head = ex.head(answer, ("Transfer-Encoding", "chunked"))
    ex.wire.send(head + b"".join(_chunks(answer.body, size)))
    ex.close_after()


@kind("chunked-bad")
def chunked_bad(ex: Exchange) -> None:
    """A chunked body with a chunk size that is no number; then the connection closes."""
    answer = ex.perform()
    head = ex.head(answer, ("Transfer-Encoding", "chunked"))
    ex.wire.send(head + b"zz\r\n" + answer.body + b"\r\n0\r\n\r\n")
    ex.close_after()


@kind("gzip")
def gzip(ex: Exchange) -> None:
    """A gzipped body that nobody asked for."""
    answer = ex.perform()
    packed = gzip_format.compress(answer.body)
    ex.reply(replace(answer, body=packed, headers=(("Content-Encoding", "gzip"),)))


@kind("continue-first")
def continue_first(ex: Exchange) -> None:
    """`100 Continue` before the answer."""
    ex.wire.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    ex.reply(ex.perform())


# Too much


@kind("huge-header")
def huge_header(ex: Exchange, size: int = 300 * KIB) -> None:
    """A correct answer with one header line of this many bytes."""
    ex.reply(replace(ex.perform(), headers=(("X-Padding", "x" * size),)))


@kind("many-headers")
def many_headers(ex: Exchange, size: int = 300 * KIB) -> None:
    """A correct answer with short header lines that make this many bytes together."""
    lines = tuple((f"X-Padding-{number:05}", "x" * 45) for number in range(size // 64 + 1))
    ex.reply(replace(ex.perform(), headers=lines))


@kind("endless-body")
def endless_body(ex: Exchange, framing: str = "chunked") -> None:
    """Blanks for ever, as fast as they go, chunked or with framing=none without any length."""
    answer = ex.perform()
    piece = b" " * 64 * KIB
    if framing == "chunked":
        ex.wire.send(ex.head(answer, ("Transfer-Encoding", "chunked")))
        piece = next(_chunks(piece, len(piece)))
    else:
        ex.close_after()
        ex.wire.send(ex.head(answer))
    while True:
        ex.wire.send(piece)


@kind("set-cookie")
def set_cookie(ex: Exchange, cookie: str = "session=reference; Path=/") -> None:
    """A correct answer with a cookie."""
    ex.reply(replace(ex.perform(), headers=(("Set-Cookie", cookie),)))
