# SPDX-License-Identifier: Apache-2.0
"""What is behind an instance: nothing, a folder with a throw-away system, or a QEMU machine.

A spec says which, as text: "none", or a JSON object with its "kind" and the arguments of that driver's class, like
{"kind": "folder", "root": "/tmp/root", "agent": "/usr/sbin/resetpwd-agent"} or
{"kind": "qemu", "folder": "/tmp/machine", "command": ["qemu-system-x86_64", "-m", "512", "/tmp/disk"]}.
"""

from __future__ import annotations

import json
from typing import Any, Callable

from .driver import Driver, DriverError
from .folder import FolderDriver
from .none import NoDriver
from .qemu import QemuDriver


def make_none(_metadata_url: str) -> Driver:
    """It asks nobody."""
    return NoDriver()


def make_qemu(_metadata_url: str, **settings: Any) -> Driver:
    """Its guest asks at the address that it was made for."""
    return QemuDriver(**settings)


KINDS: dict[str, Callable[..., Driver]] = {
    "none": make_none,
    "folder": FolderDriver,
    "qemu": make_qemu,
}
LISTS = ("command", "arguments", "before")


def check(name: str, value: Any) -> None:
    """JSON has types of its own."""
    if name in LISTS:
        wanted = "a list of texts"
        is_right = isinstance(value, list) and all(isinstance(each, str) for each in value)
    elif name.endswith("_s"):
        wanted = "a number of seconds"
        is_right = type(value) in (int, float) and value > 0
    else:
        wanted = "a text"
        is_right = isinstance(value, str)
    if not is_right:
        raise ValueError(f"a driver's {name} is {wanted}")


def make_driver(spec: str, metadata_url: str) -> Driver:
    """The driver of this spec; ValueError says in a sentence what is wrong with it."""
    try:
        settings: Any = {"kind": "none"} if spec == "none" else json.loads(spec)
    except ValueError as error:
        raise ValueError(f"a driver is none or a JSON object: {error}") from None
    if not isinstance(settings, dict) or settings.get("kind") not in [*KINDS]:
        raise ValueError(f"a driver is a JSON object whose kind is one of {', '.join(KINDS)}")
    for name, value in settings.items():
        check(name, value)
    kind = settings.pop("kind")
    try:
        return KINDS[kind](metadata_url, **settings)
    except TypeError as error:  # a name that is missing, or that it does not have
        raise ValueError(f"a driver of kind {kind}: {error}") from None


__all__ = ["Driver", "DriverError", "make_driver"]
