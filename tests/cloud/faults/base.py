# SPDX-License-Identifier: Apache-2.0
"""What a fault is: a name, parameters with defaults, a sentence and a function."""

from __future__ import annotations

import inspect
import json
import shlex
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from ..exchange import Exchange
from ..guest import SPELLINGS

TYPES: dict[str, tuple[type, ...]] = {
    "Any": (object,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "str": (str,),
    "str | bytes": (str, bytes),
}
CHOICES: dict[str, tuple[str, ...]] = {
    "spelling": SPELLINGS,
    "framing": ("chunked", "none"),
    "part": ("headers", "body"),
    "right": ("first", "last"),
}


@dataclass(frozen=True)
class Kind:
    """One way to misbehave."""

    name: str
    run: Callable[..., None]
    method: str | None = None
    """Only requests of this method meet it, unless the caller names another."""
    of_listener: bool = False
    """Happens at once, not at the next request."""

    @property
    def summary(self) -> str:
        """One sentence."""
        return " ".join((self.run.__doc__ or "").split())

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """What may be said about it."""
        parameters = dict(inspect.signature(self.run).parameters)
        del parameters["ex"]
        return parameters

    def describe(self) -> str:
        """`name key=default ...: sentence`, for --help."""
        words = [f"{key}={json.dumps(value.default)}" for key, value in self.parameters.items()]
        return f"{' '.join([self.name, *words])}: {self.summary}"


@dataclass(frozen=True)
class Fault:
    """A kind with its parameters, checked."""

    kind: Kind
    params: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def make(cls, name: str, **params: Any) -> Fault:
        """By name; a bare status code such as "503" is short for status code=503."""
        if name.isdecimal() and not params:
            name, params = "status", {"code": int(name)}
        if name not in KINDS:
            raise ValueError(f"no fault is named {name!r}")
        kind = KINDS[name]
        for key, value in params.items():
            if key not in kind.parameters:
                raise ValueError(f"fault {name} has no parameter {key!r}")
            types = TYPES[kind.parameters[key].annotation]
            if type(value) not in types and object not in types:
                raise ValueError(f"fault {name}: {key}={value!r} has the wrong type")
            if value not in CHOICES.get(key, (value,)):
                raise ValueError(f"fault {name}: {key} is one of {', '.join(CHOICES[key])}")
        return cls(kind, params)

    def run(self, ex: Exchange) -> None:
        """Misbehave now."""
        self.kind.run(ex, **self.params)


KINDS: dict[str, Kind] = {}
Run = Callable[..., None]


def kind(
    name: str, method: str | None = None, of_listener: bool = False
) -> Callable[[Run], Run]:
    """Register a function as a fault."""

    def register(run: Run) -> Run:
        KINDS[name] = Kind(name, run, method, of_listener)
        return run

    return register


def parse(text: str) -> dict[str, Any]:
    """`ENDPOINT FAULT [KEY=VALUE ...]` as the object that the control interface takes."""
    endpoint, fault, *pairs = shlex.split(text)
    order: dict[str, Any] = {"endpoint": endpoint, "fault": fault}
    for pair in pairs:
        key, _, value = pair.partition("=")
        try:
            order[key] = json.loads(value)
        except ValueError:
            order[key] = value
    return order


def summaries() -> list[str]:
    """Every fault in a line."""
    return [each.describe() for each in KINDS.values()]
