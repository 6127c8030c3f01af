# SPDX-License-Identifier: Apache-2.0
"""The page of the reference cloud, tests/cloud/README.md: its commands are run as they stand, and say what it says."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Dict, Iterator, List

import pytest

import runner
from crypt3 import verifies

TOP = Path(__file__).resolve().parents[2]
PAGE = (TOP / "tests/cloud/README.md").read_text()
START = "/usr/bin/python3 tests/cloud --example"
ADDRESS = "127.0.0.1:8775"
FOLDER = "build/example"
INSTANCES = 2


class Reader:
    """Somebody who goes through the page, with a port and a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._cloud: subprocess.Popen[str] | None = None
        self._address = ADDRESS
        self.done: List[str] = []

    def do(self, commands: str) -> str:
        """What they say, in the page's words."""
        self.done.append(commands)
        said = self._start(commands) if commands.startswith(START) else self._run(commands)
        return said.replace(self._address, ADDRESS).replace(str(self._folder), FOLDER).strip()

    def _run(self, commands: str) -> str:
        script = commands.replace(ADDRESS, self._address).replace(FOLDER, str(self._folder))
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            env=self._environment(),
            cwd=TOP,
            text=True,
            timeout=runner.PATIENCE_S,
            check=True,
        ).stdout

    def _start(self, command: str) -> str:
        """Start the cloud anew."""
        self.close()
        words = shlex.split(command.replace("--example", f"--example {self._folder}"))
        self._cloud = subprocess.Popen(
            [*words, "--listen", "127.0.0.1:0", "--agent", str(runner.BINARY)],
            stdout=subprocess.PIPE,
            env=self._environment(),
            cwd=TOP,
            text=True,
        )
        assert self._cloud.stdout
        said = "".join(self._cloud.stdout.readline() for _ in range(1 + INSTANCES))
        found = re.match(r"listening on http://(127\.0\.0\.1:\d+)\n", said)
        assert found, said
        self._address = found[1]
        return said

    @staticmethod
    def _environment() -> Dict[str, str]:
        return {**runner.environment(), "PYTHONDONTWRITEBYTECODE": "1"}

    def close(self) -> None:
        """Ctrl-C."""
        if self._cloud:
            self._cloud.send_signal(signal.SIGINT)
            assert self._cloud.wait(runner.PATIENCE_S) == 0
            assert self._cloud.stdout
            self._cloud.stdout.close()
            self._cloud = None


@pytest.fixture(name="reader")
def fixture_reader(tmp_path: Path) -> Iterator[Reader]:
    reader = Reader(tmp_path / "example")
    yield reader
    reader.close()


def pattern(shown: str) -> str:
    """What an answer on the page stands for."""
    return ".*".join(re.escape(piece) for piece in shown.strip().split("..."))


def hash_of(user: str, root: Path) -> str:
    """What stands in the shadow file."""
    lines = (line.split(":") for line in (root / "etc/shadow").read_text().splitlines())
    return next(fields[1] for fields in lines if fields[0] == user)


@pytest.mark.native  # the agent would be started without the checker
def test_every_line(reader: Reader, tmp_path: Path) -> None:
    """In the page's order. What is shown below commands is what they say; where nothing is shown they say nothing."""
    blocks = re.findall(r"^```(sh)?\n(.*?)^```\n(?=(```\n)?)", PAGE, re.MULTILINE | re.DOTALL)
    said = ""
    for language, text, is_answered in blocks:
        if language:
            said = reader.do(text)
            assert is_answered or said == "", f"{text}\nsays, and the page does not:\n{said}"
        else:
            assert re.fullmatch(pattern(text), said, re.DOTALL), f"{text}\nis on the page, but what came was:\n{said}"
    # That was all of it.
    in_prose = re.findall(r"`curl [^`]*`", PAGE)
    assert sum(text.count("curl ") for text in reader.done) + len(in_prose) == PAGE.count("curl ")
    for command in in_prose:
        reader.do(command.strip("`"))
    assert verifies("Fusion@456", hash_of("root", tmp_path / "example/debian"))
    assert verifies("Fusion@456", hash_of("ubuntu", tmp_path / "example/ubuntu"))
    assert verifies("Tencent@123", hash_of("root", tmp_path / "example/ubuntu"))
