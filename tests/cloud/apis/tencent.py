# SPDX-License-Identifier: Apache-2.0
"""
The API of Tencent's CVM, version 2017-03-12: POST / with X-TC-Action.

Every answer is a 200; that of a call that was refused has an Error. tencent_errors.py has the codes. X-TC-Region is
not looked at, and X-TC-Timestamp only where calls are signed.
"""

from __future__ import annotations

import logging
import traceback

from ..compute import RESET, Compute
from ..wire import Answer, Request
from .api import Settings
from .json_body import BadBody, read
from .signatures import Unsigned, tc3
from .tencent_call import Action, Call
from .tencent_describe import DescribeInstances
from .tencent_errors import ApiError, missing, of_body
from .tencent_reset import ResetInstancesPassword

VERSION = "2017-03-12"
log = logging.getLogger("cloud")


def header(request: Request, name: str) -> str:
    """X-TC-name, which must be there."""
    value = request.header(f"X-TC-{name}")
    if not value:
        raise missing(name)
    return value


class TencentApi:
    """Takes an owner's wishes."""

    def __init__(self, compute: Compute, settings: Settings) -> None:
        self._settings = settings
        self._actions: dict[str, Action] = {
            RESET: ResetInstancesPassword(compute, settings.tencent_rules),
            "DescribeInstances": DescribeInstances(compute),
        }

    def answer(self, request: Request) -> Answer | None:
        """The answer, also where something fails; None if the path is not ours."""
        if request.path.partition("?")[0] != "/":
            return None
        call = Call()
        response: dict[str, object] = {"RequestId": call.request_id}
        outcome = "SUCCESS"
        try:
            response = {**self._carry_out(call, request), **response}
        except (ApiError, Unsigned) as error:
            outcome = error.code
            response["Error"] = {"Code": error.code, "Message": error.message}
        return Answer.json({"Response": response}, note=call.note(outcome))

    def _carry_out(self, call: Call, request: Request) -> dict[str, object]:
        try:
            action = self._admit(call, request)
            return action(call, read(request.body))
        except BadBody as error:
            raise of_body(error) from None
        except (ApiError, Unsigned):
            raise
        except Exception as error:  # its text may hold what the caller sent, and is not shown
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s: %s\n%s", call.note("failed"), type(error).__name__, where)
            raise ApiError("InternalServerError", "An internal error occurred.") from None

    def _admit(self, call: Call, request: Request) -> Action:
        """Whose call is it, and what for? What is asked for first is refused first."""
        if request.method != "POST":
            raise ApiError("UnsupportedProtocol", "Only POST is supported.")
        if request.unread:
            raise ApiError("RequestSizeLimitExceeded", "The request is too large, or of no length.")
        name, version = header(request, "Action"), header(request, "Version")
        if self._settings.keys:
            call.key = tc3.verify(request, self._settings.keys, self._settings.clock())
        if version != VERSION:
            raise ApiError("NoSuchVersion", f"The version is {VERSION}.")
        if name not in self._actions:
            raise ApiError("InvalidAction", f"The actions are {' and '.join(self._actions)}.")
        call.action = name
        return self._actions[name]
