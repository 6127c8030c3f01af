# SPDX-License-Identifier: Apache-2.0
"""The program file itself."""

from __future__ import annotations

import re
import subprocess

from conftest import AGENT
from wine import Prefix

SIZE_MAX = 150 * 1024
# Parts of Windows, in System32 of every edition.
SYSTEM_DLLS = {
    *"advapi32 bcrypt iphlpapi kernel32 msvcrt netapi32 ole32 shell32 winhttp".split(),
}


def headers() -> str:
    return subprocess.run(
        ["x86_64-w64-mingw32-objdump", "-p", AGENT], check=True, capture_output=True, text=True
    ).stdout


def test_needs_nothing_but_windows() -> None:
    found = {name.lower().removesuffix(".dll") for name in re.findall(r"DLL Name: (\S+)", headers())}
    assert found <= SYSTEM_DLLS
    assert AGENT.stat().st_size < SIZE_MAX


def test_hardening() -> None:
    for flag in ("HIGH_ENTROPY_VA", "DYNAMIC_BASE", "NX_COMPAT"):
        assert flag in headers()


def test_version(prefix: Prefix) -> None:
    assert prefix.run(AGENT, "--version").stdout.startswith("resetpwd-agent 0.")
