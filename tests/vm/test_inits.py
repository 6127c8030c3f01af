# SPDX-License-Identifier: Apache-2.0
"""Other packages and other inits: one reset each, from forgotten to entered."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import image
from checks import assert_mended, check, failed
from conftest import MachineOf, reset_by_reboot
from image import INSTALL_DEB, OLD_PASSWORD, REQUIRE_CONFINEMENT, TOP, Image
from service import Cloud

NEW = "New@1234567"
# A stand-in provides by rpm's names what Debian has.
INSTALL_RPM = """
cd /tmp/files
rpm -qp --requires resetpwd-agent-*.rpm | grep -v -e '^rpmlib(' -e '^config(' >/tmp/wanted
rpmbuild -bb --quiet --define '_rpmdir /tmp/rpms' --define 'wanted /tmp/wanted' stand-in.spec
rpm -i /tmp/rpms/noarch/stand-in-*.rpm
rpm -i resetpwd-agent-*.rpm
rpm -V resetpwd-agent
"""
# Instead of the LSB script that the deb enables.
OPENRC_SCRIPT = """
cp /usr/share/resetpwd-agent/openrc/resetpwd-agent /etc/init.d/
rc-update add resetpwd-agent default
"""


def rpm() -> Image:
    stand_in = TOP / "tests/packages/stand-in.spec"
    return image.build("rpm", "systemd", INSTALL_RPM + REQUIRE_CONFINEMENT, image.package(".rpm"), stand_in)


def sysvinit() -> Image:
    return image.build("sysvinit", "sysvinit", INSTALL_DEB, image.package(".deb"))


def openrc() -> Image:
    return image.build("openrc", "openrc", INSTALL_DEB, image.package(".deb"))


def openrc_script() -> Image:
    return image.build("openrc-script", "openrc", INSTALL_DEB + OPENRC_SCRIPT, image.package(".deb"))


@pytest.mark.parametrize(
    "image_of, spoil",
    [
        (rpm, "systemctl mask resetpwd-agent"),
        (sysvinit, "update-rc.d resetpwd-agent disable"),
        (openrc, "rc-update del resetpwd-agent default"),
        (openrc_script, "rc-update del resetpwd-agent default"),
    ],
    ids=["rpm", "sysvinit", "openrc", "openrc_script"],
)
def test_reset(cloud: Cloud, machine_of: MachineOf, image_of: Callable[[], Image], spoil: str) -> None:
    machine = machine_of(image_of())
    machine.boot()
    reset_by_reboot(cloud, machine, NEW)
    assert cloud.outcomes == ["applied"]

    findings = check(machine, NEW)
    assert not failed(findings), findings
    assert findings["service"].level == "OK"
    assert "applied" in findings["last-run"].found
    assert_mended(machine, NEW, "service", spoil)
    if image_of is openrc_script:  # the run of the boot has ended
        machine.ssh(NEW, "rc-service resetpwd-agent restart")


def test_check_after_a_failure(cloud: Cloud, machine_of: MachineOf) -> None:
    machine = machine_of(sysvinit())
    machine.boot()
    cloud.await_rest()
    cloud.reset(NEW)
    findings = check(machine, OLD_PASSWORD, "chattr +i /etc/shadow; resetpwd-agent run")
    assert cloud.outcomes == ["shadow-immutable"]
    assert (findings["last-run"].level, "shadow-immutable" in findings["last-run"].found) == ("WARN", True)
    assert findings["immutable"].level == "FAIL" and findings["pending"].level == "OK"
    mend = findings["immutable"].mend
    assert mend
    findings = check(machine, OLD_PASSWORD, f"{mend}; resetpwd-agent run; date -s 2001-01-01")
    assert cloud.outcomes == ["shadow-immutable", "applied"]
    assert "applied" in findings["last-run"].found
    assert findings["clock"].level in ("WARN", "FAIL"), findings["clock"]
