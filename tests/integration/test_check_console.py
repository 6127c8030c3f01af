# SPDX-License-Identifier: Apache-2.0
"""`check`: is sshd started at boot, and is there a console to log in on? In folders, by their own systemctl."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Iterator, Optional

import pytest

from checking import Found, check, mend
from sandbox import mounted
from sshd_system import entered, with_programs
from throwaway import Root

UNIT = "[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n"
LOGIN = "auth requisite pam_securetty.so\n"


def set_up_sshd(root: Root) -> None:
    """With its defaults."""
    (root.etc / "ssh").mkdir()
    (root.etc / "ssh/sshd_config").touch()


@pytest.fixture(name="debian")
def fixture_debian(root: Root) -> Iterator[Root]:
    """A system with systemd and sshd."""
    (root.etc / "systemd/system").mkdir(parents=True)
    with with_programs(root) as usr:
        units = usr / "lib/systemd/system"
        units.mkdir(parents=True)
        (units / "ssh.service").write_text(UNIT)
        set_up_sshd(root)
        yield root


@pytest.fixture(name="embedded")
def fixture_embedded(root: Root) -> Iterator[Root]:
    """A system whose init reads inittab(5)."""
    (root.path / "sbin").mkdir()
    (root.path / "sbin/init").touch()
    (root.etc / "init.d").mkdir()
    yield root


def is_found(root: Root, name: str, *words: str) -> Found:
    """A warning with these words in it."""
    found = check(root.path).find(name)
    assert found.level == "WARN" and all(word in found.found for word in words), found
    return found


def is_ok(root: Root, name: str, *words: str) -> None:
    """As it should be, with these words."""
    found = check(root.path).find(name)
    assert found.level == "OK" and all(word in found.found for word in words), found


def link(root: Root, folder: str, name: str, target: str = "/lib/systemd/system/some.service") -> None:
    """A link in a folder of /etc/systemd/system."""
    place = root.etc / "systemd/system" / folder
    place.mkdir(parents=True, exist_ok=True)
    (place / name).symlink_to(target)


# sshd at boot


def test_no_sshd(root: Root) -> None:
    assert is_found(root, "sshd", "no sshd is installed").mend is None
    for name in ("ssh-password", "ssh-root", "ssh-users"):
        assert check(root.path).find(name).level == "SKIP"


def test_dropbear(root: Root) -> None:
    (root.path / "usr/sbin").mkdir(parents=True)
    (root.path / "usr/sbin/dropbear").touch()
    found = check(root.path).find("ssh-password")
    assert found.level == "SKIP" and "dropbear" in found.found


def test_sshd_is_not_enabled(debian: Root) -> None:
    mend(is_found(debian, "sshd", "ssh.service is not enabled"))
    is_ok(debian, "sshd", "ssh.service")


def test_sshd_is_masked(debian: Root) -> None:
    link(debian, ".", "ssh.service", "/dev/null")
    mend(is_found(debian, "sshd", "ssh.service is masked"))
    is_ok(debian, "sshd", "ssh.service")


def test_sshd_is_not_to_be_run(debian: Root) -> None:
    """Debian's unit asks for the file; others do not."""
    link(debian, "multi-user.target.wants", "ssh.service")
    (debian.etc / "ssh/sshd_not_to_be_run").touch()
    is_ok(debian, "sshd", "ssh.service")
    unit = debian.etc / "systemd/system/ssh.service"
    unit.write_text(f"[Unit]\nConditionPathExists=!/etc/ssh/sshd_not_to_be_run\n{UNIT}")
    mend(is_found(debian, "sshd", "/etc/ssh/sshd_not_to_be_run keeps ssh.service from starting"))
    is_ok(debian, "sshd", "ssh.service")


def test_a_socket_of_a_service_that_is_masked(debian: Root) -> None:
    socket = debian.etc / "systemd/system/ssh.socket"
    socket.write_text("[Socket]\nListenStream=22\n[Install]\nWantedBy=sockets.target\n")
    link(debian, "sockets.target.wants", "ssh.socket")
    is_ok(debian, "sshd", "ssh.socket")
    link(debian, ".", "ssh.service", "/dev/null")
    mend(is_found(debian, "sshd", "ssh.service is masked"))
    is_ok(debian, "sshd")


