# SPDX-License-Identifier: Apache-2.0
"""A throw-away system, the cloud it lives in, and the agent between them; and what must hold after a run."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

import runner
from cloud import ReferenceCloud, Request
from cloud.envelope import derive_key
from runner import Ended, Running
from sandbox import ADDRESS
from throwaway import Root, today

UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"
SHORTEST_SECRET = 6
NOBODY = 65534
Step = Tuple[str, Optional[str]]
Password = Union[str, bytes]


class Cloud(ReferenceCloud):
    """The reference cloud; it remembers what must be told to nobody."""

    def __init__(self) -> None:
        super().__init__(("0.0.0.0", 80))
        self.secrets: List[bytes] = [UUID.encode()]

    def set_raw_blob(self, instance_id: str, blob: Any, user_name: Any = None) -> None:
        """Remember the blob."""
        if isinstance(blob, str):
            self.secrets.append(blob.encode())
        super().set_raw_blob(instance_id, blob, user_name)

    def request_reset(
        self,
        instance_id: str,
        password: Password,
        user_name: Any = None,
        salt: Optional[bytes] = None,
    ) -> str:
        """Remember password and key."""
        salt = salt or b"saltsalt"[: 8 - 2] + len(self.secrets).to_bytes(2, "big")
        self.secrets.append(password if isinstance(password, bytes) else password.encode())
        self.secrets.append(derive_key(instance_id, salt).hex().encode())
        return super().request_reset(instance_id, password, user_name, salt)

    def __enter__(self) -> Cloud:
        self.start()
        return self

    def hang_up(self) -> None:
        """Close all connections, whatever is going on in them."""
        for wire in list(
            self._running._wires.values()
        ):  # the cloud offers it only together with refusing
            wire.shut()

    @property
    def steps(self) -> List[Step]:
        """Method and endpoint of each request."""
        return [(request.method, request.endpoint) for request in self.requests]

    def count(self, method: str, endpoint: str) -> int:
        """How many such requests were seen?"""
        return self.steps.count((method, endpoint))

    def await_requests(self, method: str, endpoint: str, count: int = 1) -> None:
        """Wait until there were that many such requests."""

        def enough(requests: Sequence[Request]) -> bool:
            return sum((r.method, r.endpoint) == (method, endpoint) for r in requests) >= count

        assert self.wait_for(
            enough, runner.PATIENCE_S
        ), f"no {count} x {method} {endpoint}: {self.steps}"


class Machine:
    """One instance in the cloud."""

    def __init__(self, root: Root, cloud: Cloud, codes: Mapping[str, int]) -> None:
        self.root = root
        self.cloud = cloud
        self.codes = codes
        self.blob: Any = None
        self.started: List[Running] = []
        self._shadow = b""
        self._shadow_stat: Tuple[int, ...] = ()
        self._results = 0

    # What happens

    def reset(self, password: Password, user_name: Any = None) -> str:
        """The owner asks for a reset."""
        blob = self.cloud.request_reset(UUID, password, user_name)
        self.blob = blob
        return blob

    def pend(self, blob: Any, user_name: Any = None) -> None:
        """Any value is the pending reset."""
        self.cloud.set_raw_blob(UUID, blob, user_name)
        self.blob = blob

    def start(
        self,
        *options: runner.Word,
        env: Optional[Mapping[str, str]] = None,
        before: Sequence[str] = (),
        whole: bool = False,
    ) -> Running:
        """Start `run`; whole: without --root."""
        self.note()
        place: List[runner.Word] = [] if whole else ["--root", self.root.path]
        self.started.append(runner.start("run", *place, *options, env=env, before=before))
        return self.started[-1]

    def run(self, *options: runner.Word, env: Optional[Mapping[str, str]] = None) -> Ended:
        """`run` to its end."""
        ended = self.start(*options, env=env).end()
        self.assert_discreet(ended)
        return ended

    def note(self, forget: bool = True) -> None:
        """Forget requests, and remember how things are before a run."""
        if forget:
            self.cloud.forget_requests()
            self._results = len(self.cloud.results(UUID))
        if self.root.shadow.is_file():
            self._shadow = self.root.shadow.read_bytes()
            self._shadow_stat = self._stat()

    def _stat(self) -> Tuple[int, ...]:
        at = self.root.shadow.stat()
        return (at.st_mode, at.st_uid, at.st_gid)

    def status(self) -> Ended:
        """`status` in words."""
        ended = runner.run_bare("status", "--root", self.root.path)
        self.assert_discreet(ended)
        return ended

    def status_json(self) -> Dict[str, Any]:
        """`status --json`."""
        ended = runner.run_bare("status", "--json", "--root", self.root.path)
        self.assert_discreet(ended)
        document: Dict[str, Any] = json.loads(ended.out)
        return document

    @property
    def results(self) -> List[Any]:
        """What was reported since the run began."""
        return self.cloud.results(UUID)[self._results :]

    @property
    def request_shown(self) -> str:
        """How the pending reset may be called in public."""
        return hashlib.sha256(str(self.blob).encode()).hexdigest()[:16]

    @property
    def is_pending(self) -> bool:
        """Has nobody acknowledged the reset?"""
        return self.cloud.pending(UUID) is not None

    # What must hold

    def assert_discreet(self, ended: Ended) -> None:
        """Nothing secret was said or written down."""
        said = (ended.out + ended.err).encode(errors="surrogateescape")
        if self.root.record.is_file():
            said += self.root.record.read_bytes()
        lines = self.root.lines() if self.root.shadow.is_file() else []
        hashes = [line.split(b":")[1] for line in lines if line.count(b":") > 1]
        for secret in [*self.cloud.secrets, *hashes]:
            assert len(secret) < SHORTEST_SECRET or secret not in said, f"{secret!r} was given away"

    def assert_outcome(self, ended: Ended, name: str) -> None:
        """Exit code, log, status, status --json and record say the same."""
        assert (ended.code, name) == (self.codes[name], name), ended.err
        assert ended.logged(f"{name}: "), ended.err
        assert self.root.recorded()["outcome"] == name, ended.err
        assert stat.S_IMODE(self.root.record.stat().st_mode) == 0o600
        assert stat.S_IMODE(self.root.state.stat().st_mode) == 0o700
        assert {path.name for path in self.root.state.iterdir()} == {"lock", "record"}
        told = self.status()
        assert told.code == 0 and f" {name} (" in told.out, told.out
        assert self.status_json()["last_run"]["outcome"] == name

    def assert_clean(self) -> None:
        """No temporary was left beside the shadow file."""
        names = {path.name for path in self.root.etc.iterdir()} - {
            ".pwd.lock",
            self.root.config.name,
        }
        assert not [name for name in names if name.startswith(".") or "resetpwd" in name]

    def assert_untouched(self) -> None:
        """The shadow file is as it was, byte for byte."""
        assert self.root.shadow.read_bytes() == self._shadow
        assert self._stat() == self._shadow_stat
        self.assert_clean()

    def assert_unacknowledged(self) -> None:
        """The reset is as pending as before."""
        pending = self.cloud.pending(UUID)
        assert pending is not None and pending.blob == self.blob
        assert ("DELETE", "password") not in self.cloud.steps

    def assert_refused(
        self, ended: Ended, name: str, untouched: bool = True, reported: bool = True
    ) -> None:
        """The reset was seen and could not be applied: everything stands, everybody knows."""
        self.assert_outcome(ended, name)
        if untouched:
            self.assert_untouched()
        self.assert_clean()
        self.assert_unacknowledged()
        if reported or self.results:
            self.assert_reported("failed", name)

    def assert_unseen(self, ended: Ended, name: str) -> None:
        """The service did not let the reset be seen."""
        self.assert_outcome(ended, name)
        self.assert_untouched()
        self.assert_unacknowledged()
        assert self.results == []

    def assert_reported(self, result: str, reason: str, user: Optional[str] = None) -> None:
        """The service was told once how it ended."""
        assert len(self.results) == 1, f"reported {len(self.results)} times"
        report = self.results[0]
        assert (report["result"], report["reason"]) == (result, reason)
        assert report["request"] == self.request_shown
        assert user is None or report["user"] == user
        assert set(report) == {"result", "reason", "user", "request", "agent"}

    def assert_only_changed(self, user: str) -> None:
        """Of the shadow file only this user's hash and day have changed."""
        before, after = self._shadow.split(b"\n"), self.root.lines()
        assert len(before) == len(after)
        mine = f"{user}:".encode()
        changed = [(old, new) for old, new in zip(before, after) if old != new]
        assert [new.startswith(mine) for _, new in changed] == [True], [new for _, new in changed]
        old, new = (line.decode().split(":") for line in changed[0])
        assert (old[0], old[3:]) == (new[0], new[3:])
        assert today() - 1 <= int(new[2]) <= today()
        assert self._stat() == self._shadow_stat
        self.assert_clean()

    def assert_set(self, password: Password, user: str = "root") -> None:
        """The password is set, the old file is kept beside it, and nothing else has changed."""
        assert self.root.verifies(user, password)
        self.assert_only_changed(user)
        backup = self.root.etc / "shadow-"
        if backup.is_file():
            assert backup.read_bytes() == self._shadow
            assert stat.S_IMODE(backup.stat().st_mode) & 0o007 == 0

    def assert_acknowledged(self) -> None:
        """The service has forgotten the reset because it was told to."""
        assert not self.is_pending
        assert ("DELETE", "password") in self.cloud.steps

    def assert_applied(self, ended: Ended, password: Password, user: str = "root") -> None:
        """All went well, whatever had to be overcome on the way."""
        self.assert_outcome(ended, "applied")
        self.assert_set(password, user)
        self.assert_acknowledged()
        self.assert_reported("applied", "applied", user)
        assert self.status_json()["last_applied"]["user"] == user

    def close(self) -> None:
        """End what still runs."""
        for running in self.started:
            running.kill()


@contextmanager
def as_nobody(machine: Machine) -> Iterator[Tuple[str, ...]]:
    """Words that start the agent as a plain user; the system is one of theirs, in a place that is open to all."""
    with tempfile.TemporaryDirectory(prefix="resetpwd-nobody-", dir="/tmp") as folder:
        machine.root = Root(Path(folder) / "root")
        binary = Path(folder) / "agent"
        shutil.copyfile(runner.BINARY, binary)
        binary.chmod(0o755)
        for path in [binary.parent, *binary.parent.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
        own = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        yield (*own, "sh", "-c", 'binary=$1; shift 2; exec "$binary" "$@"', "sh", str(binary))


__all__ = ["ADDRESS", "NOBODY", "UUID", "Cloud", "Machine", "as_nobody"]
