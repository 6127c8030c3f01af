# SPDX-License-Identifier: Apache-2.0
"""What a fault has in its hands: one request, the connection, and the way to carry it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

from .wire import Answer, Headers, Request, Wire


@dataclass
class Exchange:
    """One request on its way to an answer."""

    request: Request
    wire: Wire
    key: str
    """The JSON key whose value matters here."""
    perform: Callable[[], Answer]
    """Carries the request out; call it at most once."""
    refuse: Callable[[float], None]
    """Closes the listener and all connections for that many seconds."""
    keep_alive: bool = True

    def reply(self, answer: Answer) -> None:
        """Send a correct answer, in one piece."""
        self.wire.send(self.head(answer, *answer.length()) + self.payload(answer))

    def head(self, answer: Answer, *framing: tuple[str, str], version: str = "HTTP/1.1") -> bytes:
        """The head of an answer, with Connection: close where that is so."""
        closing: Headers = () if self.keep_alive else (("Connection", "close"),)
        return answer.head(*closing, *framing, version=version)

    def payload(self, answer: Answer) -> bytes:
        """The body as far as status and method allow one."""
        return b"" if answer.bodiless or self.request.method == "HEAD" else answer.body

    def close_after(self) -> None:
        """End the connection after this exchange."""
        self.keep_alive = False
