# SPDX-License-Identifier: Apache-2.0
"""A call of Tencent's API on its way, and what its actions have in common."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Callable

from .json_body import JsonObject
from .tencent_errors import ApiError, over_limit

INSTANCES_MAX = 100
INSTANCE_ID = re.compile(r"ins-([0-9a-z]+)")
INSTANCE_ID_LENGTH = 8
NAMED = 5


@dataclass
class Call:
    """Who calls, what for, and about which instances, as far as that is known."""

    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    action: str = "a call"
    key: str = ""
    ids: list[str] = field(default_factory=list)
    """Only such as have the form of an id: the audit log shows them."""

    def note(self, outcome: str) -> str:
        """For the audit log."""
        more = len(self.ids) - NAMED
        words = [self.action, *self.ids[:NAMED], *([f"and {more} more"] if more > 0 else [])]
        return f"{' '.join(words)}{f' by {self.key}' if self.key else ''}: {outcome}"


Action = Callable[[Call, JsonObject], dict[str, object]]
"""Returns what stands in the Response beside the RequestId."""


def check_ids(call: Call, ids: list[str]) -> None:
    """Their number and form."""
    if len(ids) > INSTANCES_MAX:
        raise over_limit("InstanceIds", INSTANCES_MAX)
    for each in ids:
        check_form(each)
    call.ids = ids


def check_form(instance_id: str) -> None:
    """There are two codes for it; an id that is too short is the documented example of the second."""
    match = INSTANCE_ID.fullmatch(instance_id)
    if not match:
        message = "An instance id is like ins-xxxxxxxx, with small letters and digits."
        raise ApiError("InvalidParameterValue.InstanceIdMalformed", message)
    if len(match[1]) != INSTANCE_ID_LENGTH:
        message = f"An instance id has {INSTANCE_ID_LENGTH} letters and digits behind ins-."
        raise ApiError("InvalidInstanceId.Malformed", message)
