# SPDX-License-Identifier: Apache-2.0
"""The script for OpenRC, by OpenRC's own tools, with a shell script in the agent's place.

Everything runs in a tree with OpenRC and in namespaces of its own: with /run empty, and with nobody to meet by a
number of a process.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/support"), str(TOP / "tests/vm")]

from debian_tree import debian_tar, unpack
from image import COMMON, FLAVOURS, OPTIONS
from test_init_script import alone

# As its first argument is `run`, a shell by the agent's name runs the file of that name.
# It ends by itself unless there is /run/busy. A step that it is in is brought to its end, later than some wait for it.
AGENT = """
trap 'sleep 6; echo over >>/run/told; exit' TERM
echo begun >>/run/told
while [ -e /run/busy ]; do sleep 0.1; done
"""
# OpenRC's own, where it is not Debian's: whoever has the number, it takes for the one that runs.
START_STOP_DAEMON = """#!/bin/sh
pid=$(cat /run/resetpwd-agent.pid 2>/dev/null) && kill -0 "$pid" 2>/dev/null && case $1 in
--start) exit 1 ;;
--stop) exec kill "$pid" ;;
esac
exec /usr/sbin/start-stop-daemon.debian "$@"
"""
ENTER = """
mount -t tmpfs none "$1/run"
mount -t proc none "$1/proc"
mount --rbind /dev "$1/dev"
exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin sh -euc "$2"
"""
# What each case begins with. OpenRC looks as it does after a boot.
SHELL = """
for name in daemons exclusive failed hotplugged inactive init.d options scheduled started starting stopped stopping \
    tmp wasinactive; do
    mkdir -p "/run/openrc/$name"
done
touch /run/openrc/softlevel /run/told
pidfile=/run/resetpwd-agent.pid
service() { rc-service resetpwd-agent "$1"; }
pid() { cat "$pidfile"; }
told() { [ "$(tr '\\n' ' ' </run/told)" = "$* " ]; }
at_work() { [ "$(ls -l /proc/[0-9]*/exe 2>/dev/null | grep -c '/resetpwd-agent$')" -eq "$1" ]; }
await() { for _ in $(seq 600); do ! "$@" || return 0; sleep 0.1; done; echo "never: $*"; exit 1; }
ended() { await told "$@"; await at_work 0; }
"""


@pytest.fixture(name="tree", scope="module")
def fixture_tree() -> Iterator[Path]:
    """No case changes more than what is below /run."""
    with tempfile.TemporaryDirectory(prefix="openrc-") as folder:
        tree = Path(folder)
        unpack(debian_tar("bookworm", COMMON + FLAVOURS["openrc"], *OPTIONS), tree)
        shutil.copy(tree / "usr/bin/dash", tree / "usr/sbin/resetpwd-agent")
        (tree / "agent").mkdir()
        (tree / "agent/run").write_text(AGENT)
        (tree / "etc/conf.d").mkdir(exist_ok=True)
        (tree / "etc/conf.d/resetpwd-agent").write_text("directory=/agent\n")
        text = (TOP / "packaging/openrc/resetpwd-agent.in").read_text()
        script = tree / "etc/init.d/resetpwd-agent"
        script.write_text(text.replace("@CMAKE_INSTALL_FULL_SBINDIR@", "/usr/sbin"))
        script.chmod(0o755)
        yield tree


@pytest.fixture(name="openrcs_own")
def fixture_openrcs_own(tree: Path) -> Iterator[None]:
    program = tree / "usr/sbin/start-stop-daemon"
    debians = program.rename(f"{program}.debian")
    program.write_text(START_STOP_DAEMON)
    program.chmod(0o755)
    yield
    debians.rename(program)


def run(tree: Path, case: str) -> None:
    alone(ENTER, "sh", tree, SHELL + case)


@pytest.mark.parametrize("command", ["stop", "restart"])
def test_a_run_that_has_ended(tree: Path, command: str) -> None:
    expected = "begun" if command == "stop" else "begun begun"
    run(tree, f"service start; ended begun; service {command}; ended {expected}; service stop; [ ! -e $pidfile ]")


STRANGER = """
    sleep 1000 & stranger=$!
    service start
    ended begun
    echo "$stranger" >"$pidfile"
"""


@pytest.mark.parametrize("command", ["stop", "restart"])
def test_a_stranger_is_left_alone(tree: Path, command: str) -> None:
    """The number of a run that has ended has been given to another process."""
    expected = "begun" if command == "stop" else "begun begun"
    run(tree, f"{STRANGER} service {command}; ended {expected}; kill -0 $stranger")


@pytest.mark.usefixtures("openrcs_own")
@pytest.mark.parametrize("command", ["stop", "restart"])
def test_a_stranger_and_openrcs_own_tool(tree: Path, command: str) -> None:
    test_a_stranger_is_left_alone(tree, command)


@pytest.mark.usefixtures("openrcs_own")
def test_start_beside_a_stranger(tree: Path) -> None:
    """As after a boot on which an old /run is still there."""
    run(tree, 'sleep 1000 & echo $! >"$pidfile"; service start; ended begun; kill -0 $!')


STEP = """
    touch /run/busy
    service start
    await told begun
    first=$(pid)
"""


def test_stop_brings_a_step_to_its_end(tree: Path) -> None:
    """The kernel may still be at it when it is over."""
    run(tree, f"{STEP} service stop; told begun over; await at_work 0")


def test_restart_brings_a_step_to_its_end(tree: Path) -> None:
    another = '[ "$(pid)" != "$first" ]; kill -0 "$(pid)"'
    run(tree, f"{STEP} service restart; await told begun over begun; await at_work 1; {another}")