@pytest.mark.parametrize("value", ["yes", "True", "1", "on"])
def test_a_socket_that_starts_one_service_for_each_client(debian: Root, value: str) -> None:
    """That is ssh@.service, whatever becomes of ssh.service."""
    socket = debian.etc / "systemd/system/ssh.socket"
    socket.write_text(f"[Socket]\nAccept=no\nAccept={value}\n")
    link(debian, "sockets.target.wants", "ssh.socket")
    link(debian, ".", "ssh.service", "/dev/null")
    is_ok(debian, "sshd", "ssh.socket")
    socket.write_text(f"{socket.read_text()}{'#' * 65536}")  # nothing reads that much
    is_found(debian, "sshd", "ssh.service is masked")


@pytest.mark.parametrize(
    "program, command",
    [
        ("sbin/openrc-run", "rc-update add sshd default"),
        ("usr/sbin/update-rc.d", "update-rc.d sshd enable"),
        ("usr/sbin/chkconfig", "chkconfig sshd on"),
    ],
)
def test_sshd_is_not_enabled_in_another_init(embedded: Root, program: str, command: str) -> None:
    script = embedded.etc / "init.d/sshd"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    (embedded.path / "usr/sbin").mkdir(parents=True)
    for path in ("usr/sbin/sshd", program):
        (embedded.path / path).touch()
    set_up_sshd(embedded)
    found = is_found(embedded, "sshd", "sshd is not enabled")
    assert found.mend and found.mend.startswith(f"chroot {embedded.path} ") and command in found.mend


def test_sshd_does_not_start(root: Root) -> None:
    with entered(root) as ssh:
        ssh.set("# a slip\nPasswordAuthentification yes\n")
        found = check().find("sshd")
    assert found.level == "WARN" and "50-cloud-init.conf" in found.found and "line 2" in found.found


# Consoles


def test_no_console(debian: Root) -> None:
    mend(is_found(debian, "console", "no login prompt"))
    is_ok(debian, "console", "ttyS0")


@contextmanager
def running(root: Root, told: str, used: Optional[str]) -> Iterator[None]:
    """A running system with systemd: which consoles its kernel was told to use, and which it uses."""
    cmdline = root.path / "cmdline"
    cmdline.write_text(f"root=/dev/vda1 {told}\n")
    active = root.path / "active"
    active.mkdir() if used is None else active.write_text(f"{used}\n")
    place = "/sys/class/tty" if used is None else "/sys/class/tty/console/active"
    with entered(root), mounted("--bind", cmdline, "/proc/cmdline"), mounted("--bind", active, place):
        Path("/run/systemd/system").mkdir(parents=True)
        yield


def test_no_console_of_the_running_system(root: Root) -> None:
    with running(root, "console=tty0", "tty0"):
        assert check().find("console").mend == "systemctl enable --now serial-getty@ttyS0.service"


@pytest.mark.parametrize(
    "told, used, level",
    [
        ("console=ttyS0 console=ttyAMA0", "tty0 ttyAMA0", "OK"),  # as it should be
        ("quiet", "ttyAMA0", "OK"),  # firmware named it
        ("console=ttyAMA0", "tty0", "WARN"),  # there is no such device
        ("console=tty0 console=ttyAMA0,115200", None, "OK"),  # it does not tell
        ("quiet", "", "WARN"),
    ],
)
def test_the_kernel_tells_its_consoles(root: Root, told: str, used: Optional[str], level: str) -> None:
    with running(root, told, used):
        found = check().find("console")
    assert found.level == level and found.found.endswith(" prompt on ttyAMA0") == (level == "OK"), found


@pytest.mark.parametrize("folder", ["etc", "usr/local/lib", "usr/lib", "lib"])
def test_whoever_wants_the_prompt(root: Root, folder: str) -> None:
    (root.path / "sbin").mkdir()
    (root.path / "sbin/init").symlink_to("/lib/systemd/systemd")
    wants = root.path / folder / "systemd/system/getty.target.wants"
    wants.mkdir(parents=True)
    (wants / "serial-getty@ttyS1.service").symlink_to("../serial-getty@.service")
    (wants / "getty@tty1.service").symlink_to("../getty@.service")
    is_ok(root, "console", "tty1, ttyS1")


