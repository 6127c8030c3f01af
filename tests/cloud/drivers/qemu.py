# SPDX-License-Identifier: Apache-2.0
"""A QEMU machine, found again after a restart of the cloud by the files `pid` and `qmp` in its folder.

It lives on when the cloud is killed, unless its command begins with `setpriv --pdeathsig KILL`. A cloud that ends in
order switches off what it started or found.
"""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator, Sequence

from .driver import DriverError
from .process import Found, Program, last_line
from .qmp import Qmp, QmpError

log = logging.getLogger("cloud")
PRESS_AGAIN_S = 10  # a guest that was booting has not noticed
LOOK_AGAIN_S = 0.05
END_S = 60  # for the kernel to end what was killed


class QemuDriver:
    """The command is a QEMU with all it needs but a monitor; it stays in the foreground."""

    def __init__(
        self,
        command: Sequence[str],
        folder: str,
        acpi_timeout_s: float = 60,
        qmp_timeout_s: float = 10,
        start_timeout_s: float = 60,
    ) -> None:
        place = Path(folder).absolute()
        self._socket, self._pid, self._log = place / "qmp", place / "pid", place / "qemu.log"
        self._monitor_option = f"unix:{self._socket},server=on,wait=off"
        self._words = [*command, "-qmp", self._monitor_option, "-pidfile", str(self._pid)]
        self._acpi_timeout_s = acpi_timeout_s
        self._qmp_timeout_s = qmp_timeout_s
        self._start_timeout_s = start_timeout_s
        self._program = Program()

    def start(self) -> None:
        """Returns when the monitor answers."""
        if self.is_running():
            raise DriverError(f"the machine of {self._pid} runs already")
        self._socket.unlink(missing_ok=True)
        self._program.launch(self._words, self._log)
        try:
            self._await_monitor()
        except DriverError:
            self._program.end()
            raise

    def stop(self) -> None:
        """The power button; then a monitor's `quit`; then SIGKILL."""
        with self._find() as machine:
            if machine and not (self._obeys_button(machine) or self._quits(machine)):
                self._kill(machine)
        self._program.end()

    def is_running(self) -> bool:
        """Is there a process? Whoever started it."""
        with self._find() as machine:
            return machine is not None

    def close(self) -> None:
        """Off, without waiting for the guest."""
        self._program.close()
        with self._find() as machine:
            if machine:
                self._kill(machine)

    @contextmanager
    def _find(self) -> Iterator[Found | None]:
        """The machine's process: the number may be another's since, so that the command line must have our monitor."""
        try:
            found = Found(int(self._pid.read_text()))
        except (OSError, ValueError):
            yield None
            return
        with found:
            yield found if self._monitor_option in found.words() else None

    def _monitor(self, timeout_s: float) -> Qmp:
        return Qmp.connect(self._socket, timeout_s)

    def _await_monitor(self) -> None:
        until = time.monotonic() + self._start_timeout_s
        while True:
            try:
                self._monitor(max(LOOK_AGAIN_S, until - time.monotonic())).close()
                return
            except QmpError as error:
                code = self._program.code()
                if code is not None:
                    raise DriverError(f"QEMU ended with {code}: {last_line(self._log)}") from None
                if time.monotonic() > until:
                    raise DriverError(f"QEMU is not there after {self._start_timeout_s} s: {error}") from None
            time.sleep(LOOK_AGAIN_S)

    def _obeys_button(self, machine: Found) -> bool:
        try:
            with self._monitor(self._qmp_timeout_s) as monitor:
                until = time.monotonic() + self._acpi_timeout_s
                left = self._acpi_timeout_s
                while left > 0:
                    monitor.execute("system_powerdown")
                    if machine.has_ended(min(until - time.monotonic(), PRESS_AGAIN_S)):
                        return True
                    left = until - time.monotonic()
        except QmpError as error:
            # It may be about to end; nobody kills a QEMU that writes its last blocks.
            log.info("the machine of %s: %s", self._pid, error)
            return machine.has_ended(self._qmp_timeout_s)
        return False

    def _quits(self, machine: Found) -> bool:
        log.info("the machine of %s ignores its button: the plug", self._pid)
        try:
            with self._monitor(self._qmp_timeout_s) as monitor:
                monitor.execute("quit")
        except QmpError as error:
            log.info("the machine of %s: %s", self._pid, error)
        return machine.has_ended(self._qmp_timeout_s)

    def _kill(self, machine: Found) -> None:
        machine.kill()
        if not machine.has_ended(END_S):
            raise DriverError(f"the machine of {self._pid} does not end, though killed")
