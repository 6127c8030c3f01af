# SPDX-License-Identifier: Apache-2.0
"""What is in the packages, what their checkers say, and that they come out the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

import build
from debian_tree import command

pytestmark = pytest.mark.xdist_group("built here")

PROGRAM = {"/usr/sbin/resetpwd-agent": "-rwxr-xr-x"}
EVERYWHERE = PROGRAM | {
    "/etc/resetpwd-agent.conf": "-rw-r--r--",
    "/usr/lib/systemd/system/resetpwd-agent.service": "-rw-r--r--",
    "/usr/lib/systemd/system-preset/80-resetpwd-agent.preset": "-rw-r--r--",
    "/usr/share/man/man5/resetpwd-agent.conf.5.gz": "-rw-r--r--",
    "/usr/share/man/man8/resetpwd-agent.8.gz": "-rw-r--r--",
    "/usr/share/resetpwd-agent/openrc/resetpwd-agent": "-rwxr-xr-x",
    "/var/lib/resetpwd-agent": "drwx------",
}
IN_DEB = EVERYWHERE | {
    "/etc/init.d/resetpwd-agent": "-rwxr-xr-x",
    "/usr/share/doc/resetpwd-agent/changelog.Debian.gz": "-rw-r--r--",
    "/usr/share/doc/resetpwd-agent/changelog.gz": "-rw-r--r--",
    "/usr/share/doc/resetpwd-agent/copyright": "-rw-r--r--",
    "/usr/share/lintian/overrides/resetpwd-agent": "-rw-r--r--",
}
IN_RPM = EVERYWHERE | {
    "/usr/share/resetpwd-agent/sysv/resetpwd-agent": "-rwxr-xr-x",
    "/usr/share/doc/resetpwd-agent/NEWS": "-rw-r--r--",
    "/usr/share/licenses/resetpwd-agent/LICENSE": "-rw-r--r--",
}
LIMIT = 300 * 1000


@pytest.fixture(scope="session")
def deb(packages: list[Path]) -> Path:
    (deb,) = (path for path in packages if path.suffix == ".deb")
    return deb


@pytest.fixture(scope="session")
def rpm(packages: list[Path]) -> Path:
    (rpm,) = (path for path in packages if path.suffix == ".rpm")
    return rpm


def modes_of(listing: str) -> dict[str, str]:
    """Modes by path, of lines as `ls -l` writes them; without folders that are everybody's."""
    rows = (line.split() for line in listing.splitlines())
    modes = {"/" + re.sub(r"^[./]+", "", row[-1]).rstrip("/"): row[0] for row in rows if "->" not in row}
    return {path: mode for path, mode in modes.items() if mode != "drwxr-xr-x"}


def test_deb_holds_what_it_should(deb: Path) -> None:
    listing = command("dpkg-deb", "--contents", deb)
    # Debian has units in /lib until trixie.
    assert modes_of(re.sub(r"\./lib/systemd", "./usr/lib/systemd", listing)) == IN_DEB
    owners = {line.split()[1] for line in listing.splitlines()}
    assert owners == {"root/root"}
    conffiles = command("dpkg-deb", "--info", deb, "conffiles").split()
    assert sorted(conffiles) == ["/etc/init.d/resetpwd-agent", "/etc/resetpwd-agent.conf"]
    assert sum(int(line.split()[2]) for line in listing.splitlines()) < LIMIT
    assert int(command("dpkg-deb", "--field", deb, "Installed-Size")) * 1024 < LIMIT


def test_rpm_holds_what_it_should(rpm: Path) -> None:
    listing = command("rpm", "-qlvp", rpm)
    unversioned = re.sub(r"(/usr/share/(doc|licenses)/resetpwd-agent)-[0-9.]+", r"\1", listing)
    assert modes_of(unversioned) == IN_RPM
    assert set(command("rpm", "-qp", "--qf", "[%{FILEUSERNAME}:%{FILEGROUPNAME} ]", rpm).split()) == {"root:root"}
    assert command("rpm", "-qp", "--configfiles", rpm).split() == ["/etc/resetpwd-agent.conf"]
    assert int(command("rpm", "-qp", "--qf", "%{SIZE}", rpm)) < LIMIT
    assert "openrc" not in command("rpm", "-qp", "--requires", rpm)


def test_deb_depends_on_what_it_uses(deb: Path) -> None:
    depends = command("dpkg-deb", "--field", deb, "Depends")
    assert {"adduser", "libseccomp2"} <= set(re.findall(r"[a-z0-9.+-]+(?=[ ,\n])", depends)), depends


def test_rpm_requires_what_it_uses(rpm: Path) -> None:
    required = command("rpm", "-qp", "--qf", "[%{REQUIREFLAGS:deptype} %{REQUIRENAME}\n]", rpm).splitlines()
    assert "pre /usr/sbin/useradd" in required
    assert "auto libseccomp.so.2()(64bit)" in required


def test_lintian_is_silent(deb: Path) -> None:
    done = subprocess.run(
        ["lintian", "--pedantic", "--display-info", "--fail-on", "error,warning,info,pedantic", deb],
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")


def test_rpmlint_is_silent(rpm: Path) -> None:
    folder = build.TOP / "packaging/rpm"
    said = command("rpmlint", "--config", folder / "rpmlint.toml", rpm, folder / "resetpwd-agent.spec")
    assert "0 errors, 0 warnings" in said and "1 packages and 1 specfiles checked" in said, said


@pytest.mark.parametrize("page", ["resetpwd-agent.8", "resetpwd-agent.conf.5"])
def test_manual_pages_are_clean(page: str) -> None:
    done = subprocess.run(
        ["mandoc", "-T", "lint", build.TOP / "packaging/man" / page],
        stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    # The two name each other, and are not installed here.
    own = r"STYLE: referenced manual not found: Xr resetpwd-agent(\.conf 5| 8)( |$)"
    assert [line for line in done.stdout.splitlines() if not re.search(own, line)] == []


def test_version_is_cmakes(deb: Path, rpm: Path, tmp_path: Path) -> None:
    number = build.version()
    assert deb.name == f"resetpwd-agent_{number}-1_amd64.deb"
    assert rpm.name == f"resetpwd-agent-{number}-1.x86_64.rpm"
    assert command("dpkg-deb", "--field", deb, "Version").strip() == f"{number}-1"
    assert command("rpm", "-qp", "--qf", "%{VERSION}-%{RELEASE}", rpm) == f"{number}-1"
    command("dpkg-deb", "--extract", deb, tmp_path)
    assert command(tmp_path / "usr/sbin/resetpwd-agent", "--version").split()[-1] == number


@pytest.mark.parametrize("name", build.VERSIONED)
def test_versions_that_differ_are_refused(name: str, tmp_path: Path) -> None:
    sources = build.copy_sources(tmp_path / "sources")
    build.set_version(sources, "9.9.9", [name])
    with pytest.raises(AssertionError, match="is not about version"):
        build.package(sources, tmp_path / "out")


def test_built_elsewhere_they_are_the_same(packages: list[Path], tmp_path: Path) -> None:
    """In another folder, at another time, of files of another age, by somebody with another umask."""
    sources = build.copy_sources(tmp_path / "a folder of another name")
    long_ago = time.time() - 10**8
    for path in sources.rglob("*"):
        os.utime(path, (long_ago, long_ago))
        path.chmod(path.stat().st_mode & 0o700)
    again = build.package(sources, tmp_path / "out")
    assert [path.name for path in again] == [path.name for path in packages]
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in packages]
