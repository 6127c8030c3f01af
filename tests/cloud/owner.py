# SPDX-License-Identifier: Apache-2.0
"""An owner of instances, as tests play one: one request to the cloud, and all of its answer."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from email.message import Message
from typing import Any, Mapping

from . import ReferenceCloud

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Said:
    """An answer."""

    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        """The document in it."""
        assert self.headers["Content-Type"] == "application/json"
        return json.loads(self.body)

    def says(self, text: str) -> bool:
        """Does this stand anywhere in it, also as JSON may write it?"""
        said = f"{self.headers}\n{self.body.decode()}"
        return text in said or json.dumps(text)[1:-1] in said


class Owner:
    """One connection, kept alive."""

    def __init__(self, cloud: ReferenceCloud) -> None:
        self._connection = http.client.HTTPConnection(*cloud.address, timeout=PATIENCE_S)

    def __enter__(self) -> Owner:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Said:
        """Send bytes, or anything else as JSON; names of headers with _ for -."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        return self.send(method, path, data, {k.replace("_", "-"): v for k, v in headers.items()})

    def send(self, method: str, path: str, data: Any, headers: Mapping[str, str]) -> Said:
        """Whatever http.client takes for a body."""
        self._connection.request(method, path, data, dict(headers))
        answer = self._connection.getresponse()
        return Said(answer.status, answer.headers, answer.read())


def ask(cloud: ReferenceCloud, method: str, path: str, body: Any = None, **headers: str) -> Said:
    """One request on a connection of its own."""
    with Owner(cloud) as owner:
        return owner.ask(method, path, body, **headers)
