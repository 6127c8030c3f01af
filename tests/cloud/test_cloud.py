# SPDX-License-Identifier: Apache-2.0
"""The reference cloud keeps its own promises, as a bare socket sees them."""

from __future__ import annotations

import gzip
import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from . import KINDS, Fault, Instance, ReferenceCloud, Request, UnknownInstance, encrypt
from .envelope import derive_key
from .faults import parse
from .database import Database
from .server import JOIN_S, Server
from .store import Store
from .wire import Wire

UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"
OTHER = "11111111-2222-3333-4444-555555555555"
BLOB = "0Rqv2zwGpvA=brvpQE1/AAkxrniFf9LgkOanJuSq3uPClZ5eCM6JDpRXqGcHACe6ZBWOdqiKRQTM"
TEXT = "Fusion@123123123123123123123123123123123123123"
SALT = bytes.fromhex("d11aafdb3c06a6f0")
PATHS = {
    "flag": "/openstack/latest/resetpwd_flag",
    "password": "/openstack/latest/reset_password",
    "metadata": "/openstack/latest/meta_data.json",
    "result": "/openstack/latest/reset_password_result",
}
PASSWORD = PATHS["password"]
QUIET_S = 0.05
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Seen:
    """All that a client saw, and how the connection ended: "fin" or "rst"."""

    data: bytes
    end: str

    @property
    def head(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[0]

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> int:
        return int(self.head.split(b" ")[1]) if self.head else 0

    def headers(self, name: str) -> list[str]:
        lines = [line.partition(":") for line in self.head.decode().split("\r\n")[1:]]
        return [value.strip() for key, _, value in lines if key.lower() == name.lower()]

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """A socket that can say HTTP and shows every byte."""

    def __init__(self, cloud: ReferenceCloud) -> None:
        self.sock = socket.create_connection(cloud.address, PATIENCE_S)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.sock.close()

    def ask(self, method: str, path: str, body: bytes = b"", close: bool = False) -> None:
        """Send a request."""
        lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(body)}"]
        lines += ["Connection: close"] if close else []
        self.sock.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def read(self, until: Callable[[bytes], bool] | None = None) -> Seen:
        """Read to the end of the connection, or until there is enough."""
        data = b""
        try:
            while not (until and until(data)):
                piece = self.sock.recv(64 * 1024)
                if not piece:
                    return Seen(data, "fin")
                data += piece
        except ConnectionResetError:
            return Seen(data, "rst")
        return Seen(data, "open")

    def silent(self) -> bool:
        """Does nothing come, not even the end?"""
        self.sock.settimeout(QUIET_S)
        try:
            self.sock.recv(1, socket.MSG_PEEK)
        except socket.timeout:
            return True
        finally:
            self.sock.settimeout(PATIENCE_S)
        return False


def look(
    cloud: ReferenceCloud, path: str = PASSWORD, method: str = "GET", body: bytes = b""
) -> Seen:
    """One request on a connection of its own."""
    with Client(cloud) as client:
        client.ask(method, path, body, close=True)
        return client.read()


def control(cloud: ReferenceCloud, method: str, name: str, document: object = None) -> Seen:
    """One request to the control interface."""
    return look(
        cloud, f"/_control/{name}", method, json.dumps(document).encode() if document else b""
    )


@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[ReferenceCloud]:
    """A cloud with one instance and one pending reset, which has a slash in its blob."""
    with ReferenceCloud() as cloud:
        cloud.add_instance(UUID)
        cloud.request_reset(UUID, TEXT, salt=SALT)
        yield cloud


# The envelope and the store


def test_known_answer() -> None:
    assert derive_key(UUID, SALT).hex() == "dd567e651805a9f95bb1b2309c957679"
    assert encrypt(TEXT.encode(), UUID, SALT) == BLOB


