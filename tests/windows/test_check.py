# SPDX-License-Identifier: Apache-2.0
"""What `check` says of the system: service, rivals, setup, disk, clock, rights, proxies; and how it is printed."""

from __future__ import annotations

import pty
import re
import select
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from checking import UNICODE, Found, Mender, build, check, mend, read
from conftest import AGENT, TESTS, UUID
from guest import Guest
from island import island
from services import Machine, configure, switched_on
from wine import Prefix, copy_of

from cloud import ReferenceCloud

PLUGIN = ("CloudResetPwdAgent", "CloudResetPwdUpdateAgent")
STAND_IN = r"C:\windows\system32\spoolsv.exe"  # a service that does nothing


@pytest.fixture(name="machine")
def fixture_machine(prefix: Prefix, tmp_path: Path) -> Iterator[Machine]:
    with switched_on(prefix, tmp_path / "said") as machine:
        yield machine


def installed(machine: Machine) -> Path:
    """The program of the service, which is started by hand."""
    machine.install(AGENT)
    return machine.prefix.c / "Program Files/resetpwd-agent" / AGENT.name


# The service


def test_no_service(machine: Machine) -> None:
    found = check(machine.prefix)["service"]
    assert (found.level, found.mend) == ("FAIL", None) and "is not installed" in found.found


def test_service_that_is_not_started(machine: Machine, mender: Mender) -> None:
    agent = installed(machine)
    found = check(machine.prefix, agent=agent)["service"]
    assert (found.level, found.mend) == ("FAIL", "sc.exe config resetpwd-agent start= auto")
    assert "not started at boot" in found.found
    mender.mend(machine.prefix, found)
    found = check(machine.prefix, agent=agent)["service"]
    assert (found.level, found.found) == ("OK", "starts at boot, has not been started since the last one")
    mender.mend(machine.prefix, Found("", "", "FAIL", "", "sc.exe config resetpwd-agent start= disabled"))
    found = check(machine.prefix, agent=agent)["service"]
    assert found.level == "FAIL" and found.found.endswith("is disabled")


@pytest.mark.parametrize(("blob", "said"), [(None, "ended well"), ("!" * 64, "last ended with exit code 21")])
def test_service_that_has_run(
    machine: Machine, mender: Mender, cloud: ReferenceCloud, blob: str | None, said: str
) -> None:
    """Why it failed is told by last-run."""
    cloud.set_raw_blob(UUID, blob)
    configure(machine.prefix, cloud.metadata_url())
    agent = installed(machine)
    mender.mend(machine.prefix, Found("", "", "FAIL", "", "sc.exe config resetpwd-agent start= auto"))
    machine.control("start")
    machine.wait_until_stopped()
    found = check(machine.prefix, agent=agent)["service"]
    assert (found.level, found.found) == ("OK", f"starts at boot, {said}")


def test_service_of_another_program(machine: Machine, mender: Mender) -> None:
    agent = installed(machine)
    mender.mend(machine.prefix, Found("", "", "FAIL", "", "sc.exe config resetpwd-agent start= auto"))
    found = check(machine.prefix)["service"]
    assert found.level == "WARN" and r"C:\Program Files\resetpwd-agent\resetpwd-agent.exe" in found.found
    agent.unlink()
    found = check(machine.prefix)["service"]
    assert found.level == "FAIL" and "is not there" in found.found


# Others


def test_old_plugin(machine: Machine) -> None:
    prefix = machine.prefix
    assert check(prefix)["old-plugin"].level == "OK"
    for name in PLUGIN:
        (prefix.c / name / "bin").mkdir(parents=True)
        (prefix.c / name / "bin/wrapper.exe").touch()
        prefix.run("sc", "create", name, "binPath=", STAND_IN, "start=", "auto")
    prefix.run("sc", "start", PLUGIN[0])
    found = check(prefix)["old-plugin"]
    assert found.level == "WARN" and "is installed, too" in found.found
    mend(prefix, found)
    assert check(prefix)["old-plugin"].level == "OK"
    assert not [name for name in PLUGIN if (prefix.c / name).exists()]


def test_folder_of_the_old_plugin(machine: Machine) -> None:
    (machine.prefix.c / PLUGIN[1]).mkdir()
    found = check(machine.prefix)["old-plugin"]
    assert found.level == "WARN" and "folders are left" in found.found
    mend(machine.prefix, found)
    assert check(machine.prefix)["old-plugin"].level == "OK"


def test_cloudbase_init(machine: Machine, mender: Mender) -> None:
    prefix = machine.prefix
    assert check(prefix)["other-agent"].found == "none"
    prefix.run("sc", "create", "cloudbase-init", "binPath=", STAND_IN, "start=", "auto")
    found = check(prefix)["other-agent"]
    assert (found.level, found.mend) == ("WARN", "sc.exe config cloudbase-init start= disabled")
    mender.mend(prefix, found)
    assert check(prefix)["other-agent"] == Found("other-agent", "boot", "OK", "cloudbase-init is disabled", None)


@pytest.mark.parametrize("name", ["SystemSetupInProgress", "OOBEInProgress"])
def test_setup(machine: Machine, name: str) -> None:
    machine.setup(**{name: 1})
    assert check(machine.prefix)["setup"].level == "WARN"
    machine.setup(**{name: 0})
    assert check(machine.prefix)["setup"].level == "OK"


# The machine


def put_data_on_drive_d(prefix: Prefix, folder: Path) -> None:
    """%ProgramData% is D:, which is this folder."""
    (prefix.path / "dosdevices/d:").symlink_to(folder)
    key = r"HKLM\Software\Microsoft\Windows\CurrentVersion\Explorer"
    for name in ("Shell Folders", "User Shell Folders"):
        prefix.run("reg", "add", rf"{key}\{name}", "/v", "Common AppData", "/d", "D:\\", "/f")


