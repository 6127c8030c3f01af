# SPDX-License-Identifier: Apache-2.0
"""Two network namespaces and a cable: an instance, in which the test goes on, and the cloud at its other end."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import threading
from contextlib import contextmanager
from typing import Iterator, List

from sandbox import ADDRESS, CLONE_NEWNET, command

GATEWAY, INSTANCE = "192.0.2.1", "192.0.2.7"
GATEWAY6, INSTANCE6, ADDRESS6 = "fd00::1", "fd00::7", "fd01::1"
LIBC = ctypes.CDLL(None, use_errno=True)


def own_namespace() -> int:
    """That of this thread."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


def new_namespace() -> int:
    """Enter a new one."""
    assert LIBC.unshare(CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
    command("ip", "link", "set", "lo", "up")
    return own_namespace()


@contextmanager
def inside(namespace: int) -> Iterator[None]:
    """This thread, there."""
    home = own_namespace()
    assert LIBC.setns(namespace, CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
    try:
        yield
    finally:
        assert LIBC.setns(home, CLONE_NEWNET) == 0
        os.close(home)


class Closer:
    """A server that ends each connection as soon as something has come: it closes, or resets."""

    def __init__(self, namespace: int, address: str = ADDRESS, reset: bool = False) -> None:
        self._reset = reset
        with inside(namespace):
            self._listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((address, 80))
            self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # closed
                return
            with connection:
                connection.recv(1)
                if self._reset:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def close(self) -> None:
        """Serve no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()


class TwoHosts:
    """The instance is this thread's namespace until close(); its eth0 is down."""

    def __init__(self) -> None:
        self._home = own_namespace()
        self.cloud = new_namespace()
        self._instance = new_namespace()
        self._closers: List[Closer] = []
        command("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "cloud0",
                "netns", f"/proc/{os.getpid()}/fd/{self.cloud}")  # fmt: skip
        with inside(self.cloud):
            for address in (f"{GATEWAY}/24", f"{ADDRESS}/32"):
                command("ip", "address", "add", address, "dev", "cloud0")
            for address in (f"{GATEWAY6}/64", f"{ADDRESS6}/128"):
                command("ip", "-6", "address", "add", address, "dev", "cloud0", "nodad")
            command("ip", "link", "set", "cloud0", "up")

    def plug(self) -> None:
        """What a DHCP client does."""
        command("ip", "address", "add", f"{INSTANCE}/24", "dev", "eth0")
        command("ip", "-6", "address", "add", f"{INSTANCE6}/64", "dev", "eth0", "nodad")
        command("ip", "link", "set", "eth0", "up")
        command("ip", "route", "add", "default", "via", GATEWAY)
        command("ip", "-6", "route", "add", "default", "via", GATEWAY6)

    def in_cloud(self, *words: object) -> None:
        """Run a command at the other end."""
        with inside(self.cloud):
            command(*words)

    def serve(self, address: str = ADDRESS, reset: bool = False) -> None:
        """Something takes connections there."""
        self._closers.append(Closer(self.cloud, address, reset))

    def close(self) -> None:
        """Go home; nothing of it stays."""
        for closer in self._closers:
            closer.close()
        assert LIBC.setns(self._home, CLONE_NEWNET) == 0
        for namespace in (self._home, self.cloud, self._instance):
            os.close(namespace)
