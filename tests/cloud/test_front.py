# SPDX-License-Identifier: Apache-2.0
"""What all APIs have in common: the audit log, bodies that are not read, and control by hand."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any, Iterator

import pytest

from . import ReferenceCloud
from .models import State
from .owner import Owner, ask
from .wire import MAX_BODY, Request

UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"
RESET = f"/v2.1/p1/servers/{UUID}/os-reset-password"
GUEST = "/openstack/latest/reset_password"
PASSWORD = "Fusion@123"
PATIENCE_S = 60.0


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[ReferenceCloud]:
    with ReferenceCloud(db=tmp_path / "db") as cloud:
        cloud.add_instance(UUID)
        yield cloud


def test_the_audit_log_has_every_request_and_no_password(cloud: ReferenceCloud) -> None:
    cloud.misbehave("flag", "503", times=1)
    asked = [
        ("PUT", RESET, {"reset-password": {"new_password": PASSWORD}}, 200),
        ("PUT", RESET, {"reset-password": {"new_password": PASSWORD, "odd": 1}}, 400),
        ("POST", "/", {"Password": PASSWORD}, 200),
        ("GET", "/openstack/latest/resetpwd_flag", None, None),
        ("GET", "/openstack/latest/reset_password", None, 200),
        ("GET", "/openstack/latest/vendor_data.json", None, 200),
        ("GET", "/nowhere", None, 404),
        ("GET", "/_control/audit", None, 200),
    ]
    for method, path, body, _ in asked:
        ask(cloud, method, path, body)
    entries = cloud.audit.entries()
    assert [(entry["method"], entry["target"], entry["status"]) for entry in entries] == [
        (method, path, status) for method, path, _, status in asked
    ]
    assert [entry["number"] for entry in entries] == list(range(1, 9))
    assert all(entry["client"].startswith("127.0.0.1:") for entry in entries)
    assert entries[3]["note"] == f"guest {UUID}: fault status"
    assert PASSWORD not in json.dumps(entries)


def test_the_audit_log_survives(tmp_path: Path) -> None:
    with ReferenceCloud(db=tmp_path / "db") as earlier:
        for number in range(3):
            ask(earlier, "GET", f"/{number}")
    with ReferenceCloud(db=tmp_path / "db") as later:
        ask(later, "GET", "/3")
        assert [entry["target"] for entry in later.audit.entries()] == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", RESET),
        ("POST", "/"),
        ("POST", "/openstack/latest/reset_password_result"),
        ("POST", "/_control/instances"),
    ],
)
@pytest.mark.parametrize("framing", ["large", "chunked"])
def test_a_body_that_is_not_read_is_refused(cloud: ReferenceCloud, method: str, path: str, framing: str) -> None:
    """Each by the API's own words; and the next one is served."""
    body: Any = b"x" * (MAX_BODY + 1) if framing == "large" else iter([b"{}"])
    with Owner(cloud) as owner:
        said = owner.send(method, path, body, {})
    assert "Error" in said.json()["Response"] if path == "/" else said.status >= 400
    assert said.json()
    assert ask(cloud, "GET", "/openstack/latest/resetpwd_flag").status == 200
    assert cloud.pending(UUID) is None and cloud.results(UUID) == []


@pytest.mark.parametrize("path", [RESET, GUEST, "/_control/faults", "/nowhere"])
def test_head_has_no_body(cloud: ReferenceCloud, path: str) -> None:
    with socket.create_connection(cloud.address, PATIENCE_S) as sock:
        sock.sendall(f"HEAD {path} HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        said = b"".join(iter(lambda: sock.recv(4096), b""))
    assert said.startswith(b"HTTP/1.1 40") and said.endswith(b"\r\n\r\n")


def test_instances_are_switched_by_hand(cloud: ReferenceCloud) -> None:
    def switch(action: str, instance: str = UUID) -> int:
        return ask(cloud, "POST", f"/_control/instances/{instance}/{action}").status

    assert switch("start") == 409  # it runs
    assert switch("stop") == 202
    assert cloud.compute.wait_until_idle(UUID, PATIENCE_S).state is State.STOPPED
    assert switch("start") == 202
    assert cloud.compute.wait_until_idle(UUID, PATIENCE_S).state is State.RUNNING
    assert switch("start", "nobody") == 404
    assert switch("explode") == 404
    shown = ask(cloud, "GET", "/_control/instances").json()["instances"][0]
    assert shown["state"] == "RUNNING" and shown["operation"]["name"] == "StartInstances"


@pytest.mark.parametrize(
    "document",
    [
        {"driver": '{"kind": "folder"}'},  # it names a program that is run
        {"state": "STOPPED"},
        {"os_type": "plan9"},
        {"name": {"a": "b"}},
        {"id": []},
        {"id": ""},
        [1],
    ],
)
def test_odd_instances_are_refused(cloud: ReferenceCloud, document: Any) -> None:
    assert ask(cloud, "POST", "/_control/instances", document).status == 400
    assert len(cloud.instances()) == 1


def test_an_instance_is_made_by_hand(cloud: ReferenceCloud) -> None:
    said = ask(cloud, "POST", "/_control/instances", {"id": "new", "os_name": "Ubuntu 22.04"})
    assert said.status == 201 and said.json()["cvm_id"].startswith("ins-")
    assert cloud.compute.instance("new").administrator == "ubuntu"


@pytest.mark.parametrize("headers", [{"Origin": "http://example.com"}, {"Origin": "null"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", f"/_control/instances/{UUID}/stop"), ("PUT", RESET), ("POST", "/"), ("DELETE", GUEST)],
)
def test_a_page_in_a_browser_is_refused(
    cloud: ReferenceCloud, method: str, path: str, headers: dict[str, str]
) -> None:
    cloud.request_reset(UUID, PASSWORD)
    before = cloud.pending(UUID)
    assert ask(cloud, method, path, {"reset-password": {"new_password": "Other@1234"}}, **headers).status == 403
    assert cloud.compute.instance(UUID).state is State.RUNNING and cloud.pending(UUID) == before


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("example.com", 403),  # whose address is 127.0.0.1 by now
        ("example.com:8775", 403),
        ("127.0.0.1.example.com", 403),
        ("localhost", 200),
        ("LOCALHOST:8775", 200),
        ("127.0.0.1", 200),
        ("10.0.2.2:80", 200),
        ("[::1]:8775", 200),
    ],
)
def test_the_control_has_no_name_but_localhost(cloud: ReferenceCloud, host: str, status: int) -> None:
    assert ask(cloud, "GET", "/_control/audit", Host=host).status == status


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/openstack/latest/reset_password_result"), ("PUT", "/_control/faults")]
)
def test_a_body_that_is_too_deep_is_refused(cloud: ReferenceCloud, method: str, path: str) -> None:
    assert ask(cloud, method, path, b"[" * 100_000).status == 400


def test_all_of_the_audit_log_is_shown(cloud: ReferenceCloud) -> None:
    request = Request("GET", "/", "HTTP/1.1", (), b"", "127.0.0.1", 1, 1, 0.0)
    for _ in range(1001):
        cloud.audit.add(request, 200, "")
    assert len(ask(cloud, "GET", "/_control/audit").json()["audit"]) == 1001
