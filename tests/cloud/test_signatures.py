# SPDX-License-Identifier: Apache-2.0
"""
Signatures, as others made them: the examples in both vendors' documentation, and requests signed by their Node SDKs.

Nothing here signs anything: each forgery is one of these requests with one thing changed.
"""

from __future__ import annotations

import calendar
import hashlib
import time
from dataclasses import replace
from typing import Callable, Mapping

import pytest

from .apis.signatures import Unsigned, sdk_hmac, tc3
from .wire import Request

SDK_SECRET = "example-secret"
TC3_KEYS = {
    "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE": "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE",
    "AKID" + 32 * "*": 32 * "*",
    "AKIDTEST": SDK_SECRET,
}
TC3_TIME = 1551113065
SDK_KEYS = {"QTWAOYTTINDUT2QVKYUC": "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc", "AKTEST": SDK_SECRET}
SDK_DATE = "20191115T033655Z"
SDK_TIME = calendar.timegm(time.strptime(SDK_DATE, "%Y%m%dT%H%M%SZ"))
FILTER = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
RESET = '{"reset-password":{"new_password":"Fusïon@123"}}'.encode()


def request(method: str, path: str, body: bytes = b"", **headers: str) -> Request:
    """As it comes from the wire; x_sdk_date is X-Sdk-Date."""
    pairs = tuple((name.replace("_", "-").title(), value) for name, value in headers.items())
    return Request(method, path, "HTTP/1.1", pairs, body, "127.0.0.1", 1, 1, 0.0)


def with_header(signed: Request, name: str, value: str | None) -> Request:
    """The same request with another value in a header, or without it."""
    others = tuple(pair for pair in signed.headers if pair[0].lower() != name.lower())
    return replace(signed, headers=others if value is None else (*others, (name, value)))


def with_authorization(signed: Request, old: str, new: str) -> Request:
    """The same request with something else in its Authorization."""
    value = signed.header("Authorization") or ""
    assert old in value
    return with_header(signed, "Authorization", value.replace(old, new))


def tc3_request(key: str, scope: str, names: str, signature: str, like: Request) -> Request:
    """A request of TC3_TIME with that Authorization."""
    authorization = f"{tc3.ALGORITHM} Credential={key}/{scope}/tc3_request, SignedHeaders={names}, Signature={signature}"
    return with_header(with_header(like, "X-TC-Timestamp", str(TC3_TIME)), "Authorization", authorization)


def sdk_request(key: str, names: str, signature: str, like: Request) -> Request:
    """A request of SDK_DATE with that Authorization."""
    authorization = f"{sdk_hmac.ALGORITHM} Access={key}, SignedHeaders={names}, Signature={signature}"
    return with_header(with_header(like, "X-Sdk-Date", SDK_DATE), "Authorization", authorization)


