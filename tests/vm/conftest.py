# SPDX-License-Identifier: Apache-2.0
"""Real machines that boot. `pytest -n 2` runs two of them at a time; they take the packages from dist/ (or PACKAGES).

Building the images needs root, and the first time a Debian mirror; see image.py for where they are kept.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "support")]
sys.path.append(str(TESTS / "integration"))  # for crypt3 alone

from confinement import assert_confined
from image import OLD_PASSWORD, Image
from machine import Machine
from service import Cloud

MachineOf = Callable[[Image], Machine]


def reset_by_reboot(cloud: Cloud, machine: Machine, new: str) -> None:
    """One reset of a machine that is up, from forgotten to entered; the worker is looked at on the way."""
    cloud.await_rest()
    cloud.reset(new)
    cloud.hold()
    machine.reboot(OLD_PASSWORD)
    cloud.await_step("GET flag")
    assert_confined(machine, OLD_PASSWORD)
    cloud.behave()
    cloud.await_acknowledgement()
    machine.await_outcome("applied: reset of root")
    assert machine.enters(new)
    assert not machine.enters(OLD_PASSWORD)


@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[Cloud]:
    with Cloud() as cloud:
        yield cloud


@pytest.fixture(name="machine_of")
def fixture_machine_of(cloud: Cloud) -> Iterator[MachineOf]:
    """Makes machines from images, and switches them off in the end."""
    with ExitStack() as stack:

        def machine_of(image: Image) -> Machine:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vm-"))
            machine = Machine(Path(folder), image, cloud.port)
            stack.callback(machine.close)
            return machine

        yield machine_of
