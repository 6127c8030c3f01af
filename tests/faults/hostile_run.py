# SPDX-License-Identifier: Apache-2.0
"""One run of the agent against a hostile service: what must hold at each request, and after it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Set

import runner
from cloud import ReferenceCloud, Request, encrypt
from cloud.guest import SPELLINGS
from hostile_plan import BAD_USERS, OTHER_UUID, TRAP, TRAP_URL, Generator, Plan, Turn
from machine import UUID
from measured import Measured, measure
from throwaway import Root

MEMORY_KIB = 16 * 1024
ALLOWANCE_S = 20  # for a machine that has much else to do
WELL_S = 60
SHOWN = 300  # characters of a fault: some are long
TRAP_UUID = "99999999-2222-3333-4444-555555555555"
IS_SET = ("applied", "already-applied", "not-acknowledged")
# A GET that met one of these may have said that nothing is pending, or another reset.
LIES = ("nothing", "status", "body", "raw", "wrong-type", "top-level", "length-short", "length-conflict")


@dataclass(frozen=True)
class Asked:
    """A reset that the owner asked for."""

    blob: str
    password: str


class HostileRun:
    """A system, its cloud, and the hostility of one seed."""

    def __init__(self, seed: int, folder: Path, codes: Mapping[str, int]) -> None:
        self.plan: Plan = Generator(seed).plan()
        self.root = Root(folder)
        self.user = self.plan.user or "root"
        self.met: Counter[str] = Counter()
        self.wrong: List[str] = []
        self.told: List[str] = []
        self.outcome = ""
        self.peak_kib = 0
        self._codes = codes
        self._old = self.root.shadow.read_bytes()
        self._asked: Dict[str, Asked] = {}  # by request: the SHA-256 of the blob
        self._shown: Set[str] = set()
        self._last_shown: Any = None
        self._last_fault: Optional[str] = None
        self._late: List[Any] = []  # what is still to be deleted, at the second GET from the DELETE
        self._counts: Counter[Any] = Counter()
        self._turns = list(self.plan.turns)
        self._lock = threading.Lock()
        self._cloud = ReferenceCloud()

    def __str__(self) -> str:
        plan = [str(each)[:SHOWN] for each in (*self.plan.faults, *self.plan.turns)]
        head = f"FAULT_SEEDS={self.plan.seed}: {self.outcome or 'not ended'}"
        return "\n  ".join([head, *self.wrong, *plan, *self.told])

    def play(self) -> None:
        """Whatever goes wrong bears the seed."""
        try:
            self._play()
        except Exception as error:  # pylint: disable=broad-except
            self._expect(False, repr(error))

    def _play(self) -> None:
        """A hostile run, and one with a service that behaves."""
        with self._cloud as cloud:
            self._set_the_stage()
            self._judge(self._run(self.plan.deadline_s, self.plan.deadline_s + ALLOWANCE_S))
            self._expect(cloud.wait_until_all_have_left(WELL_S), "the cloud is still at work")
            cloud.behave()
            self._turns.clear()
            self._late.clear()
            pending = cloud.pending(UUID)
            if pending is None or request_of(pending.blob) not in self._asked or pending.user_name != self.plan.user:
                self._ask()
            self._judge(self._run(WELL_S, WELL_S + ALLOWANCE_S), is_well=True)

    def _set_the_stage(self) -> None:
        cloud, plan = self._cloud, self.plan
        cloud.watcher = self._watch
        cloud.nothing_spelled = plan.nothing
        cloud.accept_results = plan.accept_results
        for instance in (UUID, TRAP_UUID):
            cloud.add_instance(instance)
        trap = encrypt(b"nobody asked for this 1", UUID)
        cloud.set_raw_blob(TRAP_UUID, trap)
        if plan.older:
            self._ask()
        self._ask()
        cloud.set_flag(UUID, plan.announced)
        where = {TRAP: trap, TRAP_URL: f"{cloud.metadata_url(TRAP_UUID)}/reset_password"}
        for fault in plan.faults:
            params = {key: with_traps(value, where) for key, value in fault.params.items()}
            if fault.name == "refuse":
                self.met[fault.name] += 1
            cloud.misbehave(fault.place[0], fault.name, fault.times, fault.place[1], **params)

    def _ask(self) -> None:
        """The owner asks for a reset."""
        password = f"Owner's wish {len(self._asked)} ü {self.plan.seed}"
        salt = hashlib.sha256(password.encode()).digest()[:8]
        blob = self._cloud.request_reset(UUID, password, self.plan.user, salt)
        self._asked[request_of(blob)] = Asked(blob, password)

    def _run(self, deadline_s: int, limit_s: float) -> Measured:
        place: List[runner.Word] = ["--root", self.root.path, "--metadata-url", self._cloud.metadata_url(UUID)]
        ended = measure("run", *place, "--deadline", str(deadline_s), limit_s=limit_s)
        self.told += [f"ended with {ended.code} after {ended.seconds:.1f} s", *ended.err.splitlines()]
        return ended

    # While it runs

    def _watch(self, request: Request) -> None:
        """A request has arrived, and is not carried out yet."""
        with self._lock:
            self.told.append(f"{request.method} {request.endpoint} {request.fault or ''}")
            self._expect(request.instance == UUID, "followed the service elsewhere")
            if request.fault:
                self.met[request.fault] += 1
            moment = (request.endpoint, request.method)
            self._counts[moment] += 1
            for turn in self._turns:
                if turn.moment == moment and turn.nth == self._counts[moment]:
                    self._take(turn)
            if moment == ("password", "GET"):
                self._carry_out_late()
                pending = self._cloud.pending(UUID)
                self._last_shown = pending and pending.blob
                self._last_fault = request.fault
                self._shown.add(request_of(self._last_shown))
            elif moment == ("password", "DELETE"):
                self._expect(self._holds(request_of(self._last_shown)), "acknowledged what is not set")
            elif moment == ("result", "POST"):
                self._hear(json.loads(request.body))

    def _hear(self, report: Mapping[str, str]) -> None:
        whole = [each for each in self._asked if each.startswith(report["request"])]
        if report["result"] == "applied":
            self._expect(any(map(self._holds, whole)), "reported what is not set")

    def _take(self, turn: Turn) -> None:
        """The service changes its mind."""
        cloud, pending = self._cloud, self._cloud.pending(UUID)
        asked = [each.blob for each in self._asked.values()]
        blob = str(pending.blob) if pending else asked[-1]
        blobs = {
            "replay": asked[0],
            "foreign": encrypt(b"for another machine 1", OTHER_UUID),
            "damaged": damaged(blob, turn.choice % len(blob)),
            "cut": cut(blob),
        }
        acts: Dict[str, Callable[[], None]] = {
            "supersede": self._ask,
            "withdraw": lambda: cloud.drop_pending(UUID),
            "bad-user": lambda: cloud.set_raw_blob(UUID, blob, BAD_USERS[turn.choice % len(BAD_USERS)]),
            "forget-flag": lambda: cloud.set_flag(UUID, False),
            "hang-up": lambda: cloud.refuse(0.05),
            "delete-late": lambda: self._late.extend((None, blob)),
            "respell": lambda: setattr(cloud, "nothing_spelled", SPELLINGS[turn.choice % len(SPELLINGS)]),
        }
        self.met[turn.name] += 1
        self.told.append(f"-> {turn.name}")
        if turn.name in blobs:
            cloud.set_raw_blob(UUID, blobs[turn.name], self.plan.user)
        else:
            acts[turn.name]()

    def _carry_out_late(self) -> None:
        pending = self._cloud.pending(UUID)
        due = self._late.pop(0) if self._late else None
        if due and pending and pending.blob == due:
            self._cloud.drop_pending(UUID)

    # After it

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.wrong.append(otherwise)
            self.told.append(f"!! {otherwise}")

    def _holds(self, request: str) -> bool:
        """Is this reset set, and nothing else changed?"""
        return request in self._asked and self._sets_only(self._asked[request].password)

    def _sets_only(self, password: str) -> bool:
        mine = f"{self.user}:".encode()
        old, new = self._old.split(b"\n"), self.root.lines()
        if len(old) != len(new) or not self.root.verifies(self.user, password):
            return False
        for before, after in zip(old, new):
            if before.startswith(mine):
                before, after = (b":".join([*line.split(b":")[:1], *line.split(b":")[3:]]) for line in (before, after))
            if before != after:
                return False
        return True

    def _judge(self, ended: Measured, is_well: bool = False) -> None:
        """What must hold of every run."""
        assert ended.code >= 0, f"died of signal {-ended.code}, or had to be killed"
        self._expect(not runner.FAILED.search(ended.err), "lost its worker")
        self.peak_kib = max(self.peak_kib, *ended.peaks_kib)
        self._expect(self.peak_kib < MEMORY_KIB, f"{self.peak_kib} KiB of memory")
        record = self.root.recorded()
        outcome, request = record["outcome"], record.get("outcome_request", "")
        self.outcome = self.outcome or outcome
        applied = record.get("applied_request", "")
        self._expect(self._codes[outcome] == ended.code, "exit code and record differ")
        if applied:
            self._expect(applied in self._shown, "applied what was never served")
            self._expect(self._holds(applied), "a wrong password, or other bytes changed")
        else:
            self._expect(self.root.shadow.read_bytes() == self._old, "changed, and not recorded as applied")
        self._expect((outcome in IS_SET) == (request != "" and request == applied), f"untruthful: {outcome}")
        if outcome in IS_SET[:2]:  # as far as the service let it see: it may come back later
            is_gone = request_of(self._last_shown) != request
            self._expect(is_gone or self._last_fault in LIES, "called done what is still pending")
        if is_well:
            self._expect(outcome in IS_SET[:2] and self._cloud.pending(UUID) is None, "did not get well")


def request_of(blob: Any) -> str:
    """How a reset is called in the record."""
    return hashlib.sha256(str(blob).encode()).hexdigest()


def damaged(blob: str, at: int) -> str:
    """With another character there."""
    return blob[:at] + ("A" if blob[at] != "A" else "B") + blob[at + 1 :]


def cut(blob: str) -> str:
    """Without its last block."""
    salt, rest = blob[:12], base64.b64decode(blob[12:])
    return salt + base64.b64encode(rest[:-16]).decode()


def with_traps(value: Any, where: Mapping[str, str]) -> Any:
    """The value, with what was not known when it was drawn."""
    if isinstance(value, str):
        for name, meant in where.items():
            value = value.replace(name, meant)
    return value
