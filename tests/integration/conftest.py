# SPDX-License-Identifier: Apache-2.0
"""Which cases run."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import List

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import runner

pytest_plugins = ["stage", "image"]


def pytest_collection_modifyitems(config: pytest.Config, items: List[pytest.Item]) -> None:
    """Under valgrind or a sanitizer some cases make no sense."""
    senseless = {"native"} if runner.IS_SLOW else set()
    if runner.WRAPPER:
        senseless.add("hurried")
    kept = [item for item in items if not any(item.get_closest_marker(name) for name in senseless)]
    # Where each case takes seconds, one in so many of every kind.
    kept = kept[:: int(os.environ.get("AGENT_EVERY", "1"))]
    left_out = [item for item in items if item not in kept]
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept
