# SPDX-License-Identifier: Apache-2.0
"""
What an owner asks of Huawei's ECS: to reset the password of one server, or of many, and whether an agent is there.

For one server the rules of passwords hold if the owner says so (is_check_password); for many they always do.
"""

from __future__ import annotations

import logging
import re
import traceback
import uuid
from dataclasses import dataclass, replace
from typing import Callable

from ..compute import Busy, Compute, WrongState
from ..models import Instance, UnknownInstance
from ..wire import Answer, Request
from .api import Settings
from .huawei_errors import Form, Kind, Refusal, of_ecs, of_gateway, of_openstack
from .json_body import BadBody, JsonObject, Problem, read
from .passwords_huawei import weakness
from .signatures import Unsigned, sdk_hmac

log = logging.getLogger("cloud")
OURS = ("/v1/", "/v2.1/")
V2_1 = r"/v2\.1/(?P<project>[^/]+)/servers/(?P<server>[^/]+)"
V1 = r"/v1/(?P<project>[^/]+)/cloudservers"
V1_SERVER = V1 + r"/(?P<server>[^/]+)"
BATCH_MAX = 1000


@dataclass(frozen=True)
class Route:
    """One call, by its name in the public documentation."""

    name: str
    method: str
    path: str
    refuse: Form


ROUTES = (
    Route("ResetServerPassword", "PUT", V2_1 + "/os-reset-password", of_openstack),
    Route("ShowResetPasswordFlag", "GET", V2_1 + "/os-resetpwd-flag", of_openstack),
    Route("ResetServerPassword", "PUT", V1_SERVER + "/os-reset-password", of_ecs),
    Route("ShowResetPasswordFlag", "GET", V1_SERVER + "/os-resetpwd-flag", of_ecs),
    Route("BatchResetServersPassword", "PUT", V1 + "/os-reset-passwords", of_ecs),
)


@dataclass(frozen=True)
class Call:
    """A request that found its route."""

    route: Route
    method: str
    project: str
    server: str
    body: bytes

    @classmethod
    def of(cls, request: Request) -> Call | None:
        """None if the path leads nowhere."""
        path = request.path.partition("?")[0]
        for route in ROUTES:
            match = re.fullmatch(route.path, path)
            if match:
                named = {"server": "", **match.groupdict()}
                return cls(route, request.method, body=request.body, **named)
        return None


