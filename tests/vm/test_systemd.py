# SPDX-License-Identifier: Apache-2.0
"""Debian with systemd and the deb."""

from __future__ import annotations

from collections.abc import Callable

import image
from image import OLD_PASSWORD, Image
from machine import Machine
from service import Cloud

FIRST, OWN, SECOND = "First@12345", "Own@12345", "Second@12345"
INSTALL = "dpkg -i /tmp/files/*.deb\n"


def test_two_resets(cloud: Cloud, machine_of: Callable[[Image], Machine]) -> None:
    machine = machine_of(image.build("systemd", "systemd", INSTALL, image.package(".deb")))
    cloud.reset(FIRST)
    machine.boot()
    cloud.await_acknowledgement()
    assert machine.enters(FIRST)
    assert not machine.enters(OLD_PASSWORD)
