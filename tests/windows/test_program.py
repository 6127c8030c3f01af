# SPDX-License-Identifier: Apache-2.0
"""The program file itself."""

from __future__ import annotations

import re
import subprocess

from conftest import AGENT

SIZE_MAX = 200 * 1024
# Parts of Windows, in System32 of every edition.
SYSTEM_DLLS = {
    *"advapi32 bcrypt iphlpapi kernel32 msvcrt netapi32 ole32 shell32 winhttp ws2_32".split(),
}


def objdump(option: str) -> str:
    command = ("x86_64-w64-mingw32-objdump", option, AGENT)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_needs_nothing_but_windows() -> None:
    found = {name.lower().removesuffix(".dll") for name in re.findall(r"DLL Name: (\S+)", objdump("-p"))}
    assert found <= SYSTEM_DLLS
    assert AGENT.stat().st_size < SIZE_MAX


def test_hardening() -> None:
    for flag in ("HIGH_ENTROPY_VA", "DYNAMIC_BASE", "NX_COMPAT"):
        assert flag in objdump("-p")


def test_imports_can_be_filled_in() -> None:
    """Delayed ones are, at their first call. Binutils 2.44 make the section read-only, and each such call crashes."""
    [flags] = re.findall(r"^ *\d+ \.idata .*\n *(.*)", objdump("-h"), re.M)
    assert "ALLOC" in flags and "READONLY" not in flags
