# SPDX-License-Identifier: Apache-2.0
"""The rpm's life, with real scriptlets, in a Debian tree where a stand-in provides what is there without rpm.

That shows payload, scriptlets and wiring, not another distribution's libraries.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import build
from build import Packages
from cloud import ReferenceCloud
from debian_tree import command
from system_user import USER, assert_user, user_lines
from tree import CONF, STATE, Tree, assert_resets, unpacked

pytestmark = pytest.mark.xdist_group("built here")


@pytest.fixture(scope="session")
def base() -> Iterator[Tree]:
    """A minimal system, with rpm."""
    with unpacked("bookworm", ["libcurl4", "libcjson1", "libseccomp2", "systemd", "rpm"]) as tree:
        yield tree


@pytest.fixture(scope="session")
def rpms(packages: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """Two versions of the rpm."""
    work = tmp_path_factory.mktemp("rpms")
    sources = build.copy_sources(work / "sources")
    build.make_later(sources)
    (later,) = build.package(sources, work / "later", "--rpm")
    (now,) = (path for path in packages if path.suffix == ".rpm")
    return Packages(now, later)


@pytest.fixture(scope="session")
def stand_in(rpms: Packages, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package without files that provides all that ours requires."""
    work = tmp_path_factory.mktemp("stand-in")
    required = {line for line in command("rpm", "-qp", "--requires", rpms.now).splitlines() if "rpmlib(" not in line}
    wanted = work / "wanted"
    wanted.write_text("".join(f"{line}\n" for line in sorted(required) if "config(" not in line))
    spec = Path(__file__).with_name("stand-in.spec")
    command("rpmbuild", "-bb", "--quiet", f"-D_topdir {work}", f"-D_rpmdir {work}", f"-Dwanted {wanted}", spec)
    return work / "noarch/stand-in-1-1.noarch.rpm"


@pytest.fixture
def ready(system: Tree, stand_in: Path) -> Tree:
    """A system that has what the package requires."""
    system.sh('rpm -i "$1"', system.take(stand_in))
    return system


@pytest.fixture
def installed(ready: Tree, rpms: Packages) -> Tree:
    """A system with the package."""
    ready.sh('rpm -i "$1"', ready.take(rpms.now))
    return ready


def upgrade(system: Tree, rpms: Packages) -> None:
    system.sh('rpm -U "$1"', system.take(rpms.later))


def version_of(system: Tree) -> str:
    """What the program says, which must be what rpm says."""
    said = system.sh("resetpwd-agent --version").split()[-1]
    assert system.sh("rpm -q --qf '%{VERSION}' resetpwd-agent") == said
    return said


@pytest.mark.usefixtures("untouched")
def test_installed_it_is_enabled_and_has_not_run(installed: Tree) -> None:
    assert installed.is_enabled()
    assert list((installed.path / STATE).iterdir()) == []
    assert installed.sh("rpm -V resetpwd-agent") == ""
    assert version_of(installed) == build.version()


def test_a_first_boot_that_presets_all_leaves_it_enabled(installed: Tree) -> None:
    """Fedora and its kin disable then what no preset names."""
    (installed.path / "usr/lib/systemd/system-preset/99-default-disable.preset").write_text("disable *\n")
    installed.sh("systemctl preset-all")
    assert installed.is_enabled()


def test_systemd_is_there_before_it(rpms: Packages) -> None:
    """In one transaction with it, as an image is made; but it is not asked for: there are other inits."""
    assert "systemd" in command("rpm", "-qp", "--qf", "[%{ORDERNAME}\n]", rpms.now).split()
    assert "systemd" not in command("rpm", "-qp", "--requires", rpms.now).split()


@pytest.mark.usefixtures("untouched")
def test_user_is_made_once_and_stays(installed: Tree, rpms: Packages) -> None:
    """As with every rpm: its number may stand on files somewhere."""
    assert_user(installed.path)
    made = user_lines(installed.path)
    upgrade(installed, rpms)
    assert user_lines(installed.path) == made
    installed.sh("rpm -e resetpwd-agent")
    assert user_lines(installed.path) == made
    installed.sh('rpm -i "$1"', installed.take(rpms.now))
    assert user_lines(installed.path) == made


@pytest.mark.usefixtures("untouched")
def test_user_that_the_owner_made_is_left_alone(ready: Tree, rpms: Packages) -> None:
    ready.sh(f"useradd --uid 2000 --user-group --no-create-home {USER}")
    made = user_lines(ready.path)
    ready.sh('rpm -i "$1"', ready.take(rpms.now))
    assert user_lines(ready.path) == made


def test_installed_it_resets(installed: Tree, cloud: ReferenceCloud) -> None:
    assert_resets(installed, cloud)
    assert installed.sh("rpm -V resetpwd-agent") == ""


@pytest.mark.usefixtures("untouched")
def test_upgrade_keeps_what_the_owner_wrote(installed: Tree, rpms: Packages) -> None:
    installed.edit_conf()
    installed.write_record()
    edited = installed.conf()
    upgrade(installed, rpms)
    assert version_of(installed) == build.LATER
    assert installed.conf() == edited
    assert (installed.path / f"{CONF}.rpmnew").exists()
    assert (installed.path / STATE / "record").exists()
    assert installed.is_enabled()


@pytest.mark.usefixtures("untouched")
def test_upgrade_and_downgrade_of_what_nobody_edited(installed: Tree, rpms: Packages) -> None:
    before = installed.conf()
    upgrade(installed, rpms)
    assert installed.conf() == f"{before}# A later version.\n"
    installed.sh('rpm -U --oldpackage "$1"', installed.take(rpms.now))
    assert version_of(installed) == build.version()
    assert installed.conf() == before
    assert installed.is_enabled()
    assert installed.sh("rpm -V resetpwd-agent") == ""


@pytest.mark.usefixtures("untouched")
def test_what_the_owner_disabled_stays_so(installed: Tree, rpms: Packages) -> None:
    installed.sh("systemctl -q disable resetpwd-agent.service")
    upgrade(installed, rpms)
    assert not installed.is_enabled()


@pytest.mark.usefixtures("untouched")
def test_erased_it_leaves_record_and_edited_configuration(installed: Tree, rpms: Packages) -> None:
    installed.edit_conf()
    installed.write_record()
    edited = installed.conf()
    installed.sh("rpm -e resetpwd-agent")
    assert not (installed.path / "usr/sbin/resetpwd-agent").exists()
    assert not list((installed.path / "etc/systemd").rglob("resetpwd-agent*"))
    assert (installed.path / f"{CONF}.rpmsave").read_text() == edited
    assert (installed.path / STATE / "record").read_text() == "a record\n"

    installed.sh('rpm -i "$1"', installed.take(rpms.now))
    assert installed.is_enabled()
    assert (installed.path / STATE / "record").exists()


def test_systemd_is_told_to_stop_it_when_it_is_erased(ready: Tree, rpms: Packages) -> None:
    ready.pretend_systemd_runs()
    ready.sh('rpm -i "$1"', ready.take(rpms.now))
    upgrade(ready, rpms)
    assert ready.told_systemd() == []
    ready.sh("rpm -e resetpwd-agent")
    assert [line.split()[-2:] for line in ready.told_systemd()] == [["stop", "resetpwd-agent.service"]]


@pytest.mark.usefixtures("untouched")
def test_erased_unused_it_leaves_nothing(ready: Tree, rpms: Packages) -> None:
    before = ready.files()
    ready.sh('rpm -i "$1"', ready.take(rpms.now))
    assert ready.files() != before
    ready.sh("rpm -e resetpwd-agent")
    assert ready.files() == before
