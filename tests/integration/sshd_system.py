# SPDX-License-Identifier: Apache-2.0
"""The running system with a real sshd and an /etc of its own, as long as a test takes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Dict, Iterator

import runner
from sandbox import command, mounted
from throwaway import OLD_PASSWORD, Root

sys.path.insert(0, str(runner.HERE.parent / "support"))

from debian_tree import CACHE, locked  # noqa: E402

SSHD = Path("/usr/sbin/sshd")
CLIENT = "user={},host=192.0.2.1,addr=192.0.2.1,laddr=192.0.2.2,lport=22"
PAM = "auth required pam_unix.so nodelay\naccount required pam_unix.so\nsession required pam_permit.so\n"
DEBIAN = "Include /etc/ssh/sshd_config.d/*.conf\nKbdInteractiveAuthentication no\nUsePAM yes\n"
GROUP = "root:x:0:\nubuntu:x:1000:\nalice:x:1001:\nadmin:x:27:ubuntu\nwheel:x:10:daemon,root\n"


def programs() -> Path:
    """A folder with sshd in it. An installation would start it: Debian's package is unpacked instead."""
    if SSHD.exists():
        return SSHD.parent
    CACHE.mkdir(parents=True, exist_ok=True)
    tree = CACHE / "openssh-server"
    with locked(CACHE / "openssh-server.lock"):
        if not (tree / "usr/sbin/sshd").exists():
            part = CACHE / "openssh-server.part"
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir()
            subprocess.run(["apt-get", "-qq", "download", "openssh-server"], cwd=part, check=True)
            (package,) = part.glob("*.deb")
            command("dpkg-deb", "-x", package, part)
            part.rename(tree)
    return tree / "usr/sbin"


# At once, as there is no network where the tests run.
PROGRAMS = programs()


class SshdSystem:
    """What a test writes into, and asks."""

    def __init__(self, root: Root) -> None:
        self.path = root.path
        self.etc = root.etc
        self.config = self.etc / "ssh/sshd_config"
        self.drop_ins = self.etc / "ssh/sshd_config.d"
        self._fill()
        (root.path / "usr/sbin").mkdir(parents=True)
        (root.path / "usr/sbin/sshd").touch()

    def _fill(self) -> None:
        for name in ("ld.so.cache", "ld.so.conf", "ld.so.conf.d"):
            if Path("/etc", name).exists():
                command("cp", "-a", Path("/etc", name), self.etc)
        with (self.etc / "passwd").open("a", encoding="ascii") as passwd:
            passwd.write("sshd:x:105:65534::/run/sshd:/usr/sbin/nologin\n")
        (self.etc / "group").write_text(GROUP)
        (self.etc / "nsswitch.conf").write_text("passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
        (self.etc / "pam.d").mkdir()
        (self.etc / "pam.d/sshd").write_text(PAM)
        (self.etc / "pam.d/other").write_text(PAM)
        self.drop_ins.mkdir(parents=True)
        self.config.write_text(DEBIAN)
        key = self.etc / "ssh/ssh_host_ed25519_key"
        command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key)

    def set(self, text: str) -> None:
        """A file that stands before all that Debian sets."""
        (self.drop_ins / "50-cloud-init.conf").write_text(text)

    def is_valid(self, user: str) -> bool:
        """Would sshd start with this?"""
        words = (SSHD, "-T", "-C", CLIENT.format(user))
        return subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0

    def told(self, user: str = "root") -> Dict[str, str]:
        """What sshd itself says that its settings are."""
        text = command(SSHD, "-T", "-C", CLIENT.format(user))
        lines = (line.partition(" ") for line in text.splitlines())
        return {keyword: value for keyword, _, value in lines}

    def lets_in(self, user: str = "root") -> bool:
        """A real login with the password, at an sshd of its own."""
        options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", f"ProxyCommand={SSHD} -i",
                   "NumberOfPasswordPrompts=1", "PubkeyAuthentication=no", "LogLevel=ERROR")  # fmt: skip
        words = [word for option in options for word in ("-o", option)]
        done = subprocess.run(
            ["sshpass", "-p", OLD_PASSWORD, "ssh", "-F", "none", *words, f"{user}@sshd", "echo", "logged in"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=runner.PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0 or b"Permission denied" in done.stderr, done.stderr.decode()
        return done.stdout == b"logged in\n"


@contextmanager
def entered(root: Root) -> Iterator[SshdSystem]:
    """Its /etc is that of root. An sshd whose client has gone may still be ending in it."""
    system = SshdSystem(root)
    with ExitStack() as stack:
        if PROGRAMS != SSHD.parent:
            lower = f"lowerdir={PROGRAMS}:{SSHD.parent}"
            stack.enter_context(mounted("-t", "overlay", "-o", lower, "sbin", SSHD.parent, lazily=True))
        for place in ("/run", "/var/log"):
            stack.enter_context(mounted("-t", "tmpfs", "-o", "mode=755", "tmpfs", place, lazily=True))
        Path("/run/sshd").mkdir(mode=0o755)
        stack.enter_context(mounted("--bind", system.etc, "/etc", lazily=True))
        yield system


@contextmanager
def with_programs(root: Root) -> Iterator[Path]:
    """For chroot(8): root has this machine's /usr; yields a folder whose files stand before those in it."""
    own = root.path.parent / "own"
    (own / "sbin").mkdir(parents=True)
    (own / "sbin/sshd").touch()
    (root.path / "usr").mkdir()
    for name in ("bin", "sbin", "lib", "lib64"):
        (root.path / name).symlink_to(f"usr/{name}")
    with mounted("-t", "overlay", "-o", f"lowerdir={own}:/usr", "usr", root.path / "usr"):
        yield own
