# SPDX-License-Identifier: Apache-2.0
"""A metadata service that the configuration knows by name."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Iterator

import pytest

from machine import Machine
from sandbox import ADDRESS, mounted

PASSWORD = "Fusion@123"
NAME = "metadata.test"
SILENT = "127.0.0.9"
ANSWERS = "127.0.0.10"
TYPE_A = 1


def answer(question: bytes) -> bytes:
    """RFC 1035, 4.1: to one question, where it is one for an address of IPv4, that of the service; else none."""
    end = question.index(b"\0", 12) + 5  # behind name, type and class
    is_a = struct.unpack(">H", question[end - 4 : end - 2])[0] == TYPE_A
    head = question[:2] + struct.pack(">HHHHH", 0x8180, 1, is_a, 0, 0)
    record = struct.pack(">HHHIH", 0xC00C, TYPE_A, 1, 60, 4) + socket.inet_aton(ADDRESS)
    return head + question[12:end] + (record if is_a else b"")


def serve(server: socket.socket) -> None:
    """Until it is shut down, which wakes it with nothing."""
    while True:
        question, asker = server.recvfrom(512)
        if not question:
            return
        server.sendto(answer(question), asker)


@pytest.fixture(name="name_servers")
def fixture_name_servers(tmp_path: Path) -> Iterator[None]:
    """Two of them in resolv.conf(5): the first one is silent."""
    files = {
        "resolv.conf": f"nameserver {SILENT}\nnameserver {ANSWERS}\n",
        "nsswitch.conf": "hosts: dns\n",
    }
    with ExitStack() as stack:
        for name, text in files.items():
            (tmp_path / name).write_text(text)
            stack.enter_context(mounted("--bind", tmp_path / name, f"/etc/{name}"))
        silent, server = (stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2))
        silent.bind((SILENT, 53))
        server.bind((ANSWERS, 53))
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        stack.callback(thread.join)
        stack.callback(silent.sendto, b"", (ANSWERS, 53))
        yield


def test_the_first_name_server_is_silent(machine: Machine, name_servers: None) -> None:
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run("--metadata-url", f"http://{NAME}/openstack/latest"), PASSWORD)
