# SPDX-License-Identifier: Apache-2.0
"""What is done with instances when a cloud ends or is killed meanwhile, or others look at the same time."""

from __future__ import annotations

import json
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Iterator

import pytest

from . import ReferenceCloud
from .compute import Ending
from .models import OperationState, State, fingerprint
from .store import Store
from .switched import PASSWORD, PATIENCE_S, UUID, Make, Switch, clouds, ended, outcome, report, reset


@pytest.fixture(name="make")
def fixture_make(tmp_path: Path) -> Iterator[Make]:
    with clouds(tmp_path / "db") as make:
        yield make


def killed(*_: object) -> None:
    """The cloud ends before this."""
    raise Ending


@pytest.mark.parametrize("held_at", ["stop", "start", ""])
def test_a_restart_of_the_cloud_goes_on(make: Make, held_at: str) -> None:
    """Wherever the last one ended, the machine is off and on once, and the report counts."""
    cloud, switch = make()
    switch.held_at = held_at
    request = reset(cloud)
    if held_at:
        assert switch.has_come.wait(PATIENCE_S)
    else:
        on = lambda instance: instance.state is State.RUNNING
        assert cloud.compute.wait_until(UUID, on, PATIENCE_S)
    cloud, later = make(is_on=switch.is_on)
    report(cloud, request)
    assert outcome(ended(cloud.compute))[1] is OperationState.SUCCESS
    assert switch.done + later.done == ["stop", "start"]


def test_a_machine_is_not_made_when_the_cloud_ends(make: Make, tmp_path: Path) -> None:
    """Nobody would switch it off."""
    cloud, _ = make()
    log = tmp_path / "log"
    agent = {"kind": "folder", "root": str(tmp_path), "agent": "/bin/true", "log": str(log)}
    cloud.add_instance("late", driver=json.dumps(agent))
    cloud.set_state("late", State.STOPPED)
    cloud.compute.end()
    with suppress(Ending):
        cloud.compute.start("late")
    for thread in threading.enumerate():
        if thread.name == "operation late":
            thread.join(PATIENCE_S)
    assert not log.exists()


def test_another_driver_is_taken_note_of(make: Make, tmp_path: Path) -> None:
    cloud, _ = make()
    for name in ("first", "second"):
        agent = {"kind": "folder", "root": str(tmp_path), "agent": "/bin/true", "log": str(tmp_path / name)}
        cloud.add_instance("other", driver=json.dumps(agent))
        cloud.compute.reboot("other")
        assert outcome(cloud.compute.wait_until_idle("other", PATIENCE_S))[1] is OperationState.SUCCESS
        assert (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["stop", "reboot", "reset"])
def test_an_operation_and_its_state_are_noted_at_once(make: Make, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a cloud that is killed between them takes a machine for switched off that was never told."""
    cloud, switch = make()
    monkeypatch.setattr(Store, "set_state", killed)
    with suppress(Ending):
        _ = reset(cloud) if name == "reset" else getattr(cloud.compute, name)(UUID)
    monkeypatch.undo()
    cloud, later = make()
    pending = cloud.pending(UUID)
    if pending:
        report(cloud, fingerprint(pending.blob))
    assert outcome(ended(cloud.compute))[1] is OperationState.SUCCESS
    assert "stop" in switch.done + later.done


def test_whoever_waits_for_requests_may_look_at_instances(make: Make) -> None:
    """While another leaves a reset: neither waits for the other."""
    cloud, _ = make()
    has_lock, looks = threading.Event(), threading.Event()

    def leave() -> None:
        with cloud.compute.lock:
            has_lock.set()
            looks.wait(0.2)
            cloud.compute.leave_reset(UUID, PASSWORD)

    def look(_: object) -> bool:
        looks.set()
        return bool(cloud.instances())

    threads = [threading.Thread(target=work, daemon=True) for work in (leave, lambda: cloud.wait_for(look))]
    threads[0].start()
    assert has_lock.wait(PATIENCE_S)
    threads[1].start()
    for thread in threads:
        thread.join(PATIENCE_S)
    assert not any(thread.is_alive() for thread in threads)


def test_a_machine_that_does_not_end_keeps_no_other(make: Make) -> None:
    cloud, stubborn = make()
    other = Switch()
    cloud.add_instance("other")
    cloud.compute.attach("other", other)
    stubborn.close_failure = OSError("does not end, though killed")
    cloud.compute.end()
    assert other.gate.is_set()


def test_a_cloud_that_does_not_start_keeps_no_file(make: Make, tmp_path: Path) -> None:
    cloud, _ = make()
    with pytest.raises(OSError), ReferenceCloud(cloud.address, db=tmp_path / "other"):
        pass
    opened = [os.readlink(each.path) for each in os.scandir("/proc/self/fd") if os.path.islink(each.path)]
    assert not [path for path in opened if "other" in Path(path).name]
