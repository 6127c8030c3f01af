# SPDX-License-Identifier: Apache-2.0
"""`check` as a whole: its lines, its JSON, its pages, and that it changes and gives away nothing."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Dict, List, Set

import pytest

import runner
from checking import CHECK_FAILED, LEVELS, check
from image import inside
from machine import Machine
from sandbox import mounted
from throwaway import Root

TOP = Path(__file__).resolve().parent.parent.parent
GROUPS = ["service", "password", "login", "boot"]
LINE = re.compile(r"([a-z-]+) +(OK|WARN|FAIL|SKIP) +\S.*")
NOT_HERE = {"password-policy", "domain-controller", "setup"}  # Windows only
PASSWORD = "Fusion@123"


def said(*words: runner.Word) -> runner.Ended:
    """What it says in words."""
    return runner.run("check", *words)


def names() -> List[str]:
    """The checks of this system."""
    return [found.name for found in check(Path("/nonexistent")).findings]


def test_a_line_for_each_and_an_end(root: Root) -> None:
    ended = said("--root", root.path)
    *lines, end = ended.out.splitlines()
    assert ended.err == ""
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches), lines
    assert [match.group(1) for match in matches if match] == names()
    assert len({line.index(match.group(2), len(match.group(1))) for line, match in zip(lines, matches) if match}) == 1
    assert re.fullmatch(r"(a reset would not work|nothing) here[a-z ]*: (\d+ [A-Z]+(, )?)+", end)


def test_json_says_the_same(root: Root) -> None:
    lines = said("--root", root.path).out.splitlines()
    for line, found in zip(lines, check(root.path).findings):
        mend = f"; mend: {found.mend}" if found.mend else ""
        # Times differ from run to run.
        assert re.sub(r"\d+", "N", line) == re.sub(
            r"\d+", "N", f"{found.name:<{line.index(found.level)}}{found.level:<4}  {found.found}{mend}"
        )
        assert found.level in LEVELS and found.group in GROUPS


def test_a_system_that_does_not_run() -> None:
    """In the chroot of an image's build the system has no network, but files like any other."""
    ended = runner.run("check", "--root", "/")
    skipped = re.findall(r"^([a-z-]+) +SKIP +only the running system can be asked$", ended.out, re.MULTILINE)
    assert {"route", "connect", "pending"} <= set(skipped)
    assert "chroot" not in ended.out


def test_groups_stand_together(root: Root) -> None:
    groups = [found.group for found in check(root.path).findings]
    assert [group for i, group in enumerate(groups) if i == 0 or groups[i - 1] != group] == GROUPS


def on_a_terminal(env: Dict[str, str], *words: runner.Word) -> bytes:
    """What is shown there."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [runner.BINARY, *words], env=env, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower
    ) as process:
        os.close(follower)
        shown = b""
        while True:
            try:
                piece = os.read(leader, 65536)
            except OSError:  # EIO: nobody writes any more
                break
            if not piece:
                break
            shown += piece
        os.close(leader)
        assert process.wait(runner.PATIENCE_S) in (0, CHECK_FAILED)
    return shown


@pytest.mark.parametrize(
    "extra, coloured",
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "xterm", "NO_COLOR": ""}, True),  # as no-color.org has it
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_colours_are_for_terminals(root: Root, extra: Dict[str, str], coloured: bool) -> None:
    env = runner.environment(extra)
    assert (b"\033[" in on_a_terminal(env, "check", "--root", root.path)) == coloured
    assert b"\033[" not in on_a_terminal(env, "check", "--json", "--root", root.path)
    assert "\033" not in runner.run("check", "--root", root.path, env=env).out


def test_nothing_is_changed(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.note()
    before = machine.root.snapshot()
    check(machine.root.path)
    ended = runner.run("check", "--root", machine.root.path)
    machine.assert_discreet(ended)
    assert machine.root.snapshot() == before
    assert machine.is_pending and not machine.cloud.requests


def test_a_full_disk_is_no_answer(root: Root) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run([runner.BINARY, "check", "--root", root.path], stdout=full, check=False)
    assert done.returncode not in (0, CHECK_FAILED)


def test_a_hostile_system(root: Root) -> None:
    """Folders where files should be, and nothing else."""
    for path in list(root.etc.iterdir()):
        path.unlink()
        path.mkdir()
    answer = check(root.path)
    assert answer.code == CHECK_FAILED


def test_a_chroot_is_an_image(image: Root, tmp_path: Path) -> None:
    """What the kernel and /run of the machine say that builds it is not the image's."""
    line = tmp_path / "cmdline"
    line.write_text("console=ttyS7 cloud-init=disabled\n")
    (image.etc / "selinux").mkdir()
    (image.etc / "selinux/config").write_text("SELINUX=enforcing\nSELINUXTYPE=targeted\n")
    with ExitStack() as stack:
        stack.enter_context(mounted("-t", "tmpfs", "tmpfs", "/run"))
        stack.enter_context(mounted("--bind", line, "/proc/cmdline"))
        for name in ("proc", "run", "sys"):
            (image.path / name).mkdir()
            stack.enter_context(mounted("--rbind", f"/{name}", image.path / name))
        Path("/run/nologin").touch()
        outside = check(image.path)
        within = check(Path("/"), before=inside(image))
    for name in names():
        a, b = outside.find(name), within.find(name)
        if name not in ("configuration", "hash"):
            # Times and what is free differ from run to run.
            assert (a.level, re.sub(r"\d+", "N", a.found)) == (b.level, re.sub(r"\d+", "N", b.found))
        assert not b.mend or "chroot" not in b.mend
    assert within.is_ok("nologin") and within.find("selinux").found != "off"


