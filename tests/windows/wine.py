# SPDX-License-Identifier: Apache-2.0
"""A Windows of wine's for one test: a prefix, made once and then copied by hard links."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PATIENCE_S = 120


class Prefix:
    """Nothing of it is seen by another: drive C:, registry, services."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.c = path / "drive_c"

    @property
    def environment(self) -> dict[str, str]:
        """All of it is set, or wine would use the prefix of whoever runs the tests."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path.parent),
            "WINEPREFIX": str(self.path),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            # No .NET, no HTML; our netapi32.dll, where a test has put one into system32.
            "WINEDLLOVERRIDES": "mscoree,mshtml=;netapi32=n,b",
        }

    def start(
        self,
        *words: str | Path,
        env: Mapping[str, str] | None = None,
        out: IO[bytes] | int = subprocess.PIPE,
        err: IO[bytes] | int = subprocess.PIPE,
    ) -> subprocess.Popen[bytes]:
        """Start a program; the caller waits for it. Exit codes have 8 bits, and some programs of wine always say 0."""
        return subprocess.Popen(
            ["wine", *words],
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
        )

    def run(self, *words: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run a program to its end."""
        # Not pipes: programs of wine's own, which it leaves behind, would keep them open for seconds.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            code = self.start(*words, env=env, out=out, err=err).wait(PATIENCE_S)
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(words, code, out.read().decode(), err.read().decode())

    @contextmanager
    def kept_awake(self) -> Iterator[None]:
        """Wine's services end with the last program, and starting them takes seconds: here is one that waits."""
        with subprocess.Popen(
            ["wine", "cmd"],
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ):
            yield

    def windows_path(self, path: Path) -> str:
        """The same file as a program in here calls it."""
        return "Z:" + str(path.resolve()).replace("/", "\\")

    def stop(self) -> None:
        """End all programs of this prefix."""
        subprocess.run(["wineserver", "-k"], env=self.environment, check=False)
        subprocess.run(["wineserver", "-w"], env=self.environment, check=False, timeout=PATIENCE_S)


@contextmanager
def template() -> Iterator[Prefix]:
    """A prefix as new, to be copied."""
    with tempfile.TemporaryDirectory(prefix="wine-", dir="/var/tmp") as folder:
        prefix = Prefix(Path(folder) / "prefix")
        prefix.run("wineboot", "--init")
        prefix.stop()
        assert (prefix.path / "system.reg").is_file()
        yield prefix


def link_or_copy(source: str, target: str) -> None:
    """Wine writes into a registry file that has two names."""
    (shutil.copy2 if source.endswith(".reg") else os.link)(source, target)


@contextmanager
def copy_of(original: Prefix) -> Iterator[Prefix]:
    """Hard links: wine replaces what else it changes, and a test must do so too."""
    with tempfile.TemporaryDirectory(prefix="copy-", dir=original.path.parent) as folder:
        prefix = Prefix(Path(folder) / "prefix")
        shutil.copytree(original.path, prefix.path, copy_function=link_or_copy, symlinks=True)
        try:
            yield prefix
        finally:
            prefix.stop()
