# SPDX-License-Identifier: Apache-2.0
"""`install.sh` in a system that has the agent already, as a distribution's package brings it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "tests/support"), str(TOP / "tests/vm")]

from debian_tree import command
from system_user import USER, assert_user
from test_root import PROGRAM, SCRIPT, WANTS, fixture_tree, install, ours

__all__ = ["fixture_tree"]

CONF = "etc/resetpwd-agent.conf"
UNIT = "systemd/system/resetpwd-agent.service"
PACKAGED = "usr/sbin/resetpwd-agent"


@pytest.fixture(name="staged", scope="module")
def fixture_staged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a package has in it."""
    work = tmp_path_factory.mktemp("package")
    command("cmake", "-S", TOP, "-B", work / "build", "-DCMAKE_INSTALL_PREFIX=/usr", "-DCMAKE_BUILD_TYPE=Release")
    command("cmake", "--build", work / "build", "-j", "2")
    command("cmake", "--install", work / "build", env={"DESTDIR": str(work / "stage"), "PATH": "/usr/bin:/bin"})
    return work / "stage"


def put_package(staged: Path, root: Path) -> None:
    """Of the files of /etc those that are there stay, as dpkg has it when nobody is asked."""
    for file in staged.rglob("*"):
        to = root / file.relative_to(staged)
        if file.is_dir():
            to.mkdir(exist_ok=True, parents=True)
        elif not to.exists():
            shutil.copy(file, to)
    if not (root / WANTS).is_symlink():
        (root / WANTS).parent.mkdir(exist_ok=True, parents=True)
        (root / WANTS).symlink_to(f"/lib/{UNIT}")
    if USER not in (root / "etc/passwd").read_text():
        options = "--quiet --system --group --no-create-home --home /nonexistent --force-badname"
        command("chroot", root, "adduser", *options.split(), USER)


def service(root: Path) -> str:
    """What the package's program says of its start at boot."""
    told = command("sh", "-c", f"chroot {root} /{PACKAGED} check --root / --json || [ $? -eq 58 ]")
    (found,) = (check for check in json.loads(told)["checks"] if check["name"] == "service")
    return f"{found['level']}: {found['found']}"


@pytest.mark.parametrize("init", ["systemd", "sysvinit"])
@pytest.mark.parametrize("first", ["package", "install.sh", "nothing"])
def test_removing_leaves_the_package_at_work(tree: Callable[[str], Path], staged: Path, init: str, first: str) -> None:
    """Whichever came first, and where there is nothing of install.sh's."""
    root = tree(init)
    if first == "install.sh":
        install("--root", root)
    put_package(staged, root)
    if init == "sysvinit" and first != "install.sh":
        command("chroot", root, "update-rc.d", "resetpwd-agent", "defaults")
    if first == "package":
        told = install("--root", root)
        assert "Another resetpwd-agent is in /usr:" in told and "run ./install.sh again then." in told
    told = install("remove", "--purge", "--root", root)
    assert "Removed." in told and "/usr" in told
    left = {name for name in ours(root) if not name.startswith(("etc/rc", "var/lib/systemd"))}
    assert left == {str(file.relative_to(staged)) for file in staged.rglob("*resetpwd*")} | {WANTS}
    assert (root / SCRIPT).read_bytes() == (staged / SCRIPT).read_bytes()
    assert (root / CONF).read_bytes() == (staged / CONF).read_bytes()
    assert_user(root)
    assert service(root).startswith("OK: ")
    if init == "systemd":
        assert command("systemctl", "--root", root, "is-enabled", "resetpwd-agent").strip() == "enabled"


def test_the_script_of_a_package_that_was_removed_stays(tree: Callable[[str], Path], staged: Path) -> None:
    """It is of its configuration: dpkg would not put it back with the package, which would start nothing then."""
    root = tree("sysvinit")
    (root / "var/lib/dpkg/info/resetpwd-agent.list").write_text(f"/{SCRIPT}\n")
    shutil.copy(staged / SCRIPT, root / SCRIPT)
    install("--root", root)
    assert f"program=/{PROGRAM}\n" in (root / SCRIPT).read_text()
    install("remove", "--purge", "--root", root)
    assert (root / SCRIPT).read_bytes() == (staged / SCRIPT).read_bytes()
    assert {name for name in ours(root) if not name.startswith("var/lib/dpkg/")} == {SCRIPT}


def test_removing_the_only_one_takes_all(tree: Callable[[str], Path]) -> None:
    root = tree("systemd")
    assert "Another" not in install("--root", root)
    assert (root / PROGRAM).exists()
    install("remove", "--purge", "--root", root)
    assert ours(root) == set()