def test_a_masked_console(debian: Root) -> None:
    link(debian, "getty.target.wants", "serial-getty@ttyS0.service")
    link(debian, ".", "serial-getty@ttyS0.service", "/dev/null")
    mend(is_found(debian, "console", "no login prompt"))
    is_ok(debian, "console", "ttyS0")


def test_the_screen_alone(debian: Root) -> None:
    link(debian, "getty.target.wants", "getty@tty1.service")
    is_ok(debian, "console", "tty1", "no serial line")


@pytest.mark.parametrize("path", ["boot/grub/grub.cfg", "boot/loader/entries/1.conf", "etc/default/grub"])
def test_the_kernel_names_the_console(debian: Root, path: str) -> None:
    file = debian.path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(2 * "linux /vmlinuz root=/dev/vda1 console=tty0 console=ttyAMA0,115200n8\n")
    assert check(debian.path).find("console").found == "a login prompt on ttyAMA0"


def test_another_word_ends_so(debian: Root) -> None:
    (debian.etc / "default").mkdir()
    grub = debian.etc / "default/grub"
    grub.write_text('GRUB_CMDLINE_LINUX="netconsole=6665@10.0.0.1/eth0 console="\n')
    is_found(debian, "console", "no login prompt")
    grub.write_text('GRUB_CMDLINE_LINUX="console=ttyS1"\n')
    is_ok(debian, "console", "ttyS1")


def ask_for_the_list(root: Root, listed: str, *, options: str = "") -> None:
    """login(1) lets root in on these lines."""
    (root.etc / "pam.d").mkdir(exist_ok=True)
    (root.etc / "pam.d/login").write_text(LOGIN.replace("\n", f" {options}\n"))
    (root.etc / "securetty").write_text(listed)


def test_root_is_not_kept_off_the_kernels_consoles(debian: Root) -> None:
    (debian.etc / "default").mkdir()
    (debian.etc / "default/grub").write_text('GRUB_CMDLINE_LINUX="console=tty1 console=ttyAMA0"\n')
    link(debian, "getty.target.wants", "getty@tty1.service")
    link(debian, "getty.target.wants", "serial-getty@ttyS1.service")
    ask_for_the_list(debian, "hvc0\n")
    assert check(debian.path).find("console").found == "a login prompt on tty1, ttyAMA0"
    ask_for_the_list(debian, "hvc0\n", options="debug noconsole")
    is_found(debian, "console", "keeps root off tty1")
    ask_for_the_list(debian, "ttyS1\n", options="noconsole")
    assert check(debian.path).find("console").found == "a login prompt on ttyS1"


@pytest.mark.parametrize("told, used", [("console=ttyAMA0", "tty0"), ("quiet", "tty0 ttyAMA0")])
def test_root_is_let_in_on_the_running_kernels_consoles(root: Root, told: str, used: str) -> None:
    link(root, "getty.target.wants", "serial-getty@ttyAMA0.service")
    with running(root, told, used):
        ask_for_the_list(root, "tty1\n")
        assert check().find("console").found == "a login prompt on ttyAMA0"
        ask_for_the_list(root, "tty1\n", options="noconsole")
        assert check().find("console").found == "/etc/securetty keeps root off ttyAMA0"


def test_root_is_kept_off_the_line(debian: Root) -> None:
    link(debian, "getty.target.wants", "serial-getty@ttyS0.service")
    (debian.etc / "pam.d").mkdir()
    (debian.etc / "pam.d/login").write_text(LOGIN)
    is_ok(debian, "console", "ttyS0")
    securetty = debian.etc / "securetty"
    securetty.write_text("# lines\ntty1\nttyS01\n")
    mend(is_found(debian, "console", "/etc/securetty keeps root off ttyS0"))
    is_ok(debian, "console", "ttyS0")
    securetty.write_text("tty1\nhvc0")  # no end of line
    mend(is_found(debian, "console", "/etc/securetty keeps root off ttyS0"))
    assert [line for line in securetty.read_text().split("\n") if line] == ["tty1", "hvc0", "ttyS0"]
    is_ok(debian, "console", "ttyS0")


