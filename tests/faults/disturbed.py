# SPDX-License-Identifier: Apache-2.0
"""A reset that is disturbed: what must hold after it, however it ended, and after the next run, left in peace."""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import os
import re
import shutil
import stat
import struct
import subprocess
import tempfile
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Dict, List, Mapping, Optional, Sequence, Set, Tuple

import runner
from cloud import Request
from machine import UUID, Machine
from runner import Ended
from sandbox import mounted
from throwaway import Root, today

ACCOUNT = "ubuntu"  # by what os-release says: a mishap there must not choose another one
PASSWORD = "the new Password1"
EARLIER = "an earlier Password1"
SAYS_DONE = {"applied", "already-applied"}
SAYS_SET = SAYS_DONE | {"not-acknowledged", "not-durable"}
SAYS_CHANGED = SAYS_SET | {"not-verified"}
PR_SET_CHILD_SUBREAPER = 36
# How judge() and heal() fail: what they want to look at may be missing or broken.
FAILURES = (AssertionError, OSError, LookupError, ValueError)
TEMPORARIES = (".shadow.resetpwd-agent", ".shadow-.resetpwd-agent", ".record.resetpwd-agent")


def acl(*entries: Tuple[int, int, int]) -> bytes:
    """acl(5) as an extended attribute: tag, permissions and id of each entry."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


# A label, and one more reader: what SELinux and setfacl(1) leave on the shadow file.
ATTRIBUTES = {
    "security.of_a_test": b"label\0",
    "system.posix_acl_access": acl(
        (1, 6, 2**32 - 1), (2, 4, 1001), (4, 4, 2**32 - 1), (16, 4, 2**32 - 1), (32, 0, 2**32 - 1)
    ),
}
MODE = 0o1640  # with a bit that an ACL does not bring along
# What each new file in /etc is born with: a reader that the old one did not have.
INHERITED = acl((1, 7, 2**32 - 1), (2, 4, 12345), (4, 5, 2**32 - 1), (16, 7, 2**32 - 1), (32, 0, 2**32 - 1))


Rights = Tuple[int, int, int, Dict[str, bytes]]  # mode, owner, group and extended attributes


def rights(path: Path) -> Rights:
    """What decides who may read it."""
    at = path.stat()
    return at.st_mode, at.st_uid, at.st_gid, {name: os.getxattr(path, name) for name in os.listxattr(path)}


def is_free(lock: Path) -> bool:
    """Does nobody hold it?"""
    if not lock.exists():
        return True
    with lock.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def children() -> Set[int]:
    """Of this process, dead ones included, and orphans that it took over."""
    found: Set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that ended
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


class Disturbed:
    """The system and its cloud, in a context: again and again begin(), a run that is disturbed, judge(), heal()."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self._stack = ExitStack()
        self._template = machine.root.path.parent / "template"
        self._blob = ""
        self._old = b""
        self._kept: List[bytes] = []  # what may stand in the backup
        self._paths: Set[str] = set()
        self._rights: Rights = (0, 0, 0, {})
        self._children: Set[int] = set()

    def __enter__(self) -> Disturbed:
        # In memory: no fsync to wait for, and extended attributes of every kind. /run is where a worker makes its root.
        for place in (self.machine.root.path.parent, Path("/run")):
            self._stack.enter_context(mounted("-t", "tmpfs", "-o", "mode=755,size=16m", "none", place))
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._children = children()
        for is_later in (False, True):
            self._prepare(is_later)
        self._blob = self.machine.reset(PASSWORD)
        self.machine.cloud.watcher = self._hear_in_turn
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _prepare(self, is_later: bool) -> None:
        """A system that the agent never ran on, or one where it did a reset before."""
        shutil.rmtree(self.machine.root.path, ignore_errors=True)
        root = self.machine.root = Root(self.machine.root.path)
        root.be_ubuntu()
        others = "".join(f"user{i}:{'x' * 80}:19000:0:99999:7:::\n" for i in range(200))
        root.write_shadow(root.shadow.read_text() + others)  # some pages: a full disk cuts it
        for name, value in ATTRIBUTES.items():
            os.setxattr(root.shadow, name, value)
        root.shadow.chmod(MODE)
        os.setxattr(root.etc, "system.posix_acl_default", INHERITED)
        if is_later:
            self.machine.reset(EARLIER)
            ended = self.run()
            assert ended.code == 0, ended.err
        self._copy(root.path, Path(f"{self._template}-{is_later}"))

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", source, target], check=True)

    # What happens

    def begin(self, is_later: bool = False) -> None:
        """The system anew, with a reset pending; is_later: not the first one of this system."""
        root, cloud = self.machine.root, self.machine.cloud
        self._copy(Path(f"{self._template}-{is_later}"), root.path)
        for path in Path("/run").iterdir():
            path.rmdir()
        cloud.set_flag(UUID, is_later)
        self.machine.pend(self._blob)
        self.machine.note()
        backup = root.etc / "shadow-"
        self._old = root.shadow.read_bytes()
        self._kept = [self._old, backup.read_bytes() if backup.exists() else self._old]
        self._rights = rights(root.shadow)
        places = (root.shadow, root.etc / ".pwd.lock", backup, root.record, root.state / "lock")
        mine = {str(path) for place in places for path in (place, *place.parents) if root.path in path.parents}
        self._paths = {str(path) for path in root.path.rglob("*")} | mine

    def run(
        self,
        before: Sequence[runner.Word] = (),
        env: Optional[Mapping[str, str]] = None,
        deadline_s: int = 60,
    ) -> Ended:
        """
        One run; `before` are words before the agent's. The code of one that was killed is negative. What it sent last
        is carried out, too.
        """
        words = [*before, runner.BINARY, "run", "--root", self.machine.root.path, "--deadline", str(deadline_s)]
        with tempfile.TemporaryFile() as log:
            process = subprocess.Popen(
                words,
                env=runner.environment(env),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
            code = self._end(process)
            self._await_orphans()
            assert self.machine.cloud.wait_until_all_have_left(runner.PATIENCE_S), "the cloud is still at work"
            log.seek(0)
            return Ended(code, "", log.read().decode(errors="replace"))

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> int:
        """Wait for the end. (With a timeout, Popen.wait() looks but now and then.)"""
        end = time.monotonic() + runner.PATIENCE_S
        watch = threading.Timer(runner.PATIENCE_S, process.kill)
        watch.start()
        code = process.wait()
        watch.cancel()
        assert time.monotonic() < end, f"did not end in {runner.PATIENCE_S} s"
        return code

    def _await_orphans(self) -> None:
        """No process outlives a run: the worker of one that was killed dies with it."""
        end = time.monotonic() + runner.PATIENCE_S
        while left := children() - self._children:
            assert time.monotonic() < end, f"processes stay: {left}"
            for pid in left:
                os.waitpid(pid, os.WNOHANG)
            time.sleep(0.001)

    def _hear_in_turn(self, request: Request) -> None:
        """What a process sent before it was killed is carried out before its successor is answered."""
        self.machine.cloud.wait_for_turn(request, runner.PATIENCE_S)

    # What must hold

    @property
    def request(self) -> str:
        """How the record calls the pending reset."""
        return hashlib.sha256(str(self.machine.blob).encode()).hexdigest()

    @property
    def is_set(self) -> bool:
        """Does the new password work?"""
        return self.machine.root.verifies(ACCOUNT, PASSWORD)

    @property
    def is_recorded(self) -> bool:
        """Is it remembered that the reset was applied?"""
        root = self.machine.root
        return root.record.exists() and root.recorded().get("applied_request") == self.request

    @property
    def temporaries(self) -> Set[str]:
        """What an interrupted run left."""
        return {path.name for path in self.machine.root.path.rglob("*") if path.name in TEMPORARIES}

    def judge(self, ended: Ended, was_killed: bool = False) -> None:
        """After a run that was disturbed: nothing is half-made, and what was said is true."""
        assert ended.code >= 0 or was_killed, f"died of signal {-ended.code}"
        died = set(re.findall(r"died of signal (\d+)", ended.err)) - {"9"}
        assert not died, f"the worker died of signal {died}"
        self._judge_files()
        self._judge_record()
        self.machine.assert_discreet(ended)
        if self.machine.cloud.count("DELETE", "password"):
            assert self.is_set, "acknowledged, but not set"
        for report in self.machine.results:
            assert report["result"] != "applied" or self.is_set, "reported as applied, but not set"
        if ended.code >= 0:
            self._judge_outcome(ended)

    def _outcome(self, ended: Ended) -> Optional[str]:
        """What the log says; None where that was the call that failed."""
        lines = [re.sub("^(error|warning): ", "", line).partition(": ")[0] for line in ended.lines]
        told = [name for name in lines if name in self.machine.codes]
        assert not told or self.machine.codes[told[-1]] == ended.code, f"said {told}, ended with {ended.code}"
        return told[-1] if told else None

    def _judge_outcome(self, ended: Ended) -> None:
        name = self._outcome(ended)
        codes = self.machine.codes
        if ended.code == 0:
            assert name in SAYS_DONE | {None}, f"said {name}: but there was a reset to do"
            assert self.is_set and not self.machine.is_pending, "said that it is done, but it is not"
        elif ended.code in {codes[name] for name in SAYS_SET}:
            assert self.is_set, f"said {name}, but the password is not set"
        else:
            is_changed = self.machine.root.shadow.read_bytes() != self._old
            assert is_changed == (ended.code == codes["not-verified"]), f"said {name}, but changed: {is_changed}"

    def _judge_files(self) -> None:
        root = self.machine.root
        text = root.shadow.read_bytes()
        name, hashed = ACCOUNT.encode(), root.hash_of(ACCOUNT).encode()
        days = (today() - 1, today())
        changed = [re.sub(rb"(?m)^%s:[^:]*:[0-9]*:" % name, b"%s:%s:%d:" % (name, hashed, day), self._old) for day in days]
        assert text in (self._old, *changed), "the shadow file has neither the old text nor the new"
        assert text == self._old or self.is_set, "the shadow file has a hash of something else"
        assert rights(root.shadow) == self._rights, f"the shadow file's rights: {rights(root.shadow)}"
        backup = root.etc / "shadow-"
        if backup.exists():
            assert backup.read_bytes() in self._kept, "shadow- is no old shadow file"
            assert rights(backup) == self._rights, f"the rights of shadow-: {rights(backup)}"
        for temporary in (root.etc / name for name in TEMPORARIES):
            # Somebody who could not read the old one might have opened it meanwhile.
            if temporary.exists() and temporary.stat().st_size > 0:
                who = rights(temporary)[1:]
                assert who == self._rights[1:], f"the rights of {temporary.name}, which has contents: {who}"
        for lock in (root.etc / ".pwd.lock", root.state / "lock"):
            assert is_free(lock), f"{lock} is held"

    def _judge_record(self) -> None:
        root = self.machine.root
        if not root.record.exists():
            return
        assert stat.S_IMODE(root.record.stat().st_mode) == 0o600, "the record's mode"
        text = root.record.read_text()
        assert re.fullmatch(r"#[^\n]*\n(outcome\w* = .*\n){4}(applied_\w+ = .*\n){0,3}", text), f"the record: {text}"
        said = root.recorded()
        assert not self.is_recorded or self.is_set, "recorded as applied, but not set"
        if said["outcome_request"] == self.request:
            is_changed = root.shadow.read_bytes() != self._old
            assert is_changed == (said["outcome"] in SAYS_CHANGED), f"recorded {said['outcome']}: changed: {is_changed}"
            assert said["outcome"] not in SAYS_DONE or not self.machine.is_pending, "recorded as done, but pending"

    def heal(self) -> None:
        """The next run brings everything to its end, once, and leaves nothing that the first one left."""
        root, cloud = self.machine.root, self.machine.cloud
        was_pending, was_recorded, text = self.machine.is_pending, self.is_recorded, root.shadow.read_bytes()
        ended = self.run()
        expected = "nothing-pending" if not was_pending else "already-applied" if was_recorded else "applied"
        name = self._outcome(ended)
        assert (ended.code, name) == (0, expected), f"the next run: {name} instead of {expected}:\n{ended.err}"
        assert (root.shadow.read_bytes() != text) == (name == "applied"), f"the next run: {name}, and the shadow file"
        self._kept.append(text)
        self._judge_files()
        self._judge_record()
        assert self.is_set and self.is_recorded and not self.machine.is_pending, f"the next run: {name}, but not so"
        deletes = cloud.count("DELETE", "password")
        assert deletes == 1, f"{deletes} acknowledgements"
        strange = {str(path) for path in root.path.rglob("*")} - self._paths
        strange |= {str(path) for path in Path("/run").iterdir()}
        assert not strange, f"left behind: {strange}"
