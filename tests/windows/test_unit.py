# SPDX-License-Identifier: Apache-2.0
"""The unit tests of the portable code and of platform/windows, as programs for Windows (BUILD_TESTING=ON)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import wine
from conftest import BUILD

PROGRAMS = sorted(BUILD.glob("test_*.exe"))
assert PROGRAMS, f"{BUILD} was configured without BUILD_TESTING"


@pytest.fixture(name="machine", scope="module")
def fixture_machine(template: wine.Prefix) -> Iterator[wine.Prefix]:
    """One for all: each test has a temporary folder of its own in it."""
    with wine.copy_of(template) as machine, machine.kept_awake():
        yield machine
        left = [*machine.c.glob("users/*/Temp/resetpwd *"), *machine.c.glob("users/*/Temp/gone *")]
        assert not left, "temporary files are left"


@pytest.mark.parametrize("program", PROGRAMS, ids=[program.stem for program in PROGRAMS])
def test_program(machine: wine.Prefix, program: Path) -> None:
    """The exit code alone means nothing: a file that wine cannot run may end with 0."""
    # The temporary folders have a name beyond ASCII.
    done = machine.run(program, env={"LC_ALL": "C.UTF-8"})
    output = done.stdout + done.stderr
    started = re.search(r"\[=+\] Running (\d+) test", output)
    passed = re.search(r"\[  PASSED  \] (\d+) test", output)
    assert started and passed and done.returncode == 0, output
    assert int(passed[1]) == int(started[1]) > 0, output
