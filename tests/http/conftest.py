# SPDX-License-Identifier: Apache-2.0
"""What platform/http.h promises, asked of http_client: HTTP_CLIENT says where it is, and a .exe runs under wine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
CLIENT = Path(os.environ.get("HTTP_CLIENT", TESTS.parent / "build/dev/http_client")).resolve()
IS_WINDOWS = CLIENT.suffix == ".exe"
PATIENCE_S = 120
sys.path[:0] = [str(TESTS), str(TESTS / "windows")]

import wine
from cloud.server import Address, Server
from cloud.wire import Request, Wire

Script = Callable[[Wire, Request], object]


@dataclass(frozen=True)
class Reply:
    """What http_perform() made of one request; code and body are its outputs."""

    status: str
    code: int = -1
    body: bytes = b""


class Client:
    """One struct http in a process of its own."""

    def __init__(self, words: list[str | Path], environment: Mapping[str, str]) -> None:
        self.seconds = 0.0
        self._process = subprocess.Popen(
            words, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def get(self, url: str, capacity: int = 64 * 1024, timeout_ms: int = 60_000) -> Reply:
        """GET url."""
        return self._request(f"GET {url} {capacity} {timeout_ms}")

    def delete(self, url: str) -> Reply:
        """DELETE url."""
        return self._request(f"DELETE {url} 1000 60000")

    def post(self, url: str, content_type: str, body: str) -> Reply:
        """POST body to url."""
        return self._request(f"POST {url} 1000 60000 {content_type} {body}")

    def _request(self, line: str) -> Reply:
        before = time.monotonic()
        status, code, body = self._say(line).split(" ", 2)
        self.seconds = time.monotonic() - before
        return Reply(status, int(code), bytes.fromhex(body.strip("<>")))

    def become_stoppable(self) -> None:
        """From here on stop() reaches it."""
        assert self._say("stoppable") == "ok"

    def stop(self) -> None:
        """Ask it to stop, as somebody at its terminal does."""
        self._process.send_signal(signal.SIGINT)

    def _say(self, line: str) -> str:
        """A line, and the line that answers it."""
        assert self._process.stdin and self._process.stdout
        watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        watchdog.start()
        try:
            print(line, file=self._process.stdin, flush=True)
            return self._process.stdout.readline().rstrip("\n")
        finally:
            watchdog.cancel()

    def close(self) -> None:
        """Its end must be a good one, too."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        try:
            code = self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        self._process.stdout.close()
        assert code == 0


class Service:
    """A server that answers as a script says; afterwards the client may send more on the same connection."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._server = Server(("127.0.0.1", 0), self._handle)
        self.address: Address = self._server.address
        self.url = "http://{}:{}/".format(*self.address)
        self.requests: list[Request] = []
        self.answered = threading.Event()

    def _handle(self, wire: Wire, request: Request) -> bool:
        self.requests.append(request)
        is_kept = self._script(wire, request) is not False
        self.answered.set()
        return is_kept

    @property
    def connections(self) -> int:
        """How many there were."""
        return self._server.accepted

    def stop(self) -> None:
        """Wake all who hang, and close."""
        self._server.stop()


@pytest.fixture(name="prefix", scope="session")
def fixture_prefix() -> Iterator[wine.Prefix | None]:
    """A Windows for a Windows program."""
    assert CLIENT.is_file(), f"{CLIENT} is not there; set HTTP_CLIENT"
    if not IS_WINDOWS:
        yield None
        return
    with wine.template() as template, wine.copy_of(template) as prefix, prefix.kept_awake():
        prefix.run("cmd", "/c", "exit")  # it is up afterwards
        yield prefix


@pytest.fixture(name="launch")
def fixture_launch(prefix: wine.Prefix | None) -> Iterator[Callable[..., Client]]:
    """launch(NAME=VALUE...) starts a client with these in its environment."""
    clients: list[Client] = []

    def launch(**extra: str) -> Client:
        environment = prefix.environment if prefix else {"PATH": os.environ["PATH"]}
        words: list[str | Path] = [*wine.WINE, CLIENT] if prefix else [CLIENT]
        clients.append(Client(words, {**environment, **extra}))
        return clients[-1]

    yield launch
    for client in clients:
        client.close()


@pytest.fixture(name="client")
def fixture_client(launch: Callable[..., Client]) -> Client:
    """A client."""
    return launch()


@pytest.fixture(name="serve")
def fixture_serve() -> Iterator[Callable[[Script], Service]]:
    """serve(script) starts a service."""
    services: list[Service] = []

    def serve(script: Script) -> Service:
        services.append(Service(script))
        return services[-1]

    yield serve
    for service in services:
        service.stop()
