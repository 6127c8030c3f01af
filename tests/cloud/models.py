# SPDX-License-Identifier: Apache-2.0
"""What the cloud knows of its instances."""

from __future__ import annotations

import hashlib
import string
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Mapping

OS_TYPES = ("linux", "windows")
CVM_ID_DIGITS = string.digits + string.ascii_lowercase
CVM_ID_LENGTH = 8


class UnknownInstance(LookupError):
    """No such instance here."""


class State(str, Enum):
    """Of an instance, in the words of DescribeInstances."""

    PENDING = "PENDING"
    LAUNCH_FAILED = "LAUNCH_FAILED"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    STARTING = "STARTING"
    STOPPING = "STOPPING"
    REBOOTING = "REBOOTING"
    TERMINATING = "TERMINATING"


class OperationState(str, Enum):
    """Of an operation, in the words of DescribeInstances."""

    OPERATING = "OPERATING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Operation:
    """The last thing that was done with an instance, or is being done."""

    name: str
    """As the API calls it: ResetInstancesPassword, StartInstances, ..."""
    state: OperationState = OperationState.OPERATING
    request_id: str = ""
    """Of the call that asked for it."""
    reason: str = ""
    """Why it failed: a status name of the agent's, no-report, or what the driver said."""
    request: str = ""
    """Of a reset, the name by which the agent reports it: see fingerprint()."""
    started: float = 0.0
    """Seconds since the epoch."""

    @property
    def is_going_on(self) -> bool:
        """Has it not ended yet?"""
        return self.state is OperationState.OPERATING


@dataclass(frozen=True)
class Instance:
    """One guest."""

    id: str
    project: str
    address: str | None = None
    """Where it asks from."""
    os_type: str = "linux"
    flag: bool = False
    """Has an agent announced itself?"""
    os_name: str = "Debian 12"
    name: str = ""
    supported: bool = True
    """Can passwords of this kind of instance be reset at all?"""
    driver: str = "none"
    """What stands behind it: see drivers."""
    user_data: bytes | None = None
    vendor_data: Any = None
    public_keys: Mapping[str, str] = field(default_factory=dict)
    """SSH keys by their names."""
    mac: str | None = None
    state: State = State.RUNNING
    operation: Operation | None = None

    def __post_init__(self) -> None:
        if not self.id:
            raise ValueError("an instance has an id")
        if self.os_type not in OS_TYPES:
            raise ValueError(f"os_type is one of {', '.join(OS_TYPES)}")
        if not self.name:
            object.__setattr__(self, "name", f"server-{self.id[:8]}")

    @property
    def cvm_id(self) -> str:
        """How Tencent's API calls it: always the same for the same id."""
        digest = hashlib.sha256(self.id.encode()).digest()
        return "ins-" + "".join(CVM_ID_DIGITS[byte % 36] for byte in digest[:CVM_ID_LENGTH])

    @property
    def administrator(self) -> str:
        """The account whose password is reset where none is named."""
        if self.os_type == "windows":
            return "Administrator"
        return "ubuntu" if self.os_name.startswith("Ubuntu") else "root"

    @property
    def is_busy(self) -> bool:
        """Is an operation going on?"""
        return self.operation is not None and self.operation.is_going_on


@dataclass(frozen=True)
class Pending:
    """A reset that nobody has acknowledged yet; `blob` is text unless a test stored something else."""

    blob: Any
    user_name: Any
    created: float


def fingerprint(blob: Any) -> str:
    """The name by which an agent reports this reset."""
    return hashlib.sha256(str(blob).encode()).hexdigest()[:16]
