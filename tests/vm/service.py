# SPDX-License-Identifier: Apache-2.0
"""The reference cloud with one instance, as its owner sees it."""

from __future__ import annotations

import json
import urllib.request

from cloud import ReferenceCloud
from console import PATIENCE_S

UUID = "8ae2549a-7b09-4787-8f25-4487d61be128"


class Cloud(ReferenceCloud):
    def __enter__(self) -> Cloud:
        self.start()
        self.add_instance(UUID)
        return self

    @property
    def port(self) -> int:
        return self.address[1]

    def reset(self, password: str) -> None:
        """What the owner does when the password is forgotten: a call of the public API."""
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
            urllib.request.Request(
                f"{self.url}/v2.1/p1/servers/{UUID}/os-reset-password",
                method="PUT",
                data=json.dumps({"reset-password": {"new_password": password, "is_check_password": True}}).encode(),
            )
        )
        assert self.is_pending

    def hold(self) -> None:
        """Answer nothing from now on, until behave()."""
        self.forget_requests()
        self.misbehave("*", "hang-before-headers")

    @property
    def is_pending(self) -> bool:
        return self.pending(UUID) is not None

    @property
    def blob(self) -> str:
        """The pending reset as the guest gets it."""
        pending = self.pending(UUID)
        assert pending is not None
        return str(pending.blob)

    @property
    def steps(self) -> list[str]:
        """Method and endpoint of each request of the guest."""
        return [f"{request.method} {request.endpoint}" for request in self.requests]

    @property
    def outcomes(self) -> list[str]:
        """What agents reported."""
        return [result["reason"] for result in self.results(UUID)]

    def await_step(self, step: str) -> None:
        """Wait until the guest has asked for this."""
        seen = self.wait_for(lambda requests: any(f"{r.method} {r.endpoint}" == step for r in requests), PATIENCE_S)
        assert seen, f"no {step}: {self.steps}"

    def await_rest(self) -> None:
        """Wait until the guest knows that nothing is pending: a request is seen before it is answered."""
        self.await_step("GET password")
        assert self.wait_until_all_have_left(PATIENCE_S), self.steps

    def await_acknowledgement(self) -> None:
        """Wait until the guest has reported; nothing is pending then. It may ask anew."""
        self.await_step("POST result")
        assert not self.is_pending, self.steps
        self.forget_requests()
