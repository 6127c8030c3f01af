# SPDX-License-Identifier: Apache-2.0
"""The agent for Windows under wine. It is taken from build/windows, or from where BUILD says."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("BUILD", TESTS.parent / "build/windows"))
AGENT = BUILD / "resetpwd-agent.exe"
sys.path.insert(0, str(TESTS))

import wine
from cloud import ReferenceCloud

UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"


@pytest.fixture(name="template", scope="session")
def fixture_template() -> Iterator[wine.Prefix]:
    assert AGENT.is_file(), f"{AGENT} is not there; set BUILD"
    with wine.template() as template:
        yield template


@pytest.fixture(name="prefix")
def fixture_prefix(template: wine.Prefix) -> Iterator[wine.Prefix]:
    """A Windows of its own for each test."""
    with wine.copy_of(template) as prefix:
        yield prefix


@pytest.fixture(name="cloud")
def fixture_cloud() -> Iterator[ReferenceCloud]:
    """A cloud on a port of its own, with one instance."""
    with ReferenceCloud() as cloud:
        cloud.add_instance(UUID)
        yield cloud
