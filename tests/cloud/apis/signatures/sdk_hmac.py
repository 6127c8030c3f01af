# SPDX-License-Identifier: Apache-2.0
"""SDK-HMAC-SHA256, the signature with an access key (AK/SK) that Huawei's API gateway takes."""

from __future__ import annotations

import calendar
import time
from typing import Mapping
from urllib.parse import quote, unquote_to_bytes

from ...wire import Request
from . import Unsigned, canonical_hash, claim_of, hmac_sha256, is_same, sha256

ALGORITHM = "SDK-HMAC-SHA256"
MUST_BE_SIGNED = {"host", "x-sdk-date"}
MAX_AGE_S = 900
DATE = "%Y%m%dT%H%M%SZ"


def verify(request: Request, keys: Mapping[str, str], now: float) -> str:
    """The id of the key that signed this request; raises Unsigned."""
    claim = claim_of(request, ALGORITHM, "Access")
    if not claim:
        raise _unsigned("neither a token nor a signature was found")
    if not MUST_BE_SIGNED <= claim.signed_headers:
        raise _unsigned(f"{' and '.join(sorted(MUST_BE_SIGNED))} must be signed")
    if claim.credential not in keys:
        raise _unsigned(f"ak {claim.credential} not exist")
    date = request.header("X-Sdk-Date") or ""
    if not _is_fresh(date, now):
        server_time = time.strftime(DATE, time.gmtime(now))
        raise _unsigned(f"signature expired, signature time:{date},server time:{server_time}")
    headers = {name: request.header(name) or "" for name in claim.signed_headers}
    path, _, query = request.path.partition("?")
    hashed = canonical_hash(request.method, _uri(path), _query(query), headers, request.body)
    expected = hmac_sha256(keys[claim.credential].encode(), f"{ALGORITHM}\n{date}\n{hashed}")
    # A hash of the body that the client names stands in the canonical request, and so it must be the right one.
    named = request.header("X-Sdk-Content-Sha256")
    if named not in (None, sha256(request.body)) or not is_same(claim.signature, expected):
        raise _unsigned("verify aksk signature fail")
    return claim.credential


def _unsigned(reason: str) -> Unsigned:
    return Unsigned("APIGW.0301", f"Incorrect IAM authentication information: {reason}")


def _is_fresh(date: str, now: float) -> bool:
    try:
        return abs(now - calendar.timegm(time.strptime(date, DATE))) <= MAX_AGE_S
    except ValueError:
        return False


def _encoded(text: str) -> str:
    return quote(unquote_to_bytes(text), safe="")


def _uri(path: str) -> str:
    # The canonical path ends in a slash, whether or not that of the request does.
    uri = "/".join(_encoded(part) for part in path.split("/"))
    return uri if uri.endswith("/") else f"{uri}/"


def _query(query: str) -> str:
    pairs = [pair.replace("+", " ").partition("=") for pair in query.split("&") if pair]
    return "&".join(f"{name}={value}" for name, value in sorted((_encoded(n), _encoded(v)) for n, _, v in pairs))
