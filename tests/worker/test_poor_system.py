# SPDX-License-Identifier: Apache-2.0
"""The confinement where a system offers less than usual: it is whole, and no line complains."""

from __future__ import annotations

import pytest
from conftest import Bench, Reply

OK = Reply("ok", 0, "")


def run_after(command: str) -> tuple[str, ...]:
    """Words that do something in a mount namespace of their own first."""
    return ("unshare", "--mount", "sh", "-euc", f'{command}; exec "$@"', "sh")


@pytest.mark.native  # a sanitizer needs more
def test_lower_limits_stay(bench: Bench) -> None:
    """To raise them is not allowed to a process without rights, and would be told as missing."""
    limits = ("prlimit", "--nofile=10:10", "--stack=4194304:4194304", "--data=12000000:12000000", "--core=0:0")
    probed = bench.probe("worker", "ping", "allocate", before=limits)
    assert probed.statuses == ["ok", "ok"] and probed.log == []


@pytest.mark.parametrize(
    "command",
    [
        "umount -l /proc",
        "mount -t tmpfs none /proc; mkdir /proc/self; echo nonsense >/proc/self/statm",
    ],
    ids=["none", "of-another-kind"],
)
@pytest.mark.native  # a sanitizer reads it, too
def test_without_proc(bench: Bench, command: str) -> None:
    """How much memory there is cannot be read: then the worker gets that much less."""
    probed = bench.probe("worker", "ping", "read-shadow", before=run_after(command))
    assert probed.statuses == ["ok", "ok"] and probed.log == []