@pytest.mark.native  # slower than the limit allows for
@pytest.mark.parametrize("size", [1 << 17, 1 << 20])
def test_an_image_with_too_much(root: Root, size: int) -> None:
    """A thousand large files wherever any number is read: time is left for the checks after those."""
    parts = [
        ("etc/cloud/cloud.cfg.d/{}.cfg", "a: b\n"),
        ("boot/loader/entries/{}.conf", "console=ttyS0 "),
        ("etc/systemd/system.conf.d/{}.conf", "DefaultEnvironment=a=b\n"),
    ]
    for program in ("bin/cloud-init", "lib/systemd/systemd"):
        (root.path / "usr" / program).parent.mkdir(parents=True, exist_ok=True)
        (root.path / "usr" / program).touch()
    (root.path / "sbin").mkdir()
    (root.path / "sbin/init").symlink_to("/usr/lib/systemd/systemd")
    for pattern, text in parts:
        first = root.path / pattern.format("first")
        first.parent.mkdir(parents=True)
        first.write_text((text * size)[:size])
        for number in range(1000):
            os.link(first, root.path / pattern.format(number))
    answer = check(root.path)
    assert answer.find("cloud-init").level == ("OK" if size == 1 << 17 else "SKIP")
    for name in ("proxy", "old-plugin", "other-agent"):
        assert answer.find(name).level == "OK", answer.find(name)


def test_an_empty_system(tmp_path: Path) -> None:
    assert check(tmp_path).code == CHECK_FAILED


@pytest.mark.parametrize("page", ["README.md", "packaging/man/resetpwd-agent.8"])
def test_every_check_is_explained(page: str) -> None:
    text = (TOP / page).read_text()
    pattern = r"^\| `([a-z-]+)` \|.*\| (?:FAIL|WARN|OK)" if page.endswith(".md") else r"^\.It Cm ([a-z-]+)$"
    section = text[text.index("## When a reset does not work" if page.endswith(".md") else ".Ss Checks") :]
    section = section[: section.index("\n## " if page.endswith(".md") else "\n.Sh ", 1)]
    explained = re.findall(pattern, section, re.MULTILINE)
    assert set(explained) == set(names()) | NOT_HERE
    assert len(explained) == len(set(explained))


# selftest


def test_selftest() -> None:
    answer = check(command="selftest")
    assert [found.name for found in answer.findings] == ["known-answer", "rehearsal"]
    assert answer.code == 0 and not [found for found in answer.findings if found.level != "OK"]
    assert "this program works here" in runner.run("selftest").out


def test_selftest_leaves_nothing() -> None:
    places = [Path("/tmp"), Path("/run"), Path("/var/tmp")]

    def found() -> Set[Path]:
        return {path for place in places for path in place.glob("*resetpwd-agent*")}

    before = found()
    runner.run("selftest")
    left = found() - before
    end = time.monotonic() + runner.PATIENCE_S
    while left & found():  # another test's folder goes when that ends
        assert time.monotonic() < end, left
        time.sleep(0.01)


def test_version_is_in_the_answer(root: Root) -> None:
    document = json.loads(runner.run("check", "--json", "--root", root.path).out)
    assert runner.run("--version").out == f"resetpwd-agent {document['version']}\n"
