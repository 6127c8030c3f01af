# SPDX-License-Identifier: Apache-2.0
"""What a public API is here, and what is set for all of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Callable, Mapping, Protocol

from ..wire import Answer, Request

TENCENT_RULES = ("tencent", "tencent-2018")


@dataclass(frozen=True)
class Settings:
    """How the public APIs are set up."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """Secrets by the id of their access key; where there are none, nobody is asked for a signature."""
    tencent_rules: str = "tencent"
    """The password rules of today, or those of 2018."""
    clock: Callable[[], float] = time.time
    """Seconds since the epoch."""

    def __post_init__(self) -> None:
        if self.tencent_rules not in TENCENT_RULES:
            raise ValueError(f"tencent_rules is one of {', '.join(TENCENT_RULES)}")


class Api(Protocol):
    """Takes an owner's wishes."""

    def answer(self, request: Request) -> Answer | None:
        """The answer, also where something fails; None if the request is not for this API."""
