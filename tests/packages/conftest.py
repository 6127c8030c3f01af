# SPDX-License-Identifier: Apache-2.0
"""Packages, built once, and trees to install them in.

Needs root, and the first time a Debian mirror; support/debian_tree.py says where the trees are kept.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "support"), str(TESTS / "integration")]

import build
import tree
from cloud import ReferenceCloud
from tree import Tree


@pytest.fixture(scope="session", autouse=True)
def own_mounts() -> None:
    tree.leave_mounts()


@pytest.fixture
def system(base: Tree) -> Iterator[Tree]:
    """A system to do things to; `base` is the module's own."""
    with tempfile.TemporaryDirectory(prefix="system-") as folder, tree.layer_over(base, Path(folder)) as system:
        yield system


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A deb and an rpm, built here."""
    return build.package(build.TOP, tmp_path_factory.mktemp("packages"))


@pytest.fixture
def cloud() -> Iterator[ReferenceCloud]:
    """A metadata service that holds a reset ready; the test, and what it starts, is in its network."""
    with tree.pending_reset() as cloud:
        yield cloud


@pytest.fixture
def silence() -> Iterator[None]:
    """A network in which nothing answers; where the tests run there may be a cloud."""
    with tree.own_network():
        yield


@pytest.fixture
def untouched(cloud: ReferenceCloud) -> Iterator[None]:
    """Nothing must ask it for anything."""
    yield
    assert cloud.requests == []
