# SPDX-License-Identifier: Apache-2.0
"""Moving off the Java plugin on the running system: its services are stopped first."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from java_plugin import SERVICES, TOP, fixture_root, in_mounts, is_trace, link, put, state

__all__ = ["fixture_root"]  # pytest finds it by its name here

FAKE = """#!/bin/sh
echo "${0##*/} $*" >>/calls
[ ! -e /CloudrResetPwdAgent ] || echo there >>/calls
case "$*" in
*stop*) [ ! -e /stuck ] ;;
*is-active*Update* | *Update*status) [ ! -e /resting ] ;;
esac
"""
QUESTION = {"systemd": "-q is-active", "sysv": "status"}


def on_a_running_system(root: Path, init: str, first: str = "") -> subprocess.CompletedProcess[str]:
    """Runs the command where the tree is / and has stand-ins for systemctl and service, which note that they ran."""
    for program in ("systemctl", "service"):
        put(root / "fake" / program, FAKE, 0o755)
    shutil.rmtree(root / "usr")
    for name in ("proc", "dev", "usr", "top", *(["run/systemd/system"] if init == "systemd" else [])):
        (root / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        link(root / name, f"usr/{name}")
    here = shlex.quote(str(root))
    return in_mounts(
        *(f"mount -o bind,ro /{name} {here}/{name}" for name in ("proc", "dev", "usr")),
        f"mount -o bind,ro {TOP} {here}/top",
        f"PATH=/fake:$PATH exec chroot {here} bash -c '{first} exec /top/packaging/replace-java-plugin.sh'",
    )


def told(init: str, *verbs: str, services: tuple[str, ...] = SERVICES) -> str:
    """What the stand-ins note when each of the services is told this while the plugin is still there."""
    call = "systemctl {verb} {name}.service\nthere\n" if init == "systemd" else "service {name} {verb}\nthere\n"
    return "".join(call.format(verb=verb, name=name) for name in services for verb in verbs)


@pytest.mark.parametrize("init", ["systemd", "sysv"])
def test_running_services_are_stopped_first(root: Path, init: str) -> None:
    done = on_a_running_system(root, init)
    assert done.returncode == 0, done.stdout
    assert not [name for name in state(root) if is_trace(name)]
    reload = "systemctl daemon-reload\n" if init == "systemd" else ""
    assert (root / "calls").read_text() == told(init, QUESTION[init], "stop") + reload


@pytest.mark.parametrize("init", ["systemd", "sysv"])
def test_services_are_started_again_where_saving_failed(root: Path, init: str) -> None:
    before = state(root)
    done = on_a_running_system(root, init, "ulimit -f 100;")
    assert done.returncode != 0 and "Nothing was removed." in done.stdout, done.stdout
    assert (root / "calls").read_text() == told(init, QUESTION[init], "stop") + told(init, "start")
    after = state(root)
    assert {name: after.get(name) for name in before if not name.startswith("usr")} == {
        name: about for name, about in before.items() if not name.startswith("usr")
    }


@pytest.mark.parametrize("init", ["systemd", "sysv"])
def test_service_that_did_not_run_is_not_started_where_saving_failed(root: Path, init: str) -> None:
    put(root / "resting", "")
    done = on_a_running_system(root, init, "ulimit -f 100;")
    assert done.returncode != 0 and "Nothing was removed." in done.stdout, done.stdout
    started = told(init, "start", services=SERVICES[:1])
    assert (root / "calls").read_text() == told(init, QUESTION[init], "stop") + started


@pytest.mark.parametrize("init", ["systemd", "sysv"])
def test_service_that_cannot_be_stopped(root: Path, init: str) -> None:
    put(root / "stuck", "")
    done = on_a_running_system(root, init)
    assert done.returncode == 0, done.stdout
    for name in SERVICES:
        assert f"Warning: {name} could not be stopped" in done.stdout
    assert not [name for name in state(root) if is_trace(name)]
