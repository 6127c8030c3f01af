# SPDX-License-Identifier: Apache-2.0
"""`check`: what it finds, and the mends that it names, done by cmd and by commands that wine lacks."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from conftest import AGENT
from guest import DOUBLE
from wine import Prefix

COMMANDS = Path(__file__).resolve().parent / "commands"
CHECK_FAILED = 58
UNICODE = {"LC_ALL": "C.UTF-8"}


@dataclass(frozen=True)
class Found:
    """What one check found."""

    name: str
    group: str
    level: str
    found: str
    mend: str | None


def check(
    prefix: Prefix, *options: str, agent: Path = AGENT, env: Mapping[str, str] | None = None
) -> dict[str, Found]:
    """All of it, by the names of the checks. Where no service is named, there is none."""
    nobody = ("--metadata-url", "http://127.0.0.1:1")
    with prefix.kept_awake():  # winedevice.exe now and then crashes as it starts, on the stderr of the first program
        return read(prefix.run(agent, "check", "--json", *(options or nobody), env={**UNICODE, **(env or {})}))


def read(ended: subprocess.CompletedProcess[str]) -> dict[str, Found]:
    """What `check --json` said, and that it ended as it must."""
    assert not ended.stderr, ended.stderr
    found = [Found(**each) for each in json.loads(ended.stdout)["checks"]]
    assert ended.returncode == (CHECK_FAILED if any(each.level == "FAIL" for each in found) else 0)
    return {each.name: each for each in found}


def build(source: str, program: Path, *more: Path) -> Path:
    """A program for Windows."""
    words = "x86_64-w64-mingw32-gcc -std=c11 -O1 -Wall -Wextra -Werror -DUNICODE -D_WIN32_WINNT=0x0601 -static"
    subprocess.run([*words.split(), "-municode", "-o", program, COMMANDS / source, *more], check=True)
    return program


class Mender:
    """Who does what a finding says."""

    def __init__(self, folder: Path) -> None:
        self._program = build("command.c", folder / "command.exe", DOUBLE / "store.c")

    def mend(self, prefix: Prefix, found: Found) -> None:
        """As somebody does who copies the command into cmd. Ours come before wine's sc and net."""
        folder = prefix.c / "commands"
        folder.mkdir(exist_ok=True)
        for name in ("sc.exe", "net.exe"):
            shutil.copyfile(self._program, folder / name)
        done = mend(prefix, found, WINEPATH=r"C:\commands")
        assert done.returncode == 0, (found.mend, done)


def mend(prefix: Prefix, found: Found, **env: str) -> subprocess.CompletedProcess[str]:
    """The same with wine's own sc and net, whatever exit code those end with."""
    assert found.level in ("WARN", "FAIL") and found.mend, found
    return prefix.run("cmd", "/c", "%MEND%", env={**UNICODE, "MEND": found.mend, **env})
