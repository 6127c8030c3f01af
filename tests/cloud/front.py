# SPDX-License-Identifier: Apache-2.0
"""Who answers a request: a public API, the control by hand, OpenStack's documents, or the service that guests ask."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, replace
from typing import Callable, Sequence

from .apis import Api
from .audit import Audit
from .control import Control
from .exchange import Exchange
from .guest import KEYS, GuestService
from .plan import Plan
from .recorder import Recorder
from .wire import Answer, Headers, Request, Wire

log = logging.getLogger("cloud")
TOO_LARGE = Answer.json({"error": "a body needs a small Content-Length"}, 400)
NO_PAGES = Answer.json({"error": "not for a page in a browser"}, 403)
# An address, or localhost: a page may have a name of its own that leads here.
HOST = re.compile(r"(localhost|[0-9.]+|\[[0-9a-f:.]+\])(:[0-9]+)?", re.IGNORECASE)
Watcher = Callable[[Request], None]


def ignore(_: Request) -> None:
    """Nobody watches."""


@dataclass
class Front:
    """Only what guests ask about resets can meet a fault, and is recorded; the audit log has all."""

    apis: Sequence[Api]
    control: Control
    guest: GuestService
    plan: Plan
    recorder: Recorder
    audit: Audit
    refuse: Callable[[float], None]
    watcher: Watcher = ignore

    def serve(self, wire: Wire, request: Request) -> bool:
        """One request; does the connection stay open?"""
        answer = self._answer(wire, request)
        if answer is None:
            return self._serve_guest(wire, request)
        self.audit.add(request, answer.status, answer.note)
        closing: Headers = () if request.keep_alive else (("Connection", "close"),)
        body = b"" if request.method == "HEAD" else answer.body
        wire.send(answer.head(*answer.length(), *closing) + body)
        if request.unread:
            wire.drain()
        return request.keep_alive

    def _answer(self, wire: Wire, request: Request) -> Answer | None:
        """None when it is a guest who asks about a reset."""
        if request.header("Origin") is not None:  # browsers say it of whatever changes something
            return NO_PAGES
        if request.path.startswith("/_control/") and not request.unread:
            if not HOST.fullmatch(request.header("Host") or "localhost"):
                return NO_PAGES
            return self.control.answer(wire, request)
        for api in self.apis:
            answer = api.answer(request)
            if answer is not None:
                return answer
        return TOO_LARGE if request.unread else None

    def _serve_guest(self, wire: Wire, request: Request) -> bool:
        visit = self.guest.visit(request)
        instance = visit.instance.id if visit.instance else None
        fault = self.plan.take(visit.endpoint, request.method, instance)
        name = fault.kind.name if fault else None
        seen = replace(request, endpoint=visit.endpoint, instance=instance, fault=name)
        self.watcher(seen)
        self.recorder.add(seen)
        log.info("%s %s%s", request.method, request.path, f" -> {name}" if name else "")
        exchange = Exchange(
            request,
            wire,
            KEYS.get(visit.endpoint or "", "value"),
            perform=lambda: self.guest.answer(visit),
            refuse=self.refuse,
            keep_alive=request.keep_alive,
        )
        note = f"guest {instance or 'unknown'}"
        if fault:
            self.audit.add(request, None, f"{note}: fault {name}")
            fault.run(exchange)
        else:
            answer = exchange.perform()
            self.audit.add(request, answer.status, note)
            exchange.reply(answer)
        return exchange.keep_alive
