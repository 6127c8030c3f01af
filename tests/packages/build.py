# SPDX-License-Identifier: Apache-2.0
"""Builds packages: of these sources, and of the same ones as a later version."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from debian_tree import command
from tree import Tree

TOP = Path(__file__).resolve().parents[2]
LATER = "0.1.1"
LIBRARIES = "libcurl4-openssl-dev libcjson-dev libcrypt-dev libseccomp-dev libssl-dev libcmocka-dev".split()
NEEDED = ["build-essential", "debhelper", "cmake", "pkg-config", *LIBRARIES]
VERSIONED = {
    "CMakeLists.txt": r"(?<=project\(resetpwd-agent VERSION )[0-9.]+",
    "NEWS": r"(?<=resetpwd-agent )[0-9.]+",
    "packaging/deb/changelog": r"(?<=resetpwd-agent \()[0-9.]+",
    "packaging/rpm/resetpwd-agent.spec": r"(?<=Version:        )[0-9.]+",
}


@dataclass(frozen=True)
class Packages:
    """The same package in two versions."""

    now: Path
    later: Path


def version() -> str:
    """The one of CMake."""
    found = re.search(VERSIONED["CMakeLists.txt"], (TOP / "CMakeLists.txt").read_text())
    assert found
    return found.group()


def copy_sources(folder: Path) -> Path:
    """The tracked sources in a new folder, without git."""
    folder.mkdir(parents=True)
    script = 'cd "$1" && git ls-files -z | tar --null --files-from=- -c | tar -C "$2" -x'
    command("sh", "-euc", script, "sh", TOP, folder)
    return folder


def set_version(sources: Path, number: str, names: Iterable[str] = tuple(VERSIONED)) -> None:
    """Write another version into files that hold it."""
    for name in names:
        file = sources / name
        file.write_text(re.sub(VERSIONED[name], number, file.read_text(), count=1))


def make_later(sources: Path) -> None:
    """Turn these sources into a later version, which has another configuration file, too."""
    set_version(sources, LATER)
    conf = sources / "packaging/resetpwd-agent.conf"
    conf.write_text(conf.read_text() + "# A later version.\n")


def package(sources: Path, out: Path, *options: str, checked: bool = False) -> list[Path]:
    """Run package.sh here; returns what it made. With checked the unit tests run, too."""
    environment = {**os.environ, "DEB_BUILD_OPTIONS": "" if checked else "nocheck"}
    command(sources / "packaging/package.sh", *options, out, env=environment)
    return sorted(out.iterdir())


def package_in(tree: Tree, out: Path, *options: str, checked: bool = False) -> Path:
    """Run package.sh on the sources in /src of a tree; returns the one deb that it made."""
    nocheck = "" if checked else "nocheck"
    tree.sh(f'DEB_BUILD_OPTIONS={nocheck} /src/packaging/package.sh --deb "$@" /out', *options)
    (deb,) = (tree.path / "out").glob("*.deb")
    out.mkdir(parents=True, exist_ok=True)
    return Path(shutil.move(deb, out))
