# SPDX-License-Identifier: Apache-2.0
"""Packages for Windows: made, installed, removed, and what Windows then knows of a service. No exit code of wine's
msiexec is believed: they have 8 bits."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from conftest import AGENT, TESTS
from services import query
from wine import Prefix, wait_for

PACKAGING = TESTS.parent / "packaging/windows"
SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
UNINSTALL = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Uninstall"


def package(folder: Path, *options: str | Path, program: Path | None = AGENT) -> Path:
    """What package.sh makes, of this program or of one that it builds."""
    chosen: list[str | Path] = [] if program is None else ["--program", program]
    subprocess.run([PACKAGING / "package.sh", *chosen, *options, folder], check=True, timeout=600)
    [msi] = folder.glob("*.msi")
    return msi


def extract(msi: Path, folder: Path) -> Path:
    """The folder that its files are in."""
    subprocess.run(["msiextract", "-C", folder, msi], check=True, capture_output=True)
    return folder / "resetpwd-agent"


def other_version(msi: Path, version: str, folder: Path) -> Path:
    """A package of the same files that says it is another version."""
    made = folder / f"{version}.msi"
    subprocess.run([PACKAGING / "msi.sh", extract(msi, folder / "files"), version, made], check=True)
    return made


def install(prefix: Prefix, msi: Path, *properties: str) -> None:
    prefix.run("msiexec", "/i", prefix.windows_path(msi), "/qn", *properties)


def remove(prefix: Prefix, msi: Path, *properties: str) -> None:
    prefix.run("msiexec", "/x", prefix.windows_path(msi), "/qn", *properties)


def registry(prefix: Prefix, key: str) -> dict[str, str]:
    """The values of a key, as text with their type in front; {} when there is no such key."""
    out = prefix.run("reg", "query", key).stdout
    return {name: f"{kind} {value}" for name, kind, value in re.findall(r"^ {4}(\S+) +(REG_\w+) +(.*?)\r?$", out, re.M)}


def state(prefix: Prefix, service: str) -> str | None:
    """Of a service: STOPPED, RUNNING ...; None when there is none."""
    found = query(prefix, service)
    return found.name if found else None


def await_state(prefix: Prefix, service: str, wanted: str) -> None:
    wait_for(lambda: state(prefix, service) == wanted, lambda: state(prefix, service))


def runs(prefix: Prefix, program: str) -> bool:
    """Is there a process of this program? As Linux sees it: wine's tasklist lists nothing."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            environment = (process / "environ").read_bytes().split(b"\0")
            is_here = f"WINEPREFIX={prefix.path}".encode() in environment
            if is_here and program.encode() in (process / "cmdline").read_bytes():
                return True
    return False


def installed_versions(prefix: Prefix) -> list[str]:
    """What "Apps and features" lists of this product."""
    keys = re.findall(r"\{[-0-9A-F]{36}\}", prefix.run("reg", "query", UNINSTALL).stdout)
    found = [registry(prefix, rf"{UNINSTALL}\{key}") for key in keys]
    ours = [values for values in found if values.get("DisplayName") == "REG_SZ resetpwd-agent"]
    return [values["DisplayVersion"].split()[1] for values in ours]


@dataclass(frozen=True)
class Folders:
    """Where it is installed to."""

    program: Path
    data: Path


def folders(prefix: Prefix) -> Folders:
    return Folders(prefix.c / "Program Files/resetpwd-agent", prefix.c / "ProgramData/resetpwd-agent")


def files_below(folder: Path) -> set[str]:
    return {os.path.join(where, name)[len(str(folder)) + 1 :] for where, _, names in os.walk(folder) for name in names}
