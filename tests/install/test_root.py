# SPDX-License-Identifier: Apache-2.0
"""`install.sh --root`: into images, whatever their init, without anything of this machine being changed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/support"), str(TOP / "tests/vm")]

from debian_tree import command, debian_tar, unpack
from image import COMMON as PACKAGES
from image import FLAVOURS, OPTIONS
from system_user import USER, assert_user, user_lines

PROGRAM = "usr/local/sbin/resetpwd-agent"
WANTS = "etc/systemd/system/multi-user.target.wants/resetpwd-agent.service"
SCRIPT = "etc/init.d/resetpwd-agent"


def install(*words: object, expected: int = 0) -> str:
    """install.sh, in a mount namespace where this machine's own places cannot be written."""
    guard = "for place in /etc /usr/local /var/lib; do mount -o bind,ro $place $place; done; exec \"$@\""
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-euc", guard, "sh", str(TOP / "install.sh"), *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == expected, done.stdout
    return done.stdout


@pytest.fixture(name="tree", scope="module")
def fixture_tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Path]]:
    """The tree of a machine with this init; each case has it to itself, in an overlay."""
    trees: dict[str, Path] = {}
    mounted: list[Path] = []

    def tree(init: str) -> Path:
        if init not in trees:
            trees[init] = tmp_path_factory.mktemp(init) / "lower"
            unpack(debian_tar("bookworm", PACKAGES + FLAVOURS[init], *OPTIONS), trees[init])
        place = tmp_path_factory.mktemp("case")
        for name in ("upper", "work", "root"):
            (place / name).mkdir()
        layers = f"lowerdir={trees[init]},upperdir={place}/upper,workdir={place}/work"
        command("mount", "-t", "overlay", "none", "-o", layers, place / "root")
        mounted.append(place / "root")
        return place / "root"

    yield tree
    for place in mounted:
        command("umount", place)


def ours(root: Path) -> set[str]:
    """What there is of the agent in a tree."""
    found = command("find", root, "-name", "*resetpwd*", "-printf", "%P\n")
    return set(found.split())


UNIT = {
    WANTS,
    "usr/local/lib/systemd/system/resetpwd-agent.service",
    "usr/local/lib/systemd/system-preset/80-resetpwd-agent.preset",
}
LINKED = {"etc/systemd/system/resetpwd-agent.service", "etc/systemd/system-preset/80-resetpwd-agent.preset"}
COMMON = {
    PROGRAM,
    "etc/resetpwd-agent.conf",
    "usr/local/share/man/man5/resetpwd-agent.conf.5",
    "usr/local/share/man/man8/resetpwd-agent.8",
    "var/lib/resetpwd-agent",
}


def test_systemd(tree: Callable[[str], Path]) -> None:
    root = tree("systemd")
    install("--root", root)
    assert ours(root) == COMMON | UNIT
    assert command("systemctl", "--root", root, "is-enabled", "resetpwd-agent").strip() == "enabled"
    assert "no run has ended here" in command("chroot", root, f"/{PROGRAM}", "status")
    assert "Removed." in install("remove", "--root", root)
    assert ours(root) == set()


def test_sysv(tree: Callable[[str], Path]) -> None:
    root = tree("sysvinit")
    install("--root", root)
    links = {name for name in ours(root) if name.startswith("etc/rc")}
    assert {name.rsplit("/", 1)[0][-5:] for name in links if "/S" in name} == {f"rc{level}.d" for level in "2345"}
    assert ours(root) == COMMON | links | {SCRIPT}
    install("remove", "--root", root)
    assert ours(root) == set()


def test_openrc_of_debian_runs_the_lsb_script(tree: Callable[[str], Path]) -> None:
    root = tree("openrc")
    install("--root", root)
    assert (root / SCRIPT).read_text().startswith("#!/bin/sh\n")
    assert "resetpwd-agent" in command("chroot", root, "rc-update", "show", "default")
    install("remove", "--root", root)
    assert ours(root) == set()


