# SPDX-License-Identifier: Apache-2.0
"""The LSB script, with a program in the agent's place that waits until it is told to end.

Everything runs in namespaces of its own: with /run empty, and with nobody to meet by a number of a process.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
# As its first argument is `run`, a Python by the agent's name runs the file of that name.
# A step that it is in, which is more than a moment, is brought to its end.
AGENT = """
import os, signal, time
from pathlib import Path

def end(*_):
    time.sleep(0.5)
    Path("/run/over").touch()
    os._exit(0)

signal.signal(signal.SIGTERM, end)
Path("/run/ready").touch()
while True:
    signal.pause()
"""


@pytest.fixture(name="shell")
def fixture_shell(tmp_path: Path) -> str:
    """What a case begins with; it leaves `$script` and `$program`."""
    program = tmp_path / "resetpwd-agent"
    shutil.copy(Path("/usr/bin/python3").resolve(), program)
    text = (TOP / "packaging/sysv/resetpwd-agent.in").read_text()
    script = tmp_path / "script"
    script.write_text(text.replace("@CMAKE_INSTALL_FULL_SBINDIR@", str(tmp_path)))
    script.chmod(0o755)
    (tmp_path / "run").write_text(AGENT)
    (tmp_path / "status").write_text("print('THE RECORD')\n")
    return f"""
        mount -t tmpfs none /run
        cd {tmp_path}
        script={script} program={program}
        pid() {{ cat /run/resetpwd-agent.pid; }}
        running() {{ [ "$(readlink "/proc/$1/exe")" = "$program" ]; }}
        await() {{ for _ in $(seq 600); do ! "$@" || return 0; sleep 0.1; done; echo "never: $*"; exit 1; }}
        gone() {{ ! [ -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"; }}
    """


def alone(*words: object) -> str:
    """Run a script of sh(1), with its arguments, in namespaces of its own; returns what it says."""
    done = subprocess.run(
        ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-euc", *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def run(shell: str, case: str) -> str:
    return alone(shell + case)


def test_start_does_not_wait_and_stop_does(shell: str) -> None:
    run(
        shell,
        """
        $script start
        first=$(pid)
        await test -e /run/ready
        $script status | grep -x 'resetpwd-agent is running.'
        $script start
        [ "$(pid)" = "$first" ]
        $script stop
        [ -e /run/over ]
        await gone "$first" # the kernel may still be at it
        [ ! -e /run/resetpwd-agent.pid ]
        """,
    )


def test_a_start_that_takes_its_time(shell: str) -> None:
    """Before it is the agent, the process is a shell, and then setsid(1)."""
    run(
        shell,
        """
        mkdir bin
        printf '#!/bin/sh\\nsleep 1\\nexec %s "$@"\\n' "$(command -v setsid)" >bin/setsid
        chmod +x bin/setsid
        PATH=$PWD/bin:$PATH
        $script start
        first=$(pid)
        $script start
        [ "$(pid)" = "$first" ]
        $script stop
        await gone "$first"
        """,
    )


def test_restart(shell: str) -> None:
    run(
        shell,
        """
        $script start
        first=$(pid)
        await test -e /run/ready
        $script restart
        [ -e /run/over ]
        await gone "$first"
        [ "$(pid)" != "$first" ]
        await running "$(pid)"
        $script stop
        """,
    )


def test_status_tells_of_the_last_run(shell: str) -> None:
    told = run(shell, "code=0; $script status || code=$?; [ $code -eq 3 ]")
    assert "not running" in told and "THE RECORD" in told


def test_stop_leaves_a_stranger_alone(shell: str) -> None:
    """The number in an old file has been given to another process."""
    run(
        shell,
        """
        sleep 1000 & stranger=$!
        echo "$stranger" >/run/resetpwd-agent.pid
        $script stop
        kill -0 "$stranger"
        $script start
        await running "$(pid)"
        """,
    )


def test_nothing_to_stop(shell: str) -> None:
    run(shell, "$script stop; $script stop")


def test_removed_but_not_purged(shell: str) -> None:
    run(shell, 'rm "$program"; $script start; [ ! -e /run/resetpwd-agent.pid ]')


def test_usage(shell: str) -> None:
    told = run(shell, "code=0; $script nonsense || code=$?; [ $code -eq 2 ]")
    assert "usage" in told
