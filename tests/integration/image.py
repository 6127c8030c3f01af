# SPDX-License-Identifier: Apache-2.0
"""A throw-away system in which programs run: this machine's own, on the files of that system."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Iterator, List

import pytest

import runner
import sandbox
from throwaway import Root


@pytest.fixture(name="image")
def fixture_image(root: Root) -> Iterator[Root]:
    """With /usr and what PAM needs chroot(8) works there."""
    usr = root.path / "usr"
    usr.mkdir()
    for link in Path("/").iterdir():
        if link.is_symlink() and os.readlink(link).startswith("usr/"):
            (root.path / link.name).symlink_to(os.readlink(link))
    for name in ("pam.d", "security"):
        shutil.copytree(Path("/etc") / name, root.etc / name)
    build = root.path / str(runner.BINARY.parent)[1:]
    build.mkdir(parents=True)
    with sandbox.mounted("--bind", "/usr", usr), sandbox.mounted("--bind", runner.BINARY.parent, build):
        yield root


def inside(root: Root) -> List[str]:
    """Words that start the agent in it, as on a system that runs; there is no /proc and no /dev."""
    return ["chroot", str(root.path)]
