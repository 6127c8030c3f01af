# SPDX-License-Identifier: Apache-2.0
"""The MSI under wine: installed, upgraded, removed. What it does with the Java plugin is in test_msi_java_plugin.py."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

import msi
from conftest import AGENT
from wine import Prefix, wait_for

SERVICE = "resetpwd-agent"
EVENT_SOURCE = rf"{msi.SERVICES}\EventLog\Application\{SERVICE}"
PROGRAM_NAME = "resetpwd-agent.exe"
PROGRAM = rf"C:\Program Files\resetpwd-agent\{PROGRAM_NAME}"
DOCUMENTS = {"resetpwd-agent.conf.sample", "README.txt", "LICENSE.txt", "THIRD-PARTY.txt"}
# Bound, and never listening: a run with this service lasts until its deadline.
DEAF = socket.socket()
DEAF.bind(("127.0.0.1", 0))
NOWHERE = f"http://127.0.0.1:{DEAF.getsockname()[1]}"
EDITED = f"# mine\r\nmetadata_url = {NOWHERE}\r\ndeadline_s = 3600\r\n"


@pytest.fixture(autouse=True)
def awake(prefix: Prefix) -> Iterator[None]:
    with prefix.kept_awake():
        yield


@pytest.fixture(name="newer", scope="session")
def fixture_newer(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return msi.other_version(package, "0.2.0", tmp_path_factory.mktemp("newer"))


@pytest.fixture(name="installed")
def fixture_installed(prefix: Prefix, package: Path) -> Prefix:
    msi.install(prefix, package)
    return prefix


def use(prefix: Prefix) -> None:
    """A configuration of the owner's and a file of the agent's, as a machine in use has them."""
    data = msi.folders(prefix).data
    (data / "resetpwd-agent.conf").write_bytes(EDITED.encode())
    (data / "state").mkdir()
    (data / "state/kept").write_text("kept")


def is_in_use(prefix: Prefix) -> bool:
    data = msi.folders(prefix).data
    return (
        {"resetpwd-agent.conf", "state/kept"} <= msi.files_below(data)
        and (data / "resetpwd-agent.conf").read_bytes() == EDITED.encode()
    )


def test_files(installed: Prefix) -> None:
    folders = msi.folders(installed)
    assert msi.files_below(folders.program) == {PROGRAM_NAME, *DOCUMENTS}
    assert (folders.program / PROGRAM_NAME).read_bytes() == AGENT.read_bytes()
    assert folders.data.is_dir() and not list(folders.data.iterdir())


def test_documents_are_text_of_windows(installed: Prefix) -> None:
    for name in DOCUMENTS:
        lines = (msi.folders(installed).program / name).read_bytes().split(b"\n")
        assert len(lines) > 5 and lines.pop() == b""
        assert all(line.endswith(b"\r") and not line.endswith(b"\r\r") for line in lines), name


def test_sample_is_a_configuration(installed: Prefix) -> None:
    """Each setting of it is one, with its comment sign taken off: no warning but for the line that is added here."""
    sample = (msi.folders(installed).program / "resetpwd-agent.conf.sample").read_text()
    settings = [line[1:] for line in sample.splitlines() if line.startswith("#") and not line.startswith("# ")]
    lines = [f"{line}\r\n" for line in (*settings, "nonsense = 1")]
    (msi.folders(installed).data / "resetpwd-agent.conf").write_bytes("".join(lines).encode())
    warnings = installed.run(PROGRAM, "run", "--deadline", "1", "--metadata-url", NOWHERE).stderr
    assert re.findall(r"resetpwd-agent\.conf:(\d+):", warnings) == [str(len(lines))]


def test_service_is_registered_and_not_started(installed: Prefix) -> None:
    service = msi.registry(installed, rf"{msi.SERVICES}\{SERVICE}")
    assert service["ImagePath"] == f'REG_EXPAND_SZ "{PROGRAM}" service'
    assert service["ErrorControl"] == "REG_DWORD 0x1"
    assert service["Start"] == "REG_DWORD 0x2"
    assert service["Type"] == "REG_DWORD 0x10"
    assert service["ObjectName"] == "REG_SZ LocalSystem"
    assert service["DisplayName"] and service["Description"]
    assert msi.state(installed, SERVICE) == "STOPPED"
    assert not (msi.folders(installed).data / "state").exists()


def test_event_source(installed: Prefix) -> None:
    assert msi.registry(installed, EVENT_SOURCE) == {
        "EventMessageFile": f"REG_EXPAND_SZ {PROGRAM}",
        "TypesSupported": "REG_DWORD 0x7",
    }


def test_upgrade_keeps_the_configuration_and_stops_the_service(installed: Prefix, newer: Path) -> None:
    use(installed)
    installed.stop()
    with installed.kept_awake():  # the next boot
        msi.await_state(installed, SERVICE, "RUNNING")
        assert msi.runs(installed, PROGRAM)
        msi.install(installed, newer)
        assert msi.state(installed, SERVICE) == "STOPPED"
        wait_for(lambda: not msi.runs(installed, PROGRAM))  # it says STOPPED, and then it ends
    assert msi.installed_versions(installed) == ["0.2.0"]
    assert is_in_use(installed)
    assert msi.files_below(msi.folders(installed).program) == {PROGRAM_NAME, *DOCUMENTS}
    assert msi.registry(installed, rf"{msi.SERVICES}\{SERVICE}")["ImagePath"].endswith(f'"{PROGRAM}" service')


def test_downgrade_is_refused(prefix: Prefix, package: Path, newer: Path) -> None:
    msi.install(prefix, newer)
    assert msi.installed_versions(prefix) == ["0.2.0"]
    msi.install(prefix, package)
    assert msi.installed_versions(prefix) == ["0.2.0"]
    assert msi.state(prefix, SERVICE) == "STOPPED"


def is_removed(prefix: Prefix) -> bool:
    return (
        not msi.folders(prefix).program.exists()
        and msi.installed_versions(prefix) == []
        and msi.state(prefix, SERVICE) is None
        and msi.registry(prefix, rf"{msi.SERVICES}\{SERVICE}") == {}
        and msi.registry(prefix, EVENT_SOURCE) == {}
    )


def test_removal_leaves_nothing(installed: Prefix, package: Path) -> None:
    msi.remove(installed, package)
    assert is_removed(installed)
    assert not msi.folders(installed).data.exists()


def test_removal_leaves_configuration_and_record(installed: Prefix, package: Path) -> None:
    use(installed)
    msi.remove(installed, package)
    assert is_removed(installed)
    assert is_in_use(installed)


def test_purge(installed: Prefix, package: Path) -> None:
    use(installed)
    msi.remove(installed, package, "PURGE=1")
    assert is_removed(installed)
    assert not msi.folders(installed).data.exists()
