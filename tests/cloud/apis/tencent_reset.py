# SPDX-License-Identifier: Apache-2.0
"""ResetInstancesPassword: all of the instances, or none."""

from __future__ import annotations

from dataclasses import dataclass

from ..compute import RESET, Busy, Compute, WrongState
from ..models import Instance, State, UnknownInstance
from .json_body import JsonObject
from .passwords_tencent import RULES, weakness
from .tencent_call import Call, check_ids
from .tencent_errors import STATE, ApiError, missing

USER_NAME_MAX = 64


@dataclass(frozen=True)
class Wish:
    """The parameters."""

    ids: list[str]
    password: str
    user_name: str | None
    """None leaves the choice to the agent, which has the same default."""
    force_stop: bool

    @classmethod
    def of(cls, body: JsonObject) -> Wish:
        """As far as types tell."""
        wish = cls(
            body.texts("InstanceIds"),
            body.required("Password", str),
            body.optional("UserName", str, None),
            body.optional("ForceStop", bool, False),
        )
        body.finish()
        return wish

    def check(self, call: Call) -> None:
        """As far as the values themselves tell."""
        if not self.ids:
            raise missing("InstanceIds")
        check_ids(call, self.ids)
        if len(set(self.ids)) != len(self.ids):
            raise ApiError("InvalidParameterValue", "`InstanceIds` names an instance twice.")
        if self.user_name is not None:
            check_user_name(self.user_name)


def check_user_name(name: str) -> None:
    """Could any account have it? Whether one has, the agent finds out."""
    if len(name) > USER_NAME_MAX:
        message = f"`UserName` has more than {USER_NAME_MAX} characters."
        raise ApiError("InvalidParameterValue.TooLong", message)
    if not name or not name.isprintable():
        raise ApiError("InvalidParameterValue", "`UserName` cannot be the name of an account.")


def wrong_state(instance: Instance, state: State) -> ApiError:
    """LAUNCH_FAILED makes UnsupportedOperation.InstanceStateLaunchFailed."""
    code = STATE + state.value.title().replace("_", "")
    return ApiError(code, f"The instance {instance.cvm_id} is {state.value}.")


def busy(instance: Instance) -> ApiError:
    """The same is being done with it, or something else."""
    if instance.operation and instance.operation.name == RESET:
        message = f"The password of {instance.cvm_id} is being reset."
        return ApiError("MutexOperation.TaskRunning", message)
    message = f"Something else is being done with {instance.cvm_id}."
    return ApiError("OperationDenied.InstanceOperationInProgress", message)


class ResetInstancesPassword:
    """The action."""

    def __init__(self, compute: Compute, rules: str) -> None:
        self._compute = compute
        self._rules = rules

    def __call__(self, call: Call, body: JsonObject) -> dict[str, object]:
        """Starts the resets; nothing is changed if one of them is refused."""
        wish = Wish.of(body)
        wish.check(call)
        with self._compute.lock:
            instances = [self._instance(each) for each in wish.ids]
            self._check_password(wish, instances)
            for instance in instances:
                self._check_state(instance, wish.force_stop)
            for instance in instances:
                self._compute.reset(
                    instance.id, wish.password, wish.user_name, wish.force_stop, call.request_id
                )
        return {}

    def _instance(self, cvm_id: str) -> Instance:
        try:
            instance = self._compute.instance_by_cvm_id(cvm_id)
        except UnknownInstance:
            message = f"The instance {cvm_id} does not exist."
            raise ApiError("InvalidInstanceId.NotFound", message) from None
        if not instance.supported:
            message = f"The password of {cvm_id} cannot be reset."
            raise ApiError("InvalidInstance.NotSupported", message)
        return instance

    def _check_password(self, wish: Wish, instances: list[Instance]) -> None:
        """Where one of them runs Windows, its rule holds for all."""
        has_windows = any(instance.os_type == "windows" for instance in instances)
        rule = RULES[self._rules, "windows" if has_windows else "linux"]
        for instance in instances:
            problem = weakness(wish.password, wish.user_name or instance.administrator, rule)
            if problem:
                message = f"The password is refused: {problem}."
                raise ApiError("InvalidParameterValue.InvalidPassword", message)

    def _check_state(self, instance: Instance, force_stop: bool) -> None:
        try:
            self._compute.check_reset(instance.id, force_stop)
        except Busy:
            raise busy(instance) from None
        except WrongState as error:
            raise wrong_state(instance, error.state) from None
