# SPDX-License-Identifier: Apache-2.0
"""What the tests of faults share: the throw-away systems of the integration tests, and the counts of what was tried."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Callable

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS / "integration")]

pytest_plugins = ["stage"]

Tally = Callable[[str, int], None]


@pytest.fixture(name="tally")
def fixture_tally(request: pytest.FixtureRequest) -> Tally:
    """tally("kills", 3): counts are summed up over all cases that passed, and printed at the end."""

    def tally(what: str, count: int) -> None:
        request.node.user_properties.append((what, count))

    return tally


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the counts."""
    sums: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        for what, count in report.user_properties:
            sums[what] += count
    for what, count in sorted(sums.items()):
        terminalreporter.write_line(f"{what}: {count}")