TC3_POST = tc3_request(
    "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE",
    "2019-02-25/cvm",
    "content-type;host",
    "72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168",
    request("POST", "/", FILTER, host="cvm.tencentcloudapi.com", content_type="application/json; charset=utf-8"),
)
TC3_GET = request("GET", "/?Limit=1", host="cvm.example.com", content_type="application/x-www-form-urlencoded")
TC3_SIGNED = {
    "documentation": TC3_POST,
    "documentation, the action signed too": tc3_request(
        "AKID" + 32 * "*",
        "2019-02-25/cvm",
        "content-type;host;x-tc-action",
        "10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f",
        with_header(TC3_POST, "X-TC-Action", "DescribeInstances"),
    ),
    "Node SDK, by address and port": tc3_request(
        "AKIDTEST",
        "2019-02-25/127",
        "content-type;host",
        "5ed5b5623c49d55b8d17f8ada3ac50eca72a573d61d4f3a50c7d06a892c3f46f",
        request(
            "POST",
            "/",
            '{"InstanceIds":["ins-12345678"],"Password":"Fusïon@123"}'.encode(),
            host="127.0.0.1:8775",
            content_type="application/json",
        ),
    ),
    "Node SDK, GET": tc3_request(
        "AKIDTEST",
        "2019-02-25/cvm",
        "content-type;host",
        "350078be66ccb5897174430b161286eb12870f73f0fbb25188729677396d9307",
        replace(TC3_GET, path="/?InstanceIds.0=ins-12345678&Limit=1"),
    ),
}
SDK_GET = sdk_request(
    "QTWAOYTTINDUT2QVKYUC",
    "content-type;host;x-sdk-date",
    "7be6668032f70418fcc22abc52071e57aff61b84a1d2381bb430d6870f4f6ebe",
    request(
        "GET",
        "/v1/77b6a44cba5143ab91d13ab9a8ff44fd/vpcs?limit=2&marker=13551d6b-755d-4757-b956-536f674975c0",
        host="service.region.example.com",
        content_type="application/json",
    ),
)
SDK_PUT = sdk_request(
    "AKTEST",
    "content-type;host;x-project-id;x-sdk-date",
    "69f5843ef32908f554563b387af0618ea9848691dbe4d3023c5bec3ca22517ca",
    request(
        "PUT",
        "/v1/p/cloudservers/s/os-reset-password",
        RESET,
        host="127.0.0.1:8775",
        content_type="application/json",
        x_project_id="p",
    ),
)
SDK_HASHED = sdk_request(
    "AKTEST",
    "content-type;host;x-sdk-content-sha256;x-sdk-date",
    "6b183f0255a1cac6860107f13a4e51fa6fb2e95d8aa1206244ab43126f9e0859",
    with_header(SDK_PUT, "X-Sdk-Content-Sha256", hashlib.sha256(RESET).hexdigest()),
)
SDK_QUERY = sdk_request(
    "AKTEST",
    "content-type;host;x-sdk-date",
    "04cb4309f5f5e5ec7648fab0b4a9a3eed5aa776d8eb724e846c40eeddb4573c6",
    request(
        "GET",
        "/v1/a~b/c?tag=b%20b&limit=2&Upper=%C3%A9&tag=a%26c&empty=",
        host="ecs.example.com",
        content_type="application/json",
    ),
)
SDK_SIGNED = {
    "documentation": SDK_GET,
    "with a slash at the end": replace(SDK_GET, path=SDK_GET.path.replace("?", "/?")),
    "Node SDK, a body": SDK_PUT,
    "Node SDK, the hash of the body": SDK_HASHED,
    "Node SDK, a query": SDK_QUERY,
    "Node SDK, UTF-8 in a header": sdk_request(
        "AKTEST",
        "content-type;host;x-name;x-sdk-date",
        "25fc991d44872a09efed71147eb43064937f524af8ee5c9bb06a2527aa9d0258",
        request(
            "GET", "/", host="ecs.example.com", content_type="application/json", x_name="é".encode().decode("latin-1")
        ),
    ),
    "the query in other letters": replace(
        SDK_QUERY, path="/v1/a%7eb/c?empty&Upper=%c3%a9&tag=a%26c&tag=b+b&limit=%32"
    ),
}
Verify = Callable[[Request, Mapping[str, str], float], str]


def refused(verify: Verify, signed: Request, keys: Mapping[str, str], now: float) -> Unsigned:
    """Why a request is refused."""
    with pytest.raises(Unsigned) as caught:
        verify(signed, keys, now)
    return caught.value


@pytest.mark.parametrize("signed", TC3_SIGNED.values(), ids=TC3_SIGNED)
def test_tc3_accepts(signed: Request) -> None:
    key_id = tc3.verify(signed, TC3_KEYS, TC3_TIME)
    assert f"Credential={key_id}/" in (signed.header("Authorization") or "")


@pytest.mark.parametrize("signed", SDK_SIGNED.values(), ids=SDK_SIGNED)
def test_sdk_accepts(signed: Request) -> None:
    key_id = sdk_hmac.verify(signed, SDK_KEYS, SDK_TIME)
    assert f"Access={key_id}," in (signed.header("Authorization") or "")


