# SPDX-License-Identifier: Apache-2.0
"""The reference cloud: the other half of the wire protocol, for tests and for trying things by hand."""

from .apis import Settings
from .envelope import encrypt, encrypt_blocks
from .faults import KINDS, Fault
from .reference import ReferenceCloud
from .models import Instance, Pending, State, UnknownInstance
from .wire import Request

__all__ = [
    "KINDS",
    "Fault",
    "Instance",
    "Pending",
    "ReferenceCloud",
    "Request",
    "Settings",
    "State",
    "UnknownInstance",
    "encrypt",
    "encrypt_blocks",
]
