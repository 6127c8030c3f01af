# SPDX-License-Identifier: Apache-2.0
"""A network and mount namespace of our own: nothing gets out of it, nothing of the machine is changed."""

from __future__ import annotations

import ctypes
import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import pytest

ADDRESS = "169.254.169.254"
CLONE_NEWNS = 0x00020000
CLONE_NEWNET = 0x40000000
DEVICES = ("full", "null", "random", "tty", "urandom", "zero")
GUARDED = ("/etc", "/var/lib")


def command(*words: object) -> str:
    """Run a command that must succeed; returns what it says."""
    done = subprocess.run(
        [str(word) for word in words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    text = done.stdout.decode(errors="replace")
    assert done.returncode == 0, f"{' '.join(map(str, words))}: {text}"
    return text


def unshare() -> None:
    """Leave the namespaces of the machine. (os.unshare came with Python 3.12.)"""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS | CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"unshare: {os.strerror(error)}: these tests run as root")


def own_devices() -> None:
    """A /dev with the usual devices and nothing else: whoever writes to syslog writes to us."""
    place = Path(tempfile.mkdtemp(prefix="resetpwd-dev-"))
    command("mount", "-t", "tmpfs", "-o", "mode=755", "dev", place)
    for name in DEVICES:
        (place / name).touch()
        command("mount", "--bind", f"/dev/{name}", place / name)
    for name in ("pts", "shm"):
        (place / name).mkdir()
        command("mount", "--rbind", f"/dev/{name}", place / name)
    (place / "ptmx").symlink_to("pts/ptmx")
    (place / "fd").symlink_to("/proc/self/fd")
    command("mount", "--move", place, "/dev")
    place.rmdir()


def guard(path: str) -> None:
    """A mistake must not reach the machine's own files."""
    command("mount", "--bind", path, path)
    command("mount", "-o", "remount,bind,ro", path)


def enter() -> None:
    """Once in a process, before its first test."""
    unshare()
    command("mount", "--make-rprivate", "/")
    own_devices()
    for path in GUARDED:
        guard(path)
    command("ip", "link", "set", "lo", "up")
    add_address()


def add_address() -> None:
    """The network comes up."""
    command("ip", "address", "add", f"{ADDRESS}/32", "dev", "lo")


def remove_address() -> None:
    """The network goes down."""
    command("ip", "address", "del", f"{ADDRESS}/32", "dev", "lo")


@contextmanager
def mounted(*arguments: object, lazily: bool = False) -> Iterator[None]:
    """mount(8) with these arguments, of which the last is where; undone afterwards, lazily where some may be in it."""
    command("mount", *arguments)
    try:
        yield
    finally:
        command("umount", "--recursive", *(["--lazy"] if lazily else []), arguments[-1])


@contextmanager
def read_only(path: Path) -> Iterator[None]:
    """The folder, read-only."""
    with mounted("--bind", path, path):
        command("mount", "-o", "remount,bind,ro", path)
        yield


@contextmanager
def attribute(path: Path, letter: str) -> Iterator[None]:
    """chattr(1), undone afterwards; skipped where the file system has no such thing."""
    done = subprocess.run(["chattr", f"+{letter}", str(path)], stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        pytest.skip(f"chattr: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        command("chattr", f"-{letter}", path)
