# SPDX-License-Identifier: Apache-2.0
"""Moving off the Java plugin: its traces are saved, removed and put back, on laid-out copies of them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from java_plugin import (
    SCRIPT, SERVICES, TOP, fixture_root, in_mounts, is_trace, lay_out_folder, lay_out_service, link, put, replace, run,
    state, tarballs, undo, without_traces,
)  # fmt: skip

__all__ = ["fixture_root"]  # pytest finds it by its name here


@pytest.fixture
def rival_path(tmp_path: Path) -> Iterator[Path]:
    """A folder whose programs are found first."""
    (tmp_path / "bin").mkdir()
    yield tmp_path / "bin"


def rivals(folder: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def test_round_trip(root: Path) -> None:
    before = state(root)
    traces = [(root / name).lstat() for name in before if is_trace(name)]
    freed = sum({about.st_ino: about.st_blocks * 512 for about in traces}.values())

    done = replace(root)
    assert done.returncode == 0, done.stdout
    assert f"Freed {freed} bytes ({freed // 100_000 / 10} MB)" in done.stdout
    assert "Warning" not in done.stdout
    assert state(root) == without_traces(before)
    (tarball,) = tarballs(root)
    assert re.fullmatch(r"resetpwd-agent-java-plugin-\d{8}T\d{6}Z\.tar\.gz", tarball.name)
    assert (oct(tarball.stat().st_mode), tarball.stat().st_uid) == ("0o100600", 0)

    again = replace(root)
    assert (again.returncode, again.stdout) == (0, f"Nothing of the Java plugin was found in {root}.\n")
    assert tarballs(root) == [tarball]

    for _ in range(2):
        undone = undo(done)
        assert undone.returncode == 0, undone.stdout
        assert state(root) == before
    assert tarballs(root) == [tarball]


def test_dry_run_changes_nothing(root: Path) -> None:
    before = state(root)
    done = replace(root, "--dry-run")
    assert done.returncode == 0 and "Would free" in done.stdout, done.stdout
    found = set(re.findall(r"^Found: (.*)$", done.stdout, re.MULTILINE))
    tops = {name for name in before if is_trace(name) and not is_trace(str(Path(name).parent))}
    assert found == {f"{root}/{name}" for name in tops}
    assert state(root) == before and tarballs(root) == []


def test_nothing_found(tmp_path: Path) -> None:
    done = replace(tmp_path)
    assert (done.returncode, done.stdout) == (0, f"Nothing of the Java plugin was found in {tmp_path}.\n")


@pytest.mark.parametrize("part", ["service", "folder", "other spelling"])
def test_partial_presence(tmp_path: Path, part: str) -> None:
    (tmp_path / "var/lib").mkdir(parents=True)
    if part == "service":
        lay_out_service(tmp_path, SERVICES[1])
    else:
        lay_out_folder(tmp_path / ("CloudrResetPwdAgent" if part == "folder" else "CloudResetPwdAgent"))
    before = state(tmp_path)
    done = replace(tmp_path)
    assert done.returncode == 0, done.stdout
    assert "Warning: resetpwd-agent is not installed here" in done.stdout
    assert not [name for name in state(tmp_path) if "ResetPwd" in name.replace(".service.d", "")]
    assert undo(done).returncode == 0
    assert state(tmp_path) == before


def test_links_are_removed_and_not_followed(root: Path, tmp_path: Path) -> None:
    precious = put(tmp_path / "outside/systemd/system/cloudResetPwdAgent.service", "precious")
    (root / "CloudResetPwdUpdateAgent").rename(tmp_path / "outside/folder")
    link(root / "CloudResetPwdUpdateAgent", str(tmp_path / "outside/folder"))
    link(root / "lib", str(tmp_path / "outside"))
    link(root / "etc/systemd/system/cloudResetPwdAgent.service", "/dev/null")
    outside, before = state(tmp_path / "outside"), state(root)
    done = replace(root)
    assert done.returncode == 0, done.stdout
    assert precious.exists() and f"{root}/lib" not in done.stdout
    assert state(root) == without_traces(before)
    assert undo(done).returncode == 0
    assert state(root) == before
    assert state(tmp_path / "outside") == outside


def test_nothing_is_saved_outside_of_a_root(root: Path, tmp_path: Path) -> None:
    shutil.rmtree(root / "var/lib")
    (tmp_path / "outside").mkdir()
    link(root / "var/lib", str(tmp_path / "outside"))
    before = state(root)
    done = replace(root)
    assert done.returncode == 1 and f"{root}/var/lib is reached by a link" in done.stdout, done.stdout
    assert state(root) == before
    assert list((tmp_path / "outside").iterdir()) == []


def test_tarball_of_the_same_second_is_not_overwritten(root: Path, rival_path: Path) -> None:
    put(rival_path / "date", "#!/bin/sh\necho 20260101T000000Z\n", 0o755)
    earlier = put(root / "var/lib/resetpwd-agent-java-plugin-20260101T000000Z.tar.gz", "of an earlier run")
    before = state(root)
    done = replace(root, env=rivals(rival_path))
    assert done.returncode == 1 and f"{earlier} is there already" in done.stdout, done.stdout
    assert state(root) == before and earlier.read_text() == "of an earlier run"


def test_layout_of_red_hat(tmp_path: Path) -> None:
    """There /etc/init.d and /etc/rcN.d are links."""
    root = tmp_path / "root"
    put(root / "etc/rc.d/init.d/cloudResetPwdAgent", "#!/bin/sh\n", 0o755)
    link(root / "etc/rc.d/rc3.d/S80cloudResetPwdAgent", "../init.d/cloudResetPwdAgent")
    link(root / "etc/init.d", "rc.d/init.d")
    link(root / "etc/rc3.d", "rc.d/rc3.d")
    (root / "var/lib").mkdir(parents=True)
    before = state(root)
    done = replace(root)
    assert re.findall(r"^Found: .*/root/(.*)$", done.stdout, re.MULTILINE) == [
        "etc/rc.d/init.d/cloudResetPwdAgent",
        "etc/rc.d/rc3.d/S80cloudResetPwdAgent",
    ]
    assert not [name for name in state(root) if "cloudReset" in name]
    assert undo(done).returncode == 0
    assert state(root) == before


def test_the_tarball_is_durable_before_anything_is_removed(root: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    calls = "trace=fsync,rename,renameat,renameat2,unlinkat"
    done = run("strace", "-f", "-y", "-o", trace, "-e", calls, SCRIPT, "--root", root)
    assert done.returncode == 0, done.stdout
    events = [
        "file" if ".part>" in line else "folder" if "/var/lib>" in line and "fsync" in line else
        "name" if "rename" in line else "remove"
        for line in trace.read_text(errors="replace").splitlines() if "(" in line and "SIGCHLD" not in line
    ]  # fmt: skip
    assert events[:3] == ["file", "name", "folder"]
    assert set(events[3:]) == {"remove"}


@pytest.mark.parametrize(
    ("after_saving", "reason"),
    [
        ("echo more >>CloudrResetPwdAgent/logs/-rf", "the tarball is not what stands on the disk"),
        ("echo more >CloudrResetPwdAgent/logs/new", "the tarball does not hold every file"),
        ("truncate -s -1 var/lib/*.part", "the tarball is not what stands on the disk"),
        ("exit 2", ""),
    ],
)
def test_a_tarball_that_is_not_right_removes_nothing(
    root: Path, rival_path: Path, after_saving: str, reason: str
) -> None:
    put(rival_path / "tar", f'#!/bin/sh\n/usr/bin/tar "$@" || exit\n[ "$1" != -cz ] || {{ {after_saving}; }}\n', 0o755)
    before = state(root)
    done = replace(root, env=rivals(rival_path))
    assert done.returncode != 0
    assert reason in done.stdout and "Nothing was removed." in done.stdout
    assert tarballs(root) == []
    assert set(state(root)) - set(before) <= {"CloudrResetPwdAgent/logs/new"}
    assert set(before) <= set(state(root))


def test_full_disk_is_seen_before_anything_is_done(root: Path) -> None:
    before = state(root)
    lib = shlex.quote(str(root / "var/lib"))
    done = in_mounts(
        f"mount -t tmpfs -o size=300k none {lib}",
        f"! {SCRIPT} --root {shlex.quote(str(root))}",
        f'[ -z "$(ls {lib})" ]',
        "echo THE END",
    )
    assert "THE END" in done.stdout, done.stdout
    assert re.search(r"/var/lib needs \d+ bytes free for the tarball, and has \d+", done.stdout)
    assert state(root) == before


def test_disk_that_gets_full_while_saving(root: Path) -> None:
    """The limit on the size of a file stands for the disk that others filled in the meantime."""
    before = state(root)
    done = run("bash", "-c", 'ulimit -f 100 && exec "$@"', "-", SCRIPT, "--root", root)
    assert done.returncode != 0
    assert "Nothing was removed." in done.stdout
    assert tarballs(root) == []
    assert state(root) == before


def test_what_is_mounted_inside_is_not_removed(root: Path) -> None:
    before = state(root)
    place = root / "CloudrResetPwdAgent/empty"
    done = in_mounts(
        f"mount -t tmpfs none {shlex.quote(str(place))}",
        f"touch {shlex.quote(str(place))}/precious",
        f"! {SCRIPT} --root {shlex.quote(str(root))}",
        f"ls {shlex.quote(str(place))}/precious",
        "echo THE END",
    )
    assert "THE END" in done.stdout, done.stdout
    assert f"something is mounted at {place}: unmount it first" in done.stdout
    assert state(root) == before and tarballs(root) == []


def test_removal_that_fails_half_way_can_be_undone(root: Path) -> None:
    before = state(root)
    immutable = root / "CloudrResetPwdAgent/lib/the same.jar"
    assert run("chattr", "+i", immutable).returncode == 0
    try:
        done = replace(root)
        assert done.returncode != 0
        assert "Not everything could be removed. To go on, run the command again" in done.stdout
        assert len(tarballs(root)) == 1 and len(state(root)) < len(before)
        undone = undo(done)
        assert undone.returncode == 0, undone.stdout
    finally:
        run("chattr", "-i", immutable)
    assert set(state(root)) == set(before)
    assert undo(done).returncode == 0
    assert state(root) == before


def test_owners_are_numbers(root: Path, tmp_path: Path) -> None:
    """Whoever mounts a root, or undoes it from elsewhere, has other names for the same numbers."""
    os.chown(root / "CloudrResetPwdAgent/bin", 1, 1)
    before = state(root)
    done = replace(root)
    names = {name: Path("/etc", name).read_text().replace(":x:1:", ":x:4444:") for name in ("passwd", "group")}
    files = {name: put(tmp_path / name, text) for name, text in names.items()}
    (tarball,) = tarballs(root)
    undone = in_mounts(
        *(f"mount --bind {shlex.quote(str(file))} /etc/{name}" for name, file in files.items()),
        f"{SCRIPT} --root {shlex.quote(str(root))} --undo {shlex.quote(str(tarball))}",
    )
    assert (done.returncode, undone.returncode) == (0, 0), undone.stdout
    assert state(root) == before


def test_undo_says_what_it_could_not_put_back(root: Path) -> None:
    done = replace(root)
    put(root / "etc/init.d/cloudResetPwdAgent/in the way", "")
    undone = undo(done)
    assert undone.returncode == 1 and "not everything could be put back from" in undone.stdout, undone.stdout
    (root / "etc/init.d/cloudResetPwdAgent/in the way").unlink()
    assert undo(done).returncode == 0


def test_sockets_are_removed_and_not_saved(root: Path) -> None:
    before = state(root)
    os.mknod(root / "CloudrResetPwdAgent/bin/socket", stat.S_IFSOCK | 0o600)
    done = replace(root)
    assert done.returncode == 0, done.stdout
    undo(done)
    assert set(state(root)) == set(before)


def test_services_of_the_machine_are_not_those_of_a_root(root: Path, rival_path: Path) -> None:
    for program in ("systemctl", "service"):
        put(rival_path / program, f"#!/bin/sh\necho '{program} was called'\n", 0o755)
    done = replace(root, env=rivals(rival_path))
    assert done.returncode == 0 and "was called" not in done.stdout, done.stdout


def test_undo_takes_whole_tarballs_of_this_command_only(root: Path, tmp_path: Path) -> None:
    done = replace(root)
    (saved,) = tarballs(root)
    before = state(root)
    broken = put(tmp_path / "broken.tar.gz", saved.read_bytes()[:-1000])
    foreign = tmp_path / "foreign.tar.gz"
    assert run("tar", "-czf", foreign, "-C", TOP, "README.md").returncode == 0
    for tarball in (broken, foreign, tmp_path / "missing.tar.gz"):
        undone = replace(root, "--undo", tarball)
        assert undone.returncode == 1 and "replace-java-plugin: " in undone.stdout, undone.stdout
        assert state(root) == before
    (root / "etc/init.d").rename(tmp_path / "init.d")
    link(root / "etc/init.d", str(tmp_path / "init.d"))
    undone = undo(done)
    assert undone.returncode == 1 and "etc/init.d is reached by a link" in undone.stdout
    assert sorted(path.name for path in (tmp_path / "init.d").iterdir()) == ["other"]


def test_install_sh_passes_it_on() -> None:
    done = run(TOP / "install.sh", "replace-java-plugin", "--help")
    assert done.returncode == 0 and "--undo TARBALL" in done.stdout, done.stdout
    assert run(TOP / "install.sh", "replace-java-plugin", "--nonsense").returncode == 2
