# SPDX-License-Identifier: Apache-2.0
"""`check`: is the agent started at boot, and does nobody else set passwords there?"""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Iterator

import pytest

import runner
from boot_system import UNIT, WANTS, System, running_system, system_in
from checking import Check, Found, check, mend

DROP_IN = "etc/systemd/system/resetpwd-agent.service.d/a.conf"


@pytest.fixture(name="system")
def fixture_system(tmp_path: Path) -> Iterator[System]:
    """Without a service."""
    with system_in(tmp_path / "system") as system:
        yield system


@pytest.fixture(name="healthy")
def fixture_healthy(system: System) -> System:
    """With the unit, enabled."""
    system.use_systemd()
    return system


def found(system: System, name: str, *options: runner.Word) -> Found:
    """What this check finds there."""
    return check(system.path, *options).find(name)


def assert_mended(system: System, name: str, level: str, words: str, *options: runner.Word) -> Check:
    """It is bad, it says how to mend that, and that does."""
    bad = found(system, name, *options)
    assert (bad.level, words in bad.found) == (level, True), bad
    mend(bad)
    good = check(system.path, *options)
    assert good.is_ok(name), good.find(name)
    return good


# service


def test_enabled(healthy: System) -> None:
    assert found(healthy, "service").found == f"enabled by /{WANTS}"
    assert found(healthy, "service").level == "OK"


def test_not_enabled(system: System) -> None:
    system.use_systemd(enabled=False)
    assert_mended(system, "service", "FAIL", "/lib/systemd/system/resetpwd-agent.service is not enabled")


def test_masked(healthy: System) -> None:
    healthy.run("systemctl", "-q", "mask", "resetpwd-agent")
    assert_mended(healthy, "service", "FAIL", f"masked by /{UNIT}")


def test_masked_by_an_empty_file(healthy: System) -> None:
    healthy.write(UNIT, "")
    assert found(healthy, "service").found == f"masked by /{UNIT}"


def test_the_running_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEMD_OFFLINE", "1")  # there is none to talk to
    with running_system(tmp_path / "system"):
        system = System(Path("/"))
        unit = f"[Service]\nExecStart={runner.BINARY} run\n[Install]\nWantedBy=multi-user.target\n"
        system.write("usr/local/lib/systemd/system/resetpwd-agent.service", unit)
        system.run("systemctl", "-q", "mask", "resetpwd-agent")
        bad = check().find("service")
        assert (bad.level, bad.found) == ("FAIL", f"masked by /{UNIT}")
        mend(bad)
        assert check().is_ok("service")


def test_a_mask_among_the_wants(healthy: System) -> None:
    (healthy.path / WANTS).unlink()
    (healthy.path / WANTS).symlink_to("/dev/null")
    assert found(healthy, "service").level == "FAIL"


def test_masked_by_a_link_into_nothing(healthy: System) -> None:
    """Such as to the unit of an installation that is gone."""
    (healthy.path / UNIT).symlink_to("/opt/gone/lib/systemd/system/resetpwd-agent.service")
    assert_mended(healthy, "service", "FAIL", f"masked by /{UNIT}")


def test_not_installed(system: System) -> None:
    assert "systemd finds no resetpwd-agent.service" in found(system, "service").found
    assert found(system, "service").mend is None


def test_a_script_does_under_systemd(system: System) -> None:
    system.install("sysv/resetpwd-agent.in", "etc/init.d/resetpwd-agent")
    system.run("update-rc.d", "resetpwd-agent", "defaults")
    assert found(system, "service").level == "OK"


def test_a_unit_that_is_left_over(healthy: System) -> None:
    program = healthy.path / "usr/sbin/resetpwd-agent"
    program.chmod(0o644)
    assert "starts /usr/sbin/resetpwd-agent, which is not there or not executable" in found(healthy, "service").found
    program.unlink()
    assert found(healthy, "service").level == "FAIL"


def test_a_drop_in_that_starts_something_else(healthy: System) -> None:
    healthy.write(DROP_IN, "[Service]\nExecStart=\nExecStart = -/usr/sbin/resetpwd-agent run --deadline 9\n")
    assert f"what it starts is in /{DROP_IN}" in found(healthy, "service").found
    assert found(healthy, "service").level == "OK"
    (healthy.path / DROP_IN).with_name("folder.conf").mkdir()
    healthy.write(DROP_IN, "[Service]\nExecStart=/opt/wrapper resetpwd-agent\n")
    assert f"/{DROP_IN} starts /opt/wrapper" in found(healthy, "service").found


