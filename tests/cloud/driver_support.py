# SPDX-License-Identifier: Apache-2.0
"""What the tests of drivers have in common."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Callable, Iterator

import pytest

from .drivers import Driver, make_driver

URL = "http://127.0.0.1:9/instances/i1/openstack/latest"
PATIENCE_S = 60.0
Make = Callable[..., Driver]


def await_that(is_so: Callable[[], bool], what: str) -> None:
    """Wait until it is so."""
    until = time.monotonic() + PATIENCE_S
    while not is_so():
        assert time.monotonic() < until, f"not in {PATIENCE_S} s: {what}"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """A zombie is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(name="make")
def fixture_make() -> Iterator[Make]:
    """Makes drivers, and closes them in the end."""
    made: list[Driver] = []

    def make(spec: dict[str, Any]) -> Driver:
        made.append(make_driver(json.dumps(spec), URL))
        return made[-1]

    yield make
    for driver in made:
        driver.close()
