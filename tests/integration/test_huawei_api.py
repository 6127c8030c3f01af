# SPDX-License-Identifier: Apache-2.0
"""From a call of Huawei's API to the shadow file: the agent boots on a throw-away system, and reports how it went."""

from __future__ import annotations

from pathlib import Path
from typing import Dict, List

import pytest

import runner
from cloud.owner import Said, ask
from machine import ADDRESS, UUID, Cloud, Machine
from sandbox import attribute
from throwaway import OLD_PASSWORD, Root

PASSWORD = "Fusion@123"
VERSIONS = {"v2.1": f"/v2.1/p1/servers/{UUID}", "v1": f"/v1/p1/cloudservers/{UUID}"}
BATCH = "/v1/p1/cloudservers/os-reset-passwords"
OTHERS = [f"{digit * 8}-2222-3333-4444-555555555555" for digit in "123"]
TEXTS = {
    "shell": "a;touch x`id`$(id)|&<>#",
    "quotes": "'\"\\n\\u0041 {\"a\": 1}",
    "not ASCII": "密码 Grüße 🔑",
    "one": "x",
}


@pytest.fixture(name="where", params=VERSIONS.values(), ids=VERSIONS)
def fixture_where(request: pytest.FixtureRequest) -> str:
    """The server, in each version of the API."""
    return str(request.param)


def put_reset(machine: Machine, where: str, password: str, check: bool = False) -> Said:
    """The owner asks for a reset by this API."""
    wish = {"new_password": password, "is_check_password": check}
    said = ask(machine.cloud, "PUT", f"{where}/os-reset-password", {"reset-password": wish})
    pending = machine.cloud.pending(UUID)
    machine.blob = pending.blob if pending else None
    return said


def flag(machine: Machine, where: str) -> str:
    """Is an agent there?"""
    return str(ask(machine.cloud, "GET", f"{where}/os-resetpwd-flag").json()["resetpwd_flag"])


def test_reset(machine: Machine, where: str) -> None:
    machine.note()
    assert flag(machine, where) == "False"
    said = put_reset(machine, where, PASSWORD, check=True)
    assert (said.status, said.body) == (200, b"")
    machine.assert_untouched()  # until it boots
    machine.assert_applied(machine.run(), PASSWORD)
    assert flag(machine, where) == "True"


@pytest.mark.parametrize("password", TEXTS.values(), ids=TEXTS)
def test_any_password_where_none_is_checked(machine: Machine, where: str, password: str) -> None:
    assert put_reset(machine, where, password).status == 200
    machine.assert_applied(machine.run(), password)


def test_the_last_of_two_resets(machine: Machine, where: str) -> None:
    for password in ("the first one", PASSWORD):
        assert put_reset(machine, where, password).status == 200
    machine.assert_applied(machine.run(), PASSWORD)


@pytest.mark.parametrize("password", ["Root@12345", "fusion123", "Fusion 123"])
def test_refused_password(machine: Machine, where: str, password: str) -> None:
    machine.cloud.secrets.append(password.encode())
    assert put_reset(machine, where, password, check=True).status == 400
    assert not machine.is_pending
    machine.assert_outcome(machine.run(), "nothing-pending")
    machine.assert_untouched()
    assert machine.results == [] and machine.root.verifies("root", OLD_PASSWORD)


def test_refused_password_leaves_the_one_before(machine: Machine, where: str) -> None:
    assert put_reset(machine, where, PASSWORD).status == 200
    assert put_reset(machine, where, "weak", check=True).status == 400
    machine.assert_applied(machine.run(), PASSWORD)


def test_failed_reset(machine: Machine, where: str) -> None:
    (machine.root.etc / ".pwd.lock").touch(0o600)
    assert put_reset(machine, where, PASSWORD, check=True).status == 200
    with attribute(machine.root.shadow, "i"):
        machine.assert_refused(machine.run(), "shadow-immutable")  # reported, and pending still
        assert flag(machine, where) == "True"
        machine.assert_refused(machine.run(), "shadow-immutable")
    assert machine.root.verifies("root", OLD_PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


# Many servers


class Fleet:
    """More instances, each with a system of its own."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.cloud: Cloud = machine.cloud
        self._machine = machine
        self.roots: Dict[str, Root] = {UUID: machine.root}
        for server in OTHERS:
            self.cloud.add_instance(server)
            self.roots[server] = Root(folder / server)

    def put_reset(self, servers: List[str], dry_run: bool, password: str = PASSWORD) -> Said:
        """The owner asks for all of them."""
        named = [{"id": server} for server in servers]
        return ask(self.cloud, "PUT", BATCH, {"new_password": password, "dry_run": dry_run, "servers": named})

    @property
    def pending(self) -> List[str]:
        """For which is there a reset?"""
        return [server for server in self.roots if self.cloud.pending(server)]

    def boot(self) -> List[str]:
        """Each of them; returns those that have the new password, while all others have the old one."""
        changed = []
        for server, root in self.roots.items():
            url = f"http://{ADDRESS}/instances/{server}/openstack/latest"
            ended = runner.run("run", "--root", root.path, "--metadata-url", url)
            self._machine.assert_discreet(ended)
            assert ended.code == 0, ended.err
            password = PASSWORD if root.verifies("root", PASSWORD) else OLD_PASSWORD
            assert root.verifies("root", password)
            changed += [server] if password == PASSWORD else []
        return changed


@pytest.fixture(name="fleet")
def fixture_fleet(machine: Machine, tmp_path: Path) -> Fleet:
    """Four instances."""
    return Fleet(machine, tmp_path)


def test_batch(fleet: Fleet) -> None:
    chosen = [UUID, *OTHERS[:2]]
    said = fleet.put_reset(chosen, dry_run=False)
    assert said.json() == {"response": [{"id": server} for server in chosen]}
    assert fleet.pending == chosen
    assert fleet.boot() == chosen
    assert fleet.pending == []
    for server in fleet.roots:
        reports = [(each["result"], each["user"]) for each in fleet.cloud.results(server)]
        assert reports == ([("applied", "root")] if server in chosen else [])


def test_dry_run(fleet: Fleet) -> None:
    before = {server: root.snapshot() for server, root in fleet.roots.items()}
    said = fleet.put_reset(list(fleet.roots), dry_run=True)
    assert said.json() == {"response": [{"id": server} for server in fleet.roots]}
    assert fleet.pending == []
    assert {server: root.snapshot() for server, root in fleet.roots.items()} == before
    assert fleet.boot() == []


@pytest.mark.parametrize(
    ("extra", "password"),
    [("nobody", PASSWORD), (OTHERS[2], "weak")],
    ids=["unknown server", "weak password"],
)
def test_batch_of_which_one_fails(fleet: Fleet, extra: str, password: str) -> None:
    said = fleet.put_reset([UUID, extra], dry_run=False, password=password)
    assert said.status == 400 and extra in [each["id"] for each in said.json()["internalError"]]
    assert fleet.pending == []
    assert fleet.boot() == []
