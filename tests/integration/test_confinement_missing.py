# SPDX-License-Identifier: Apache-2.0
"""A system that does not offer all that a confinement takes: what can be had, one warning; or a refusal."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Dict, List, Sequence, Tuple

import pytest

import runner
from machine import UUID, Machine, as_nobody
from worker_process import Worker

PASSWORD = "Fusion@123"
WARNING = "warning: the process that speaks to the network is not wholly confined; missing: "
ERROR = "error: the process that speaks to the network cannot be confined; missing: "
NO_SECCOMP = (sys.executable, str(Path(__file__).resolve().parent / "without_seccomp.py"))
ROOT, USER, DEATH = "an empty root directory", "a user of its own", "to die with its parent"
FILTER = "a filter of system calls"


def without(*capabilities: str) -> Tuple[str, ...]:
    """Words that take these away for good."""
    return ("setpriv", "--bounding-set", ",".join(f"-{name}" for name in capabilities))


LACKING: Dict[str, Tuple[Tuple[str, ...], List[str]]] = {
    "seccomp": (NO_SECCOMP, [FILTER]),
    "setuid": (without("setuid"), [USER]),
    "setgid": (without("setgid"), [USER]),
    "setuid-setgid": (without("setuid", "setgid"), [USER]),
    "chroot": (without("sys_chroot"), [ROOT]),
    "kill": (without("kill"), [DEATH]),
    "most": ((*NO_SECCOMP, *without("setuid", "setgid", "sys_chroot", "kill")), [ROOT, USER, FILTER]),
}
# These are for the agent's own kernel interface: valgrind has none of it, and a sanitizer wants more itself.
pytestmark = pytest.mark.native
lacking = pytest.mark.parametrize(("before", "missing"), LACKING.values(), ids=LACKING.keys())


def start(machine: Machine, before: Sequence[str]) -> runner.Running:
    """A run that may say what it lacks."""
    running = machine.start(before=before)
    running.may_be_loose = True
    return running


def complaints(ended: runner.Ended) -> List[str]:
    """What it says of its worker."""
    return [line for line in ended.lines if "the process that speaks to the network" in line]


@lacking
def test_what_can_be_had(machine: Machine, before: Sequence[str], missing: List[str]) -> None:
    machine.reset(PASSWORD)
    ended = start(machine, before).end()
    machine.assert_discreet(ended)
    machine.assert_applied(ended, PASSWORD)
    assert complaints(ended) == [WARNING + ", ".join(missing)]


@lacking
def test_one_warning_for_all_workers(
    machine: Machine, before: Sequence[str], missing: List[str]
) -> None:
    machine.cloud.misbehave("password", "hang-before-headers", times=1, method="DELETE")
    machine.reset(PASSWORD)
    running = start(machine, before)
    running.may_fail = True
    machine.cloud.await_requests("DELETE", "password")
    worker = Worker(running)
    status = worker.status
    # What is left of the confinement.
    assert status["CapEff"] == ["0" * 16] and status["NoNewPrivs"] == ["1"]
    assert (status["Seccomp"] == ["2"]) == (FILTER not in missing) or "seccomp" in str(before)
    assert os.readlink(worker.proc / "root").endswith(" (deleted)") == (ROOT not in missing)
    assert (int(status["Uid"][0]) == 0) == ("-setuid" in " ".join(before))
    os.kill(worker.pid, signal.SIGKILL)
    ended = running.end()
    machine.assert_applied(ended, PASSWORD)
    warning, lost = complaints(ended)
    assert warning == WARNING + ", ".join(missing) and lost.endswith(("died of signal 9", "ended"))


@lacking
def test_refused_when_it_is_required(
    machine: Machine, before: Sequence[str], missing: List[str]
) -> None:
    machine.root.config.write_text("require_confinement = yes\n")
    machine.reset(PASSWORD)
    ended = start(machine, before).end()
    assert ended.code == 50
    machine.assert_unseen(ended, "not-confined")
    assert machine.cloud.connections == 0 and machine.cloud.steps == []
    assert complaints(ended) == [ERROR + ", ".join(missing)]
    machine.assert_discreet(ended)


def test_required_and_there(machine: Machine) -> None:
    machine.root.config.write_text("require_confinement = yes\n")
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_applied(ended, PASSWORD)
    assert complaints(ended) == []


def try_as_nobody(machine: Machine, text: str) -> runner.Ended:
    """A dry run of a plain user, with a configuration of their own."""
    with as_nobody(machine) as words:
        config = machine.root.path / "own.conf"
        config.write_text(text)
        machine.reset(PASSWORD)
        running = machine.start("--dry-run", "--config", config, before=words)
        running.may_be_loose = True
        ended = running.end()
        machine.assert_untouched()
        machine.assert_unacknowledged()
    return ended


def test_a_plain_user(machine: Machine) -> None:
    ended = try_as_nobody(machine, "deadline_s = 60\n")
    assert ended.code == 0 and ended.logged("would-apply"), ended.err
    assert complaints(ended) == [WARNING + f"{ROOT}, {USER}"]
    assert UUID not in ended.err


def test_a_plain_user_who_requires_it(machine: Machine) -> None:
    ended = try_as_nobody(machine, "require_confinement = yes\n")
    assert ended.code == 50 and machine.cloud.connections == 0
    assert complaints(ended) == [ERROR + f"{ROOT}, {USER}"]
