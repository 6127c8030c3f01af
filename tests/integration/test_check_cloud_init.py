# SPDX-License-Identifier: Apache-2.0
"""`check`: what cloud-init does to the password."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from boot_system import System, running_system, system_in
from checking import Found, check, mend
from sandbox import mounted

PROGRAM = "usr/bin/cloud-init"
MAIN = "etc/cloud/cloud.cfg"
MORE = "etc/cloud/cloud.cfg.d/50-more.cfg"
ALWAYS = "cloud_config_modules:\n - locale\n - [set-passwords, always]\n"
DEFAULT = "system_info:\n   distro: debian\n   default_user:\n     name: {}\n     lock_passwd: True\n"
SETS_ROOT = "chpasswd:\n  expire: false\n  users:\n  - {name: root, password: secret, type: text}\n"


@pytest.fixture(name="system")
def fixture_system(tmp_path: Path) -> Iterator[System]:
    """With a cloud-init that does nothing of interest."""
    with system_in(tmp_path / "system") as system:
        system.write(PROGRAM, "#!/bin/sh\n", 0o755)
        yield system


def found(system: System, text: str = "", more: str = "") -> Found:
    """With these settings, and more in a file that comes later."""
    system.write(MAIN, text)
    system.write(MORE, more)
    return check(system.path).find("cloud-init")


def assert_mended(system: System, bad: Found) -> None:
    """The command that it names does away with it."""
    mend(bad)
    good = check(system.path).find("cloud-init")
    assert good.level == "OK", good


def test_none(system: System) -> None:
    (system.path / PROGRAM).unlink()
    assert found(system, ALWAYS + SETS_ROOT).found == "not installed"


def test_disabled(system: System) -> None:
    system.write("etc/cloud/cloud-init.disabled", "")
    assert found(system, ALWAYS + SETS_ROOT).found == "disabled by /etc/cloud/cloud-init.disabled"


def test_disabled_by_the_kernel(tmp_path: Path) -> None:
    with running_system(tmp_path / "system"):
        machine = System(Path("/"))
        machine.write("usr/local/bin/cloud-init", "#!/bin/sh\n", 0o755)
        assert check().find("cloud-init").found != "not installed"
        words = machine.write("usr/local/lib/cmdline", "quiet cloud-init=disabled\n")
        with mounted("--bind", words, "/proc/cmdline"):
            assert check().find("cloud-init").found == "disabled by the kernel's command line"


def test_nothing_of_interest(system: System) -> None:
    fine = found(system, "# chpasswd: root\nusers:\n - default\ndisable_root: true\n" + DEFAULT.format("debian"))
    assert (fine.level, fine.found) == ("OK", "once for each instance, before a reset")


def test_sets_it_once(system: System) -> None:
    fine = found(system, SETS_ROOT)
    assert fine.level == "OK"
    assert "sets the password of root when an instance first boots, before a reset: " in fine.found
    assert fine.found.endswith(f"/{MAIN}:4")
    assert "secret" not in fine.found


@pytest.mark.parametrize(
    "setting",
    [
        SETS_ROOT,
        "chpasswd: {list: [root:secret], expire: false}\n",
        "chpasswd:\n  list: |\n    alice:secret\n    root:secret\n",
        "password: secret\n" + DEFAULT.format("root"),
    ],
)
def test_sets_it_always(system: System, setting: str) -> None:
    bad = found(system, ALWAYS, setting)
    assert bad.level == "WARN" and "secret" not in bad.found
    assert f"sets the password of root at every boot, which undoes a reset: /{MORE}:" in bad.found
    assert bad.found.endswith(f", /{MAIN}:3")
    assert_mended(system, bad)


@pytest.mark.parametrize(
    "setting",
    [
        SETS_ROOT.replace("root", "alice"),
        SETS_ROOT.replace("root", "root2"),
        SETS_ROOT + "chpasswd: {expire: false}\n",
        "password: secret\n" + DEFAULT.format("debian"),
        "password:\n" + DEFAULT.format("root"),
        "password: secret\n" + DEFAULT.format("root") + DEFAULT.format("debian"),
        SETS_ROOT + "cloud_config_modules: [set-passwords]\n",
        "chpasswd: {expire: false} # not root\n",
    ],
)
def test_does_not_set_it_always(system: System, setting: str) -> None:
    assert found(system, ALWAYS, setting).level == "OK"


@pytest.mark.parametrize(
    "modules",
    [
        "cloud_config_modules: [locale, [set_passwords, always], [runcmd]]\n",
        "cloud_config_modules: [[users_groups, always], [set_passwords, always]]\n",
        "cloud_config_modules:\n- [users-groups]\n- - set-passwords\n  - always\n",
        "cloud_config_modules:\n- name: set-passwords\n  frequency: always\n",
        'cloud_init_modules:\n- ["set-passwords", "always"]\n',
    ],
)
def test_ways_to_say_always(system: System, modules: str) -> None:
    bad = found(system, modules, SETS_ROOT)
    assert bad.level == "WARN"
    if bad.mend:
        assert_mended(system, bad)
    # A command for one way alone is none for the others.
    assert bool(bad.mend) == ("[locale, [set_passwords, always]" in modules)


@pytest.mark.parametrize(
    "modules",
    [
        "cloud_config_modules: [set_passwords, [runcmd, always]]\n",
        "cloud_config_modules:\n- set-passwords\n- [runcmd, always]\n",
        "other_modules:\n- [set-passwords, always]\n",
        "cloud_config_modules:\n- [set-passwords-x, always]\n",
        "cloud_config_modules:\n- set-passwords # always\n",
    ],
)
def test_ways_not_to_say_always(system: System, modules: str) -> None:
    assert found(system, modules, SETS_ROOT).level == "OK"


def test_sets_it_after_us(system: System) -> None:
    bad = found(system, "cloud_final_modules:\n - [set-passwords, always]\n", SETS_ROOT)
    assert (bad.level, "at every boot, and after a reset" in bad.found) == ("FAIL", True)
    assert_mended(system, bad)


@pytest.mark.parametrize("users", ["users:\n - default\n" + DEFAULT.format("root"), "users:\n - name: root\n"])
def test_locks_it_always(system: System, users: str) -> None:
    bad = found(system, "cloud_init_modules:\n - [users-groups, always]\n", users)
    assert (bad.level, "may lock the password of root" in bad.found) == ("WARN", True)
    assert_mended(system, bad)


def test_user_data_win(system: System) -> None:
    system.write("var/lib/cloud/instance/cloud-config.txt", f"#cloud-config\n{SETS_ROOT}{ALWAYS}", 0o600)
    bad = found(system)
    assert (bad.level, "/var/lib/cloud/instance/cloud-config.txt:5" in bad.found) == ("WARN", True)
    # The cloud has them; what is here is a copy.
    assert bad.mend is None


@pytest.mark.parametrize("value", ["false", "False", "no", "'off'", "0"])
def test_forbids_it_over_ssh(system: System, value: str) -> None:
    bad = found(system, f"ssh_pwauth:   {value}\n")
    assert bad.level == "WARN" and bad.found.endswith(f": /{MAIN}:1")
    assert_mended(system, bad)
    assert found(system, "ssh_pwauth: false\n", "ssh_pwauth: true\n").level == "OK"


def test_has_forbidden_it_over_ssh(system: System) -> None:
    """Then sshd's settings say so."""
    (system.path / "var/lib/cloud/instance").mkdir(parents=True)
    assert found(system, "ssh_pwauth: false\n").level == "OK"


def test_hostile(system: System) -> None:
    text = "chpasswd:" * 10_000 + "\0\nusers: [always" + "\n- [set-passwords, always" * 1000
    assert found(system, text).level == "OK"
    (system.path / MAIN).write_bytes(b"\xff:\n:\n" * 25_000)
    assert check(system.path).find("cloud-init").level == "OK"


def test_too_large(system: System) -> None:
    """What was not looked at is not said to be good; what is bad elsewhere is."""
    assert found(system, more="a: b\n" * 25_000).level == "OK"
    large = found(system, more="a: b\n" * 30_000)
    assert large.level == "SKIP" and f"/{MORE} is too large" in large.found
    assert found(system, ALWAYS + SETS_ROOT, "a: b\n" * 30_000).level == "WARN"
