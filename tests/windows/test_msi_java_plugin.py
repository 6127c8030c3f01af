# SPDX-License-Identifier: Apache-2.0
"""What installing does with the Java plugin CloudResetPwdAgent, which has two services and two folders."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import msi
from wine import Prefix

PLUGIN = ("CloudResetPwdAgent", "CloudResetPwdUpdateAgent")
OTHER = "CloudResetPwdOther"
# A service that does nothing: wine's own print spooler is one, and does not ask what name it runs under.
STAND_IN = "windows/system32/spoolsv.exe"


@pytest.fixture(name="with_plugin")
def fixture_with_plugin(prefix: Prefix) -> Iterator[Prefix]:
    """One of its services runs; its folders hold a Java, as deep as those go; beside them is something of others'."""
    with prefix.kept_awake():
        for name in (*PLUGIN, OTHER):
            deep = prefix.c / name / "jre/lib/security/policy"
            deep.mkdir(parents=True)
            (deep / "java.policy").write_text("x")
            (prefix.c / name / "bin").mkdir()
            program = prefix.c / name / "bin/wrapper.exe"
            shutil.copyfile(prefix.c / STAND_IN, program)
            program.chmod(0o755)
            prefix.run("sc", "create", name, "binPath=", rf"C:\{name}\bin\wrapper.exe", "start=", "auto")
        prefix.run("sc", "start", PLUGIN[0])
        msi.await_state(prefix, PLUGIN[0], "RUNNING")
        yield prefix


def test_stays_when_nobody_asks(with_plugin: Prefix, package: Path) -> None:
    for properties in ((), ("REPLACE_JAVA_PLUGIN=0",)):
        msi.install(with_plugin, package, *properties)
        assert [msi.state(with_plugin, name) for name in PLUGIN] == ["RUNNING", "STOPPED"]
        for name in PLUGIN:
            assert (with_plugin.c / name / "jre/lib/security/policy/java.policy").exists()
        msi.remove(with_plugin, package)


def test_goes_when_asked(with_plugin: Prefix, package: Path) -> None:
    msi.install(with_plugin, package, "REPLACE_JAVA_PLUGIN=1")
    for name in PLUGIN:
        assert msi.state(with_plugin, name) is None
        assert not (with_plugin.c / name).exists()
    assert msi.state(with_plugin, OTHER) == "STOPPED"
    assert (with_plugin.c / OTHER / "bin/wrapper.exe").exists()
    assert msi.state(with_plugin, "resetpwd-agent") == "STOPPED"


def test_is_not_missed_where_there_is_none(prefix: Prefix, package: Path) -> None:
    msi.install(prefix, package, "REPLACE_JAVA_PLUGIN=1")
    assert len(msi.installed_versions(prefix)) == 1
