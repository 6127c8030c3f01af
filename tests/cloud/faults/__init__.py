# SPDX-License-Identifier: Apache-2.0
"""The misbehaviours.

A fault that mangles the answer carries the request out first; one that stands in place of the
answer (a status, a redirect, a page) does not, unless it is told so by `perform`.
"""

from . import answers, connection, documents, framing  # their faults register themselves
from .base import KINDS, Fault, Kind, parse, summaries

__all__ = [
    "KINDS",
    "Fault",
    "Kind",
    "answers",
    "connection",
    "documents",
    "framing",
    "parse",
    "summaries",
]
