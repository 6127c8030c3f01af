# SPDX-License-Identifier: Apache-2.0
"""TC3-HMAC-SHA256, "signature v3" of Tencent's API 3.0."""

from __future__ import annotations

import re
import time
from typing import Mapping

from ...wire import Request
from . import Unsigned, canonical_hash, claim_of, hmac_sha256, is_same

ALGORITHM = "TC3-HMAC-SHA256"
SERVICE = "cvm"
MUST_BE_SIGNED = {"content-type", "host"}
MAX_AGE_S = 300


def verify(request: Request, keys: Mapping[str, str], now: float) -> str:
    """The id of the key that signed this request; raises Unsigned."""
    claim = claim_of(request, ALGORITHM, "Credential")
    credential = claim and re.fullmatch(r"([^/]+)/([^/]+)/([^/]+)/tc3_request", claim.credential)
    if not claim or not credential or not MUST_BE_SIGNED <= claim.signed_headers:
        raise Unsigned("AuthFailure.InvalidAuthorization", "The header Authorization is missing or malformed.")
    key_id, date, service = credential.groups()
    if key_id not in keys:
        raise Unsigned("AuthFailure.SecretIdNotFound", "There is no such SecretId.")
    timestamp = request.header("X-TC-Timestamp") or ""
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(now - int(timestamp)) > MAX_AGE_S:
        raise Unsigned("AuthFailure.SignatureExpire", "X-TC-Timestamp differs from the time here by over five minutes.")
    headers = {name: (request.header(name) or "").lower() for name in claim.signed_headers}
    host = headers["host"]
    is_valid = date == time.strftime("%Y-%m-%d", time.gmtime(int(timestamp))) and service in _services(host)
    if not is_valid or not any(
        is_same(claim.signature, _signature(request, {**headers, "host": name}, timestamp, date, service, keys[key_id]))
        for name in _names(host)
    ):
        raise Unsigned("AuthFailure.SignatureFailure", "The signature is not that of this request and key.")
    return key_id


def _services(host: str) -> tuple[str, str]:
    # SDKs name the service after the host they call, which makes it "127" for 127.0.0.1.
    return SERVICE, host.split(".")[0]


def _names(host: str) -> tuple[str, str]:
    # Some SDKs sign the host without its port. The real service has no other port, so that it never sees that.
    return host, re.sub(r":[0-9]+$", "", host)


def _signature(
    request: Request, headers: Mapping[str, str], timestamp: str, date: str, service: str, secret: str
) -> bytes:
    path, _, query = request.path.partition("?")
    hashed = canonical_hash(request.method, path, query, headers, request.body)
    key = f"TC3{secret}".encode()
    for step in (date, service, "tc3_request"):
        key = hmac_sha256(key, step)
    return hmac_sha256(key, f"{ALGORITHM}\n{timestamp}\n{date}/{service}/tc3_request\n{hashed}")
