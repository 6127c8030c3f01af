# SPDX-License-Identifier: Apache-2.0
"""Images that are baked by each of the examples in packaging/images, then booted and reset.

Two at a time (`pytest -n 2`); they take the deb from dist/ (or PACKAGES), and machines and cloud from tests/vm.
"""

from __future__ import annotations

import importlib.util
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "support"), str(TESTS / "vm")]

spec = importlib.util.spec_from_file_location("vm_conftest", TESTS / "vm/conftest.py")
assert spec and spec.loader
vm = importlib.util.module_from_spec(spec)
spec.loader.exec_module(vm)
fixture_cloud, fixture_machine_of = vm.fixture_cloud, vm.fixture_machine_of


@pytest.fixture(name="bench")
def fixture_bench() -> Iterator[Path]:
    """A folder for disks, which is not kept."""
    with tempfile.TemporaryDirectory(prefix="bake-") as folder:
        yield Path(folder)
