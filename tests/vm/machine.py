# SPDX-License-Identifier: Apache-2.0
"""A virtual machine: QEMU with a disk of its own, a serial console, and a network that reaches one cloud only.

Always without KVM: what runs these tests is often a virtual machine itself.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import Any

from cloud.drivers import make_driver
from cloud.drivers.qmp import Qmp
from console import LOGIN, PATIENCE_S, Console
from debian_tree import command
from image import Image

METADATA = "169.254.169.254"
GUEST = "169.254.169.15"
SLIRP = "user,id=net,restrict=on,ipv6=off"
LINK_LOCAL = f"net=169.254.169.0/24,host=169.254.169.2,dns=169.254.169.3,dhcpstart={GUEST}"
NIC = "virtio-net-pci,romfile="
# One processor, and room for another: where there can be but one, QEMU before 8.1 leaves out the guest's memory
# barriers. A device, which is another thread, then misses now and then that it was told to do something.
SMP = ("-smp", "1,maxcpus=2")


class Service(Enum):
    """What the guest finds at the metadata address."""

    CLOUD = "the cloud"
    REFUSED = "a machine where nothing listens"
    BLACK_HOLE = "silence"
    HANGS = "a cloud that says nothing"


class Machine:
    """Disk and cloud stay the same over any number of boots."""

    def __init__(self, folder: Path, image: Image, cloud_port: int) -> None:
        self.folder = folder
        self.image = image
        self.disk = folder / "disk.qcow2"
        self.cloud_port = cloud_port
        self.console: Console
        self.monitor: Qmp
        # QEMU connects to both when it starts, so that no word is lost, whoever starts it.
        self._listeners = {name: self._listener(name) for name in ("console", "monitor")}
        self._driver = make_driver(self.spec(), "")
        command("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", image.disk, self.disk)

    def _listener(self, name: str) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX)
        listener.settimeout(PATIENCE_S)
        listener.bind(str(self.folder / name))
        listener.listen()
        return listener

    # Life

    def spec(
        self,
        *options: str,
        service: Service = Service.CLOUD,
        append: str = "",
        drive: str = "",
        before: Sequence[str] = (),
        **settings: Any,
    ) -> str:
        """For a cloud's driver; further options for QEMU, the kernel and the drive, and the driver's own, may follow."""
        words = [
            *"setpriv --pdeathsig KILL".split(),  # it does not outlive the tests
            *before,
            *"qemu-system-x86_64 -accel tcg -cpu qemu64,-svm -m 512 -nodefaults -display none".split(),
            *SMP,
            *("-kernel", self.image.kernel),
            # QEMU translates a program again when it is at other addresses than the last time. To start it then
            # takes four times as long, and starting programs is most of a boot.
            *("-append", f"root=/dev/nvme0n1 rw console=ttyS0 net.ifnames=0 norandmaps quiet {append}"),
            # SIGKILL loses what the guest has not flushed, whatever the cache mode; this one spares our disk.
            *("-drive", f"file={self.disk},if=none,id=disk,format=qcow2,cache=unsafe{drive}"),
            # The kernel's own driver: it needs no initramfs, which costs seconds.
            *("-device", "nvme,drive=disk,serial=disk"),
            *("-chardev", f"socket,id=console,path={self.folder}/console", "-serial", "chardev:console"),
            *("-chardev", f"socket,id=monitor,path={self.folder}/monitor", "-mon", "monitor,mode=control"),
            *self._network(service),
            *options,
        ]
        settings = {"acpi_timeout_s": PATIENCE_S, "start_timeout_s": PATIENCE_S, **settings}
        return json.dumps({"kind": "qemu", "command": [*map(str, words)], "folder": str(self.folder), **settings})

    def start(self, *options: str, **settings: Any) -> None:
        """Switch on, as spec() is told."""
        self._driver = make_driver(self.spec(*options, **settings), "")
        self._driver.start()
        self.attach()

    def attach(self) -> None:
        """Take console and monitor, once it has been switched on."""
        self._booted_at = 0
        self.console = Console(self._listeners["console"].accept()[0])
        self.monitor = Qmp(self._listeners["monitor"].accept()[0], PATIENCE_S)

    def _network(self, service: Service) -> list[str]:
        """QEMU's options. Whatever is asked for, nothing gets out of it but to the cloud."""
        if service is Service.BLACK_HOLE:  # eth1 leads nowhere; how it is set up is in the image
            slirp = f"{SLIRP},hostfwd=tcp:127.0.0.1:0-:22"
            return ["-netdev", slirp, "-device", f"{NIC},netdev=net", "-netdev", "hubport,id=nowhere,hubid=1",
                    "-device", f"{NIC},netdev=nowhere"]  # fmt: skip
        port = 81 if service is Service.REFUSED else 80
        # A process for each connection: what QEMU connects itself it connects once, for ever.
        socat = f"{shutil.which('socat')} -t5 STDIO TCP:127.0.0.1:{self.cloud_port}"
        guestfwd = f"guestfwd=tcp:{METADATA}:{port}-cmd:{socat}"
        slirp = f"{SLIRP},{LINK_LOCAL},hostfwd=tcp:127.0.0.1:0-{GUEST}:22,{guestfwd}"
        return ["-netdev", slirp, "-device", f"{NIC},netdev=net"]

    def boot(self, *options: str, **settings: Any) -> None:
        """Switch on and wait for the login prompt."""
        self.start(*options, **settings)
        self.console.expect(LOGIN)

    def reboot(self, password: str) -> None:
        """As its owner does it."""
        self.ssh(password, "reboot", check=False)
        self._booted_at = self.console.expect("reboot: Restarting system").end()
        self.console.expect(LOGIN)

    def await_outcome(self, outcome: str) -> None:
        """Wait until the console shows what came of this boot's reset, before or after the login prompt."""
        self.console.find(f"\nresetpwd-agent: {outcome}: ", self._booted_at)

    def power_cut(self) -> None:
        """Off, in the middle of whatever it does."""
        self._driver.close()

    def close(self) -> None:
        """The end of it, whoever switched it on."""
        self.power_cut()
        for listener in self._listeners.values():
            listener.close()

    # Who comes in

    def ssh(self, password: str, script: str, user: str = "root", check: bool = True) -> str:
        """Run a shell script as this user; what it says."""
        done = self._ssh(password, script, user)
        assert not check or done.returncode == 0, f"{script}: {done.returncode}\n{done.stdout}{self.console.text}"
        return done.stdout

    def _ssh(self, password: str, script: str, user: str) -> subprocess.CompletedProcess[str]:
        """QEMU takes a connection before sshd listens, and then drops it: no password has been tried."""
        until = time.monotonic() + PATIENCE_S
        while True:
            done = self._ssh_once(password, script, user)
            if "kex_exchange_identification" not in done.stdout or time.monotonic() > until:
                return done
            time.sleep(0.5)

    def _ssh_once(self, password: str, script: str, user: str) -> subprocess.CompletedProcess[str]:
        port = re.search(r"TCP\[HOST_FORWARD\]\s+\d+\s+127\.0\.0\.1\s+(\d+)", self.monitor.human("info usernet"))
        assert port, self.monitor.human("info usernet")
        return subprocess.run(
            [
                *("sshpass", "-p", password, "ssh", "-F", "none", "-p", port[1], f"{user}@127.0.0.1"),
                *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"),
                *("-o", "PreferredAuthentications=password", "-o", "NumberOfPasswordPrompts=1"),
                *("-o", f"ConnectTimeout={PATIENCE_S}", "/bin/sh -s"),
            ],
            input=script,
            text=True,
            errors="replace",  # the journal's export has sizes in it, which are no text
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE_S,
            check=False,
        )  # fmt: skip

    def enters(self, password: str, user: str = "root") -> bool:
        """Does this password open the console and SSH? Both or none."""
        console = self.console.login(user, password)
        if console:
            self.console.logout()
        done = self._ssh(password, "id -un", user)
        expected = f"{user}\n" if console else "Permission denied"
        assert expected in done.stdout, f"console: {console}, ssh: {done.stdout}\n{self.console.text}"
        return console
