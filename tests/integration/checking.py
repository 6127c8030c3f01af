# SPDX-License-Identifier: Apache-2.0
"""`check` and `selftest`: what they find, and the mends that they name."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence

import runner

LEVELS = ("OK", "WARN", "FAIL", "SKIP")
CHECK_FAILED = 58


@dataclass(frozen=True)
class Found:
    """What one check found."""

    name: str
    group: str
    level: str
    found: str
    mend: Optional[str]


class Check:
    """The answer of `check --json`."""

    def __init__(self, code: int, document: Mapping[str, Any]) -> None:
        assert set(document) == {"version", "checks", "user", "counts"}
        self.code = code
        self.user: str = document["user"]
        self.findings: List[Found] = [Found(**entry) for entry in document["checks"]]
        levels = [found.level for found in self.findings]
        assert document["counts"] == {level.lower(): levels.count(level) for level in LEVELS}
        assert code == (CHECK_FAILED if "FAIL" in levels else 0)
        for found in self.findings:
            assert found.found and found.found[-1] not in ". "
            assert found.mend is None or (found.mend and found.level in ("WARN", "FAIL")), found

    def find(self, name: str) -> Found:
        """The finding of the check of this name."""
        found = {found.name: found for found in self.findings}
        return found[name]

    def is_ok(self, name: str) -> bool:
        """Is there nothing to mend?"""
        return self.find(name).level == "OK"


def check(
    root: Optional[Path] = None,
    *options: runner.Word,
    command: str = "check",
    env: Optional[Mapping[str, str]] = None,
    before: Sequence[str] = (),
) -> Check:
    """Run it, on the system under root, or, without one, on the running one as these namespaces have it."""
    place: List[runner.Word] = ["--root", root] if root is not None else []
    ended = runner.start(command, "--json", *place, *options, env=env, before=before).end()
    assert not ended.err, ended.err
    document: Dict[str, Any] = json.loads(ended.out)
    return Check(ended.code, document)


def mend(found: Found) -> None:
    """Do what the finding says."""
    assert found.level in ("WARN", "FAIL") and found.mend, found
    done = subprocess.run(
        ["sh", "-c", found.mend],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=runner.PATIENCE_S,
    )
    assert done.returncode == 0, f"{found.mend}: {done.stdout.decode(errors='replace')}"
