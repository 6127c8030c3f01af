# SPDX-License-Identifier: Apache-2.0
"""What a driver sees of QEMU, and no more: a monitor and a file with its number. For test_machines.py.

    stand_in_qemu.py MANNER -qmp unix:PATH,server=on,wait=off -pidfile FILE

The monitor's commands are written to the file `said` beside its socket.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from pathlib import Path
from typing import TextIO

MANNERS = {
    "obeys": "ends when the button is pressed",
    "wakes-late": "does not notice the button before it is pressed for the second time",
    "ignores-button": "ends when the monitor is told so",
    "ignores-all": "ends when it is killed",
    "refuses": "the monitor knows no command but qmp_capabilities",
    "hangs": "the monitor greets the first who comes, and nobody else",
    "hides": "its socket is gone after the first who came",
    "babbles": "the monitor tells of events before each answer",
    "speaks-nonsense": "the monitor says after its greeting what is no JSON",
    "silent": "the monitor does not even greet",
    "dies": "ends at once, with a complaint",
}
EVENT = {"event": "RTC_CHANGE", "data": {"offset": 0}}


class StandIn:
    """One process; serves one connection at a time, as QEMU's monitor does."""

    def __init__(self, manner: str, path: Path) -> None:
        self.manner, self.path = manner, path
        self.presses = 0
        self.is_over = False
        self.said = (path.parent / "said").open("a", buffering=1)

    def serve(self) -> None:
        """For ever, or until a command ends it."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        listener.listen()
        if self.manner == "silent":
            signal.pause()
        while True:
            connection, _ = listener.accept()
            if self.manner == "hides":
                self.path.unlink()
            with connection, connection.makefile("rw") as stream:
                self.converse(stream)
            if self.manner == "hangs":
                signal.pause()

    def converse(self, stream: TextIO) -> None:
        """Until the other side has gone."""
        print(json.dumps({"QMP": {"version": {}, "capabilities": []}}), file=stream, flush=True)
        for line in stream:
            answer = "?" if self.manner == "speaks-nonsense" else json.dumps(self.answer(json.loads(line)["execute"]))
            if self.manner == "babbles":
                print(json.dumps(EVENT), file=stream, flush=True)
            print(answer, file=stream, flush=True)
            if self.is_over:
                os._exit(0)

    def answer(self, command: str) -> object:
        """Carry it out; how that went."""
        if command == "qmp_capabilities":
            return {"return": {}}
        print(command, file=self.said)
        if self.manner == "refuses":
            return {"error": {"class": "CommandNotFound", "desc": f"The command {command} has not been found"}}
        self.presses += command == "system_powerdown"
        needed = {"obeys": 1, "babbles": 1, "wakes-late": 2}.get(self.manner, 99)
        self.is_over = self.presses >= needed or (command == "quit" and self.manner != "ignores-all")
        return {"return": {}}


def main() -> None:
    """As its manner is."""
    manner = sys.argv[1]
    given = dict(zip(sys.argv[2::2], sys.argv[3::2]))
    assert manner in MANNERS and set(given) == {"-qmp", "-pidfile"}, sys.argv
    if manner == "dies":
        sys.exit("stand-in: drive with bus=0, unit=0 exists")
    Path(given["-pidfile"]).write_text(f"{os.getpid()}\n")
    kind, _, rest = given["-qmp"].partition(":")
    path, *options = rest.split(",")
    assert (kind, options) == ("unix", ["server=on", "wait=off"])
    StandIn(manner, Path(path)).serve()


if __name__ == "__main__":
    main()
