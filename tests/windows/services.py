# SPDX-License-Identifier: Apache-2.0
"""A Windows that is switched on: its services, and what they say in the event log."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from wine import Prefix, wait_for

SERVICE = "resetpwd-agent"
SETUP = r"HKLM\SYSTEM\Setup"
TYPES = {"0x0001": "error", "0x0002": "warning", "0x0004": "information"}


@dataclass(frozen=True)
class Event:
    """One line of the log."""

    type: str
    message: int
    text: str


@dataclass(frozen=True)
class State:
    """What the service control manager knows of a service."""

    name: str
    exit_code: int
    specific_exit_code: int


def query(prefix: Prefix, service: str) -> State | None:
    """None when there is no such service."""
    text = prefix.run("sc", "query", service).stdout
    found = re.search(r"STATE.*\d +(\w+)\s.*WIN32_EXIT_CODE *: (\d+).*SERVICE_EXIT_CODE *: (\d+)", text, re.S)
    return State(found[1], int(found[2]), int(found[3])) if found else None


class Machine:
    """Switched on."""

    def __init__(self, prefix: Prefix, said: Path) -> None:
        self.prefix = prefix
        self._said = said

    def install(self, agent: Path) -> None:
        """As the MSI does: a folder with a space in its name, a quoted path."""
        folder = self.prefix.c / "Program Files/resetpwd-agent"
        folder.mkdir(exist_ok=True)
        shutil.copy(agent, folder)
        path = rf'"C:\Program Files\resetpwd-agent\{agent.name}" service'
        assert self.prefix.run("sc", "create", SERVICE, "binPath=", path, "start=", "demand").returncode == 0

    def control(self, verb: str) -> None:
        """Start or stop."""
        assert self.prefix.run("sc", verb, SERVICE).returncode == 0

    def setup(self, **values: int) -> None:
        """What Windows' setup says of itself."""
        for name, value in values.items():
            self.prefix.run("reg", "add", SETUP, "/v", name, "/t", "REG_DWORD", "/d", str(value), "/f")

    @property
    def state(self) -> State:
        found = query(self.prefix, SERVICE)
        assert found
        return found

    def wait_until_stopped(self) -> State:
        """Its last state."""
        wait_for(lambda: self.state.name == "STOPPED", lambda: (self.state, self.events))
        return self.state

    @property
    def events(self) -> list[Event]:
        """What was written to the event log: wine tells it, and forgets it."""
        found = re.findall(
            r":ReportEventW \(\w+,(\w+),\w+,(\w+),.*\n.*:ReportEventW L\"(.*)\"", self._said.read_text(errors="replace")
        )
        return [Event(TYPES[kind], int(message, 16), text) for kind, message, text in found]

    def said(self, text: str) -> list[Event]:
        """Events that hold this text."""
        return [event for event in self.events if text in event.text]

    def wait_until_said(self, text: str) -> None:
        wait_for(lambda: bool(self.said(text)), lambda: self.events)


def configure(prefix: Prefix, metadata_url: str, *lines: str) -> None:
    """Write the configuration file."""
    folder = prefix.c / "ProgramData/resetpwd-agent"
    folder.mkdir(exist_ok=True)
    (folder / "resetpwd-agent.conf").write_text("\n".join([f"metadata_url = {metadata_url}", *lines, ""]))


@contextmanager
def switched_on(prefix: Prefix, said: Path) -> Iterator[Machine]:
    """
    Services live for as long as a program of some user does, here one that waits for a key. They are started by it,
    and say what they have to say where it does: in the file.
    """
    with said.open("wb") as file:
        traced = {"WINEDEBUG": "-all,fixme+advapi,+eventlog"}
        with prefix.start("cmd", "/c", "echo up& pause", env=traced, stdin=subprocess.PIPE, out=file, err=file):
            try:
                wait_for(lambda: b"up\r\n" in said.read_bytes(), said.read_bytes)
                yield Machine(prefix, said)
            finally:
                prefix.stop()
