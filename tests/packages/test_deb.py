# SPDX-License-Identifier: Apache-2.0
"""The deb's life on three releases of Debian, each with the package that was built on it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import build
from build import Packages
from cloud import ReferenceCloud
from debian_tree import command
from system_user import USER, assert_user, user_lines
from tree import CONF, STATE, Tree, assert_resets, unpacked

SUITES = ("bullseye", "bookworm", "trixie")
KEEP = "--force-confdef --force-confold"


@pytest.fixture(scope="session", params=[pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in SUITES])
def suite(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def base(suite: str) -> Iterator[Tree]:
    """A minimal system, with what the package depends on."""
    with unpacked(suite, ["adduser", "libcurl4", "libcjson1", "libseccomp2", "systemd"]) as tree:
        yield tree


@pytest.fixture(scope="session")
def debs(suite: str, tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Two versions of the deb, built on that suite; the first with unit tests."""
    out = tmp_path_factory.mktemp("debs")
    with unpacked(suite, build.NEEDED) as builder:
        build.copy_sources(builder.path / "src")
        now = build.package_in(builder, out, checked=True)
        build.make_later(builder.path / "src")
        return Packages(now, build.package_in(builder, out))


@pytest.fixture
def installed(system: Tree, debs: Packages) -> Tree:
    """A system with the package."""
    system.sh('dpkg -i "$1"', system.take(debs.now))
    return system


def upgrade(system: Tree, debs: Packages, options: str = "") -> None:
    system.sh(f'dpkg {options} -i "$1"', system.take(debs.later))


def version_of(system: Tree) -> str:
    """What the program says, which must be what dpkg says."""
    said = system.sh("resetpwd-agent --version").split()[-1]
    assert system.sh("dpkg-query -W -f '${Version}' resetpwd-agent") == f"{said}-1"
    return said


def rc_links(system: Tree) -> list[str]:
    """The runlevels that start it."""
    return sorted(link.parent.name for link in (system.path / "etc").glob("rc?.d/S*resetpwd-agent"))


@pytest.mark.usefixtures("untouched")
def test_installed_it_is_enabled_and_has_not_run(installed: Tree) -> None:
    assert installed.is_enabled()
    assert rc_links(installed) == ["rc2.d", "rc3.d", "rc4.d", "rc5.d"]
    assert list((installed.path / STATE).iterdir()) == []
    assert installed.sh("dpkg --verify resetpwd-agent; dpkg --audit") == ""
    assert installed.sh("find /lib/systemd/system /usr/lib/systemd/system -name 'resetpwd*' | wc -l").strip() != "0"
    assert version_of(installed) == build.version()


@pytest.mark.usefixtures("untouched")
def test_user_is_made_once_and_purged(installed: Tree, debs: Packages) -> None:
    assert_user(installed.path)
    made = user_lines(installed.path)
    for again in (debs.now, debs.later):
        installed.sh('dpkg -i "$1"', installed.take(again))
        assert user_lines(installed.path) == made
    installed.sh("dpkg -r resetpwd-agent")
    assert user_lines(installed.path) == made
    installed.sh("dpkg -P resetpwd-agent")
    assert user_lines(installed.path) == {}


@pytest.mark.usefixtures("untouched")
def test_user_that_the_owner_made_is_left_alone(system: Tree, debs: Packages) -> None:
    """One that adduser itself would refuse: with a number of people's users, and another group."""
    system.sh(f"useradd --uid 2000 --gid users --no-create-home {USER}")
    made = user_lines(system.path)
    system.sh('dpkg -i "$1"', system.take(debs.now))
    assert user_lines(system.path) == made


@pytest.mark.usefixtures("untouched")
def test_purged_without_adduser(installed: Tree) -> None:
    """It may have been removed before, with what only it needed."""
    installed.sh("rm /usr/sbin/deluser; dpkg -P resetpwd-agent")
    assert_user(installed.path)


def test_installed_it_resets(installed: Tree, cloud: ReferenceCloud) -> None:
    assert_resets(installed, cloud)
    assert "applied" in installed.sh("resetpwd-agent status")


