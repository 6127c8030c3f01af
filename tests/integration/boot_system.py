# SPDX-License-Identifier: Apache-2.0
"""A whole system in a folder, with the commands of its init: this machine's own, under a layer that is thrown away."""

from __future__ import annotations

import shutil
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Iterator

import runner
from sandbox import command, mounted
from throwaway import PASSWD, SHADOW, old_hash

TOP = Path(__file__).resolve().parent.parent.parent
UNIT = "etc/systemd/system/resetpwd-agent.service"
WANTS = "etc/systemd/system/multi-user.target.wants/resetpwd-agent.service"
# Both keep links in folders; OpenRC's own and RHEL's are on no Debian.
COMMANDS = {
    "usr/sbin/rc-update": """
case "$*" in
"add "*" default") mkdir -p /etc/runlevels/default && ln -s "/etc/init.d/$2" "/etc/runlevels/default/$2" ;;
"del "*) rm "/etc/runlevels/$3/$2" ;;
*) exit 1 ;;
esac
""",
    "usr/sbin/chkconfig": """
case $2 in
on) mkdir -p /etc/rc.d/rc3.d && ln -s "../init.d/$1" "/etc/rc.d/rc3.d/S99$1" ;;
off) rm "/etc/rc.d/rc3.d/S99$1" ;;
*) exit 1 ;;
esac
""",
}


class System:
    """For --root."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        """A file, with the folders above it."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        path.write_text(text)
        path.chmod(mode)
        return path

    def install(self, source: str, name: str) -> None:
        """A file of packaging, as CMake installs it."""
        text = (TOP / "packaging" / source).read_text().replace("@CMAKE_INSTALL_FULL_SBINDIR@", "/usr/sbin")
        self.write(name, text, 0o755 if "init.d" in name or "share" in name else 0o644)

    def run(self, *words: str) -> None:
        """In a chroot."""
        command("chroot", self.path, *words)

    def use_systemd(self, enabled: bool = True) -> None:
        """The agent as a package installs it."""
        self.install("systemd/resetpwd-agent.service.in", "lib/systemd/system/resetpwd-agent.service")
        if enabled:
            self.run("systemctl", "-q", "enable", "resetpwd-agent")

    def use_scripts(self) -> None:
        """The init is not systemd."""
        self.write("sbin/init", "#!/bin/sh\n", 0o755)
        self.install("sysv/resetpwd-agent.in", "etc/init.d/resetpwd-agent")

    def use_chkconfig(self) -> None:
        """Nor is it a Debian."""
        self.use_scripts()
        (self.path / "usr/sbin/update-rc.d").unlink()
        (self.path / "etc/debian_version").unlink()
        self.write("usr/sbin/chkconfig", "#!/bin/sh\n" + COMMANDS["usr/sbin/chkconfig"], 0o755)

    def use_openrc(self) -> None:
        """As on Alpine."""
        self.use_scripts()
        self.install("openrc/resetpwd-agent.in", "etc/init.d/resetpwd-agent")
        self.write("sbin/openrc-run", "#!/bin/sh\n", 0o755)
        self.write("usr/sbin/rc-update", "#!/bin/sh\n" + COMMANDS["usr/sbin/rc-update"], 0o755)


@contextmanager
def system_in(place: Path) -> Iterator[System]:
    """The system, without a service of ours or of others."""
    place.mkdir()
    with mounted("-t", "tmpfs", "layer", place):
        for name in ("upper", "work", "root"):
            (place / name).mkdir()
        layers = f"lowerdir=/,upperdir={place}/upper,workdir={place}/work"
        with mounted("-t", "overlay", "-o", layers, "system", place / "root"):
            system = System(place / "root")
            command("rm", "-rf", system.path / "etc/cloud", system.path / "etc/init.d/resetpwd-agent")
            system.write("etc/passwd", PASSWD)
            system.write("etc/shadow", SHADOW.format(hash=old_hash()))
            system.write("usr/sbin/resetpwd-agent", "")
            shutil.copy(runner.BINARY, system.path / "usr/sbin/resetpwd-agent")
            yield system


@contextmanager
def running_system(place: Path) -> Iterator[None]:
    """This very machine, as if systemd ran on it, under a layer that is thrown away."""
    place.mkdir()
    with ExitStack() as stack:
        stack.enter_context(mounted("-t", "tmpfs", "layer", place))
        stack.enter_context(mounted("-t", "tmpfs", "run", "/run"))
        Path("/run/systemd/system").mkdir(parents=True)
        for folder in ("/etc", "/usr/local"):
            layer = place / folder.replace("/", "-")
            for name in ("upper", "work"):
                (layer / name).mkdir(parents=True)
            layers = f"lowerdir={folder},upperdir={layer}/upper,workdir={layer}/work"
            stack.enter_context(mounted("-t", "overlay", "-o", layers, "system", folder))
        yield
