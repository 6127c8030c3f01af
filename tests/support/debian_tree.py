# SPDX-License-Identifier: Apache-2.0
"""Debian systems as trees of files: built once by mmdebstrap, kept as tar files, unpacked by whoever needs one.

They are kept below TREE_CACHE (default /var/cache/resetpwd-agent-tests) until somebody deletes them there.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("TREE_CACHE", "/var/cache/resetpwd-agent-tests"))


def command(*words: object, **options: object) -> str:
    """Run a command that must succeed; returns what it says, of both streams."""
    done = subprocess.run(  # type: ignore[call-overload]
        [str(word) for word in words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **options,
    )
    text: str = done.stdout.decode(errors="replace")
    assert done.returncode == 0, f"{' '.join(map(str, words))}: {text}"
    return text


def mirrors(suite: str) -> list[str]:
    """What this machine's own apt is set to, with this suite in place of its own."""
    targets = command("apt-get", "indextargets", "--format", "$(SITE) $(CODENAME) $(COMPONENT)", "Created-By: Packages")
    for line in targets.splitlines():
        site, codename, component = line.split()
        if site.endswith("/debian") and component == "main" and "-" not in codename:
            return [f"deb {site} {suite} main"]
    raise AssertionError(f"no Debian archive among apt's sources:\n{targets}")


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time."""
    with open(path, "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def debian_tar(suite: str, packages: list[str], *options: str) -> Path:
    """The tar file of a minimal system of this suite with these packages; more options of mmdebstrap may follow."""
    recipe = json.dumps([suite, sorted(packages), options])
    name = f"{suite}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"
    tar = CACHE / f"{name}.tar"
    CACHE.mkdir(parents=True, exist_ok=True)
    with locked(CACHE / f"{name}.lock"):
        if not tar.exists():
            part = CACHE / f"{name}.part.tar"
            command(
                "mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}", *options,
                suite, part, *mirrors(suite),
            )  # fmt: skip
            part.rename(tar)
    return tar


def unpack(tar: Path, folder: Path) -> None:
    """Unpack a tree as it was, into a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    command("tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-C", folder, "-xpf", tar)
