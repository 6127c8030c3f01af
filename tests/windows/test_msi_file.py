# SPDX-License-Identifier: Apache-2.0
"""The MSI as a file: the same bytes each time, and what wine's msiexec passes over."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import msi
from conftest import TESTS

TOP = TESTS.parent


def table(package: Path, name: str) -> dict[str, list[str]]:
    """Its rows by their first column."""
    exported = subprocess.run(["msiinfo", "export", package, name], check=True, capture_output=True, text=True).stdout
    rows = [line.rstrip("\r").split("\t") for line in exported.split("\n")[3:] if line]
    return {row[0]: row[1:] for row in rows}


def prop(package: Path, name: str) -> str:
    return table(package, "Property")[name][0]


def package_code(package: Path) -> str:
    return table(package, "_SummaryInformation")["9"][0]


def test_is_for_the_machine_and_64_bit(package: Path) -> None:
    assert prop(package, "ALLUSERS") == "1"
    assert table(package, "_SummaryInformation")["7"] == ["x64;1033"]


def test_codes(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The family is one, each version a product, each file a package."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    newer = msi.other_version(package, "0.2.0", tmp_path)
    assert prop(newer, "UpgradeCode") == prop(package, "UpgradeCode")
    assert prop(newer, "ProductCode") != prop(package, "ProductCode")
    assert package_code(newer) != package_code(package)

    (tmp_path / "files/resetpwd-agent/README.txt").write_text("another")
    changed = tmp_path / "changed.msi"
    subprocess.run([msi.PACKAGING / "msi.sh", tmp_path / "files/resetpwd-agent", "0.2.0", changed], check=True)
    assert prop(changed, "ProductCode") == prop(newer, "ProductCode")
    assert package_code(changed) != package_code(newer)


def test_data_folder_is_closed_to_users(package: Path) -> None:
    """Administrators own it; SYSTEM and they may all, nobody else anything, nothing is inherited from above."""
    assert table(package, "MsiLockPermissionsEx") == {
        "DataFolder": ["DataFolder", "CreateFolder", "O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)", ""]
    }
    assert table(package, "Directory")["DataFolder"] == ["CommonAppDataFolder", "resetpwd-agent"]
    assert table(package, "CreateFolder") == {"DataFolder": ["Data"]}


def test_services_are_stopped_and_never_started(package: Path) -> None:
    """Wine stops what it deletes; Windows does not."""
    events = {row[0]: int(row[1]) for row in table(package, "ServiceControl").values()}
    stop, delete = 0x2, 0x8  # on installation; times 0x10: on removal
    assert events == {
        "resetpwd-agent": stop | (stop | delete) * 0x10,
        "CloudResetPwdAgent": stop | delete,
        "CloudResetPwdUpdateAgent": stop | delete,
    }


def test_an_upgrade_that_fails_can_be_undone(package: Path) -> None:
    """The old version goes within the transaction, before anything of the new one comes."""
    sequence = {action: int(row[1]) for action, row in table(package, "InstallExecuteSequence").items()}
    order = "InstallInitialize RemoveExistingProducts ProcessComponents InstallServices WriteRegistryValues".split()
    assert sorted(order, key=sequence.__getitem__) == order
    assert sequence["RemoveJavaPlugin"] > sequence["PublishProduct"]


def test_java_plugin_goes_as_a_whole(package: Path) -> None:
    """Its folders when its services go: with that component, never by a repair that is given the property."""
    [services] = {row[-1] for row in table(package, "ServiceControl").values() if row[0].startswith("Cloud")}
    assert table(package, "Component")[services][3] == 'REPLACE_JAVA_PLUGIN="1"'
    assert table(package, "InstallExecuteSequence")["RemoveJavaPlugin"][0] == f"${services} = 3"


def test_purge_is_for_a_removal(package: Path) -> None:
    """Not for the one within an upgrade, to which wine does not hand the property on: no upgrade there shows it."""
    condition = table(package, "InstallExecuteSequence")["Purge"][0]
    assert condition == 'PURGE="1" AND REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE'


def test_service_is_vital(package: Path) -> None:
    [service] = table(package, "ServiceInstall").values()
    assert int(service[4]) & 0x8000


def test_properties_reach_the_installer_under_uac(package: Path) -> None:
    secure = prop(package, "SecureCustomProperties").split(";")
    assert {"REPLACE_JAVA_PLUGIN", "PURGE", "WIX_UPGRADE_DETECTED", "WIX_DOWNGRADE_DETECTED"} == set(secure)


def test_same_sources_give_the_same_bytes(tmp_path: Path) -> None:
    """Built twice from nothing, in another place, at another time, in another time zone."""
    copy = tmp_path / "another place"
    files = subprocess.run(["git", "-C", TOP, "ls-files"], check=True, capture_output=True, text=True).stdout
    for name in files.splitlines():
        if (TOP / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(TOP / name, copy / name)
            shutil.copymode(TOP / name, copy / name)
    made = []
    for top, zone in ((TOP, "UTC"), (copy, "Asia/Tokyo")):
        out = tmp_path / zone
        script = top / "packaging/windows/package.sh"
        subprocess.run([script, out], check=True, env={**os.environ, "TZ": zone}, timeout=600)
        [package] = out.glob("*.msi")
        made.append(package.read_bytes())
    assert made[0] == made[1]
