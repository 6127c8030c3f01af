# SPDX-License-Identifier: Apache-2.0
"""The power switches: their specs, and a folder with a script in the agent's place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .driver_support import URL, Make, await_that, fixture_make, is_alive
from .drivers import Driver, DriverError, make_driver

__all__ = ["fixture_make"]


# Specs


@pytest.mark.parametrize("spec", ["none", '{"kind": "none"}'])
def test_none(spec: str) -> None:
    driver = make_driver(spec, URL)
    driver.start()
    assert driver.is_running() is None  # what the cloud remembers counts
    driver.stop()
    assert driver.is_running() is None
    driver.close()


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("folder", "a driver is none or a JSON object: "),
        ("[]", "a driver is a JSON object whose kind is one of none, folder, qemu"),
        ("{}", "whose kind is one of"),
        ('{"kind": "vmware"}', "whose kind is one of"),
        ('{"kind": ["folder"]}', "whose kind is one of"),
        ('{"kind": "folder", "root": "/r"}', "a driver of kind folder: .*'agent'"),
        ('{"kind": "folder", "root": "/r", "agent": "/a", "rot": "/r"}', "a driver of kind folder: .*'rot'"),
        ('{"kind": "folder", "root": 7, "agent": "/a"}', "a driver's root is a text"),
        (
            '{"kind": "folder", "root": "/r", "agent": "/a", "arguments": "-v"}',
            "a driver's arguments is a list of texts",
        ),
        ('{"kind": "folder", "root": "/r", "agent": "/a", "before": [1]}', "a driver's before is a list of texts"),
        ('{"kind": "qemu", "folder": "/f"}', "a driver of kind qemu: .*'command'"),
        ('{"kind": "qemu", "folder": "/f", "command": "qemu"}', "a driver's command is a list of texts"),
        ('{"kind": "qemu", "folder": "/f", "command": [], "acpi_timeout_s": "5"}', "acpi_timeout_s is a number of sec"),
        (
            '{"kind": "qemu", "folder": "/f", "command": [], "acpi_timeout_s": 0}',
            "acpi_timeout_s is a number of seconds",
        ),
        ('{"kind": "qemu", "folder": "/f", "command": [], "qmp_timeout_s": true}', "qmp_timeout_s is a number of seco"),
        ('{"kind": "none", "root": "/r"}', "a driver of kind none: .*'root'"),
    ],
)
def test_spec_is_wrong(spec: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        make_driver(spec, URL)


# Folders


class Folder:
    """A root, and a shell script in the agent's place; it writes its number and its arguments beside it."""

    def __init__(self, place: Path, make: Make) -> None:
        self.root = place / "root"
        self.root.mkdir()
        self.agent = place / "agent"
        self.notes = place / "notes"
        self._make = make

    def driver(self, script: str, **settings: Any) -> Driver:
        self.agent.write_text(f'#!/bin/sh\necho "$$ $*" >>"{self.notes}"\n{script}\n')
        self.agent.chmod(0o755)
        return self._make({"kind": "folder", "root": str(self.root), "agent": str(self.agent), **settings})

    @property
    def runs(self) -> list[tuple[int, str]]:
        """Number and arguments of each run."""
        lines = self.notes.read_text().splitlines(True) if self.notes.exists() else []
        whole = [line.rstrip("\n").split(" ", 1) for line in lines if line.endswith("\n")]
        return [(int(pid), arguments) for pid, arguments in whole]

    def await_run(self, count: int = 1) -> int:
        """The number of the run that was started last."""
        await_that(lambda: len(self.runs) == count, f"{count} runs of the agent")
        return self.runs[-1][0]

    def await_log(self, text: str) -> None:
        log = self.root.with_name("root.log")
        await_that(lambda: log.exists() and text in log.read_text(), f"{text} in {log}")


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path, make: Make) -> Folder:
    return Folder(tmp_path, make)


def test_folder_boots_by_one_run_of_the_agent(folder: Folder) -> None:
    driver = folder.driver("echo said; echo complained >&2; exit 36", arguments=["--deadline", "5"])
    assert driver.is_running() is None and not folder.runs  # after a restart of the cloud, too
    driver.stop()
    assert driver.is_running() is False
    driver.start()
    folder.await_log("said\ncomplained\n")
    assert [arguments for _, arguments in folder.runs] == [
        f"run --root {folder.root} --metadata-url {URL} --deadline 5"
    ]
    await_that(lambda: not is_alive(folder.runs[0][0]), "the agent's end")
    assert driver.is_running()
    driver.stop()
    driver.start()
    folder.await_run(2)


def test_folder_has_its_log_elsewhere(folder: Folder, tmp_path: Path) -> None:
    log = tmp_path / "elsewhere"
    folder.driver("echo said", log=str(log)).start()
    await_that(lambda: log.exists() and log.read_text() == "said\n", "the log")


def test_folder_does_not_wait_for_a_reader(folder: Folder) -> None:
    folder.driver("yes | head -c 1000000; echo done >&2").start()
    folder.await_log("done\n")


def test_folder_without_a_shell(folder: Folder) -> None:
    folder.driver("exit", arguments=["$(touch it);", "two  words"]).start()
    folder.await_run()
    assert folder.runs[0][1].endswith("latest $(touch it); two  words")


def test_folder_before(folder: Folder) -> None:
    folder.driver('echo "$GIVEN"', before=["env", "GIVEN=7"]).start()
    folder.await_log("7\n")


def test_folder_stop_asks_the_agent_first(folder: Folder) -> None:
    driver = folder.driver("trap 'echo asked; exit' TERM; echo ready; while :; do sleep 0.05; done")
    driver.start()
    folder.await_log("ready")
    driver.stop()
    assert not is_alive(folder.await_run()) and not driver.is_running()
    folder.await_log("asked")


def test_folder_stop_ends_what_does_not_listen(folder: Folder) -> None:
    driver = folder.driver("trap '' TERM; echo ready; while :; do sleep 0.05; done", stop_timeout_s=0.3)
    driver.start()
    folder.await_log("ready")
    driver.stop()
    assert not is_alive(folder.await_run())


def test_folder_close_ends_the_agent_for_good(folder: Folder) -> None:
    driver = folder.driver("exec sleep 600")
    driver.start()
    pid = folder.await_run()
    driver.close()
    assert not is_alive(pid)
    with pytest.raises(DriverError, match="is not started any more: the cloud ends"):
        driver.start()
    assert len(folder.runs) == 1


def test_folder_runs_one_agent_at_a_time(folder: Folder) -> None:
    driver = folder.driver("exec sleep 600")
    driver.start()
    with pytest.raises(DriverError, match="agent runs already"):
        driver.start()
    assert is_alive(folder.await_run())


def test_folder_without_root(folder: Folder) -> None:
    driver = folder.driver("exit")
    driver.stop()
    folder.root.rmdir()
    with pytest.raises(DriverError, match="there is no folder /.*root"):
        driver.start()
    assert not driver.is_running()


def test_folder_without_agent(folder: Folder) -> None:
    driver = folder.driver("exit")
    driver.stop()
    folder.agent.unlink()
    with pytest.raises(DriverError, match="agent cannot be started: .*No such file"):
        driver.start()
    assert not driver.is_running()