@pytest.mark.parametrize(("size", "level", "word"), [("512k", "FAIL", "is full"), ("20m", "WARN", "only 20 MB")])
def test_small_disk(template: Prefix, tmp_path: Path, size: str, level: str, word: str) -> None:
    with island() as here:
        here.command(f"mount -t tmpfs -o size={size} small {tmp_path}")
        with copy_of(template, here.words) as prefix, prefix.kept_awake():
            assert check(prefix)["disk-space"].level == "OK"
            put_data_on_drive_d(prefix, tmp_path)
            found = check(prefix)["disk-space"]
            assert found.level == level and found.found.startswith("D: ") and word in found.found
            here.command(f"mount -o remount,size=100m {tmp_path}")
            assert check(prefix)["disk-space"].level == "OK"


def test_clock(template: Prefix, tmp_path: Path) -> None:
    library = tmp_path / "clock.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, TESTS / "windows/clock.c"], check=True)
    with copy_of(template, ["env", f"LD_PRELOAD={library}"]) as prefix:
        found = check(prefix)["clock"]
    assert (found.level, found.mend) == ("WARN", "w32tm /resync")
    with copy_of(template) as prefix:
        assert check(prefix)["clock"].level == "OK"


def test_without_the_rights_of_an_administrator(guest: Guest, tmp_path: Path) -> None:
    """What needs none is told nevertheless."""
    guest.add_usual_accounts()
    program = build("restricted.c", tmp_path / "restricted.exe")
    line = f'"{guest.prefix.windows_path(AGENT)}" check --json --metadata-url http://127.0.0.1:1'
    found = read(guest.prefix.run(program, line))
    for name in ("account", "last-run"):
        assert found[name].level == "SKIP" and "rights of the administrator" in found[name].found
    assert found["password-policy"].level == found["disk-space"].level == "OK"
    assert check(guest.prefix)["account"].level == "OK"


# Proxies: they are told, and never what they are


def set_proxy(prefix: Prefix, hive: str, value: str, magic: int) -> None:
    """As Windows keeps it in the registry: magic, 0, flags (2 = a proxy), its text, no exceptions, no script."""
    proxy = b"me:secret@proxy.invalid:3128"
    data = struct.pack("<4L", magic, 0, 3, len(proxy)) + proxy + struct.pack("<2L", 0, 0)
    key = rf"{hive}\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
    prefix.run("reg", "add", key, "/v", value, "/t", "REG_BINARY", "/d", data.hex(), "/f")


def test_proxies(machine: Machine) -> None:
    prefix = machine.prefix
    assert check(prefix)["proxy"].found == "none is set"
    set_proxy(prefix, "HKCU", "DefaultConnectionSettings", 0x46)
    found = check(prefix)["proxy"]
    assert (found.level, found.found) == ("OK", "one is set in the Internet options, and not followed")
    set_proxy(prefix, "HKLM", "WinHttpSettings", 0x18)
    found = check(prefix)["proxy"]
    assert (found.level, found.found) == ("OK", "one is set for WinHTTP, and not followed")
    found = check(prefix, env={"http_proxy": "http://me:secret@proxy.invalid:3128"})["proxy"]
    assert (found.level, found.found) == ("OK", "http_proxy is set, and not followed")


# All of it


def test_nothing_is_wrong(guest: Guest, mender: Mender) -> None:
    """Once the agent has run and said so."""
    guest.add_usual_accounts()
    guest.run()
    guest.reset("Fusion@123")
    machine = Machine(guest.prefix, Path())
    agent = installed(machine)
    mender.mend(guest.prefix, Found("", "", "FAIL", "", "sc.exe config resetpwd-agent start= auto"))
    found = check(guest.prefix, "--metadata-url", guest.cloud.metadata_url(), agent=agent)
    guest.prefix.run("sc", "delete", "resetpwd-agent")
    assert {name: each for name, each in found.items() if each.level != "OK"} == {}
    assert {each.mend for each in found.values()} == {None}
    assert guest.is_pending and guest.changes == []



def test_lines(guest: Guest) -> None:
    """In a pipe: UTF-8, aligned, no colours."""
    guest.accounts.add("管理员", 500)
    text = guest.prefix.run(AGENT, "check", "--metadata-url", "http://127.0.0.1:1", env=UNICODE).stdout
    assert "\033" not in text
    assert re.search(r"^account +OK    管理员, the administrator of this system\r?$", text, re.M)
    assert re.search(r"^domain-controller +OK    no\r?$", text, re.M)


def on_a_console(prefix: Prefix, **env: str) -> bytes:
    """What wine shows on a terminal, character by character, without its own words to that terminal."""
    words = (AGENT, "check", "--metadata-url", "http://127.0.0.1:1")
    shown = b""
    ours, its = pty.openpty()
    with open(ours, "rb", buffering=0) as terminal, open(its, "r+b", buffering=0) as end:
        with prefix.start(*words, env=env, stdin=its, out=end, err=end) as process:
            while process.poll() is None or select.select([terminal], [], [], 0)[0]:
                if select.select([terminal], [], [], 0.1)[0]:
                    shown += terminal.read(65536)
    return re.sub(rb"\x1b\[(\?25[lh]|K|\d+C)", b"", shown)


def test_colours(guest: Guest) -> None:
    """Wine's terminal takes them for text."""
    guest.add_usual_accounts()
    shown = on_a_console(guest.prefix)
    assert b"\x1b[32mOK\x1b[0m" in shown and b"\x1b[1;31mFAIL\x1b[0m" in shown, shown
    assert b"\x1b[" not in on_a_console(guest.prefix, NO_COLOR="1")
