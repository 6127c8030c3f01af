# SPDX-License-Identifier: Apache-2.0
"""The reference cloud as a command. What its page says is tried by tests/integration, with a real agent."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from . import example
from .command_line import EXAMPLE, TOP, parse_arguments
from .example import SYSTEMS
from .test_cloud import UUID

COMMAND = [sys.executable, str(Path(__file__).parent)]
PATIENCE_S = 60.0
DEBIAN, UBUNTU = SYSTEMS
# It says how it was started, and which signals it cannot get.
AGENT = """#!/bin/sh
grep SigBlk /proc/self/status >"$0.blocked"
echo "$@" >>"$0.booted"
"""


@pytest.fixture(name="agent")
def fixture_agent(tmp_path: Path) -> Path:
    """A stand-in."""
    agent = tmp_path / "agent"
    agent.write_text(AGENT)
    agent.chmod(0o755)
    return agent


class Started:
    """A cloud that runs."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout
        first = process.stdout.readline()
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", first)
        assert found, first
        self.url = found[1]

    def ask(self, path: str, document: object = None, **headers: str) -> Any:
        """A GET, or a POST of this document; what is answered."""
        return json.loads(self.read(path, document, **headers))

    def read(self, path: str, document: object = None, **headers: str) -> bytes:
        """The same where the answer is no JSON."""
        body = None if document is None else json.dumps(document).encode()
        request = urllib.request.Request(
            self.url + path, body, {name.replace("_", "-"): text for name, text in headers.items()}
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE_S) as answer:
            said: bytes = answer.read()
            return said

    def instances(self) -> list[Any]:
        """All that is known of them."""
        known: list[Any] = self.ask("/_control/instances")["instances"]
        return known

    def reset(self, password: str, force: bool = False) -> str:
        """By Tencent's API: the code of the error."""
        ids = [self.instances()[0]["cvm_id"]]
        call = {"InstanceIds": ids, "Password": password, "ForceStop": force}
        headers = {"X_TC_Action": "ResetInstancesPassword", "X_TC_Version": "2017-03-12"}
        answer = self.ask("/", call, Content_Type="application/json", **headers)
        return str(answer["Response"].get("Error", {}).get("Code"))