def test_a_list_of_lines_that_nobody_asks(debian: Root) -> None:
    link(debian, "getty.target.wants", "serial-getty@ttyS0.service")
    (debian.etc / "pam.d").mkdir()
    (debian.etc / "pam.d/login").write_text(f"#{LOGIN}auth include common-auth\n")
    (debian.etc / "securetty").write_text("tty1\n")
    is_ok(debian, "console", "ttyS0")


def test_others_are_not_kept_off(debian: Root) -> None:
    link(debian, "getty.target.wants", "serial-getty@ttyS0.service")
    ask_for_the_list(debian, "tty1\n")
    assert check(debian.path, "--user", "alice").is_ok("console")


def mend_as_if_there(embedded: Root, found: Found) -> None:
    """What the mend tells a shell, which is not in embedded, is done here."""
    before = f"chroot {embedded.path} sh -c "
    assert found.mend and found.mend.startswith(before), found
    (command,) = shlex.split(found.mend[len(before) :])
    mend(replace(found, mend=command.replace("/etc/", f"{embedded.etc}/")))


def test_inittab(embedded: Root) -> None:
    inittab = embedded.etc / "inittab"
    for end in ("", "~~:S:wait:/sbin/sulogin"):  # no end of line
        inittab.write_text(f"#1:2345:respawn:/sbin/getty 38400 tty1\n{end}")
        mend_as_if_there(embedded, is_found(embedded, "console", "no login prompt"))
        assert end in inittab.read_text().split("\n")
        is_ok(embedded, "console", "ttyS0")
    inittab.write_text("1:2345:respawn:/sbin/getty 38400 tty1\nT0:23:respawn:/sbin/getty -L ttyS0 9600 vt100\n")
    is_ok(embedded, "console", "tty1, ttyS0")


@pytest.mark.parametrize("has_openrc", [True, False])
def test_inittab_of_busybox(embedded: Root, has_openrc: bool) -> None:
    init = embedded.path / "sbin/init"
    init.unlink()
    init.symlink_to("../bin/busybox")
    (embedded.path / "bin").mkdir()
    (embedded.path / "bin/busybox").touch()
    if has_openrc:
        (embedded.path / "sbin/openrc-run").touch()
    inittab = embedded.etc / "inittab"
    inittab.write_text("#ttyS0::respawn:/sbin/getty -L 0 ttyS0 vt100\n::shutdown:/sbin/openrc shutdown")
    mend_as_if_there(embedded, is_found(embedded, "console", "no login prompt"))
    # It takes what stands first for a terminal.
    assert "ttyS0::respawn:/sbin/getty -L 115200 ttyS0 vt100" in inittab.read_text().split("\n")
    assert "::shutdown:/sbin/openrc shutdown" in inittab.read_text().split("\n")
    is_ok(embedded, "console", "ttyS0")


@pytest.fixture(name="openrc")
def fixture_openrc(embedded: Root) -> Root:
    """One with OpenRC, and no agetty."""
    (embedded.path / "sbin/openrc-run").touch()
    (embedded.etc / "runlevels/boot").mkdir(parents=True)
    (embedded.etc / "runlevels/default").mkdir()
    return embedded


def test_openrc_without_agetty(openrc: Root) -> None:
    assert is_found(openrc, "console", "no login prompt").mend is None
    (openrc.etc / "inittab").write_text("si::sysinit:/sbin/openrc sysinit\n")
    mend_as_if_there(openrc, is_found(openrc, "console", "no login prompt"))
    is_ok(openrc, "console", "ttyS0")


@pytest.mark.parametrize("runlevel", ["default", "boot"])
def test_openrc(openrc: Root, runlevel: str) -> None:
    scripts = openrc.etc / "init.d"
    (scripts / "agetty").touch()
    script = scripts / "agetty.ttyS0"
    (openrc.etc / f"runlevels/{runlevel}/agetty.ttyS0").symlink_to("/etc/init.d/agetty.ttyS0")
    found = is_found(openrc, "console", "no login prompt")  # there is no such script yet
    command = "ln -sf agetty /etc/init.d/agetty.ttyS0 && rc-update add agetty.ttyS0 default"
    assert found.mend == f"chroot {openrc.path} sh -c '{command}'"
    script.symlink_to("agetty")
    is_ok(openrc, "console", "ttyS0")


def test_what_starts_nothing(root: Root) -> None:
    assert check(root.path).find("console").level == "SKIP"
