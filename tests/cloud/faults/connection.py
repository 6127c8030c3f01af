# SPDX-License-Identifier: Apache-2.0
"""Connections that are refused, hang, break or crawl."""

from __future__ import annotations

from ..exchange import Exchange
from .base import kind


# The listener


@kind("refuse", of_listener=True)
def refuse(ex: Exchange, seconds: float = 1) -> None:
    """Refuse connections for this long, from now on; open ones are closed."""
    ex.refuse(seconds)


@kind("go-away")
def go_away(ex: Exchange, seconds: float = 1) -> None:
    """At the request: close without an answer and refuse connections for this long."""
    ex.refuse(seconds)


# Silence


def _hang_after(ex: Exchange, seconds: float, first: bytes, rest: bytes) -> None:
    ex.wire.send(first)
    ex.wire.hang(seconds)
    ex.wire.send(rest)


@kind("hang-before-headers")
def hang_before_headers(ex: Exchange, seconds: float = 0, perform: bool = False) -> None:
    """Say nothing for this long (0: for ever); perform=true carries the request out before."""
    answer = ex.perform() if perform else None
    ex.wire.hang(seconds)
    ex.reply(answer or ex.perform())


@kind("hang-in-headers")
def hang_in_headers(ex: Exchange, seconds: float = 0) -> None:
    """Stop for this long (0: for ever) in the middle of a header line."""
    answer = ex.perform()
    head = ex.head(answer, *answer.length())
    _hang_after(ex, seconds, head[:-10], head[-10:] + answer.body)


@kind("hang-before-body")
def hang_before_body(ex: Exchange, seconds: float = 0) -> None:
    """Stop for this long (0: for ever) after the headers."""
    answer = ex.perform()
    _hang_after(ex, seconds, ex.head(answer, *answer.length()), answer.body)


@kind("hang-in-body")
def hang_in_body(ex: Exchange, seconds: float = 0) -> None:
    """Stop for this long (0: for ever) in the middle of the body."""
    answer = ex.perform()
    half = len(answer.body) // 2
    first = ex.head(answer, *answer.length()) + answer.body[:half]
    _hang_after(ex, seconds, first, answer.body[half:])


# Broken connections


@kind("close")
def close(ex: Exchange, perform: bool = False) -> None:
    """Close the connection without an answer; perform=true carries the request out before."""
    if perform:
        ex.perform()
    ex.close_after()


@kind("close-in-headers")
def close_in_headers(ex: Exchange) -> None:
    """Close the connection in the middle of a header line."""
    answer = ex.perform()
    ex.wire.send(ex.head(answer, *answer.length())[:-10])
    ex.close_after()


@kind("reset")
def reset(ex: Exchange, perform: bool = False) -> None:
    """TCP reset without an answer; perform=true carries the request out before."""
    if perform:
        ex.perform()
    ex.wire.reset()


@kind("reset-in-body")
def reset_in_body(ex: Exchange) -> None:
    """TCP reset in the middle of the body."""
    answer = ex.perform()
    half = len(answer.body) // 2
    ex.wire.send(ex.head(answer, *answer.length()) + answer.body[:half])
    ex.wire.reset()


# Slowness


def _piecemeal(ex: Exchange, data: bytes, size: int, pause: float) -> None:
    for start in range(0, len(data), size):
        if start:
            ex.wire.pause(pause)
        ex.wire.send(data[start : start + size])


@kind("drip")
def drip(ex: Exchange, interval: float = 0.05, part: str = "body") -> None:
    """A correct answer whose body, or with part=headers all of it, comes a byte every interval."""
    answer = ex.perform()
    head = ex.head(answer, *answer.length())
    if part == "headers":
        _piecemeal(ex, head + answer.body, 1, interval)
    else:
        ex.wire.send(head)
        _piecemeal(ex, answer.body, 1, interval)


@kind("endless-drip")
def endless_drip(ex: Exchange, interval: float = 0.05, part: str = "body") -> None:
    """A body, or with part=headers a header line, that goes on for ever, a byte every interval."""
    answer = ex.perform()
    head = ex.head(answer, ("Transfer-Encoding", "chunked"))
    if part == "headers":
        ex.wire.send(head[:-2] + b"X-Drip: ")
    else:
        ex.wire.send(head)
    while True:
        ex.wire.send(b"x" if part == "headers" else b"1\r\n \r\n")
        ex.wire.pause(interval)


@kind("segments")
def segments(ex: Exchange, size: int = 7, pause: float = 0.002) -> None:
    """The body in TCP segments of this size."""
    answer = ex.perform()
    ex.wire.send(ex.head(answer, *answer.length()))
    ex.wire.pause(pause)
    _piecemeal(ex, answer.body, size, pause)
