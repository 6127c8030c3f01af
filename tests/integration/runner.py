# SPDX-License-Identifier: Apache-2.0
"""Runs the agent as a program, and reads all that it says."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, IO, List, Mapping, Optional, Sequence, Union

HERE = Path(__file__).resolve().parent
BINARY = Path(os.environ.get("AGENT", HERE.parent.parent / "build/dev/resetpwd-agent")).resolve()
WRAPPER = shlex.split(os.environ.get("AGENT_WRAPPER", ""))
IS_SLOW = bool(WRAPPER) or os.environ.get("AGENT_SLOW", "") not in ("", "0")
STRETCH = 10 if WRAPPER else 5 if IS_SLOW else 1
PATIENCE_S = 60.0 * STRETCH
# A --deadline to be waited for. The last three seconds are for the report: what must happen before it has five.
SOON = str(max(8, 2 * STRETCH))
COMPLAINTS = ("runtime error", "AddressSanitizer", "LeakSanitizer", "UndefinedBehaviorSanitizer")
CHECKER_CODE = 99  # what valgrind is told to exit with
# What the agent says of its worker. A sanitizer in there cannot write its report: this is all that is seen of it.
FAILED = re.compile("the process that speaks to the network (died|ended|did not|spoke)")
LOOSE = "the process that speaks to the network is not wholly confined"
# Emulators and valgrind do not offer all that a confinement takes.
IS_LOOSE = os.environ.get("AGENT_LOOSE", "") not in ("", "0")

Word = Union[str, bytes, Path]


def environment(extra: Optional[Mapping[str, str]] = None) -> Dict[str, str]:
    """What the agent runs with: no locale, and what sanitizers and valgrind are told."""
    kept = {
        k: v for k, v in os.environ.items() if k.endswith("SAN_OPTIONS") or k == "VALGRIND_OPTS"
    }
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C", **kept, **(extra or {})}


@dataclass(frozen=True)
class Ended:
    """A run that is over."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> List[str]:
        """What was logged, without the name of the program."""
        return [line.replace("resetpwd-agent: ", "", 1) for line in self.err.splitlines()]

    def logged(self, text: str) -> bool:
        """Is there a line with this in it?"""
        return any(text in line for line in self.lines)

    def warned(self, text: str) -> bool:
        """Is there a warning with this in it?"""
        return any(line.startswith("warning: ") and text in line for line in self.lines)


def tightened(log: str) -> str:
    """The log without what emulators and valgrind are known to lack, and say (--PID--), or do too slowly."""
    known = (LOOSE, "the process that speaks to the network did not start") if IS_LOOSE else ()
    lines = (line for line in log.splitlines(True) if not any(text in line for text in known))
    return "".join(line for line in lines if not (WRAPPER and re.match(r"--\d+--", line)))


class Running:
    """An agent at work."""

    def __init__(self, words: Sequence[Word], env: Mapping[str, str]) -> None:
        self._out: IO[bytes] = tempfile.TemporaryFile()
        self._err = b""
        self._news = threading.Condition()
        self._is_read = False
        self.may_fail = False  # its worker
        self.may_be_loose = False
        self.process = subprocess.Popen(
            words,
            env=env,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=self._out,
            stderr=subprocess.PIPE,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process."""
        return self.process.pid

    @property
    def err(self) -> str:
        """What it logged so far."""
        with self._news:
            return self._err.decode(errors="replace")

    def _read(self) -> None:
        stream = self.process.stderr
        assert stream
        while True:
            piece = os.read(stream.fileno(), 65536)
            with self._news:
                self._err += piece
                self._is_read = not piece
                self._news.notify_all()
            if not piece:
                return

    def wait_for_log(self, is_enough: Callable[[str], bool]) -> None:
        """Wait until what it logged is enough."""
        with self._news:
            seen = self._news.wait_for(
                lambda: is_enough(self._err.decode(errors="replace")) or self._is_read, PATIENCE_S
            )
            text = self._err.decode(errors="replace")
        assert seen and is_enough(text), f"not logged in {PATIENCE_S} s:\n{text}"

    def send(self, number: int) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def terminate(self) -> Ended:
        """Ask it to stop, and wait for that."""
        self.send(signal.SIGTERM)
        return self.end(10.0 * STRETCH)

    def end(self, patience_s: float = PATIENCE_S) -> Ended:
        """Wait for its end."""
        try:
            code = self.process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end in {patience_s} s:\n{self.err}") from None
        self._reader.join(PATIENCE_S)
        self._out.seek(0)
        ended = Ended(code, self._out.read().decode(errors="replace"), tightened(self.err))
        self._close()
        complaints = [word for word in COMPLAINTS if word in ended.err or word in ended.out]
        assert code != CHECKER_CODE and not complaints, f"a checker complains:\n{ended.err}"
        assert code >= 0, f"died of signal {-code}:\n{ended.err}"
        assert self.may_fail or not FAILED.search(ended.err), ended.err
        assert self.may_be_loose or LOOSE not in ended.err, ended.err
        return ended

    def kill(self) -> None:
        """Be rid of it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(PATIENCE_S)
        self._close()

    def _close(self) -> None:
        if self.process.stderr:
            self.process.stderr.close()
        if not self._out.closed and self.process.poll() is not None and not self._reader.is_alive():
            self._out.close()


def start(
    *arguments: Word, env: Optional[Mapping[str, str]] = None, before: Sequence[str] = ()
) -> Running:
    """Start the agent; `before` are words before its name, such as those of setpriv(1)."""
    words: List[Word] = [*before, *WRAPPER, BINARY, *arguments]
    return Running(words, environment() if env is None else env)


def run(*arguments: Word, env: Optional[Mapping[str, str]] = None) -> Ended:
    """Run the agent to its end."""
    return start(*arguments, env=env).end()


def run_bare(*arguments: Word) -> Ended:
    """The same without the wrapper, for a look that is no test of its own: it saves half the time."""
    return Running([BINARY, *arguments], environment()).end()


def exit_codes() -> Dict[str, int]:
    """Status names and their exit codes, as --help documents them."""
    text = run("--help").out.partition("exit codes:\n")[2]
    rows = (line.split(None, 2) for line in text.splitlines())
    return {name: int(code) for code, name, _ in rows}