class HuaweiApi:
    """Takes an owner's wishes; signed ones only, where there are access keys. Nobody is asked for a token."""

    def __init__(self, compute: Compute, settings: Settings) -> None:
        self._compute = compute
        self._settings = settings
        self._calls: dict[str, Callable[[Call], Answer]] = {
            "ResetServerPassword": self._reset,
            "ShowResetPasswordFlag": self._show_flag,
            "BatchResetServersPassword": self._reset_batch,
        }

    def answer(self, request: Request) -> Answer | None:
        """The answer, or None if the path is not ours."""
        if not request.path.startswith(OURS):
            return None
        request_id = uuid.uuid4().hex
        answer = self._pass_gateway(request, request_id)
        return replace(answer, headers=(*answer.headers, ("X-Request-Id", request_id)))

    def _pass_gateway(self, request: Request, request_id: str) -> Answer:
        call = Call.of(request)
        if call is None:
            message = "The API does not exist or has not been published in the environment."
            return of_gateway(404, "APIGW.0101", message, request_id)
        if request.unread:
            return of_gateway(413, "APIGW.0201", "Request entity too large.", request_id)
        signer = ""
        if self._settings.keys:
            try:
                signer = sdk_hmac.verify(request, self._settings.keys, self._settings.clock())
            except Unsigned as error:
                return of_gateway(401, error.code, error.message, request_id)
        answer = self._serve(call)
        words = [call.route.name, call.server, f"by {signer}" if signer else ""]
        note = f"{' '.join(filter(None, words))}: {answer.note or 'accepted'}"
        return replace(answer, note=note)

    def _serve(self, call: Call) -> Answer:
        route = call.route
        if call.method != route.method:
            refusal = Refusal(Kind.BAD_METHOD, "The method is not allowed.")
            return route.refuse(refusal, (("Allow", route.method),))
        try:
            return self._calls[route.name](call)
        except BadBody as error:
            refusal = Refusal(Kind.BAD_REQUEST, str(error))
        except Refusal as error:
            refusal = error
        except Exception as error:  # what it says may hold a password; where it comes from does not
            where = "".join(traceback.format_tb(error.__traceback__))
            log.error("%s: %s\n%s", route.name, type(error).__name__, where)
            refusal = Refusal(Kind.CRASHED, "A system exception occurred.")
        return route.refuse(refusal, ())

    # The calls

    def _show_flag(self, call: Call) -> Answer:
        return Answer.json({"resetpwd_flag": str(self._instance(call).flag)})

    def _reset(self, call: Call) -> Answer:
        instance = self._instance(call)
        document = read(call.body)
        wish = document.object("reset-password")
        password = wish.required("new_password", str)
        is_checked = wish.optional("is_check_password", bool, False)
        wish.finish()
        document.finish()
        if not password:
            raise Refusal(Kind.BAD_REQUEST, "reset-password.new_password is empty.")
        with self._compute.lock:
            refusal = self._objection(instance, password if is_checked else None)
            if refusal:
                raise refusal
            self._compute.leave_reset(instance.id, password)
        return Answer()

    def _reset_batch(self, call: Call) -> Answer:
        """All of them or none. A dry run checks the same, and needs no password."""
        document = read(call.body)
        is_dry = document.optional("dry_run", bool, False)
        password = document.optional("new_password", str, None)
        servers = named_servers(document)
        document.finish()
        if password is None and not is_dry:
            raise BadBody(Problem.MISSING, "new_password")
        with self._compute.lock:
            known = {each.id: each for each in self._compute.instances() if each.project == call.project}
            objections = {
                server: self._objection(known[server], password) if server in known else absent(server)
                for server in servers
            }
            failures = {server: refusal for server, refusal in objections.items() if refusal}
            if failures:
                raise Refusal(Kind.BATCH_FAILED, "Batch operation failed.", failures)
            if password is not None and not is_dry:
                for server in servers:
                    self._compute.leave_reset(server, password)
        return Answer.json({"response": [{"id": server} for server in servers]})

    # What they need

    def _instance(self, call: Call) -> Instance:
        """Another project's servers are not seen."""
        try:
            instance = self._compute.instance(call.server)
        except UnknownInstance:
            raise absent(call.server) from None
        if instance.project != call.project:
            raise absent(call.server)
        return instance

    def _objection(self, instance: Instance, password: str | None) -> Refusal | None:
        """Why this server cannot have this password now; None is a password that need not be checked."""
        if password is not None:
            problem = weakness(password, instance.administrator, instance.os_type == "windows")
            if problem:
                return Refusal(Kind.WEAK_PASSWORD, f"The password is too weak: {problem}.")
        try:
            self._compute.check_reset(instance.id, force_stop=True)
        except Busy:
            return Refusal(Kind.WRONG_STATE, "Another operation is going on.")
        except WrongState as error:
            return Refusal(Kind.WRONG_STATE, f"The server is {error.state.value}.")
        return None


def named_servers(document: JsonObject) -> list[str]:
    """The ids in a batch."""
    servers = []
    for entry in document.objects("servers"):
        servers.append(entry.required("id", str))
        entry.finish()
    if not servers:
        raise Refusal(Kind.BAD_REQUEST, "servers is empty.")
    if len(servers) > BATCH_MAX:
        raise Refusal(Kind.TOO_MANY, f"servers has more than {BATCH_MAX} entries.")
    if len(set(servers)) != len(servers):  # not documented: who writes so has made a mistake
        raise Refusal(Kind.BAD_REQUEST, "servers names a server twice.")
    return servers


def absent(server: str) -> Refusal:
    """There is no such server, or it is another's."""
    return Refusal(Kind.NOT_FOUND, f"Server {server} could not be found.")
