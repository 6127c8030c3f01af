# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a namespace for each test process; a system, a cloud and an agent for each test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Dict, Iterator

import pytest

import runner
import sandbox
from machine import UUID, Cloud, Machine
from throwaway import Root


@pytest.fixture(name="namespace", scope="session", autouse=True)
def fixture_namespace() -> None:
    """Out of the machine's own namespaces, before anything else."""
    assert runner.BINARY.is_file(), f"{runner.BINARY} is not there; set AGENT"
    os.umask(0o022)
    sandbox.enter()


@pytest.fixture(name="codes", scope="session")
def fixture_codes(namespace: None) -> Dict[str, int]:
    """Exit codes by the names of statuses."""
    return runner.exit_codes()


@pytest.fixture(name="root")
def fixture_root(tmp_path: Path) -> Root:
    """A throw-away system."""
    return Root(tmp_path / "root")


@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[Cloud]:
    """A cloud that owns 169.254.169.254, with one instance."""
    with Cloud() as cloud:
        cloud.add_instance(UUID)
        yield cloud


@pytest.fixture(name="machine")
def fixture_machine(root: Root, cloud: Cloud, codes: Dict[str, int]) -> Iterator[Machine]:
    """All of them together."""
    machine = Machine(root, cloud, codes)
    yield machine
    machine.close()
