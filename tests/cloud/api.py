# SPDX-License-Identifier: Apache-2.0
"""The public API in front, as Huawei's ECS speaks it (native OpenStack paths)."""

from __future__ import annotations

import json
import re
import string
from typing import Callable, Optional

from .store import Instance, Store, UnknownInstance
from .wire import Answer, Request

PATH = re.compile(
    r"/v2\.1/(?P<project>[^/]+)/servers/(?P<server>[^/]+)/(?P<action>os-reset-password|os-resetpwd-flag)"
)
METHODS = {"os-reset-password": "PUT", "os-resetpwd-flag": "GET"}
SPECIAL = "!@$%^-_=+[{}]:,./?"
CLASSES = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SPECIAL)
ADMINISTRATOR = {"linux": "root", "windows": "Administrator"}
RUN = 3

RequestReset = Callable[[str, str], str]


def weakness(password: str, os_type: str = "linux") -> Optional[str]:
    """Why Huawei's rules refuse this password, or None."""
    user, text = ADMINISTRATOR[os_type].lower(), password.lower()
    runs = {user[at : at + RUN] for at in range(len(user) - RUN + 1)}
    if not 8 <= len(password) <= 26:
        return "it must have 8 to 26 characters"
    if set(password) - set("".join(CLASSES)):
        return "it has a character that is not allowed"
    if sum(bool(set(password) & set(each)) for each in CLASSES) < 3:
        return "it must mix three of upper case, lower case, digits and special characters"
    if user in text or user[::-1] in text:
        return "it must not contain the user name or its reverse"
    if os_type == "windows" and any(run in text for run in runs):
        return "it must not contain more than two consecutive characters of the user name"
    return None


def bad_request(message: str) -> Answer:
    """400 as OpenStack words it."""
    return Answer.json({"badRequest": {"message": message, "code": 400}}, 400)


def not_found(server: str) -> Answer:
    """404 as OpenStack words it."""
    message = f"Instance {server} could not be found."
    return Answer.json({"itemNotFound": {"message": message, "code": 404}}, 404)


class PublicApi:
    """Takes an owner's wishes. Nobody is asked for a token here."""

    def __init__(self, store: Store, request_reset: RequestReset) -> None:
        self._store = store
        self._request_reset = request_reset

    def answer(self, request: Request) -> Optional[Answer]:
        """The answer, or None if the path is not ours."""
        match = PATH.fullmatch(request.path)
        if not match:
            return None
        method = METHODS[match["action"]]
        if request.method != method:
            document = {"badMethod": {"message": "The method is not allowed.", "code": 405}}
            return Answer.json(document, 405, (("Allow", method),))
        try:
            instance = self._store.instance(match["server"])
        except UnknownInstance:
            return not_found(match["server"])
        if instance.project != match["project"]:
            return not_found(match["server"])
        if method == "GET":
            return Answer.json({"resetpwd_flag": str(instance.flag)})
        return self._reset_password(instance, request.body)

    def _reset_password(self, instance: Instance, body: bytes) -> Answer:
        try:
            document = json.loads(body)
        except ValueError:
            return bad_request("Malformed request body.")
        wish = document.get("reset-password") if isinstance(document, dict) else None
        if not isinstance(wish, dict):
            return bad_request("reset-password must be an object.")
        password, check = wish.get("new_password"), wish.get("is_check_password", False)
        if not isinstance(password, str) or not password:
            return bad_request("new_password must be a string that is not empty.")
        if not isinstance(check, bool):
            return bad_request("is_check_password must be a boolean.")
        problem = weakness(password, instance.os_type) if check else None
        if problem:
            return bad_request(f"The password is too weak: {problem}.")
        try:
            self._request_reset(instance.id, password)
        except UnicodeEncodeError:
            return bad_request("new_password is no valid text.")
        return Answer()
