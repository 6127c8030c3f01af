# SPDX-License-Identifier: Apache-2.0
"""The system calls of a reset, and what each of them may meet with (inject.c)."""

from __future__ import annotations

import atexit
import ctypes
import errno
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Optional, Sequence

from disturbed import Disturbed

HERE = Path(__file__).resolve().parent
OWNER, WORKER, EACH_WORKER = "0", "1", "each"
LEAST = 0.5  # a run needs some calls less than the one that was looked at: polls, memory; but not most of them

# Errors that a call may give by its manual page, or by a file system or security module below it.
FILES = "EIO ENOMEM EACCES EPERM EROFS"
SPACE = "EIO ENOMEM EACCES EPERM EROFS ENOSPC EDQUOT"
SOCKETS = "EMFILE ENFILE ENOMEM ENOBUFS EACCES"
# A call that is not in any of these tables may give the errors of FILES.
ERRORS: Dict[str, str] = {
    "bind": "EACCES EADDRINUSE ENOMEM",
    "capset": "EPERM",
    "chdir": "EIO EACCES ENOMEM",
    "chroot": "EPERM EACCES EIO ENOMEM",
    "clone": "EAGAIN ENOMEM EPERM",
    "close_range": "ENOSYS EPERM EMFILE ENOMEM",
    "connect": "EINTR EACCES EPERM EAGAIN ECONNREFUSED ENETUNREACH ETIMEDOUT",
    "dup2": "EINTR EMFILE EBUSY",
    "fchdir": "EIO EACCES",
    "fchmod": FILES,
    "fchown": "EIO ENOMEM EACCES EPERM EROFS EDQUOT",
    "fcntl": "EINTR EAGAIN EACCES ENOLCK",
    "fgetxattr": "EIO ENOMEM EACCES EPERM ERANGE ENODATA",
    "flistxattr": "EIO ENOMEM EACCES EPERM ERANGE",
    "fsetxattr": SPACE,
    "fsync": "EIO EINTR EROFS ENOSPC EDQUOT",
    "getpeername": "ENOBUFS",
    "getrandom": "EINTR ENOSYS",
    "getsockname": "ENOBUFS",
    "getsockopt": "ENOMEM EACCES",
    "ioctl": "EIO EINTR EPERM ENOTTY",
    "kill": "EPERM ESRCH",
    "lseek": "EIO",
    "madvise": "ENOMEM EAGAIN",
    "mkdir": SPACE,
    "mkdirat": SPACE,
    "mlockall": "ENOMEM EPERM EAGAIN",
    "mmap": "ENOMEM EAGAIN EPERM",
    "mprotect": "ENOMEM EACCES",
    "munmap": "ENOMEM",
    "newfstatat": "EIO ENOMEM EACCES",
    "openat": "EIO ENOMEM EACCES EPERM EROFS ENOSPC EDQUOT EINTR EMFILE ENFILE",
    "pipe2": "EMFILE ENFILE",
    "poll": "EINTR ENOMEM",
    "prctl": "EPERM EINVAL",
    "pread64": "EIO EINTR",
    "prlimit64": "EPERM",
    "read": "EIO EINTR ENOMEM",
    "recvfrom": "EINTR EAGAIN ENOMEM ECONNRESET",
    "recvmsg": "EINTR ENOMEM ECONNRESET EMFILE",
    "renameat": SPACE + " EBUSY",
    "rmdir": FILES + " EBUSY",
    "seccomp": "ENOMEM EACCES EINVAL ENOSYS",
    "sendmsg": "EAGAIN EINTR ENOMEM ENOBUFS EPIPE ETOOMANYREFS",
    "sendto": "EAGAIN EINTR ENOMEM ENOBUFS EPIPE ECONNRESET",
    "setgroups": "EPERM ENOMEM",
    "setresgid": "EPERM",
    "setresuid": "EPERM EAGAIN",
    "setsockopt": "ENOMEM ENOBUFS",
    "shutdown": "ENOTCONN",
    "signalfd4": "EMFILE ENFILE ENOMEM",
    "socket": SOCKETS,
    "socketpair": SOCKETS,
    "unlinkat": FILES + " EBUSY",
    "wait4": "EINTR ECHILD",
    "write": "EIO EINTR ENOMEM EPERM ENOSPC EDQUOT EFBIG",
}
# What has been made and still tells of a failure: of a network file system, or of an earlier write.
AFTER: Dict[str, str] = {"close": "EIO EINTR ENOSPC EDQUOT"}
# Less than was asked for; and brk(2), which fails by leaving things as they are.
LESS: Dict[str, Sequence[str]] = {
    "brk": ["arg1=0"],
    "getrandom": ["arg2=1"],
    "pread64": ["arg3=1"],
    "read": ["arg3=1", "arg3=300"],  # the account's line ends before
    "write": ["arg3=1", "arg3=300"],
}
# The worker reads its connection by this; the owner's messages come whole, or not at all.
LESS_IN_WORKER: Dict[str, Sequence[str]] = {"recvfrom": ["arg3=1", "arg3=20"], "sendto": ["arg3=1"]}
CANNOT_FAIL = {
    *("arch_prctl", "clock_gettime", "execve", "exit_group", "futex", "getegid", "geteuid", "getgid", "getpid"),
    *("getppid", "gettid", "getuid", "gettimeofday", "rseq", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn"),
    *("set_robust_list", "set_tid_address", "sysinfo", "umask"),
}


@dataclass(frozen=True)
class Call:
    """One call of a run: the number-th of this name in that process."""

    who: str
    name: str
    number: int
    text: str  # as strace shows it
    is_early: bool  # of the dynamic loader, before the program begins

    def mishaps(self) -> List[str]:
        """All that it may meet with, as inject.c calls it."""
        usual = "" if self.name in CANNOT_FAIL | set(AFTER) | set(LESS) else FILES
        errors = [f"error={getattr(errno, name)}" for name in ERRORS.get(self.name, usual).split()]
        late = [f"after={getattr(errno, name)}" for name in AFTER.get(self.name, "").split()]
        less = LESS_IN_WORKER.get(self.name, []) if self.who != OWNER else []
        return [*errors, *late, *LESS.get(self.name, []), *less]

    def is_harmless(self, action: str) -> bool:
        """Must a reset overcome it at once? Less than was asked for, and a signal that came between."""
        is_cut = action == f"error={errno.EINTR}" and self.name in ("poll", "read", "write")
        return self.who == OWNER and (is_cut or action.startswith("arg"))

    def words(self, action: str, who: Optional[str] = None) -> List[str]:
        """What to put before the agent's words for this to happen."""
        return [str(injector()), who or self.who, str(call_number(self.name)), str(self.number), action]


@lru_cache(maxsize=None)
def injector() -> Path:
    """The program, compiled for this test process."""
    folder = tempfile.mkdtemp(prefix="resetpwd-inject-")
    atexit.register(shutil.rmtree, folder)
    target = Path(folder) / "inject"
    options = ["-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["cc", *options, "-o", target, HERE / "inject.c"], check=True)
    return target


@lru_cache(maxsize=None)
def call_number(name: str) -> int:
    """Of a system call."""
    number: int = ctypes.CDLL("libseccomp.so.2").seccomp_syscall_resolve_name(name.encode())
    assert number >= 0, name
    return number


def read_trace(file: Path, root: Path) -> List[Call]:
    """What strace -ff wrote of one process."""
    lines = [line for line in file.read_text(errors="replace").splitlines() if re.match(r"\w+\(", line)]
    is_owner = lines[0].startswith("execve(")
    begin = next(i for i, line in enumerate(lines) if f'"{root}"' in line and i > 0) if is_owner else 0
    count: Counter[str] = Counter()
    calls = []
    for i, line in enumerate(lines):
        name = line.partition("(")[0]
        count[name] += 1
        calls.append(Call(OWNER if is_owner else WORKER, name, count[name], line, i < begin))
    return calls


def learn(disturbed: Disturbed, is_later: bool = False) -> Dict[str, List[Call]]:
    """The calls of a run that nothing disturbs, by process."""
    root = disturbed.machine.root.path
    with tempfile.TemporaryDirectory() as folder:
        disturbed.begin(is_later)
        ended = disturbed.run(["strace", "-ff", "-s", "256", "-o", f"{folder}/trace"])
        assert ended.code == 0, ended.err
        calls = [read_trace(file, root) for file in Path(folder).iterdir()]
    assert len(calls) == 2, f"{len(calls)} processes"
    return {of_one[0].who: of_one for of_one in calls}


__all__ = ["EACH_WORKER", "LEAST", "OWNER", "WORKER", "Call", "learn"]
