# SPDX-License-Identifier: Apache-2.0
"""From a seed to what a hostile service does in one run: faults of the reference cloud, and changes of its mind."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, Tuple

from cloud import KINDS
from cloud.faults.base import CHOICES, Kind
from cloud.guest import SPELLINGS

OTHER_UUID = "11111111-2222-3333-4444-555555555555"
USERS = (None, "root", "alice")
TRAP = "<trap>"  # stands for a blob that no owner asked for
TRAP_URL = "<trap-url>"  # and where it is to be had

Place = Tuple[str, Optional[str]]  # endpoint and method
PLACES: List[Place] = [
    ("flag", None),
    ("flag", "POST"),
    ("password", "GET"),
    ("password", "GET"),
    ("password", "DELETE"),
    ("password", "DELETE"),
    ("metadata", None),
    ("result", None),
    ("*", None),
]
# What misbehaves only here leaves the way to an acknowledgement open.
LATE_PLACES: List[Place] = [("password", "DELETE"), ("result", None)]
ALWAYS_ASKED: List[Place] = [("flag", "GET"), ("password", "GET")]

# What the service does beside its answers, at the n-th request of one kind; see hostile_run.py.
TURNS = (
    "supersede",  # the owner asks for another reset
    "replay",  # an older reset is pending again
    "withdraw",  # nothing is pending any more
    "foreign",  # a reset that was encrypted for another machine
    "damaged",  # the reset with another character in it
    "cut",  # the reset without its last block
    "bad-user",  # the reset, for a user that there is not
    "forget-flag",  # nobody has announced itself
    "hang-up",  # all connections are closed
    "delete-late",  # a DELETE that was ignored is carried out when it was seen to be so
    "respell",  # another way to say that nothing is pending
)
SURE_MOMENTS: List[Place] = [("flag", "GET"), ("password", "GET"), ("metadata", "GET"), ("password", "DELETE")]
BAD_USERS = ("nosuch", "+", "root:x", "-", "../root", "a\nb", "x" * 300, 5, {"name": "root"}, "ro\u0000ot")

BODIES: Dict[str, Tuple[str, ...]] = {
    "*": ("", "{}", "[]", "null", "{", "[" * 5000, '{"a":' * 3000, "\x00", "\xff\xfe{}", '""', "1e999", "{} {}"),
    "flag": ('{"resetpwd_flag": "True"}', '{"resetpwd_flag": "maybe"}', '{"resetpwd_flag": "False"}'),
    "password": (
        '{"reset_password": "AAAA"}',
        '{"reset_password": "%s"}' % ("A" * 4000),
        '{"reset_password": "%s"}' % ("A" * 12000),
        '{"reset_password": "AAAAAAAAAAA=AAAAAAAAAAAAAAAAAAAAAA=="}',
        '{"reset_password": "\\u0000%s"}' % TRAP,
        '{"Reset_Password": "%s"}' % TRAP,
        '{"reset_password": "%s"}}' % TRAP,
        '{"a": {"reset_password": "%s"}}' % TRAP,
    ),
    "metadata": (
        '{"uuid": "%s"}' % OTHER_UUID,
        '{"uuid": ""}',
        '{"uuid": "../../etc"}',
        '{"uuid": "%s"}' % ("a" * 100000),
        '{"meta": {"uuid": "%s"}}' % OTHER_UUID,
    ),
    "result": ('{"result": "failed"}',),
}
RAW = (
    "",
    "\x00" * 1000,
    "SSH-2.0-OpenSSH_9.2\r\n",
    '{"reset_password": "%s"}' % TRAP,  # HTTP/0.9
    "HTTP/1.1 200 OK",
    "HTTP/9.9 200 OK\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
    "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}",
    "HTTP/1.1 two hundred\r\n\r\n",
    "HTTP/1.1 200 OK\r\n: \r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n" * 5000,
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
    "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
    "HTTP/1.1 200 OK\r\nX: " + "x" * 70000,
)
CODES = (100, 101, 199, 200, 201, 204, 206, 300, 304, 400, 401, 403, 404, 405, 408, 410, 418, 429, 500, 503, 504, 999)
REDIRECTS = (301, 302, 303, 307, 308)
VALUES: Tuple[Any, ...] = (
    *(5, -1, 1e300, True, False, None, [], {}, [["a"] * 50] * 50),
    *("", "None", "Fail", "x", "x" * 5000, "\u0000", "ü\u2028"),
)
LENGTHS = ("twelve", "", "-1", "0x10", "5, 5", "1e3", "18446744073709551616", "99999999999999999999999", "0", " ")
BRIEF = ("refuse", "go-away")
SMALL = ("segments", "chunked", "chunked-cut")


@dataclass(frozen=True)
class Fault:
    """A fault of the reference cloud, as its misbehave() takes it."""

    place: Place
    name: str
    params: Dict[str, Any]
    times: Optional[int]


@dataclass(frozen=True)
class Turn:
    """What happens when the n-th such request arrives."""

    moment: Place
    nth: int
    name: str
    choice: int = 0


@dataclass(frozen=True)
class Plan:
    """All of one run."""

    seed: int
    deadline_s: int
    user: Optional[str]
    faults: List[Fault]
    turns: List[Turn]
    announced: bool
    nothing: str
    accept_results: bool
    older: bool  # there was a reset before, which is replaced by the one that is pending


def names() -> List[str]:
    """All that can be met."""
    return [*KINDS, *TURNS]


def may_stall(fault: Fault) -> bool:
    """Could it take all of the run's time by itself?"""
    params = fault.params
    return (
        fault.name in ("raw", "endless-drip")
        or params.get("seconds", 0.1) in (0, 0.9)
        or params.get("interval", 0) > 0.001
        or params.get("code", 200) < 200
    )


