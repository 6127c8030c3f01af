# SPDX-License-Identifier: Apache-2.0
"""Follows an agent and its children from system call to system call, by ptrace(2)."""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Dict, Iterator, List, Optional, Sequence, Tuple

import runner
from machine import Machine

# <linux/ptrace.h>
POKEUSER, SYSCALL, DETACH, GETREGSET, SEIZE, LISTEN, GET_SYSCALL_INFO = 6, 24, 17, 0x4204, 0x4206, 0x4208, 0x420E
OPTIONS = 0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x100000  # SYSGOOD, FORK, VFORK, CLONE, EXEC, EXITKILL
AT_CALL = signal.SIGTRAP | 0x80
EVENT_EXEC, EVENT_STOP = 4, 128
ENTRY = 1
ENTRY_FORMAT = "B3xIQQQ6Q"
NT_X86_XSTATE = 0x202
RSI = 13 * 8  # in <sys/user.h>
WALL = 0x40000000
# Of x86-64. Calls that nobody asks for have a number for a name.
NAMES = {0: "read", 1: "write", 7: "poll", 44: "sendto", 45: "recvfrom", 46: "sendmsg", 47: "recvmsg", 59: "execve",
         61: "wait4", 62: "kill", 74: "fsync", 231: "exit_group", 264: "renameat", 271: "ppoll", 302: "prlimit64"}  # fmt: skip
WAITS = ("poll", "ppoll", "recvmsg")
HOLD = ("sh", "-c", 'ulimit -c unlimited; kill -STOP $$; cd "$1"; shift; exec "$@"', "sh")

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request: int, pid: int, address: int = 0, data: int = 0) -> int:
    """The system call."""
    result: int = libc.ptrace(request, pid, address, data)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x}")
    return result


def registers_of(pid: int) -> bytes:
    """The vector registers of a process that is stopped."""
    area = ctypes.create_string_buffer(16384)
    piece = struct.pack("PN", ctypes.addressof(area), len(area))
    where = ctypes.create_string_buffer(piece, len(piece))
    ptrace(GETREGSET, pid, NT_X86_XSTATE, ctypes.addressof(where))
    return area.raw[: struct.unpack("PN", where.raw)[1]]


def go_on(pid: int, number: int = 0) -> None:
    """Let it run to its next call; one that was killed meanwhile is reported by wait(2)."""
    with suppress(ProcessLookupError):
        ptrace(SYSCALL, pid, 0, number)


@dataclass(frozen=True)
class Call:
    """A process that has called the kernel, which has not done it yet."""

    pid: int
    is_owner: bool
    name: str
    arguments: Tuple[int, ...]

    @property
    def proc(self) -> Path:
        """Its folder."""
        return Path(f"/proc/{self.pid}")

    @property
    def target(self) -> str:
        """Where the descriptor leads that is the first argument."""
        return os.readlink(self.proc / "fd" / str(self.arguments[0]))

    def sent(self) -> bytes:
        """What a sendto() or a write() hands over."""
        return self.read(self.arguments[1], self.arguments[2])

    def divert(self, value: int) -> None:
        """Give it another second argument."""
        ptrace(POKEUSER, self.pid, RSI, value)

    def read(self, address: int, size: int) -> bytes:
        """Its memory."""
        with (self.proc / "mem").open("rb", buffering=0) as memory:
            memory.seek(address)
            return memory.read(size)


class Tracer:
    """
    An agent that is followed, always in the same order: the owner goes on only while its worker waits, and kills none
    that is about to end by itself.
    """

    def __init__(self, machine: Machine, *options: runner.Word, before: Sequence[str] = (), folder: str = "/") -> None:
        self.running = machine.start(*options, before=(*before, *HOLD, folder))
        self.owner = self.running.pid
        self.ended: Optional[int] = None  # the status of wait(2), when the owner died
        self._has_begun = False  # or is it still the shell?
        self._last: Dict[int, str] = {}  # call of each process that lives

    def __enter__(self) -> Tracer:
        os.waitpid(self.owner, os.WUNTRACED)
        ptrace(SEIZE, self.owner, 0, OPTIONS)
        os.waitpid(self.owner, WALL)
        self._last[self.owner] = ""
        os.kill(self.owner, signal.SIGCONT)
        go_on(self.owner)
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self._last:
            os.kill(pid, signal.SIGKILL)
            while os.WIFSTOPPED(os.waitpid(pid, WALL)[1]):
                pass
        if self.ended is not None or self._last:
            self.running.process.returncode = -signal.SIGKILL

    @property
    def workers(self) -> List[int]:
        """The other processes."""
        return [pid for pid in self._last if pid != self.owner]

    def calls(self) -> Iterator[Call]:
        """Each call, where it begins. After the owner's exit_group() it is on its own again."""
        kept: Optional[Call] = None
        while self.owner in self._last:
            call = self._next()
            if call and not call.is_owner:
                yield call
                go_on(call.pid)
            kept = call if call and call.is_owner else kept
            if kept and self._is_time_for(kept):
                yield kept
                if kept.name == "exit_group":
                    ptrace(DETACH, self.owner)
                    del self._last[self.owner]
                    return
                go_on(self.owner)
                kept = None

    def _is_time_for(self, call: Call) -> bool:
        is_kill = call.name == "kill" and call.arguments[1] == signal.SIGKILL
        return all(self._last[pid] in WAITS and not (is_kill and self._last[pid] == "recvmsg") for pid in self.workers)

    def _next(self) -> Optional[Call]:
        """What comes next, of any process."""
        pid, status = os.waitpid(-1, WALL)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            self._last.pop(pid, None)
            self.ended = status if pid == self.owner else None
            return None
        number, event = os.WSTOPSIG(status), status >> 16
        if number == AT_CALL:
            with suppress(ProcessLookupError):  # killed meanwhile
                return self._call(pid)
            return None
        if event == EVENT_EXEC:
            assert not self._has_begun, "another program was executed"
            self._has_begun = True
        self._last.setdefault(pid, "")
        if event == EVENT_STOP and number != signal.SIGTRAP:
            ptrace(LISTEN, pid)
        else:
            go_on(pid, 0 if event else number)
        return None

    def _call(self, pid: int) -> Optional[Call]:
        """A call that begins; None at its end, and of the shell."""
        size = struct.calcsize(ENTRY_FORMAT)
        info = ctypes.create_string_buffer(size)
        ptrace(GET_SYSCALL_INFO, pid, size, ctypes.addressof(info))
        kind, _, _, _, number, *arguments = struct.unpack(ENTRY_FORMAT, info.raw)
        if kind != ENTRY or not self._has_begun:
            go_on(pid)
            return None
        self._last[pid] = NAMES.get(number, str(number))
        return Call(pid, pid == self.owner, self._last[pid], tuple(arguments))