@pytest.mark.usefixtures("untouched")
def test_installed_from_outside(system: Tree, debs: Packages) -> None:
    """As an image is baked: by the dpkg of another system."""
    command("dpkg", f"--root={system.path}", "--log=/dev/null", "-i", debs.now)
    assert system.is_enabled() and rc_links(system)
    assert_user(system.path)
    command("dpkg", f"--root={system.path}", "--log=/dev/null", "--purge", "resetpwd-agent")
    assert not rc_links(system)
    assert user_lines(system.path) == {}


@pytest.mark.usefixtures("untouched")
def test_upgrade_keeps_what_the_owner_wrote(installed: Tree, debs: Packages) -> None:
    installed.edit_conf()
    installed.write_record()
    edited = installed.conf()
    upgrade(installed, debs, KEEP)
    assert version_of(installed) == build.LATER
    assert installed.conf() == edited
    assert (installed.path / f"{CONF}.dpkg-dist").exists()
    assert (installed.path / STATE / "record").exists()
    assert installed.is_enabled() and rc_links(installed)


@pytest.mark.usefixtures("untouched")
def test_upgrade_and_downgrade_of_what_nobody_edited(installed: Tree, debs: Packages) -> None:
    before = installed.conf()
    upgrade(installed, debs)
    assert installed.conf() == f"{before}# A later version.\n"
    installed.sh('dpkg -i "$1"', installed.take(debs.now))
    assert version_of(installed) == build.version()
    assert installed.conf() == before
    assert installed.is_enabled() and rc_links(installed)


@pytest.mark.usefixtures("untouched")
def test_what_the_owner_disabled_stays_so(installed: Tree, debs: Packages) -> None:
    installed.sh("systemctl -q disable resetpwd-agent.service; update-rc.d resetpwd-agent disable")
    upgrade(installed, debs)
    assert not installed.is_enabled()
    assert not rc_links(installed)


@pytest.mark.usefixtures("untouched")
def test_removed_it_leaves_configuration_and_record(installed: Tree, debs: Packages) -> None:
    installed.edit_conf()
    installed.write_record()
    installed.sh("dpkg -r resetpwd-agent")
    assert not (installed.path / "usr/sbin/resetpwd-agent").exists()
    assert (installed.path / STATE / "record").read_text() == "a record\n"
    edited = installed.conf()
    assert edited.endswith("deadline_s = 60\n")

    installed.sh('dpkg -i "$1"', installed.take(debs.now))
    assert installed.conf() == edited
    assert (installed.path / STATE / "record").exists()
    assert installed.is_enabled() and rc_links(installed)


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("steps", ["dpkg -r resetpwd-agent; dpkg -P resetpwd-agent", "dpkg -P resetpwd-agent"])
def test_purged_it_leaves_nothing(system: Tree, debs: Packages, steps: str) -> None:
    before = system.files()
    system.sh('dpkg -i "$1"', system.take(debs.now))
    assert system.files() != before
    system.edit_conf()
    system.write_record()
    system.sh(steps)
    assert system.files() == before


def test_systemd_is_told_to_stop_it_when_it_is_removed(system: Tree, debs: Packages) -> None:
    system.pretend_systemd_runs()
    system.sh('dpkg -i "$1"', system.take(debs.now))
    upgrade(system, debs)
    assert system.told_systemd() == []
    system.sh("dpkg -r resetpwd-agent")
    # Nothing else; bullseye's debhelper says it once more.
    assert {tuple(line.split()[-2:]) for line in system.told_systemd()} == {("stop", "resetpwd-agent.service")}


@pytest.mark.usefixtures("silence")
def test_what_runs_outlives_an_upgrade_and_not_a_removal(installed: Tree, debs: Packages) -> None:
    """Nothing answers it here, so that it waits."""
    said = installed.sh(
        """
        printf '#!/bin/sh\nexit 0\n' >/usr/sbin/policy-rc.d # as if an init ran here
        chmod +x /usr/sbin/policy-rc.d
        /etc/init.d/resetpwd-agent start
        pid=$(cat /run/resetpwd-agent.pid)
        until readlink /proc/$pid/exe | grep -q /resetpwd-agent; do kill -0 $pid; sleep 0.1; done
        dpkg -i "$1" >/dev/null
        readlink /proc/$pid/exe
        dpkg -r resetpwd-agent
        ! readlink /proc/$pid/exe
        """,
        installed.take(debs.later),
    )
    assert re.search(r"^/usr/sbin/resetpwd-agent( \(deleted\))?$", said, re.MULTILINE)
