# SPDX-License-Identifier: Apache-2.0
"""`check` in a machine: what it finds there, and the mends that it names."""

from __future__ import annotations

import json
from dataclasses import dataclass

from machine import Machine


@dataclass(frozen=True)
class Found:
    """What one check found."""

    level: str
    found: str
    mend: str | None


def check(machine: Machine, password: str, before: str = "true") -> dict[str, Found]:
    """By the name of each check, after a command of root."""
    said = machine.ssh(password, f"({before}) >/dev/null 2>&1; resetpwd-agent check --json", check=False)
    entries = json.loads(said)["checks"]
    return {entry["name"]: Found(entry["level"], entry["found"], entry["mend"]) for entry in entries}


def failed(findings: dict[str, Found]) -> dict[str, Found]:
    """What would keep a reset from working."""
    return {name: found for name, found in findings.items() if found.level == "FAIL"}


def assert_mended(machine: Machine, password: str, name: str, spoil: str) -> None:
    """This command of root makes the check fail; the one that it then names makes it good again."""
    bad = check(machine, password, spoil)
    assert list(failed(bad)) == [name], bad
    mend = bad[name].mend
    assert mend
    good = check(machine, password, mend)
    assert good[name].level == "OK" and not failed(good), good
