# SPDX-License-Identifier: Apache-2.0
"""arm64: cross-built with Debian's multiarch, run under qemu."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import build
from debian_tree import command
from tree import Tree, unpacked

pytestmark = pytest.mark.xdist_group("arm64")

TRIPLET = "aarch64-linux-gnu"
QEMU = "/usr/bin/qemu-aarch64-static"
FOREIGN = [f"{package}:arm64" for package in ("pkg-config", *build.LIBRARIES)]
CROSS = [
    "-DCMAKE_SYSTEM_NAME=Linux", "-DCMAKE_SYSTEM_PROCESSOR=aarch64", f"-DCMAKE_C_COMPILER={TRIPLET}-gcc",
    f"-DPKG_CONFIG_EXECUTABLE=/usr/bin/{TRIPLET}-pkg-config",
]  # fmt: skip


@pytest.fixture(scope="module")
def builder() -> Iterator[Tree]:
    """A system that builds for arm64, with the sources in /src."""
    wanted = [*build.NEEDED, "crossbuild-essential-arm64", *FOREIGN]
    with unpacked("bookworm", wanted, "--architectures=amd64,arm64") as tree:
        shutil.copy(QEMU, tree.path / "usr/bin")
        build.copy_sources(tree.path / "src")
        yield tree


@pytest.fixture(scope="module")
def program(builder: Tree) -> Path:
    """The program of the arm64 deb, where a plain user may reach it, too."""
    work = builder.path / "program"
    work.mkdir()
    deb = build.package_in(builder, work, "--arch", "arm64")
    assert deb.name == f"resetpwd-agent_{build.version()}-1_arm64.deb"
    assert command("dpkg-deb", "--field", deb, "Architecture").strip() == "arm64"
    command("dpkg-deb", "--extract", deb, work)
    return work / "usr/sbin/resetpwd-agent"


def test_kind_and_linkage(program: Path) -> None:
    kind = command("file", "--brief", program)
    assert re.match(r"ELF 64-bit LSB pie executable, ARM aarch64, .*dynamically linked.*, stripped$", kind), kind
    headers = command("readelf", "--wide", "--dynamic", "--segments", program)
    needed = set(re.findall(r"\(NEEDED\) +Shared library: \[(.*)\]", headers))
    loader = "ld-linux-aarch64.so.1"
    libraries = {"libcjson.so.1", "libcrypt.so.1", "libcrypto.so.3", "libcurl.so.4", "libseccomp.so.2", "libc.so.6"}
    assert needed == libraries | {loader}
    assert re.search(r"\(FLAGS_1\) +Flags: NOW PIE\n", headers)
    assert "GNU_RELRO" in headers
    assert re.search(r"GNU_STACK .* RW +0x10\n", headers)
    assert "RPATH" not in headers and "RUNPATH" not in headers


def test_unit_tests(builder: Tree) -> None:
    """Not by ctest: its time limits are for real processors."""
    said = builder.sh(
        """
        cmake -S /src -B /unit -DBUILD_TESTING=ON -DWERROR=ON "$@" >/dev/null
        cmake --build /unit -j "$(nproc)" >/dev/null
        find /unit -maxdepth 1 -name 'test_*' -type f >/unit/programs
        xargs -n 1 -P "$(nproc)" qemu-aarch64-static </unit/programs
        wc -l </unit/programs
        """,
        *CROSS,
    )
    programs = int(said.split()[-1])
    assert programs > 40
    assert said.count("[  PASSED  ]") == programs and "[  FAILED  ]" not in said, said


def test_integration_tests(builder: Tree, program: Path, tmp_path: Path) -> None:
    """Every third of those that do not wait long, look at the process from outside, or have seconds only."""
    # Not `qemu -L`: that would lead the program's /etc elsewhere, too.
    libraries = builder.path / "usr/lib" / TRIPLET
    agent = tmp_path / "resetpwd-agent"
    loader = f"{QEMU} {libraries}/ld-linux-aarch64.so.1 --library-path {libraries}"
    agent.write_text(f'#!/bin/sh\nexec {loader} {program} "$@"\n')
    agent.chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "AGENT"))}
    said = command(
        *(sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "3"),
        *("-m", "not slow and not native and not hurried and not rules"),
        cwd=build.TOP / "tests/integration",
        # qemu offers no seccomp to what it runs.
        env=inherited | {"AGENT": str(agent), "AGENT_SLOW": "1", "AGENT_EVERY": "3", "AGENT_LOOSE": "1"},
    )
    found = re.search(r"^(\d+) passed in ", said, re.MULTILINE)
    assert found and int(found.group(1)) >= 150, said