@pytest.mark.parametrize(
    "url, level",
    [
        ("http://169.254.169.254/elsewhere", "OK"),
        ("http://169.254.169.253:80/", "FAIL"),
        ("http://[fd00:ec2::254]:80/", "FAIL"),
        ("http://metadata.example/", "WARN"),  # whatever its address is
    ],
)
def test_a_service_that_the_unit_shuts_off(healthy: System, url: str, level: str) -> None:
    assert found(healthy, "service", "--metadata-url", url).level == level


@pytest.mark.parametrize("host, address", [("10.1.2.3", "10.1.2.3"), ("[fd00::1]", "fd00::1")])
def test_mend_of_a_service_that_the_unit_shuts_off(healthy: System, host: str, address: str) -> None:
    options = ("--metadata-url", f"http://{host}:8080/x")
    assert_mended(healthy, "service", "FAIL", f"not to {address}", *options)
    text = (healthy.path / DROP_IN).with_name("address.conf").read_text()
    assert ("RestrictAddressFamilies=AF_INET6\n" in text) == (":" in address)


def test_a_unit_that_lets_it_speak_to_all(healthy: System) -> None:
    healthy.write(DROP_IN, "[Service]\nIPAddressAllow=any\n")
    for host in ("10.1.2.3", "metadata.example"):
        assert found(healthy, "service", "--metadata-url", f"http://{host}/").level == "OK"


@pytest.mark.parametrize(
    "settings, level",
    [
        ("IPAddressAllow=any", "FAIL"),  # no socket of IPv6
        ("IPAddressDeny=", "FAIL"),
        ("RestrictAddressFamilies=AF_INET6", "FAIL"),
        ("IPAddressAllow=fd00::/8\nRestrictAddressFamilies=AF_INET6", "OK"),
        ("IPAddressAllow=fd00:0::1 fe80::/10\nRestrictAddressFamilies=AF_INET6 AF_PACKET", "OK"),
        ("IPAddressAllow=fd01::/16 link-local fd00::1/129\nRestrictAddressFamilies=AF_INET6", "FAIL"),
        ("IPAddressAllow=any\nRestrictAddressFamilies=AF_INET6\nRestrictAddressFamilies=AF_PACKET", "OK"),
        ("IPAddressAllow=any\nRestrictAddressFamilies=", "OK"),
        ("IPAddressAllow=any\nRestrictAddressFamilies=\nRestrictAddressFamilies=~AF_PACKET", "OK"),
        ("IPAddressAllow=any\nRestrictAddressFamilies=\nRestrictAddressFamilies=~AF_INET6", "FAIL"),
        ("IPAddressAllow=any\nRestrictAddressFamilies=\nRestrictAddressFamilies=none", "FAIL"),
    ],
)
def test_what_drop_ins_allow_of_ipv6(healthy: System, settings: str, level: str) -> None:
    healthy.write(DROP_IN, f"[Service]\n{settings}\n")
    options = ("--metadata-url", "http://[fd00::1]/x")
    assert found(healthy, "service", *options).level == level
    if level == "FAIL":
        assert_mended(healthy, "service", "FAIL", "not to fd00::1", *options)


def test_a_unit_without_families_is_given_none(healthy: System) -> None:
    """A list of one would shut off the others."""
    healthy.write(DROP_IN, "[Service]\nRestrictAddressFamilies=\n")
    mended = found(healthy, "service", "--metadata-url", "http://[fd00::1]/").mend
    assert mended and "IPAddressAllow=fd00::1" in mended and "RestrictAddressFamilies" not in mended


@pytest.mark.parametrize(
    "settings, level",
    [
        ("IPAddressAllow=10.1.0.0/16 127.0.0.1", "OK"),
        ("IPAddressAllow=localhost link-local", "FAIL"),
        ("IPAddressAllow=10.1.2.3/33 10.1.2", "FAIL"),
        ("IPAddressAllow=any", "OK"),
        ("IPAddressAllow=10.1.2.3\nIPAddressAllow=", "FAIL"),
        ("IPAddressDeny=", "OK"),
    ],
)
def test_what_drop_ins_allow(healthy: System, settings: str, level: str) -> None:
    healthy.write(DROP_IN, f"[Service]\n{settings}\n")
    assert found(healthy, "service", "--metadata-url", "http://10.1.2.3/x").level == level


@pytest.mark.parametrize("use", [System.use_scripts, System.use_chkconfig, System.use_openrc])
def test_scripts(system: System, use: Callable[[System], None]) -> None:
    use(system)
    assert_mended(system, "service", "FAIL", "/etc/init.d/resetpwd-agent is not enabled")
    (system.path / "etc/init.d/resetpwd-agent").chmod(0o644)
    assert found(system, "service").found == "/etc/init.d/resetpwd-agent is not executable"


def test_mend_of_a_script_that_is_not_executable(system: System) -> None:
    system.use_scripts()
    (system.path / "etc/init.d/resetpwd-agent").chmod(0o644)
    assert_mended(system, "service", "FAIL", "is not executable")


