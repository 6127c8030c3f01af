# SPDX-License-Identifier: Apache-2.0
"""The agent's worker, the process that speaks to the network, while it waits for an answer."""

from __future__ import annotations

from machine import Machine

# Its parent has the same name.
WORKER = 'pgrep -x -P "$(pgrep -x -d , resetpwd-agent)" resetpwd-agent'
LOOK = f"""
set -eu
worker=$({WORKER})
grep ^_resetpwd-agent: /etc/passwd
readlink "/proc/$worker/root"
cat "/proc/$worker/status"
"""


def assert_confined(machine: Machine, password: str) -> None:
    """What the kernel says of its rights: none."""
    user, root, *status = machine.ssh(password, LOOK).splitlines()
    uid, gid = user.split(":")[2:4]
    fields = {name: value.split() for name, _, value in (line.partition(":") for line in status)}
    expected = {
        "Uid": [uid] * 4,
        "Gid": [gid] * 4,
        "Groups": [],
        **{f"Cap{name}": ["0" * 16] for name in ("Inh", "Prm", "Eff", "Amb")},
        "NoNewPrivs": ["1"],
        "Seccomp": ["2"],
    }
    found = {name: fields[name] for name in expected}
    assert found == expected, found
    assert root.endswith(" (deleted)"), root
