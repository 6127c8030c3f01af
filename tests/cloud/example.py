# SPDX-License-Identifier: Apache-2.0
"""Two instances to try things with: throw-away systems in folders, which boot by running the agent."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .command_line import TOP
from .models import State
from .reference import ReferenceCloud

BUILD = TOP / "build"
SBIN = "/usr/local/sbin:/usr/sbin"
BOOT_S = 60.0


@dataclass(frozen=True)
class Account:
    """A line in passwd; its password is one that nobody knows."""

    name: str
    uid: int

    @property
    def passwd(self) -> str:
        """The line."""
        home = "/root" if self.name == "root" else f"/home/{self.name}"
        return f"{self.name}:x:{self.uid}:{self.uid}::{home}:/bin/bash\n"

    @property
    def shadow(self) -> str:
        """The one beside it."""
        return f"{self.name}:!:19000:0:99999:7:::\n"


ROOT, UBUNTU = Account("root", 0), Account("ubuntu", 1000)


@dataclass(frozen=True)
class System:
    """One instance; always with the same id, so that a page can name it."""

    name: str
    id: str
    os_name: str
    accounts: tuple[Account, ...]

    def make(self, root: Path) -> None:
        """What an agent looks for in a system; nothing is done where that has been made."""
        shadow = root / "etc/shadow"
        if shadow.exists():
            return
        shadow.parent.mkdir(parents=True, exist_ok=True)
        (root / "etc/os-release").write_text(f'PRETTY_NAME="{self.os_name}"\nID={self.name}\n')
        (root / "etc/passwd").write_text("".join(each.passwd for each in self.accounts))
        shadow.touch(0o600)
        shadow.write_text("".join(each.shadow for each in self.accounts))


SYSTEMS = (
    System("debian", "8ae2549a-7b09-4787-8f25-4487d61be128", "Debian 12", (ROOT,)),
    System("ubuntu", "c3d1e8a2-5f04-4b6e-9d27-0a61b4c9f315", "Ubuntu 24.04", (ROOT, UBUNTU)),
)


def last_built() -> str | None:
    """Whatever has been built last, by a preset, install.sh, tests/run or by hand."""
    programs = [*BUILD.glob("resetpwd-agent"), *BUILD.glob("*/resetpwd-agent")]
    programs = [path for path in programs if path.is_file() and os.access(path, os.X_OK)]
    return str(max(programs, key=lambda path: path.stat().st_mtime)) if programs else None


def find_agent(named: str | None) -> str:
    """The program that boots."""
    path = f"{os.environ.get('PATH', os.defpath)}:{SBIN}"
    found = shutil.which(named or last_built() or "resetpwd-agent", path=path)
    if not found:
        raise ValueError(
            f"there is no agent {named}"
            if named
            else f"there is no agent: build one in {BUILD}, install one, or name one with --agent"
        )
    return str(Path(found).resolve())


def prepare(folder: Path) -> None:
    """A place that nobody else looks into: the database holds what is as good as passwords."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for system in SYSTEMS:
        system.make(folder / system.name)


def add(cloud: ReferenceCloud, folder: Path, agent: str, project: str) -> None:
    """Both instances. When they are new they boot, as an instance does that was just bought."""
    known = {instance.id for instance in cloud.instances()}
    for system in SYSTEMS:
        driver = {"kind": "folder", "root": str(folder.resolve() / system.name), "agent": agent}
        cloud.add_instance(
            system.id,
            project=project,
            name=system.name,
            os_name=system.os_name,
            driver=json.dumps(driver),
        )
        if system.id not in known:
            cloud.set_state(system.id, State.STOPPED)
            cloud.compute.start(system.id)
            cloud.compute.wait_until_idle(system.id, BOOT_S)