def test_salt_is_random_and_lengths_are_right() -> None:
    assert encrypt(b"x", UUID) != encrypt(b"x", UUID)
    for length in (0, 1, 15, 16, 511):
        assert len(encrypt(b"x" * length, UUID)) == 12 + 4 * ((length // 16 * 16 + 16 + 2) // 3)


def test_store_survives_restart(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    with ReferenceCloud(db=path) as cloud:
        cloud.add_instance(UUID)
        blob = cloud.request_reset(UUID, "Grüße 🔑", user_name="ubuntu")
        look(cloud, PATHS["flag"], "POST", b"True")
        look(cloud, PATHS["result"], "POST", b'{"result": "failed"}')
    with ReferenceCloud(db=path) as cloud:
        assert cloud.add_instance(UUID).flag
        assert look(cloud).json() == {"reset_password": blob, "user_name": "ubuntu"}
        assert cloud.results(UUID) == [{"result": "failed"}]
        look(cloud, PASSWORD, "DELETE")
    database = Database(path)
    assert Store(database).pending(UUID) is None
    database.close()


def test_store_refuses_what_it_does_not_know(cloud: ReferenceCloud) -> None:
    with pytest.raises(UnknownInstance):
        cloud.request_reset(OTHER, "x")
    cloud.add_instance(UUID, address="192.0.2.1")
    with pytest.raises(ValueError):
        cloud.add_instance(OTHER, address="192.0.2.1")


# The guest side without faults


def test_the_order_of_the_plugin_on_one_connection(cloud: ReferenceCloud) -> None:
    steps: list[tuple[str, str, bytes, object]] = [
        ("GET", "flag", b"", {"resetpwd_flag": "False"}),
        ("POST", "flag", b"True", {}),
        ("GET", "flag", b"", {"resetpwd_flag": "True"}),
        ("GET", "password", b"", {"reset_password": BLOB}),
        ("DELETE", "password", b"", {}),
        ("GET", "password", b"", {"reset_password": ""}),
        ("POST", "result", b'{"result": "applied"}', {}),
    ]
    with Client(cloud) as client:
        for method, endpoint, body, expected in steps:
            client.ask(method, PATHS[endpoint], body)
            seen = client.read(lambda data: data.endswith(b"}"))
            assert (seen.status, seen.json()) == (200, expected)
    assert cloud.flag(UUID) and cloud.pending(UUID) is None
    assert cloud.results(UUID) == [{"result": "applied"}]
    requests = cloud.requests
    assert [(r.method, r.endpoint, r.body) for r in requests] == [step[:3] for step in steps]
    assert cloud.connections == 1 and {r.connection for r in requests} == {1}
    assert len({r.client_port for r in requests}) == 1
    assert all(r.version == "HTTP/1.1" and r.instance == UUID for r in requests)
    assert requests[1].headers == (("Host", "localhost"), ("Content-Length", "4"))
    assert [r.received for r in requests] == sorted(r.received for r in requests)


def test_metadata(cloud: ReferenceCloud) -> None:
    document = look(cloud, PATHS["metadata"]).json()
    assert document["uuid"] == UUID and document["meta"]["uuid"] not in ("", UUID)


@pytest.mark.parametrize(
    ("spelling", "status", "expected"),
    [
        ("empty", 200, {"reset_password": ""}),
        ("None", 200, {"reset_password": "None"}),
        ("null", 200, {"reset_password": None}),
        ("missing", 200, {}),
        ("404", 404, {"error": "not found"}),
    ],
)
def test_nothing_pending(
    cloud: ReferenceCloud, spelling: str, status: int, expected: object
) -> None:
    cloud.misbehave("password", "nothing", times=1, spelling=spelling)
    cloud.nothing_spelled = spelling
    for _ in range(2):  # first by the fault, though something is pending; then because nothing is
        seen = look(cloud)
        assert (seen.status, seen.json()) == (status, expected)
        cloud.drop_pending(UUID)


def test_wrong_paths_methods_and_bodies(cloud: ReferenceCloud) -> None:
    assert look(cloud, "/openstack/latest/").status == 404
    assert look(cloud, "/openstack/latest/user_data").status == 404
    assert look(cloud, PATHS["metadata"], "DELETE").status == 405
    assert look(cloud, PATHS["flag"], "POST", b"maybe").status == 400
    assert look(cloud, PATHS["result"], "POST", b"{").status == 400
    cloud.accept_results = False
    assert look(cloud, PATHS["result"], "POST", b"{}").status == 404
    with Client(cloud) as client:
        client.sock.sendall(b"nonsense\r\n\r\n")
        assert client.read().status == 400


def test_two_instances_are_told_apart(cloud: ReferenceCloud) -> None:
    other = cloud.add_instance(OTHER, project="p2")
    blob = cloud.request_reset(other.id, "the other one")
    assert look(cloud).status == 404
    assert look(cloud, f"/instances/{OTHER}{PASSWORD}").json() == {"reset_password": blob}
    assert look(cloud, f"/instances/{UUID}{PASSWORD}").json() == {"reset_password": BLOB}
    assert look(cloud, f"/instances/nobody{PASSWORD}").status == 404
    cloud.add_instance(OTHER, project="p2", address="127.0.0.1")
    assert look(cloud, PATHS["metadata"]).json()["uuid"] == OTHER
    look(cloud, PASSWORD, "DELETE")
    assert cloud.pending(OTHER) is None and cloud.pending(UUID) is not None


def test_any_value_can_be_pending(cloud: ReferenceCloud) -> None:
    for value in (5, None, ["x"], {"a": 1}, True, "not base64"):
        cloud.set_raw_blob(UUID, value, user_name=7)
        assert look(cloud).json() == {"reset_password": value, "user_name": 7}


# Faults whose answer ends by itself: what a client sees against a correct answer

Check = Callable[[Seen, Seen], object]


def dechunk(data: bytes) -> bytes:
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        assert data[length : length + 2] == b"\r\n"
        body, data = body + data[:length], data[length + 2 :]
        if not length:
            assert not data
    return body


def same_json(seen: Seen, plain: Seen) -> bool:
    return bool(seen.json() == plain.json())


def same_body(seen: Seen, plain: Seen) -> bool:
    return seen.body == plain.body and seen.status == 200


def value_is(value: object) -> Check:
    return lambda seen, _: seen.json() == {"reset_password": value}


ENDING: list[tuple[str, dict[str, Any], Check]] = [
    ("status", {}, lambda s, p: s.status == 500),
    ("status", {"code": 503, "body": "later"}, lambda s, p: (s.status, s.body) == (503, b"later")),
    ("status", {"code": 204}, lambda s, p: (s.status, s.body) == (204, b"")),
    ("404", {}, lambda s, p: s.status == 404),
    ("redirect", {"location": "http://x/y"}, lambda s, p: s.headers("Location") == ["http://x/y"]),
    ("html", {}, lambda s, p: s.status == 200 and s.body.startswith(b"<!DOCTYPE html>")),
    ("body", {"text": "any"}, lambda s, p: s.body == b"any"),
    ("raw", {"data": b"\x00\xff"}, lambda s, p: s.data == b"\x00\xff"),
    ("raw", {"encoded": "AP8="}, lambda s, p: s.data == b"\x00\xff"),
    ("close", {}, lambda s, p: (s.data, s.end) == (b"", "fin")),
    ("close-in-headers", {}, lambda s, p: s.data and b"\r\n\r\n" not in s.data),
    ("reset", {}, lambda s, p: (s.data, s.end) == (b"", "rst")),
    ("reset-in-body", {}, lambda s, p: s.end == "rst" and len(s.body) == len(p.body) // 2),
    ("drip", {"interval": 0.0005}, same_body),
    ("drip", {"interval": 0.0005, "part": "headers"}, same_body),
    ("segments", {"pause": 0.001}, same_body),
    ("truncated", {}, lambda s, p: s.head == p.head and s.body == p.body[:-5]),
    ("length-long", {}, lambda s, p: s.headers("Content-Length") == [str(len(s.body) + 5)]),
    ("length-short", {}, lambda s, p: s.headers("Content-Length") == [str(len(s.body) - 5)]),
    ("length-text", {}, lambda s, p: s.headers("Content-Length") == ["twelve"]),
    ("length-conflict", {}, lambda s, p: len(set(s.headers("Content-Length"))) == 2),
    ("no-length", {}, lambda s, p: same_body(s, p) and not s.headers("Content-Length")),
    ("http-1.0", {}, lambda s, p: s.data.startswith(b"HTTP/1.0 200") and same_body(s, p)),
    ("http-1.0", {"length": True}, lambda s, p: s.headers("Content-Length") and same_body(s, p)),
    ("chunked", {}, lambda s, p: dechunk(s.body) == p.body and s.body.endswith(b"0\r\n\r\n")),
    ("chunked-cut", {}, lambda s, p: dechunk(s.body) == p.body and s.end == "fin"),
    ("chunked-bad", {}, lambda s, p: s.body.startswith(b"zz\r\n")),
    ("gzip", {}, lambda s, p: gzip.decompress(s.body) == p.body),
    ("continue-first", {}, lambda s, p: s.data == b"HTTP/1.1 100 Continue\r\n\r\n" + p.data),
    (
        "huge-header",
        {},
        lambda s, p: len(s.headers("X-Padding")[0]) == 300 * 1024 and same_body(s, p),
    ),
    ("many-headers", {}, lambda s, p: len(s.head) >= 300 * 1024 and s.head.count(b"\r\n") > 4000),
    (
        "oversized",
        {},
        lambda s, p: len(s.body) > 32 * 1024 and p.json().items() <= s.json().items(),
    ),
    ("set-cookie", {}, lambda s, p: s.headers("Set-Cookie") and same_body(s, p)),
    ("wrong-type", {}, value_is(5)),
    ("wrong-type", {"value": ["x"]}, value_is(["x"])),
    ("wrong-type", {"value": None}, value_is(None)),
    ("top-level", {"value": ["x"]}, lambda s, p: s.json() == ["x"]),
    ("duplicate-keys", {}, lambda s, p: same_json(s, p) and s.body.count(b"reset_password") == 2),
    ("duplicate-keys", {"right": "first", "other": "x"}, value_is("x")),
    ("bom", {}, lambda s, p: s.body == b"\xef\xbb\xbf" + p.body),
    ("escape-unicode", {}, lambda s, p: same_json(s, p) and s.body.count(b"\\u") == len(BLOB)),
    ("escape-unicode", {"keys": True}, lambda s, p: same_json(s, p) and b"reset" not in s.body),
    ("escape-slash", {}, lambda s, p: same_json(s, p) and b"\\/" in s.body),
    ("spaces", {}, lambda s, p: same_json(s, p) and s.body.startswith(b" \r\n\t")),
    ("json-cut", {}, lambda s, p: p.body.startswith(s.body) and 0 < len(s.body) < len(p.body)),
    ("fail", {}, value_is("Fail")),
    ("nothing", {}, value_is("")),
]


@pytest.mark.parametrize(("name", "params", "check"), ENDING)
def test_fault(cloud: ReferenceCloud, name: str, params: dict[str, Any], check: Check) -> None:
    plain = look(cloud)
    cloud.misbehave("password", name, times=1, **params)
    seen = look(cloud)
    assert check(seen, plain), seen
    assert look(cloud) == plain
    assert [bool(r.fault) for r in cloud.requests] == [False, True, False]


# Faults that do not end


def head_and(part: Callable[[int], int]) -> Callable[[Seen], int]:
    return lambda plain: len(plain.head) + 4 + part(len(plain.body))


HANGING: list[tuple[str, Callable[[Seen], int]]] = [
    ("hang-before-headers", lambda plain: 0),
    ("hang-in-headers", lambda plain: len(plain.head) + 4 - 10),
    ("hang-before-body", head_and(lambda size: 0)),
    ("hang-in-body", head_and(lambda size: size // 2)),
]


@pytest.mark.parametrize(("name", "sent"), HANGING)
def test_hang(cloud: ReferenceCloud, name: str, sent: Callable[[Seen], int]) -> None:
    plain = look(cloud)
    cloud.misbehave("password", name, times=1)
    cloud.misbehave("password", name, times=1, seconds=0.01)
    with Client(cloud) as client:
        client.ask("GET", PASSWORD, close=True)
        seen = client.read(lambda data: len(data) == sent(plain))
        assert plain.data.startswith(seen.data) and client.silent()
    assert look(cloud) == plain  # the second one is over after a moment


@pytest.mark.parametrize("framing", ["chunked", "none"])
def test_endless_body(cloud: ReferenceCloud, framing: str) -> None:
    cloud.misbehave("password", "endless-body", framing=framing)
    with Client(cloud) as client:
        client.ask("GET", PASSWORD)
        seen = client.read(lambda data: len(data) > 1024 * 1024)
    assert seen.end == "open" and not seen.headers("Content-Length")
    assert (seen.headers("Transfer-Encoding") == ["chunked"]) is (framing == "chunked")


@pytest.mark.parametrize("part", ["headers", "body"])
def test_endless_drip(cloud: ReferenceCloud, part: str) -> None:
    cloud.misbehave("password", "endless-drip", interval=0.001, part=part)
    with Client(cloud) as client:
        client.ask("GET", PASSWORD)
        tail = b"xxxxx" if part == "headers" else b"1\r\n \r\n" * 5
        seen = client.read(lambda data: data.endswith(tail))
    assert (b"\r\n\r\n" in seen.data) is (part == "body") and seen.end == "open"


def test_length_short_leaves_the_connection_open(cloud: ReferenceCloud) -> None:
    cloud.misbehave("password", "length-short")
    with Client(cloud) as client:
        client.ask("GET", PASSWORD)
        client.read(lambda data: data.endswith(b"}"))
        assert client.silent()


def test_oversized_metadata(cloud: ReferenceCloud) -> None:
    cloud.misbehave("metadata", "oversized")
    seen = look(cloud, PATHS["metadata"])
    assert len(seen.body) > 256 * 1024 and seen.json()["uuid"] == UUID


@pytest.mark.parametrize(
    ("name", "params", "sizes"),
    [
        ("segments", {"size": 40, "pause": 0.001}, [40, 40, 18]),
        ("drip", {"interval": 0.0005}, [1] * 98),
        ("drip", {"interval": 0.0005, "part": "headers"}, [1] * 98),
    ],
)
def test_pieces_leave_one_by_one(
    cloud: ReferenceCloud,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    params: dict[str, Any],
    sizes: list[int],
) -> None:
    sent: list[bytes] = []
    send = Wire.send

    def record(wire: Wire, data: bytes) -> None:
        sent.append(data)
        send(wire, data)

    monkeypatch.setattr(Wire, "send", record)
    cloud.misbehave("password", name, **params)
    seen = look(cloud)
    assert len(seen.body) == sum(sizes) and b"".join(sent) == seen.data
    assert [len(piece) for piece in sent][-len(sizes) :] == sizes
    if params.get("part") == "headers":
        assert {len(piece) for piece in sent} == {1}


# DELETE


@pytest.mark.parametrize(
    ("name", "params", "status", "stays"),
    [
        ("delete-ignored", {}, 200, True),
        ("delete-refused", {}, 403, True),
        ("delete-refused", {"code": 405}, 405, True),
        ("delete-lost", {}, 0, False),
        ("delete-dropped", {}, 0, True),
        ("reset", {"perform": True}, 0, False),
        ("status", {"code": 204, "perform": True}, 204, False),
        ("truncated", {}, 200, False),
    ],
)
def test_delete(
    cloud: ReferenceCloud, name: str, params: dict[str, Any], status: int, stays: bool
) -> None:
    cloud.misbehave("password", name, method="DELETE", **params)
    assert look(cloud).json() == {"reset_password": BLOB}
    assert look(cloud, method="DELETE").status == status
    assert (cloud.pending(UUID) is not None) is stays


def test_delete_faults_leave_get_alone(cloud: ReferenceCloud) -> None:
    cloud.misbehave("*", "delete-dropped")
    assert look(cloud).status == 200
    assert look(cloud, method="DELETE").data == b""


# The listener


def refused(cloud: ReferenceCloud) -> bool:
    try:
        socket.create_connection(cloud.address, PATIENCE_S).close()
    except ConnectionRefusedError:
        return True
    return False


def test_refuse(cloud: ReferenceCloud) -> None:
    with Client(cloud) as client:
        client.ask("GET", PASSWORD)
        client.read(lambda data: data.endswith(b"}"))
        cloud.misbehave("*", "refuse", for_seconds=60)
        assert refused(cloud)
        assert client.read() == Seen(b"", "fin")
    begin = time.monotonic()
    cloud.refuse(0.2)
    while refused(cloud):
        assert time.monotonic() < begin + PATIENCE_S
    assert time.monotonic() >= begin + 0.2
    assert look(cloud).status == 200


def test_a_refusal_that_is_over_at_once(cloud: ReferenceCloud) -> None:
    begin = time.monotonic()
    for _ in range(100):
        cloud.refuse(0)
    while refused(cloud):
        assert time.monotonic() < begin + PATIENCE_S
    assert time.monotonic() < begin + PATIENCE_S


def test_wait_until_all_have_left(cloud: ReferenceCloud) -> None:
    assert cloud.wait_until_all_have_left()
    with Client(cloud) as client:
        client.ask("GET", PASSWORD)
        client.read(lambda data: data.endswith(b"}"))
        assert not cloud.wait_until_all_have_left(timeout=0.01)
    assert cloud.wait_until_all_have_left()


def test_who_is_not_accepted_yet_has_not_left(
    cloud: ReferenceCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client may end before its request is looked at."""
    gate = threading.Event()
    accept = Server._accept

    def accept_late(server: Server) -> None:
        assert gate.wait(PATIENCE_S)
        accept(server)

    monkeypatch.setattr(Server, "_accept", accept_late)
    with Client(cloud) as client:
        client.ask("DELETE", PASSWORD)
    has_left = cloud.wait_until_all_have_left(timeout=0.01)
    gate.set()
    assert not has_left
    assert cloud.wait_until_all_have_left(PATIENCE_S)
    assert cloud.pending(UUID) is None


def test_whoever_came_later_waits_for_its_turn(cloud: ReferenceCloud) -> None:
    order: list[str] = []
    asked = threading.Event()

    def watch(request: Request) -> None:
        asked.set()
        assert cloud.wait_for_turn(request, PATIENCE_S)
        order.append(request.method)

    cloud.watcher = watch
    with Client(cloud) as first, Client(cloud) as second:
        second.ask("GET", PASSWORD, close=True)
        assert asked.wait(PATIENCE_S)
        first.ask("DELETE", PASSWORD, close=True)
        first.read()
        second.read()
    assert order == ["DELETE", "GET"]


def test_go_away_and_behave(cloud: ReferenceCloud) -> None:
    cloud.misbehave("password", "go-away", seconds=60)
    assert look(cloud) == Seen(b"", "fin")
    assert refused(cloud)
    cloud.behave()
    assert look(cloud).status == 200


def test_stop_is_prompt_whatever_hangs() -> None:
    cloud = ReferenceCloud()
    cloud.start()
    cloud.misbehave("password", "hang-before-headers", times=1)
    cloud.misbehave("password", "endless-body", times=1)
    cloud.misbehave("password", "drip", times=1, interval=60)
    clients = [Client(cloud) for _ in range(4)]  # the last one says nothing
    for client in clients[:3]:
        client.ask("GET", PASSWORD)
    assert cloud.wait_for(lambda seen: len(seen) == 3)
    begin = time.monotonic()
    cloud.stop()
    assert time.monotonic() - begin < JOIN_S  # nobody was given up
    for client in clients:
        client.sock.close()


# The plan


def statuses(cloud: ReferenceCloud, count: int, path: str = PASSWORD) -> list[int]:
    return [look(cloud, path).status for _ in range(count)]


def test_faults_queue_up(cloud: ReferenceCloud) -> None:
    cloud.misbehave("password", "503", times=2)
    cloud.misbehave("password", "status", times=1, code=500)
    cloud.misbehave("*", "404", times=1)
    assert statuses(cloud, 5) == [503, 503, 500, 404, 200]


def test_faults_for_some_requests_only(cloud: ReferenceCloud) -> None:
    cloud.misbehave("flag", "503", method="POST")
    cloud.misbehave("metadata", "503", instance=OTHER)
    assert look(cloud, PATHS["flag"]).status == 200
    assert look(cloud, PATHS["flag"], "POST", b"True").status == 503
    assert not cloud.flag(UUID)
    assert look(cloud, PATHS["metadata"]).status == 200
    cloud.behave()
    assert look(cloud, PATHS["flag"], "POST", b"True").status == 200


def test_faults_for_a_time(cloud: ReferenceCloud) -> None:
    begin = time.monotonic()
    cloud.misbehave("password", "503", for_seconds=0.2)
    cloud.misbehave("password", "500", times=1)
    seen: list[int] = []
    while 500 not in seen:
        assert time.monotonic() < begin + PATIENCE_S
        seen += statuses(cloud, 1)
    assert time.monotonic() >= begin + 0.2
    assert set(seen) <= {503, 500} and statuses(cloud, 1) == [200]


def test_nonsense_is_refused(cloud: ReferenceCloud) -> None:
    nonsense: list[tuple[str, dict[str, Any]]] = [
        ("no-such", {}),
        ("status", {"kode": 1}),
        ("status", {"code": "x"}),
        ("nothing", {"spelling": "nil"}),
    ]
    for name, params in nonsense:
        with pytest.raises(ValueError):
            Fault.make(name, **params)
    for endpoint, times in (("nowhere", None), ("flag", 0)):
        with pytest.raises(ValueError):
            cloud.misbehave(endpoint, "close", times=times)


def test_every_fault_is_tested() -> None:
    elsewhere = {"refuse", "go-away", "endless-body", "endless-drip"}
    deletes = {name for name, each in KINDS.items() if each.method == "DELETE"}
    tested = {name for name, _, _ in ENDING} | {name for name, _ in HANGING}
    assert set(KINDS) == (tested - {"404"}) | deletes | elsewhere


def test_watcher_sees_a_request_before_it_is_carried_out(cloud: ReferenceCloud) -> None:
    cloud.request_reset(UUID, TEXT)
    cloud.misbehave("password", "delete-lost")
    seen: list[tuple[str, str | None, str | None, bool]] = []

    def watch(request: Request) -> None:
        pending = cloud.pending(UUID) is not None
        seen.append((request.method, request.endpoint, request.fault, pending))

    cloud.watcher = watch
    look(cloud)
    look(cloud, method="DELETE")
    assert seen == [("GET", "password", None, True), ("DELETE", "password", "delete-lost", True)]
    assert cloud.pending(UUID) is None


def test_watcher_changes_what_is_answered(cloud: ReferenceCloud) -> None:
    cloud.watcher = lambda _: cloud.set_raw_blob(UUID, "another")
    assert look(cloud).json() == {"reset_password": "another"}


def test_wait_for(cloud: ReferenceCloud) -> None:
    assert not cloud.wait_for(lambda seen: bool(seen), timeout=0.01)
    asking = threading.Thread(target=look, args=(cloud, PASSWORD, "DELETE"))
    asking.start()
    assert cloud.wait_for(lambda _: cloud.pending(UUID) is None)
    asking.join()
    cloud.forget_requests()
    assert cloud.requests == []


# By hand


def test_control(cloud: ReferenceCloud) -> None:
    order = {"endpoint": "password", "fault": "status", "code": 503, "times": 1}
    seen = control(cloud, "PUT", "faults", [order, {"endpoint": "*", "fault": "close"}])
    assert [each["fault"] for each in seen.json()["faults"]] == ["status", "close"]
    assert look(cloud).status == 503 and look(cloud).data == b""
    assert control(cloud, "DELETE", "faults").json() == {"faults": []}
    assert look(cloud).status == 200
    requests = control(cloud, "GET", "requests").json()["requests"]
    assert [each["fault"] for each in requests] == ["status", "close", None]
    assert control(cloud, "PUT", "faults", {"endpoint": "password"}).status == 400
    assert control(cloud, "PUT", "faults", {"endpoint": "password", "fault": "x"}).status == 400
    assert control(cloud, "GET", "nonsense").status == 404
    added = control(cloud, "POST", "instances", {"id": OTHER, "project": "p9"})
    assert added.status == 201 and cloud.instances()[1] == Instance(OTHER, "p9")
    known = control(cloud, "GET", "instances").json()["instances"]
    assert [each["pending"] for each in known] == [True, False]
    assert control(cloud, "PUT", "faults", {"endpoint": "*", "fault": "refuse", "seconds": 60}).status == 200
    assert refused(cloud)


def test_parse() -> None:
    assert parse("password redirect location=http://x/ times=2 method=GET") == {
        "endpoint": "password",
        "fault": "redirect",
        "location": "http://x/",
        "times": 2,
        "method": "GET",
    }


def test_command_line(tmp_path: Path) -> None:
    command = [sys.executable, str(Path(__file__).parent)]
    options = ["--listen", "127.0.0.1:0", "--db", str(tmp_path / "db"), "--instance", UUID]
    process = subprocess.Popen(
        [*command, *options, "--fault", "flag 503"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        first, second = process.stdout.readline(), process.stdout.readline()
        base = re.fullmatch(r"listening on (http://127\.0\.0\.1:(\d+))\n", first)
        assert base
        url = f"{base[1]}/instances/{UUID}/openstack/latest"
        assert second == f"instance {UUID} project p1 metadata-url {url}\n"
        with socket.create_connection(("127.0.0.1", int(base[2])), PATIENCE_S) as sock:
            sock.sendall(b"GET /openstack/latest/resetpwd_flag HTTP/1.0\r\n\r\n")
            assert sock.recv(4096).startswith(b"HTTP/1.1 503 ")
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        process.stdout.close()
    assert (
        subprocess.run([*command, "--fault", "flag x"], capture_output=True, check=False).returncode
        == 1
    )
