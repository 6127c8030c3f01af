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

import checking
import guest as guests
import msi
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


@pytest.fixture(name="package", scope="session")
def fixture_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The MSI."""
    return msi.package(tmp_path_factory.mktemp("package"))


@pytest.fixture(name="double", scope="session")
def fixture_double(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our netapi32.dll."""
    return guests.build_double(tmp_path_factory.mktemp("double"))


@pytest.fixture(name="guest_prefix", scope="session")
def fixture_guest_prefix(template: wine.Prefix, double: Path) -> Iterator[wine.Prefix]:
    """A Windows with our netapi32.dll, for all guests."""
    with wine.copy_of(template) as prefix:
        with prefix.kept_awake():
            guests.use_double(prefix, double)
            yield prefix


@pytest.fixture(name="mender", scope="session")
def fixture_mender(tmp_path_factory: pytest.TempPathFactory) -> checking.Mender:
    """Who does what `check` says."""
    return checking.Mender(tmp_path_factory.mktemp("mender"))


@pytest.fixture(name="codes", scope="session")
def fixture_codes(guest_prefix: wine.Prefix) -> dict[str, int]:
    """Exit codes by the names of statuses, as --help has them."""
    text = guest_prefix.run(AGENT, "--help").stdout.partition("exit codes:")[2]
    rows = (line.split(None, 2) for line in text.strip().splitlines())
    return {name: int(code) for code, name, _ in rows}


@pytest.fixture(name="guest")
def fixture_guest(guest_prefix: wine.Prefix, cloud: ReferenceCloud, codes: dict[str, int]) -> guests.Guest:
    """A Windows without accounts, in a cloud."""
    return guests.Guest(guest_prefix, AGENT, cloud, UUID, codes)