SIGNATURE, INVALID = "AuthFailure.SignatureFailure", "AuthFailure.InvalidAuthorization"
NOT_FOUND, EXPIRED = "AuthFailure.SecretIdNotFound", "AuthFailure.SignatureExpire"
KEY = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE"
TC3_FORGED = {
    "method": (SIGNATURE, replace(TC3_POST, method="GET")),
    "path": (SIGNATURE, replace(TC3_POST, path="/x")),
    "query": (SIGNATURE, replace(TC3_POST, path="/?Action=RunInstances")),
    "body": (SIGNATURE, replace(TC3_POST, body=TC3_POST.body + b" ")),
    "no body": (SIGNATURE, replace(TC3_POST, body=b"")),
    "content type": (SIGNATURE, with_header(TC3_POST, "Content-Type", "text/plain")),
    "no content type": (SIGNATURE, with_header(TC3_POST, "Content-Type", None)),
    "host": (SIGNATURE, with_header(TC3_POST, "Host", "cvm.example.com")),
    "no host": (SIGNATURE, with_header(TC3_POST, "Host", None)),
    "action that was signed": (
        SIGNATURE,
        with_header(TC3_SIGNED["documentation, the action signed too"], "X-TC-Action", "ResetInstancesPassword"),
    ),
    "more headers": (SIGNATURE, with_authorization(TC3_POST, "type;host", "type;host;x-tc-timestamp")),
    "timestamp": (SIGNATURE, with_header(TC3_POST, "X-TC-Timestamp", str(TC3_TIME + 1))),
    "no timestamp": (EXPIRED, with_header(TC3_POST, "X-TC-Timestamp", None)),
    "timestamp in words": (EXPIRED, with_header(TC3_POST, "X-TC-Timestamp", "now")),
    "timestamp of 1970": (EXPIRED, with_header(TC3_POST, "X-TC-Timestamp", "0")),
    "date": (SIGNATURE, with_authorization(TC3_POST, "2019-02-25", "2019-02-26")),
    "service": (SIGNATURE, with_authorization(TC3_POST, "/cvm/", "/cbs/")),
    "service, and signed for it": (
        SIGNATURE,
        tc3_request(
            "AKIDTEST",
            "2019-02-25/cbs",
            "content-type;host",
            "d6788ad095d6f0586135cbe0c32673e3c1a8f9fbcd3b8ecc4cbc302b92d086ee",
            TC3_GET,
        ),
    ),
    "date, and signed for it": (
        SIGNATURE,
        tc3_request(
            "AKIDTEST",
            "2019-02-26/cvm",
            "content-type;host",
            "6ed6851c3c92386a2ba5e9f635f16811c6ce8d6914c023d60f7c9d2cf3cf8b8c",
            TC3_GET,
        ),
    ),
    "scope": (INVALID, with_authorization(TC3_POST, "tc3_request", "tc4_request")),
    "unknown key": (NOT_FOUND, with_authorization(TC3_POST, KEY, "AKIDunknown")),
    "key of another": (SIGNATURE, with_authorization(TC3_POST, KEY, "AKIDTEST")),
    "signature": (SIGNATURE, with_authorization(TC3_POST, "Signature=7", "Signature=8")),
    "shorter signature": (SIGNATURE, with_authorization(TC3_POST, "68", "6")),
    "signature in capitals": (SIGNATURE, with_authorization(TC3_POST, "72e4", "72E4")),
    "signature of other letters": (SIGNATURE, with_authorization(TC3_POST, "Signature=7", "Signature=\xe9")),
    "no signature": (INVALID, with_authorization(TC3_POST, ", Signature=", ", ")),
    "algorithm": (INVALID, with_authorization(TC3_POST, "TC3-HMAC-SHA256", "TC3-HMAC-SM3")),
    "host not signed": (INVALID, with_authorization(TC3_POST, "content-type;host", "content-type")),
    "content type not signed": (INVALID, with_authorization(TC3_POST, "content-type;host", "host")),
    "unsigned": (INVALID, with_header(TC3_POST, "Authorization", None)),
    "empty": (INVALID, with_header(TC3_POST, "Authorization", "")),
    "the SDK's skipSign": (INVALID, with_header(TC3_POST, "Authorization", "SKIP")),
}


@pytest.mark.parametrize(("code", "forged"), TC3_FORGED.values(), ids=TC3_FORGED)
def test_tc3_refuses(code: str, forged: Request) -> None:
    error = refused(tc3.verify, forged, TC3_KEYS, TC3_TIME)
    assert error.code == code
    assert not any(secret in error.message for secret in TC3_KEYS.values())


