# SPDX-License-Identifier: Apache-2.0
"""A throw-away system in which the machine's own programs for accounts run."""

from __future__ import annotations

import subprocess
from contextlib import ExitStack
from pathlib import Path

import runner
from machine import Machine
from sandbox import mounted
from throwaway import Root

PAM = """\
password required pam_unix.so sha512 rounds=1000
auth sufficient pam_rootok.so
account required pam_permit.so
session required pam_permit.so
"""
USERS = ("root", "daemon", "ubuntu", "alice", "nobody")
PROGRAMS = ("chpasswd", "passwd", "useradd", "userdel", "usermod", "other")


class Chroot:
    """A context manager; the folder is the machine's root."""

    def __init__(self, machine: Machine) -> None:
        self.root: Root = machine.root
        self._mounts = ExitStack()

    def __enter__(self) -> Chroot:
        path, etc = self.root.path, self.root.etc
        for name in ("usr", "dev", "proc", "tmp", "home"):
            (path / name).mkdir(exist_ok=True)
        for name in ("bin", "sbin", "lib", "lib64"):
            if Path("/", name).is_symlink():
                (path / name).symlink_to(f"usr/{name}")
            elif Path("/", name).is_dir():
                (path / name).mkdir()
                self._mounts.enter_context(mounted("--bind", f"/{name}", path / name))
        self._mounts.enter_context(mounted("-o", "bind,ro", "/usr", path / "usr"))
        self._mounts.enter_context(mounted("--rbind", "/dev", path / "dev"))
        (etc / "pam.d").mkdir()
        for name in PROGRAMS:
            (etc / "pam.d" / name).write_text(PAM)
        (etc / "nsswitch.conf").write_text("passwd: files\nshadow: files\ngroup: files\n")
        (etc / "group").write_text("root:x:0:\nshadow:x:42:\nusers:x:100:\n")
        (etc / "gshadow").write_text("root:*::\nshadow:*::\nusers:*::\n")
        # Without what these programs take for a mistake.
        (etc / "passwd").write_text(self._known("passwd"))
        self.root.write_shadow(self._known("shadow"))
        return self

    def __exit__(self, *_: object) -> None:
        self._mounts.close()

    def _known(self, name: str) -> str:
        lines = (self.root.etc / name).read_text().splitlines(True)
        return "".join(line for line in lines if line.split(":")[0] in USERS)

    def run(self, *words: str, text: str = "") -> str:
        """Run a program inside."""
        done = subprocess.run(
            ["chroot", str(self.root.path), *words],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C"},
            timeout=runner.PATIENCE_S,
            check=False,
            universal_newlines=True,
        )
        assert done.returncode == 0, f"{words}: {done.stdout}"
        return done.stdout
