# SPDX-License-Identifier: Apache-2.0
"""The driver of QEMU, with a stand-in in its place."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from .driver_support import PATIENCE_S, Make, await_that, fixture_make, is_alive
from .drivers import Driver, DriverError

__all__ = ["fixture_make"]
STAND_IN = str(Path(__file__).with_name("stand_in_qemu.py"))


class Machine:
    """A stand-in of QEMU, in a folder."""

    def __init__(self, place: Path, make: Make) -> None:
        self.place = place
        self._make = make

    def driver(self, manner: str, *before: str, **settings: Any) -> Driver:
        """One that has much patience with what is expected to happen, and little with what is not."""
        command = [*before, sys.executable, STAND_IN, manner]
        given = {"acpi_timeout_s": PATIENCE_S, "qmp_timeout_s": PATIENCE_S, **settings}
        return self._make({"kind": "qemu", "command": command, "folder": str(self.place), **given})

    @property
    def pid(self) -> int:
        return int((self.place / "pid").read_text())

    @property
    def processes(self) -> list[int]:
        """Those that know this folder."""
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):  # it has ended
                if os.fsencode(self.place) in path.read_bytes():
                    found.append(int(path.parent.name))
        return found

    @property
    def said(self) -> list[str]:
        """The commands that its monitor got."""
        return (self.place / "said").read_text().split()


@pytest.fixture(name="machine")
def fixture_machine(tmp_path: Path, make: Make) -> Machine:
    return Machine(tmp_path, make)


def test_machine_obeys_its_button(machine: Machine) -> None:
    driver = machine.driver("obeys")
    assert not driver.is_running()
    driver.start()
    pid = machine.pid
    assert driver.is_running() and is_alive(pid)
    driver.stop()
    assert not driver.is_running() and not is_alive(pid)
    assert machine.said == ["system_powerdown"]
    driver.stop()  # off already
    driver.start()
    assert driver.is_running() and machine.pid != pid


def test_button_is_pressed_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guest that was booting has not noticed."""
    monkeypatch.setattr("cloud.drivers.qemu.PRESS_AGAIN_S", 0.1)
    driver = machine.driver("wakes-late")
    driver.start()
    driver.stop()
    assert machine.said == ["system_powerdown"] * 2 and not driver.is_running()


def test_events_are_passed_over(machine: Machine) -> None:
    driver = machine.driver("babbles")
    driver.start()
    driver.stop()
    assert machine.said == ["system_powerdown"] and not driver.is_running()


def test_plug_is_quit_first(machine: Machine) -> None:
    driver = machine.driver("ignores-button", acpi_timeout_s=1e-9)  # pressed once, however short that is
    driver.start()
    driver.stop()
    assert machine.said == ["system_powerdown", "quit"] and not driver.is_running()


@pytest.mark.parametrize("is_found", [False, True], ids=["started", "found"])
def test_plug_is_sigkill_in_the_end(machine: Machine, is_found: bool) -> None:
    impatient = {"acpi_timeout_s": 0.2, "qmp_timeout_s": 0.5}
    driver = machine.driver("ignores-all", **impatient)
    driver.start()
    pid = machine.pid
    if is_found:
        driver = machine.driver("ignores-all", **impatient)
    driver.stop()
    assert not is_alive(pid) and not driver.is_running()


@pytest.mark.parametrize("manner", ["refuses", "hangs", "hides"])
def test_monitor_that_fails_keeps_nothing_on(machine: Machine, manner: str) -> None:
    """Without it no button, and no patience for a guest that heard nothing."""
    start = time.monotonic()
    driver = machine.driver(manner, acpi_timeout_s=600, qmp_timeout_s=0.5)
    driver.start()
    pid = machine.pid
    driver.stop()
    assert not is_alive(pid) and not driver.is_running()
    assert time.monotonic() - start < 300


def test_machine_dies_at_its_start(machine: Machine) -> None:
    driver = machine.driver("dies")
    with pytest.raises(DriverError, match="QEMU ended with 1: stand-in: drive with bus=0, unit=0 exists"):
        driver.start()
    assert not driver.is_running()


def test_machine_without_a_program(make: Make, tmp_path: Path) -> None:
    driver = make({"kind": "qemu", "command": ["/nowhere/qemu"], "folder": str(tmp_path)})
    with pytest.raises(DriverError, match="/nowhere/qemu cannot be started: .*No such file"):
        driver.start()