def test_mend_of_a_script_that_was_disabled(system: System) -> None:
    system.use_scripts()
    for word in ("defaults", "disable"):
        system.run("update-rc.d", "resetpwd-agent", word)
    assert_mended(system, "service", "FAIL", "is not enabled")


def test_another_runlevel(system: System) -> None:
    system.use_scripts()
    system.run("update-rc.d", "resetpwd-agent", "defaults")
    assert found(system, "service").level == "OK"
    system.write("etc/inittab", "# id:2:initdefault:\nx:y\nid:1:initdefault:\n")
    assert found(system, "service").level == "FAIL"


@pytest.mark.parametrize("use", [System.use_scripts, System.use_openrc])
def test_a_package_whose_script_is_not_in_its_place(system: System, use: Callable[[System], None]) -> None:
    use(system)
    (system.path / "etc/init.d/resetpwd-agent").unlink()
    assert found(system, "service").mend is None
    for kind in ("sysv", "openrc"):
        system.install(f"{kind}/resetpwd-agent.in", f"usr/share/resetpwd-agent/{kind}/resetpwd-agent")
    assert_mended(system, "service", "FAIL", "there is no /etc/init.d/resetpwd-agent")


def test_no_init(system: System) -> None:
    (system.path / "sbin/init").unlink()
    assert found(system, "service").level == "FAIL"  # systemd would be PID 1 by its own path
    for name in ("usr/lib/systemd/systemd", "lib/systemd/systemd"):
        if (system.path / name).exists():
            (system.path / name).unlink()
    assert found(system, "service").level == "SKIP"


# old-plugin, other-agent

PLUGIN = "etc/init.d/cloudResetPwdAgent"
SCRIPT = """#!/bin/sh
### BEGIN INIT INFO
# Provides: {name}
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
"""


def add_script(system: System, name: str) -> None:
    """A service of somebody else, which runs at boot."""
    system.write(f"etc/init.d/{name}", SCRIPT.format(name=name), 0o755)
    system.run("update-rc.d", name, "defaults")


def test_no_rivals(system: System) -> None:
    answer = check(system.path)
    assert answer.is_ok("old-plugin") and answer.is_ok("other-agent")


def test_the_old_plugin_by_its_own_remover(system: System) -> None:
    system.use_scripts()
    for name, folder in (
        ("cloudResetPwdAgent", "CloudrResetPwdAgent"),
        ("cloudResetPwdUpdateAgent", "CloudResetPwdUpdateAgent"),
    ):
        add_script(system, name)
        remover = f"#!/bin/sh\n[ $1 = remove ] && rm /etc/init.d/{name} && update-rc.d {name} remove\n"
        system.write(f"{folder}/bin/{name}.script", remover, 0o755)
    assert "/CloudrResetPwdAgent/bin/cloudResetPwdAgent.script remove && " in (found(system, "old-plugin").mend or "")
    answer = assert_mended(system, "old-plugin", "WARN", "S01cloudResetPwdAgent")
    assert "nothing starts it" in answer.find("old-plugin").found


def test_the_old_plugin_without_its_remover(system: System) -> None:
    add_script(system, "cloudResetPwdUpdateAgent")
    answer = assert_mended(system, "old-plugin", "WARN", "the Java plugin is started at boot, too")
    assert answer.find("old-plugin").found == "none"


@pytest.mark.parametrize(
    "name, words",
    [("walinuxagent", "Azure's agent"), ("waagent", "Azure's agent"), ("cloud-set-guest-password", "CloudStack's"),
     ("one-context", "OpenNebula's"), ("nova-agent", "Rackspace's")],
)  # fmt: skip
def test_another_agent(system: System, name: str, words: str) -> None:
    unit = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
    system.write(f"lib/systemd/system/{name}.service", unit)
    assert check(system.path).is_ok("other-agent")
    system.run("systemctl", "-q", "enable", name)
    assert_mended(system, "other-agent", "WARN", words)


@pytest.mark.parametrize(
    "use, words, path",
    [
        (System.use_openrc, "rc-update add nova-agent default", "/etc/runlevels/default/nova-agent"),
        (System.use_chkconfig, "chkconfig nova-agent on", "/etc/rc.d/rc3.d/S99nova-agent"),
        (System.use_scripts, "update-rc.d nova-agent defaults", "nova-agent"),
    ],
    ids=["openrc", "chkconfig", "update-rc.d"],
)
def test_another_agent_is_a_script(system: System, use: Callable[[System], None], words: str, path: str) -> None:
    use(system)
    system.write("etc/init.d/nova-agent", SCRIPT.format(name="nova-agent"), 0o755)
    system.run(*words.split())
    assert_mended(system, "other-agent", "WARN", path)
