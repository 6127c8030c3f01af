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
from build import Packages
from cloud import ReferenceCloud
from debian_tree import debian_tar, unpack
from tree import Tree

LIBRARIES = ("libcurl4-openssl-dev", "libcjson-dev", "libcrypt-dev", "libssl-dev", "libcmocka-dev")
TO_BUILD = ["build-essential", "debhelper", "cmake", "pkg-config", *LIBRARIES]
TO_RUN = ["libcurl4", "libcjson1", "systemd"]


@pytest.fixture(scope="session", autouse=True)
def own_mounts() -> None:
    tree.leave_mounts()


@pytest.fixture(scope="session")
def suite() -> str:
    """The suite of a tree, where a test does not say otherwise."""
    return "bookworm"


@pytest.fixture(scope="session")
def to_run() -> list[str]:
    """What a tree needs before the package."""
    return TO_RUN


@pytest.fixture(scope="session")
def base(suite: str, to_run: list[str]) -> Iterator[Path]:
    """A minimal system."""
    with tempfile.TemporaryDirectory(prefix="base-") as folder:
        unpack(debian_tar(suite, to_run), Path(folder))
        yield Path(folder)


@pytest.fixture
def system(base: Path) -> Iterator[Tree]:
    """The same, to do things to."""
    with tempfile.TemporaryDirectory(prefix="system-") as folder, tree.layer_over(base, Path(folder)) as system:
        yield system


@pytest.fixture(scope="session")
def debs(suite: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Packages]:
    """Two versions of the deb, built on that suite; the first with unit tests."""
    out = tmp_path_factory.mktemp("debs")
    with tempfile.TemporaryDirectory(prefix="builder-") as folder:
        builder = Tree(Path(folder))
        unpack(debian_tar(suite, TO_BUILD), builder.path)
        build.copy_sources(builder.path / "src")
        now = build.package_in(builder, out, checked=True)
        build.make_later(builder.path / "src")
        yield Packages(now, build.package_in(builder, out))


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
def untouched(cloud: ReferenceCloud) -> Iterator[None]:
    """Nothing must ask it for anything."""
    yield
    assert cloud.requests == []