def test_openrc(tree: Callable[[str], Path]) -> None:
    """As other distributions have it, without Debian's way of running LSB scripts."""
    root = tree("openrc")
    (root / "usr/sbin/update-rc.d").unlink()
    install("--root", root)
    assert (root / SCRIPT).read_text().startswith("#!/sbin/openrc-run\n")
    assert "resetpwd-agent" in command("chroot", root, "rc-update", "show", "default")
    install("remove", "--root", root)
    assert ours(root) == set()


@pytest.mark.parametrize("manager", ["rc-update", "chkconfig"])
def test_removing_what_the_init_does_not_know(tree: Callable[[str], Path], manager: str) -> None:
    """Somebody had taken it out of all runlevels."""
    root = tree("openrc" if manager == "rc-update" else "sysvinit")
    (root / "usr/sbin/update-rc.d").unlink()
    if manager == "chkconfig":
        (root / "sbin/chkconfig").write_text('#!/bin/sh\n[ "$1" = --add ]\n')
        (root / "sbin/chkconfig").chmod(0o755)
    install("--root", root)
    if manager == "rc-update":
        command("chroot", root, "rc-update", "delete", "resetpwd-agent", "default")
    assert "Removed." in install("remove", "--root", root)
    assert ours(root) == set()


def test_a_place_where_systemd_does_not_look(tree: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("systemd")
    monkeypatch.setenv("PREFIX", "/opt/reset")
    install("--root", root)
    unit = root / "etc/systemd/system/resetpwd-agent.service"
    assert str(unit.readlink()) == "/opt/reset/lib/systemd/system/resetpwd-agent.service"
    assert command("systemctl", "--root", root, "is-enabled", "resetpwd-agent").strip() == "enabled"
    found = command("sh", "-c", f"chroot {root} /opt/reset/sbin/resetpwd-agent check --root / || [ $? -eq 58 ]")
    assert [line for line in found.splitlines() if line.startswith("service ") and " OK " in line], found
    install("remove", "--root", root)
    assert ours(root) == set()


@pytest.mark.parametrize(("prefix", "linked"), [("/usr//local/", set()), ("/opt/link", LINKED)])
def test_a_place_that_is_spelled_otherwise(
    tree: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, prefix: str, linked: set[str]
) -> None:
    root = tree("systemd")
    (root / "opt/link").symlink_to("../usr/local")
    monkeypatch.setenv("PREFIX", prefix)
    assert "Another" not in install("--root", root)
    assert ours(root) == COMMON | UNIT | linked
    assert "Left to" not in install("remove", "--root", root)
    assert ours(root) == set()


def test_the_last_one_that_is_installed_runs(tree: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("systemd")
    monkeypatch.setenv("PREFIX", "/opt/reset")
    install("--root", root)
    monkeypatch.delenv("PREFIX")
    assert "Another resetpwd-agent is in /opt/reset" in install("--root", root)
    assert not ours(root) & LINKED
    monkeypatch.setenv("PREFIX", "/opt/reset")
    assert "Left to the resetpwd-agent in /usr/local" in install("remove", "--purge", "--root", root)
    assert ours(root) == COMMON | UNIT


@pytest.mark.parametrize("prefix", ["/usr/local", "/opt/reset"])
@pytest.mark.parametrize("is_mask", [False, True])
def test_a_unit_of_the_administrator_stays(
    tree: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, prefix: str, is_mask: bool
) -> None:
    root = tree("systemd")
    unit = root / "etc/systemd/system/resetpwd-agent.service"
    if is_mask:
        unit.symlink_to("/dev/null")
    else:
        unit.write_text("[Service]\nExecStart=/bin/true\n")
    monkeypatch.setenv("PREFIX", prefix)
    told = install("--root", root)
    assert f"Kept {unit}" in told and ("It runs at" in told) == (not is_mask)
    install("remove", "--purge", "--root", root)
    assert ours(root) == {str(unit.relative_to(root))} and unit.is_symlink() == is_mask


def test_a_mask_that_dpkg_left_goes(tree: Callable[[str], Path]) -> None:
    """Until bookworm's debhelper, removing a package masked its unit, until it was installed again or purged."""
    root = tree("systemd")
    noted = root / "var/lib/systemd/deb-systemd-helper-masked/resetpwd-agent.service"
    noted.parent.mkdir(parents=True)
    noted.touch()
    (root / "etc/systemd/system/resetpwd-agent.service").symlink_to("/dev/null")
    assert "It runs at" in install("--root", root)
    assert command("systemctl", "--root", root, "is-enabled", "resetpwd-agent").strip() == "enabled"
    assert not noted.exists()


@pytest.mark.parametrize("prefix", ["/usr/local", "/opt/reset"])
def test_a_first_boot_that_presets_all(
    tree: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    """As Fedora and its kin have it: what no preset names is disabled."""
    root = tree("systemd")
    (root / "usr/lib/systemd/system-preset/99-default-disable.preset").write_text("disable *\n")
    monkeypatch.setenv("PREFIX", prefix)
    install("--root", root)
    command("systemctl", "--root", root, "preset-all")
    assert command("systemctl", "--root", root, "is-enabled", "resetpwd-agent").strip() == "enabled"


def test_settings_and_record_stay(tree: Callable[[str], Path]) -> None:
    root = tree("systemd")
    install("--root", root)
    conf, record = root / "etc/resetpwd-agent.conf", root / "var/lib/resetpwd-agent/record"
    conf.write_text("deadline_s = 60\n")
    record.write_text("")
    assert "Kept" in install("--root", root)
    assert conf.read_text() == "deadline_s = 60\n"
    assert "Left in place" in install("remove", "--root", root)
    assert conf.exists() and record.exists()
    install("remove", "--purge", "--root", root)
    assert ours(root) == set()


def test_user_is_made_there_and_purged(tree: Callable[[str], Path]) -> None:
    root = tree("systemd")
    here = user_lines(Path("/"))
    told = install("--root", root)
    assert_user(root)
    assert USER not in told
    made = user_lines(root)
    install("--root", root)
    install("remove", "--root", root)
    assert user_lines(root) == made
    install("remove", "--purge", "--root", root)
    assert user_lines(root) == {}
    assert user_lines(Path("/")) == here


def test_user_whose_group_is_there_already(tree: Callable[[str], Path]) -> None:
    """And, as SUSE has it, whose group userdel leaves."""
    root = tree("systemd")
    command("chroot", root, "groupadd", "--system", USER)
    defs = root / "etc/login.defs"
    defs.write_text(defs.read_text().replace("USERGROUPS_ENAB yes", "USERGROUPS_ENAB no"))
    install("--root", root)
    assert_user(root)
    install("remove", "--purge", "--root", root)
    assert user_lines(root) == {}


BUSYBOX = """#!/bin/sh
set -eu
echo "${0##*/} $*" >>/asked
[ "${0##*/}" != adduser ] || echo "$9:x:100:101::/nonexistent:/sbin/nologin" >>/etc/passwd
[ "${0##*/}" != deluser ] || sed -i "/^$1:/d" /etc/passwd
"""


def test_user_by_busybox(tree: Callable[[str], Path]) -> None:
    """With a stand-in that writes down what busybox is asked for: Debian's has no such command."""
    root = tree("openrc")
    for name in ("useradd", "userdel", "groupadd", "groupdel"):
        (root / "usr/sbin" / name).unlink()
    for name in ("addgroup", "adduser", "deluser"):
        (root / "usr/sbin" / name).unlink(missing_ok=True)
        (root / "usr/sbin" / name).write_text(BUSYBOX)
        (root / "usr/sbin" / name).chmod(0o755)
    assert USER not in install("--root", root)
    install("--root", root)
    install("remove", "--purge", "--root", root)
    assert (root / "asked").read_text().splitlines() == [
        f"addgroup -S {USER}",
        f"adduser -S -D -H -h /nonexistent -s /sbin/nologin -G {USER} {USER}",
        f"deluser {USER}",
    ]


@pytest.mark.parametrize("broken", [False, True])
def test_user_that_cannot_be_made_is_no_failure(tree: Callable[[str], Path], broken: bool) -> None:
    root = tree("systemd")
    for name in ("useradd", "adduser"):
        (root / "usr/sbin" / name).unlink(missing_ok=True)
    if broken:
        (root / "usr/sbin/useradd").symlink_to("/bin/false")
    assert f"no user {USER}" in install("--root", root)
    assert ours(root) >= COMMON


def test_an_image_without_the_libraries(tree: Callable[[str], Path]) -> None:
    root = tree("systemd")
    for library in root.glob("usr/lib/*/libcjson.so.1*"):
        library.unlink()
    told = install("--root", root, expected=1)
    assert "libcjson.so.1" in told and "does not run in" in told
    assert ours(root) == set()


def test_what_does_not_run_there_takes_no_place(tree: Callable[[str], Path]) -> None:
    """A program that runs there stays: that of another build."""
    root = tree("systemd")
    install("--root", root)
    before = ours(root)
    (root / PROGRAM).write_text("of another build")
    for library in root.glob("usr/lib/*/libcjson.so.1*"):
        library.unlink()
    install("--root", root, expected=1)
    assert ours(root) == before and (root / PROGRAM).read_text() == "of another build"


def test_selinux_is_told(tree: Callable[[str], Path]) -> None:
    root = tree("systemd")
    install("--root", root)
    assert not (root / ".autorelabel").exists()
    (root / "etc/selinux").mkdir(exist_ok=True)
    (root / "etc/selinux/config").write_text("SELINUX=enforcing\n")
    assert "/.autorelabel" in install("--root", root)
    assert (root / ".autorelabel").exists()


def test_what_is_no_image(tmp_path: Path) -> None:
    assert "holds no system" in install("--root", tmp_path, expected=1)
    install("--root", tmp_path / "gone", expected=1)
    assert list(tmp_path.iterdir()) == []


@contextmanager
def path_with(folder: Path, manager: str, log: Path) -> Iterator[str]:
    """A PATH in which this is the only package manager: it writes down what it is asked for."""
    for name in ("bash", "dirname", "id", "nproc", "realpath"):
        (folder / name).symlink_to(Path("/usr/bin") / name)
    for name, code in (("rpm", 1), (manager, 0), ("cmake", 0)):
        (folder / name).write_text(f"#!/bin/bash\necho {name} \"$@\" >>{log}\nexit {code}\n")
        (folder / name).chmod(0o755)
    yield str(folder)


@pytest.mark.parametrize(
    ("manager", "expected"),
    [
        ("dnf", "dnf -q -y install gcc cmake make glibc-devel pkgconf-pkg-config libcurl-devel cjson-devel libseccomp-devel"),
        ("yum", "yum -q -y install gcc cmake make glibc-devel pkgconf-pkg-config libcurl-devel cjson-devel libseccomp-devel"),
        (
            "zypper",
            "zypper --quiet --non-interactive install --no-recommends gcc cmake make glibc-devel pkg-config"
            " libcurl-devel cJSON-devel libseccomp-devel",
        ),
    ],
)
def test_other_package_managers_are_asked(tmp_path: Path, manager: str, expected: str) -> None:
    log = tmp_path / "log"
    (tmp_path / "bin").mkdir()
    (tmp_path / "image/etc").mkdir(parents=True)
    with path_with(tmp_path / "bin", manager, log) as path:
        words = ["/usr/bin/env", f"PATH={path}", str(TOP / "install.sh"), "--root", str(tmp_path / "image")]
        subprocess.run(words, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    asked = log.read_text().splitlines()
    assert any(line.startswith(expected) for line in asked), asked


def test_no_package_manager(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    with path_with(tmp_path / "bin", "pacman", tmp_path / "log") as path:
        words = ["/usr/bin/env", f"PATH={path}", str(TOP / "install.sh"), "need", "gcc"]
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "neither apt-get, dnf, yum nor zypper" in done.stderr
