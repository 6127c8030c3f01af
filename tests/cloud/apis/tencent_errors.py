# SPDX-License-Identifier: Apache-2.0
"""
What Tencent's API refuses, and by which code.

The codes are those that the API's documentation lists, for all actions and for these two. Which condition has which
code is documented where a code names its condition; the rest is told apart here in the most likely way.
"""

from __future__ import annotations

from .json_body import BadBody, Problem

STATE = "UnsupportedOperation.InstanceState"
CODES = {
    # Of any call, in the order in which they are looked for; AuthFailure.* of signatures comes third.
    "UnsupportedProtocol": "the method is not POST (the real API takes GET, too)",
    "RequestSizeLimitExceeded": "the body is too large, or has no Content-Length",
    "NoSuchVersion": "X-TC-Version is not 2017-03-12",
    "InvalidAction": "X-TC-Action is none of this cloud's",
    # Of the parameters.
    "MissingParameter": "X-TC-Action, X-TC-Version or a parameter is missing; InstanceIds is empty",
    "InvalidParameter": "the body is no JSON object; a type is wrong; InstanceIds together with Filters",
    "UnknownParameter": "a parameter that the action does not have",
    "InvalidParameterValue.LimitExceeded": "over 100 InstanceIds, a Limit over 100, over 10 Filters",
    "InvalidParameterValue.InstanceIdMalformed": "an id is not ins- and small letters and digits",
    "InvalidInstanceId.Malformed": "an id has not 8 of them",
    "InvalidParameterValue.TooLong": "UserName has over 64 characters",
    "InvalidParameterValue": "an id twice; UserName empty or unprintable; Offset or Limit too small",
    "InvalidFilter": "a filter that is none of this cloud's",
    "InvalidFilterValue.LimitExceeded": "a filter with over 5 values",
    # Of the instances: what one of them is refused for keeps all from being reset.
    "InvalidInstanceId.NotFound": "there is no such instance",
    "InvalidInstance.NotSupported": "its password cannot be reset this way",
    "InvalidParameterValue.InvalidPassword": "the password rules refuse it",
    "MutexOperation.TaskRunning": "its password is being reset",
    "OperationDenied.InstanceOperationInProgress": "it is being started, stopped or rebooted",
    f"{STATE}Running": "it runs, and ForceStop is not true",
    f"{STATE}Starting": "it starts, and nobody here is starting it; so with those below",
    f"{STATE}Stopping": "it stops",
    f"{STATE}Rebooting": "it reboots",
    f"{STATE}Pending": "it is being made",
    f"{STATE}LaunchFailed": "it could not be made",
    f"{STATE}Terminating": "it is being destroyed",
    # Of any call.
    "InternalServerError": "a bug of this cloud's",
}
"""All codes, and when they are answered."""

OF_BODY = {
    Problem.MALFORMED: "InvalidParameter",
    Problem.WRONG_TYPE: "InvalidParameter",
    Problem.MISSING: "MissingParameter",
    Problem.UNKNOWN: "UnknownParameter",
}


class ApiError(Exception):
    """A refusal. Neither code nor message holds a value that the caller sent."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


def of_body(error: BadBody) -> ApiError:
    """The body is not what the action takes."""
    return ApiError(OF_BODY[error.problem], str(error))


def missing(name: str) -> ApiError:
    """Of a parameter or, without its X-TC-, a header."""
    return ApiError("MissingParameter", f"The request has no `{name}`.")


def over_limit(name: str, limit: int) -> ApiError:
    """Too many, or too much."""
    return ApiError("InvalidParameterValue.LimitExceeded", f"`{name}` is limited to {limit}.")
