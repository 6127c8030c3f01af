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
case "$*" in *stop*) [ ! -e /stuck ] ;; esac
"""


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


def told(init: str, verb: str) -> str:
    """What the stand-ins note when both services are stopped or started and the plugin is still there."""
    call = f"systemctl {verb} {{}}.service\n" if init == "systemd" else f"service {{}} {verb}\n"
    return "".join(call.format(name) + "there\n" for name in SERVICES)


@pytest.mark.parametrize("init", ["systemd", "sysv"])
def test_running_services_are_stopped_first(root: Path, init: str) -> None:
    done = on_a_running_system(root, init)
    assert done.returncode == 0, done.stdout
    assert not [name for name in state(root) if is_trace(name)]
    reload = "systemctl daemon-reload\n" if init == "systemd" else ""
    assert (root / "calls").read_text() == told(init, "stop") + reload


@pytest.mark.parametrize("init", ["systemd", "sysv"])
def test_services_are_started_again_where_saving_failed(root: Path, init: str) -> None:
    before = state(root)
    done = on_a_running_system(root, init, "ulimit -f 100;")
    assert done.returncode != 0 and "Nothing was removed." in done.stdout, done.stdout
    assert (root / "calls").read_text() == told(init, "stop") + told(init, "start")
    after = state(root)
    assert {name: after.get(name) for name in before if not name.startswith("usr")} == {
        name: about for name, about in before.items() if not name.startswith("usr")
    }


@pytest.mark.parametrize("init", ["systemd", "sysv"])
def test_service_that_cannot_be_stopped(root: Path, init: str) -> None:
    put(root / "stuck", "")
    done = on_a_running_system(root, init)
    assert done.returncode == 0, done.stdout
    for name in SERVICES:
        assert f"Warning: {name} could not be stopped" in done.stdout
    assert not [name for name in state(root) if is_trace(name)]