def test_machine_without_a_folder(make: Make, tmp_path: Path) -> None:
    driver = make({"kind": "qemu", "command": ["true"], "folder": str(tmp_path / "nowhere")})
    with pytest.raises(DriverError, match="true cannot be started: .*No such file"):
        driver.start()


@pytest.mark.parametrize("manner", ["silent", "speaks-nonsense"])
def test_machine_that_does_not_come_up_does_not_stay(machine: Machine, manner: str) -> None:
    driver = machine.driver(manner, start_timeout_s=3)
    with pytest.raises(DriverError, match="QEMU is not there after 3 s: .* monitor "):
        driver.start()
    assert not machine.processes and not driver.is_running()


def test_machine_is_started_once(machine: Machine) -> None:
    machine.driver("obeys").start()
    pid = machine.pid
    with pytest.raises(DriverError, match="the machine of .* runs already"):
        machine.driver("obeys").start()  # another cloud's
    assert machine.pid == pid and is_alive(pid)


def test_machine_is_found_after_a_restart(machine: Machine) -> None:
    machine.driver("obeys").start()
    pid = machine.pid
    after = machine.driver("obeys")
    assert after.is_running()
    after.stop()
    assert machine.said == ["system_powerdown"]
    assert not after.is_running() and not is_alive(pid)
    after.start()
    assert machine.pid != pid and after.is_running()


def test_machine_of_a_dead_cloud_is_found(machine: Machine) -> None:
    """It is nobody's child."""
    code = "import sys; from cloud.drivers import make_driver; make_driver(sys.argv[1], '').start(); print('on', flush=True)"
    command = [sys.executable, STAND_IN, "obeys"]
    spec = json.dumps({"kind": "qemu", "command": command, "folder": str(machine.place)})
    reader, writer = os.pipe()
    cloud = os.posix_spawn(
        sys.executable,
        [sys.executable, "-B", "-c", f"{code}; import os, signal; os.kill(os.getpid(), signal.SIGKILL)", spec],
        {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent.parent)},
        file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)],
    )
    os.close(writer)
    with os.fdopen(reader) as said:
        assert said.readline() == "on\n"
    assert os.waitstatus_to_exitcode(os.waitpid(cloud, 0)[1]) == -signal.SIGKILL
    pid, after = machine.pid, machine.driver("obeys")
    assert after.is_running()
    after.stop()
    assert machine.said == ["system_powerdown"] and not is_alive(pid) and not after.is_running()


def test_number_of_somebody_else_is_no_machine(machine: Machine) -> None:
    """Its file was left by one that was killed, long ago."""
    (machine.place / "pid").write_text(f"{os.getpid()}\n")
    driver = machine.driver("obeys")
    assert not driver.is_running()
    driver.stop()
    driver.close()


def test_machine_outlives_the_thread_that_started_it(machine: Machine) -> None:
    """The signal of setpriv --pdeathsig is about a thread."""
    driver = machine.driver("obeys", "setpriv", "--pdeathsig", "KILL")
    thread = threading.Thread(target=driver.start)
    thread.start()
    number = thread.native_id
    thread.join()
    await_that(lambda: not Path(f"/proc/self/task/{number}").exists(), "the thread's end")
    driver.stop()
    assert machine.said == ["system_powerdown"]


def test_close_is_the_plug(machine: Machine) -> None:
    driver = machine.driver("obeys")
    driver.start()
    pid = machine.pid
    driver.close()
    assert not is_alive(pid) and not driver.is_running()
    assert machine.said == []
    with pytest.raises(DriverError, match="is not started any more: the cloud ends"):
        driver.start()
    assert not driver.is_running()


def test_close_ends_what_was_found(machine: Machine) -> None:
    machine.driver("obeys").start()
    pid, after = machine.pid, machine.driver("obeys")
    after.close()
    assert not is_alive(pid)


def test_close_does_not_wait_for_a_stop(machine: Machine) -> None:
    driver = machine.driver("ignores-all", acpi_timeout_s=600)
    driver.start()
    thread = threading.Thread(target=driver.stop)
    thread.start()
    await_that(lambda: machine.said == ["system_powerdown"], "the button")
    driver.close()
    thread.join(PATIENCE_S)
    assert not thread.is_alive() and not driver.is_running()