FAIL, SDK_EXPIRED = "verify aksk signature fail", "signature expired, "
NOT_SIGNED, NO_SIGNATURE = "host and x-sdk-date must be signed", "neither a token nor a signature was found"
SDK_FORGED = {
    "method": (FAIL, replace(SDK_GET, method="DELETE")),
    "path": (FAIL, replace(SDK_GET, path=SDK_GET.path.replace("vpcs", "vpc"))),
    "slash in a name": (FAIL, replace(SDK_GET, path=SDK_GET.path.replace("/vpcs", "%2Fvpcs"))),
    "query": (FAIL, replace(SDK_GET, path=SDK_GET.path.replace("limit=2", "limit=3"))),
    "no query": (FAIL, replace(SDK_GET, path=SDK_GET.path.partition("?")[0])),
    "more query": (FAIL, replace(SDK_GET, path=SDK_GET.path + "&limit=2")),
    "bytes in the query": (FAIL, replace(SDK_GET, path=SDK_GET.path + "%FF")),
    "body": (FAIL, replace(SDK_PUT, body=RESET.replace(b"123", b"124"))),
    "no body": (FAIL, replace(SDK_PUT, body=b"")),
    "body of a hash": (FAIL, replace(SDK_HASHED, body=b"")),
    "hash of another body": (FAIL, with_header(SDK_PUT, "X-Sdk-Content-Sha256", hashlib.sha256().hexdigest())),
    "hash of the body": (FAIL, with_header(SDK_HASHED, "X-Sdk-Content-Sha256", hashlib.sha256().hexdigest())),
    "body that was not signed": (
        FAIL,
        sdk_request(
            "AKTEST",
            "content-type;host;x-sdk-content-sha256;x-sdk-date",
            "9bbb269bf1a8436667a5528cea2568d61700c9b71ebe221f962ce07d38035c16",
            with_header(SDK_PUT, "X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"),
        ),
    ),
    "host": (FAIL, with_header(SDK_GET, "Host", "service.example.com")),
    "port": (FAIL, with_header(SDK_PUT, "Host", "127.0.0.1")),
    "header": (FAIL, with_header(SDK_PUT, "X-Project-Id", "q")),
    "no header": (FAIL, with_header(SDK_PUT, "X-Project-Id", None)),
    "fewer headers": (FAIL, with_authorization(SDK_PUT, "x-project-id;", "")),
    "date": (FAIL, with_header(SDK_GET, "X-Sdk-Date", "20191115T033656Z")),
    "no date": (SDK_EXPIRED, with_header(SDK_GET, "X-Sdk-Date", None)),
    "date in words": (SDK_EXPIRED, with_header(SDK_GET, "X-Sdk-Date", "Fri, 15 Nov 2019 03:36:55 GMT")),
    "unknown key": ("ak AKNONE not exist", with_authorization(SDK_PUT, "AKTEST", "AKNONE")),
    "key of another": (FAIL, with_authorization(SDK_PUT, "AKTEST", "QTWAOYTTINDUT2QVKYUC")),
    "signature": (FAIL, with_authorization(SDK_GET, "Signature=7", "Signature=8")),
    "no signature": (NO_SIGNATURE, with_authorization(SDK_GET, ", Signature=", ", ")),
    "algorithm": (NO_SIGNATURE, with_authorization(SDK_GET, "SDK-HMAC-SHA256", "SDK-HMAC-SM3")),
    "date not signed": (NOT_SIGNED, with_authorization(SDK_GET, ";x-sdk-date", "")),
    "host not signed": (NOT_SIGNED, with_authorization(SDK_GET, ";host", "")),
    "unsigned": (NO_SIGNATURE, with_header(SDK_GET, "Authorization", None)),
    "a token": (NO_SIGNATURE, with_header(with_header(SDK_GET, "Authorization", None), "X-Auth-Token", "gAAA")),
}


@pytest.mark.parametrize(("reason", "forged"), SDK_FORGED.values(), ids=SDK_FORGED)
def test_sdk_refuses(reason: str, forged: Request) -> None:
    error = refused(sdk_hmac.verify, forged, SDK_KEYS, SDK_TIME)
    assert error.code == "APIGW.0301"
    assert error.message.startswith(f"Incorrect IAM authentication information: {reason}")
    assert not any(secret in error.message for secret in SDK_KEYS.values())


@pytest.mark.parametrize(("verify", "signed", "then", "limit", "code"), [
    (tc3.verify, TC3_POST, TC3_TIME, 300, EXPIRED),
    (sdk_hmac.verify, SDK_GET, SDK_TIME, 900, "APIGW.0301"),
])  # fmt: skip
@pytest.mark.parametrize("direction", [1, -1], ids=["too old", "too new"])
def test_age(verify: Verify, signed: Request, then: int, limit: int, code: str, direction: int) -> None:
    keys = {**TC3_KEYS, **SDK_KEYS}
    assert verify(signed, keys, then + direction * limit)
    assert refused(verify, signed, keys, then + direction * (limit + 1)).code == code


@pytest.mark.parametrize(("verify", "signed", "now"), [
    (tc3.verify, TC3_POST, TC3_TIME), (sdk_hmac.verify, SDK_GET, SDK_TIME)
], ids=["TC3", "SDK"])  # fmt: skip
def test_secret(verify: Verify, signed: Request, now: float) -> None:
    keys = {**TC3_KEYS, **SDK_KEYS}
    for secret in ("", SDK_SECRET):
        refused(verify, signed, dict.fromkeys(keys, secret), now)
    refused(verify, signed, {}, now)
