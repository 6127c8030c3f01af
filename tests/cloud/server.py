# SPDX-License-Identifier: Apache-2.0
"""The listener: one thread accepts, one thread serves each connection."""

from __future__ import annotations

import select
import selectors
import socket
import threading
import time
from typing import Callable

from .wire import Answer, BadRequest, Gone, Request, Wire

Address = tuple[str, int]
Handler = Callable[[Wire, Request], bool]
SocketFactory = Callable[[], socket.socket]
JOIN_S = 30.0


def tcp_socket() -> socket.socket:
    """An IPv4 TCP socket; a test may pass another factory, to make it in a network namespace."""
    return socket.socket(socket.AF_INET, socket.SOCK_STREAM)


class Server:
    """Serves connections until stopped; can refuse for a while as a dead service does."""

    def __init__(
        self, address: Address, handler: Handler, socket_factory: SocketFactory = tcp_socket
    ) -> None:
        self._handler = handler
        self._socket_factory = socket_factory
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._wires: dict[int, Wire] = {}
        self._threads: list[threading.Thread] = []
        self._accepted = 0
        self._reopen_at: float | None = None
        self._listening = True
        self._listener = self._bind(address)
        self._listener.listen(128)
        self.address: Address = self._listener.getsockname()[:2]
        self._waker, self._woken = socket.socketpair()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._acceptor = threading.Thread(target=self._accept_loop, name="acceptor", daemon=True)
        self._acceptor.start()

    @property
    def accepted(self) -> int:
        """How many connections were accepted so far."""
        return self._accepted

    def stop(self) -> None:
        """Close everything; handlers that hang are woken."""
        self._stopping.set()
        self._wake()
        self._acceptor.join(JOIN_S)
        with self._changed:
            wires, threads = list(self._wires.values()), list(self._threads)
        for wire in wires:
            wire.shut()
        for thread in threads:
            thread.join(JOIN_S)
        self._selector.close()
        for sock in (self._listener, self._waker, self._woken):
            sock.close()

    def refuse(self, seconds: float, spare: int | None = None) -> None:
        """Refuse connections from now on for that long, and end those that are open but `spare`."""
        with self._changed:
            self._reopen_at = time.monotonic() + seconds
            self._wake()
            self._changed.wait_for(self._refusing, JOIN_S)
            wires = [wire for number, wire in self._wires.items() if number != spare]
        for wire in wires:
            wire.shut()

    def wait_until_all_have_left(self, timeout: float) -> bool:
        """Wait until no connection is served, and none waits for that."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._wires and not self._is_called(), timeout)

    def wait_until_first(self, connection: int, timeout: float) -> bool:
        """Wait until no connection that was accepted before this one is served."""
        with self._changed:
            return self._changed.wait_for(lambda: min(self._wires, default=connection) >= connection, timeout)

    def accept_again(self) -> None:
        """End a refusal early."""
        with self._changed:
            if self._reopen_at is None:
                return
            self._reopen_at = time.monotonic()
            self._wake()
            self._changed.wait_for(lambda: self._listening or self._stopping.is_set(), JOIN_S)

    def _refusing(self) -> bool:
        return not self._listening or self._reopen_at is None or self._stopping.is_set()

    def _wake(self) -> None:
        self._waker.send(b"!")

    def _bind(self, address: Address) -> socket.socket:
        sock = self._socket_factory()
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setblocking(False)
            sock.bind(address)
        except OSError:
            sock.close()
            raise
        return sock

    def _accept_loop(self) -> None:
        while not self._stopping.is_set():
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is self._woken:
                    self._woken.recv(4096)
                elif key.fileobj is self._listener:
                    self._accept()
            self._open_or_close()

    def _patience(self) -> float | None:
        with self._changed:
            if self._reopen_at is None:
                return None
            return max(0.0, self._reopen_at - time.monotonic())

    def _open_or_close(self) -> None:
        with self._changed:
            if self._reopen_at is None:
                return
            if self._listening:
                # A bound socket that does not listen refuses, and keeps the port ours.
                self._selector.unregister(self._listener)
                self._listener.close()
                self._listener = self._bind(self.address)
                self._listening = False
            elif time.monotonic() >= self._reopen_at:
                self._listener.listen(128)
                self._selector.register(self._listener, selectors.EVENT_READ)
                self._reopen_at, self._listening = None, True
            self._changed.notify_all()

    def _is_called(self) -> bool:
        return self._listening and bool(select.select([self._listener], [], [], 0)[0])

    def _accept(self) -> None:
        with self._changed:  # from here on it is served, to whoever waits until nobody is
            try:
                sock, peer = self._listener.accept()
            except OSError:
                self._changed.notify_all()
                return  # the client changed its mind
            sock.setblocking(True)
            self._accepted += 1
            wire = Wire(sock, peer, self._accepted, self._stopping)
            thread = threading.Thread(target=self._serve, args=(wire,), daemon=True)
            self._wires[wire.number] = wire
            self._threads = [old for old in self._threads if old.is_alive()] + [thread]
            thread.start()

    def _serve(self, wire: Wire) -> None:
        try:
            while not self._stopping.is_set():
                if not self._handler(wire, wire.read_request()):
                    break
        except BadRequest as error:
            self._complain(wire, str(error))
        except Gone:
            pass
        finally:
            wire.close()
            with self._changed:
                del self._wires[wire.number]
                self._changed.notify_all()

    @staticmethod
    def _complain(wire: Wire, text: str) -> None:
        answer = Answer.json({"error": text}, 400)
        try:
            wire.send(answer.head(("Connection", "close"), *answer.length()) + answer.body)
        except Gone:
            pass
