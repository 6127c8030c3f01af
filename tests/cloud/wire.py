# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 on a bare socket, so that a fault decides about every byte."""

from __future__ import annotations

import json
import re
import select
import socket
import struct
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

MAX_HEAD = 64 * 1024
MAX_BODY = 1024 * 1024
DRAIN_MAX = 64 * MAX_BODY
DRAIN_S = 30.0
Headers = tuple[tuple[str, str], ...]


class Gone(Exception):
    """The client left, or the server stops: nothing more to say on this connection."""


class BadRequest(Exception):
    """The client does not speak HTTP as we know it."""


@dataclass(frozen=True)
class Request:
    """One request as it came in; the last three fields say what the cloud made of it."""

    method: str
    path: str
    version: str
    headers: Headers
    body: bytes
    client_address: str
    client_port: int
    connection: int
    received: float
    unread: bool = False
    """The body is too large, or has no length: it was not read, and the connection ends after the answer."""
    endpoint: str | None = None
    instance: str | None = None
    fault: str | None = None

    def header(self, name: str) -> str | None:
        """The first header of this name, in any case."""
        for key, value in self.headers:
            if key.lower() == name.lower():
                return value
        return None

    @property
    def keep_alive(self) -> bool:
        """Does the client expect the connection to stay open?"""
        if self.unread:
            return False
        connection = (self.header("Connection") or "").lower()
        if self.version == "HTTP/1.0":
            return connection == "keep-alive"
        return connection != "close"


@dataclass(frozen=True)
class Answer:
    """One answer before it is put on the wire."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Headers = ()
    note: str = ""
    """For the audit log: what was asked for and what came of it. Never a secret."""

    @classmethod
    def json(
        cls, document: Any, status: int = 200, headers: Headers = (), note: str = ""
    ) -> Answer:
        """An answer that carries a JSON document."""
        return cls(status, json.dumps(document).encode(), headers=headers, note=note)

    @property
    def bodiless(self) -> bool:
        """Statuses that never have a body."""
        return self.status in (204, 304)

    def head(self, *framing: tuple[str, str], version: str = "HTTP/1.1") -> bytes:
        """Status line and headers; the caller says how the end of the body is told."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = "Unknown"
        lines = [f"{version} {self.status} {phrase}"]
        if self.body and not self.bodiless:
            lines.append(f"Content-Type: {self.content_type}")
        lines += [f"{name}: {value}" for name, value in self.headers + framing]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def length(self) -> Headers:
        """The right Content-Length."""
        return () if self.bodiless else (("Content-Length", str(len(self.body))),)


class Wire:
    """One connection of one client."""

    def __init__(
        self, sock: socket.socket, peer: tuple[str, int], number: int, stopping: threading.Event
    ) -> None:
        self.number = number
        self._sock = sock
        self._stopping = stopping
        self._buffer = b""
        self._peer = peer
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes) -> None:
        """Send all of it."""
        try:
            self._sock.sendall(data)
        except OSError as error:
            raise Gone from error

    def pause(self, seconds: float) -> None:
        """Wait that long; a stop ends it early."""
        if self._stopping.wait(seconds):
            raise Gone

    def hang(self, seconds: float = 0) -> None:
        """Say nothing for that long, 0 is for ever; ends at once when the client leaves or we stop."""
        deadline = time.monotonic() + seconds
        while not self._stopping.is_set():
            left = deadline - time.monotonic() if seconds else None
            if left is not None and left <= 0:
                return
            if len(self._buffer) > MAX_HEAD + MAX_BODY:
                raise Gone
            if self._readable(left):
                self._receive()
        raise Gone

    def reset(self) -> None:
        """End the connection with a TCP RST instead of a FIN."""
        linger = struct.pack("ii", 1, 0)
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        except OSError:
            pass
        self.close()
        raise Gone

    def shut(self) -> None:
        """Wake whoever waits on this connection, from any thread."""
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self) -> None:
        """Close the socket; only the thread that serves it may do so."""
        self._sock.close()

    def read_request(self) -> Request:
        """Wait for the next request and read it whole."""
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > MAX_HEAD:
                raise BadRequest("headers too long")
            self._receive()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        first, *rest = head.decode("latin-1").split("\r\n")
        try:
            method, path, version = first.split(" ")
            pairs = [line.split(":", 1) for line in rest]
            headers = tuple((name, value.strip()) for name, value in pairs)
        except ValueError as error:
            raise BadRequest("malformed request") from error
        body = self._read_body(headers)
        return Request(
            method,
            path,
            version,
            headers,
            body or b"",
            *self._peer,
            self.number,
            time.monotonic(),
            unread=body is None,
        )

    def drain(self) -> None:
        """
        Throw away what still comes, within limits. A connection that is closed with unread bytes is reset, and the
        client may lose the answer that it was sent.
        """
        deadline = time.monotonic() + DRAIN_S
        left = DRAIN_MAX
        try:
            self._sock.shutdown(socket.SHUT_WR)
            while left > 0 and self._readable(max(0.0, deadline - time.monotonic())):
                self._buffer = b""
                self._receive()
                left -= len(self._buffer)
        except (OSError, Gone):
            pass

    def _read_body(self, headers: Headers) -> bytes | None:
        named = {name.lower(): value for name, value in headers}
        text = named.get("content-length", "0")
        if "transfer-encoding" in named or not re.fullmatch("[0-9]{1,9}", text) or int(text) > MAX_BODY:
            return None
        length = int(text)
        if length and named.get("expect", "").lower() == "100-continue":
            self.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        while len(self._buffer) < length:
            self._receive()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        return body

    def _readable(self, timeout: float | None) -> bool:
        try:
            return bool(select.select([self._sock], [], [], timeout)[0])
        except (OSError, ValueError) as error:
            raise Gone from error

    def _receive(self) -> None:
        try:
            data = self._sock.recv(64 * 1024)
        except OSError as error:
            raise Gone from error
        if not data:
            raise Gone
        self._buffer += data