def await_that(holds: Callable[[], bool]) -> None:
    """Look until it does."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@contextmanager
def started(*options: object, stop: signal.Signals = signal.SIGTERM) -> Iterator[Started]:
    """From its start to its end, which is in order."""
    words = [*COMMAND, "--listen", "127.0.0.1:0", *map(str, options)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        yield Started(process)
        process.send_signal(stop)
        assert process.wait(PATIENCE_S) == 0
    finally:
        process.kill()
        process.wait()
        assert process.stdout
        process.stdout.close()


def failed(*options: object) -> str:
    """What it says when it cannot start."""
    words = [*COMMAND, "--listen", "127.0.0.1:0", *map(str, options)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 1 and done.stdout == ""
    return done.stderr


def test_the_example_has_defaults_of_its_own() -> None:
    plain, whole = parse_arguments([]), parse_arguments(["--example"])
    assert (plain.listen, plain.db) == (("127.0.0.1", 0), None)
    assert (whole.listen, whole.db) == (("127.0.0.1", 8775), str(EXAMPLE / "cloud.db"))
    named = parse_arguments(["--example", "/x", "--db", "/y/z.db", "--listen", "0.0.0.0:80"])
    assert (named.listen, named.db) == (("0.0.0.0", 80), "/y/z.db")


@pytest.mark.parametrize(
    "words",
    [
        ["--key", "no-secret"],
        ["--key", "id:"],
        ["--report-timeout", "0"],
        ["--report-timeout", "inf"],
        ["--tencent-rules", "none"],
        ["--driver", "none"],
        ["--listen", "8775x"],
        ["--examp"],
    ],
)
def test_wrong_words_are_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit):
        parse_arguments(words)


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_the_example_boots_once_and_goes_on(
    tmp_path: Path, agent: Path, stop: signal.Signals
) -> None:
    folder = tmp_path / "some/where"
    options = ("--example", folder, "--agent", agent)
    boots = tmp_path / "agent.booted"
    with started(*options, stop=stop) as cloud:
        assert [each["id"] for each in cloud.instances()] == [DEBIAN.id, UBUNTU.id]
        assert [each["os_name"] for each in cloud.instances()] == ["Debian 12", "Ubuntu 24.04"]
        assert {each["state"] for each in cloud.instances()} == {"RUNNING"}
        await_that(lambda: boots.exists() and boots.read_text().count("\n") == len(SYSTEMS))
        for system in SYSTEMS:
            cloud.ask(f"/_control/instances/{system.id}/stop", {})
        await_that(lambda: {each["state"] for each in cloud.instances()} == {"STOPPED"})
        url = cloud.url
    assert folder.stat().st_mode & 0o777 == 0o700
    booted = boots.read_text().splitlines()
    assert sorted(booted) == [
        f"run --root {folder}/{each.name} --metadata-url {url}/instances/{each.id}/openstack/latest"
        for each in SYSTEMS
    ]
    blocked = int((tmp_path / "agent.blocked").read_text().split()[1], 16)
    assert not blocked & (1 << (signal.SIGTERM - 1))
    mark = folder / "debian/etc/passwd"
    mark.write_text("changed")
    with started(*options) as cloud:
        assert {each["state"] for each in cloud.instances()} == {"STOPPED"}
    assert mark.read_text() == "changed"
    assert boots.read_text().splitlines() == booted


def test_the_systems_are_what_their_names_say(tmp_path: Path) -> None:
    example.prepare(tmp_path)
    assert "ID=debian\n" in (tmp_path / "debian/etc/os-release").read_text()
    assert "ID=ubuntu\n" in (tmp_path / "ubuntu/etc/os-release").read_text()
    assert (tmp_path / "debian/etc/passwd").read_text() == "root:x:0:0::/root:/bin/bash\n"
    shadow = tmp_path / "ubuntu/etc/shadow"
    assert shadow.read_text() == "root:!:19000:0:99999:7:::\nubuntu:!:19000:0:99999:7:::\n"
    assert shadow.stat().st_mode & 0o777 == 0o600


def test_which_agent(tmp_path: Path, agent: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(example, "BUILD", tmp_path / "built")
    for place, time in (("built", 1), ("built/dev", 3), ("built/tests", 2)):
        (tmp_path / place).mkdir()
        shutil.copy(agent, tmp_path / place / "resetpwd-agent")
        os.utime(tmp_path / place / "resetpwd-agent", (time, time))
    assert example.find_agent(None) == str(tmp_path / "built/dev/resetpwd-agent")
    monkeypatch.setattr(example, "BUILD", tmp_path / "not built")
    monkeypatch.setattr(example, "SBIN", str(tmp_path))
    agent.rename(tmp_path / "resetpwd-agent")
    monkeypatch.setenv("PATH", "/nowhere")
    assert example.find_agent(None) == str(tmp_path / "resetpwd-agent")
    assert example.find_agent("/bin/sh") == str(Path("/bin/sh").resolve())
    monkeypatch.setattr(example, "SBIN", "/nowhere")
    with pytest.raises(ValueError, match="not built, install one, or name one with --agent"):
        example.find_agent(None)


def test_what_keeps_it_from_starting(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    said = failed("--example", tmp_path / "example", "--agent", missing)
    assert said == f"reference cloud: there is no agent {missing}\n"
    assert not (tmp_path / "example").exists()
    assert "a driver is none or a JSON object" in failed("--driver", f"{UUID}=qemu")
    assert "No such file or directory" in failed("--db", tmp_path / "missing/cloud.db")


def test_a_driver_of_ones_own(tmp_path: Path, agent: Path) -> None:
    (tmp_path / "root").mkdir()
    spec = {"kind": "folder", "root": str(tmp_path / "root"), "agent": str(agent)}
    with started("--driver", f"{UUID}={json.dumps(spec)}", "--project", "p9") as cloud:
        [instance] = cloud.instances()
        assert (instance["id"], instance["project"]) == (UUID, "p9")
        assert json.loads(instance["driver"]) == spec


def test_an_agent_that_never_reports(tmp_path: Path, agent: Path) -> None:
    folder = tmp_path / "example"
    with started("--example", folder, "--agent", agent, "--report-timeout", 0.2) as cloud:
        assert cloud.reset("Fusion@123", force=True) == "None"
        await_that(lambda: bool(cloud.instances()[0]["operation"]["state"] == "FAILED"))
        assert cloud.instances()[0]["operation"]["reason"] == "no-report"


def test_rules_and_keys() -> None:
    """abcdefg1 has letters and digits: enough in 2018."""
    weak, running = "InvalidParameterValue.InvalidPassword", "InstanceStateRunning"
    with started("--instance", UUID) as cloud:
        assert cloud.reset("abcdefg1") == weak
    with started("--instance", UUID, "--tencent-rules", "tencent-2018") as cloud:
        assert cloud.reset("abcdefg1").endswith(running)
    with started("--instance", UUID, "--key", "id:secret") as cloud:
        assert cloud.reset("abcdefg1").startswith("AuthFailure")


def test_user_data_by_hand() -> None:
    with started("--instance", UUID) as cloud:
        cloud.ask("/_control/instances", {"id": UUID, "user_data": "#cloud-config\n"})
        assert cloud.read("/openstack/latest/user_data") == b"#cloud-config\n"


def test_the_example_stays_in_the_build_folder() -> None:
    assert EXAMPLE.parent == TOP / "build" and (TOP / ".gitignore").read_text().startswith("/build")
