# SPDX-License-Identifier: Apache-2.0
"""The lock file."""

from __future__ import annotations

import json

from sdk import HERE


def test_hashes_and_no_places() -> None:
    packages = json.loads((HERE / "package-lock.json").read_text())["packages"]
    del packages[""]  # our own
    assert len(packages) > 50
    for name, package in packages.items():
        assert package["integrity"].startswith("sha512-") and "resolved" not in package, name
