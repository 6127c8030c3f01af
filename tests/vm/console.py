# SPDX-License-Identifier: Apache-2.0
"""A serial console: all that it ever said, and a person who waits for words and types."""

from __future__ import annotations

import re
import socket
import threading
import time

PATIENCE_S = 600  # for a host that has much else to do
# Somebody may have written to the console since, or between two words of it: getty writes them one by one.
LOGIN = r"(?<!Last )login: "
PROMPT = r"guest:\S*[#$] "


class Console:
    """What the guest says is read at once, so that it never waits for us."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._news = threading.Condition()
        self._said = b""
        self._ended = False
        self._at = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        while True:
            try:
                some = self._socket.recv(65536)
            except OSError:
                some = b""
            with self._news:
                self._said += some
                self._ended = not some
                self._news.notify_all()
            if not some:
                self._socket.close()
                return

    @property
    def text(self) -> str:
        """All of it, without the terminal's control sequences."""
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self._said.decode(errors="replace"))
        return text.replace("\r", "")

    def expect(self, pattern: str, patience: float = PATIENCE_S) -> re.Match[str]:
        """Wait for these words after those that were waited for last."""
        match = self.find(pattern, self._at, patience)
        self._at = match.end()
        return match

    def find(self, pattern: str, since: int, patience: float = PATIENCE_S) -> re.Match[str]:
        """Wait for these words anywhere after so many characters."""
        until = time.monotonic() + patience
        with self._news:
            while True:
                match = re.compile(pattern).search(self.text, since)
                if match:
                    return match
                assert time.monotonic() < until and not self._ended, (
                    f"the console {'ended' if self._ended else 'did not say'}: {pattern}\n--- all of it:\n{self.text}"
                )
                self._news.wait(1)

    def type(self, text: str) -> None:
        self._socket.sendall(text.encode() + b"\r")

    def login(self, user: str, password: str) -> bool:
        """Log in at the prompt that was waited for last. True: there is a shell; False: there is a new prompt."""
        self._enter_name(user)
        # The prompt comes before what was typed too early is thrown away; nothing tells when that is done.
        for _ in range(10):
            time.sleep(0.5)
            self.type(password)
            try:
                self.expect(r"\n", 10)
                break
            except AssertionError:
                pass
        return self.expect(rf"Login incorrect(?s:.*){LOGIN}|{PROMPT}").group().endswith(("# ", "$ "))

    def _enter_name(self, user: str) -> None:
        """Once more where the prompt comes again: with SELinux, a getty that becomes login(1) is hung up when anybody,
        such as an agent that tells how it ended, has /dev/console open at that moment."""
        for _ in range(10):
            self.type(user)
            if self.expect(rf"Password: |{LOGIN}").group().startswith("Password"):
                return
        raise AssertionError(f"login(1) never asks for a password:\n{self.text}")

    def logout(self) -> None:
        self.type("exit")
        self.expect(LOGIN)
