# SPDX-License-Identifier: Apache-2.0
"""Signatures of requests: an HMAC by which the caller proves to have a secret, without sending it.

Both schemes hash a canonical form of the request, and differ in what they put around it. Each module has a pure
`verify(request, keys, now)`, which returns the id of the caller's key or raises Unsigned.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Mapping

from ...wire import Request


class Unsigned(Exception):
    """Whoever calls has not proved to be who they say; `code` and `message` are the API's own."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Claim:
    """What a header Authorization claims."""

    credential: str
    signed_headers: frozenset[str]
    signature: str


def claim_of(request: Request, algorithm: str, field: str) -> Claim | None:
    """Authorization: ALGORITHM FIELD=credential, SignedHeaders=a;b, Signature=hex; None if it is not that."""
    pattern = rf"{algorithm} +{field}=([^,\s]+), *SignedHeaders=([^,\s]+), *Signature=([^,\s]+)"
    match = re.fullmatch(pattern, request.header("Authorization") or "")
    return Claim(match[1], frozenset(match[2].split(";")), match[3]) if match else None


def sha256(data: bytes) -> str:
    """As both schemes write it: lower case, hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def hmac_sha256(key: bytes, text: str) -> bytes:
    """One step of a signature."""
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def canonical_hash(method: str, uri: str, query: str, headers: Mapping[str, str], body: bytes) -> str:
    """The hash of the request in its canonical form; `headers` are the signed ones, by lower-case name."""
    lines = [f"{name}:{headers[name]}" for name in sorted(headers)]
    text = "\n".join([method, uri, query, *lines, "", ";".join(sorted(headers)), sha256(body)])
    return sha256(text.encode("latin-1"))  # the bytes of the wire again, see Wire.read_request


def is_same(signature: str, expected: bytes) -> bool:
    """Compared in a time that says nothing about where they differ."""
    return hmac.compare_digest(signature.encode(), expected.hex().encode())