class Generator:
    """Draws a plan; the same one for the same seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._random = random.Random(seed)
        choice = self._random.choice
        self._draw: Dict[str, Callable[[Kind], Any]] = {
            "seconds": lambda kind: choice((0.1, 0.3, 0.6) if kind.name in BRIEF else (0, 0.1, 0.3, 0.9)),
            "interval": lambda _: choice((0.001, 0.01, 0.1, 1.0)),
            "pause": lambda _: choice((0.0, 0.001, 0.01)),
            "size": lambda kind: choice((1, 2, 7, 100) if kind.name in SMALL else (100, 5000, 40000, 300000, 3000000)),
            "code": lambda kind: choice(REDIRECTS if kind.name == "redirect" else CODES),
            "value": lambda kind: choice(LENGTHS if kind.name == "length-text" else VALUES),
            "other": lambda _: choice((*VALUES, TRAP)),
            "location": lambda _: choice((TRAP_URL, TRAP_URL, "/", "file:///etc/shadow", "http://[", "")),
            "data": lambda _: choice(RAW),
            "keep": lambda _: choice((-1, 0, 1, 17)),
            "missing": lambda _: self._random.randrange(1, 60),
            "by": lambda _: self._random.randrange(1, 60),
        }

    def plan(self) -> Plan:
        """Each name leads in its turn; what else comes is chance, and stays out of its way."""
        lead = names()[self._seed % len(names())]
        faults: List[Fault] = []
        turns: List[Turn] = []
        places = LATE_PLACES
        if lead in TURNS:
            turns.append(self._turn(lead, 1))
        elif KINDS[lead].method == "DELETE":
            faults.append(self._fault(lead, ("password", "DELETE")))
        else:
            faults.append(self._fault(lead, self._random.choice(ALWAYS_ASKED)))
            places = PLACES
        for _ in range(self._random.randrange(6)):
            faults.append(self._any_fault(self._random.choice(places)))
        for _ in range(self._random.choice((0, 0, 1, 2, 3)) if places is PLACES else 0):
            turns.append(self._turn(self._random.choice(TURNS), self._random.choice((1, 1, 1, 2, 3))))
        if any(turn.name == "delete-late" for turn in turns):
            faults.append(Fault(("password", "DELETE"), "delete-ignored", {}, 1))
        return Plan(
            self._seed,
            self._random.choice((3, 4, 5)),
            self._random.choice(USERS),
            faults,
            turns,
            announced=self._random.random() < 0.3,
            nothing=self._random.choice(SPELLINGS),
            accept_results=self._random.random() < 0.8,
            older=self._random.random() < 0.3,
        )

    def _any_fault(self, place: Place) -> Fault:
        fitting = [kind.name for kind in KINDS.values() if kind.method in (None, place[1])]
        while True:
            fault = self._fault(self._random.choice(fitting), place)
            if place[0] not in ("flag", "*") or not may_stall(fault):
                return fault

    def _fault(self, name: str, place: Place) -> Fault:
        params: Dict[str, Any] = {}
        for key, parameter in KINDS[name].parameters.items():
            if key == "text":
                params[key] = self._random.choice(BODIES["*"] + BODIES.get(place[0], ()))
            elif key in CHOICES:
                params[key] = self._random.choice(CHOICES[key])
            elif key in self._draw:
                params[key] = self._draw[key](KINDS[name])
            elif parameter.annotation == "bool":
                params[key] = self._random.random() < 0.5
        is_for_ever = place[0] in ("password", "metadata") and self._random.random() < 0.15
        return Fault(place, name, params, None if is_for_ever else self._random.choice((1, 1, 1, 2, 3)))

    def _turn(self, name: str, nth: int) -> Turn:
        moment = ("password", "DELETE") if name == "delete-late" else self._random.choice(SURE_MOMENTS)
        return Turn(moment, nth, name, self._random.randrange(1000))
