# SPDX-License-Identifier: Apache-2.0
"""Whole answers arrive as they are, others are errors with a name, and nobody else is talked to."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cloud.wire import Request, Wire
from conftest import IS_WINDOWS, PATIENCE_S, Client, Reply, Script, Service
from wine import wait_for

Serve = Callable[[Script], Service]
# Wine calls an end before the headers a bad response.
LOST = "connection-lost bad-response" if IS_WINDOWS else "connection-lost"
# What wine 8 does wrong below http_winhttp.c; each must fail there, so that a better wine is noticed.
WINE_CANNOT = {
    "continue-first",
    "cut-in-headers",
    "chunked-cut-before-chunk",
    "chunked-cut-in-size",
    "chunked-cut-in-chunk",
    "chunked-cut-after-chunk",
    "chunked-bad",
    "large-header",
    "ipv6",
}
BODY = b'{"reset_password": ""}\n'
KIB = 1024
HTTP_REQUEST_TIMEOUT_S = 10


def answer(body: bytes = BODY, *headers: str, status: str = "200 OK", version: str = "1.1") -> bytes:
    """An answer without a fault."""
    lines = [f"HTTP/{version} {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def unbounded(body: bytes, *headers: str, version: str = "1.1") -> bytes:
    """An answer whose headers do not tell a length."""
    return "\r\n".join([f"HTTP/{version} 200 OK", *headers, "", ""]).encode() + body


def chunked(chunks: bytes) -> bytes:
    """An answer in chunks."""
    return unbounded(chunks, "Transfer-Encoding: chunked")


def cases(table: Mapping[str, tuple[Any, ...]]) -> list[Any]:
    """The rows of a table as parameters."""
    wrong = {name: [pytest.mark.xfail(reason="wine", strict=True)] for name in WINE_CANNOT if IS_WINDOWS}
    return [pytest.param(*row, id=name, marks=wrong.get(name, ())) for name, row in table.items()]


def sending(data: bytes) -> Script:
    """Sends this and closes."""

    def script(wire: Wire, _request: Request) -> bool:
        wire.send(data)
        return False

    return script


def keeping(data: bytes) -> Script:
    """Sends this and waits for another request."""

    def script(wire: Wire, _request: Request) -> bool:
        wire.send(data)
        return True

    return script


# Whole answers

ZIPPED = gzip.compress(BODY)
WHOLE: dict[str, tuple[bytes, int, bytes]] = {
    "length": (answer(), 200, BODY),
    "no-body": (answer(b""), 200, b""),
    "binary": (answer(bytes(range(256))), 200, bytes(range(256))),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "304": (b"HTTP/1.1 304 Not Modified\r\n\r\n", 304, b""),
    "404": (answer(status="404 Not Found"), 404, BODY),
    "503": (answer(status="503 Service Unavailable"), 503, BODY),
    "no-length": (unbounded(BODY), 200, BODY),
    "chunked": (chunked(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), 200, b"abcde"),
    "chunked-with-extras": (chunked(b"3;a=b\r\nabc\r\n0\r\nTrailer: x\r\n\r\n"), 200, b"abc"),
    "http-1.0": (unbounded(BODY, version="1.0"), 200, BODY),
    "http-1.0-length": (answer(version="1.0"), 200, BODY),
    "continue-first": (b"HTTP/1.1 100 Continue\r\n\r\n" + answer(), 200, BODY),
    "as-large-as-allowed": (answer(b"x" * 64 * KIB), 200, b"x" * 64 * KIB),
    "header-of-40-KiB": (answer(BODY, "X-Large: " + "x" * 40 * KIB), 200, BODY),
    # Left as they are
    "gzip": (answer(ZIPPED, "Content-Encoding: gzip"), 200, ZIPPED),
    "utf-16": (answer(b"a\0", "Content-Type: text/plain; charset=utf-16"), 200, b"a\0"),
}


@pytest.mark.parametrize(("data", "code", "body"), cases(WHOLE))
def test_whole(client: Client, serve: Serve, data: bytes, code: int, body: bytes) -> None:
    assert client.get(serve(sending(data)).url) == Reply("ok", code, body)


def test_get(client: Client, serve: Serve) -> None:
    service = serve(keeping(answer()))
    assert client.get(service.url + "a%2Fb/{c}.json").status == "ok"
    (request,) = service.requests
    assert (request.method, request.path, request.version, request.body) == ("GET", "/a%2Fb/{c}.json", "HTTP/1.1", b"")
    assert request.header("Host") == "{}:{}".format(*service.address)
    for name in ("Accept-Encoding", "Authorization", "Cookie", "Upgrade", "Referer", "Content-Length"):
        assert request.header(name) is None


def test_post(client: Client, serve: Serve) -> None:
    service = serve(keeping(answer()))
    assert client.post(service.url + "flag", "application/json", '{"result": "applied"}') == Reply("ok", 200, BODY)
    (request,) = service.requests
    assert (request.method, request.path, request.body) == ("POST", "/flag", b'{"result": "applied"}')
    assert [value for name, value in request.headers if name.lower() == "content-type"] == ["application/json"]


def test_delete(client: Client, serve: Serve) -> None:
    service = serve(keeping(b"HTTP/1.1 204 No Content\r\n\r\n"))
    assert client.delete(service.url + "reset_password") == Reply("ok", 204)
    (request,) = service.requests
    assert (request.method, request.path, request.body) == ("DELETE", "/reset_password", b"")


@pytest.mark.parametrize("host", cases({"ipv6": ("::1",)}))
def test_ipv6(client: Client, host: str) -> None:
    try:
        server = socket.create_server((host, 0), family=socket.AF_INET6)
    except OSError as error:
        pytest.skip(f"this system has no IPv6: {error}")
    with server as listener:

        def serve() -> None:
            with listener.accept()[0] as connection:
                while not connection.recv(4096).endswith(b"\r\n\r\n"):
                    pass
                connection.sendall(answer())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        assert client.get(f"http://[{host}]:{listener.getsockname()[1]}/") == Reply("ok", 200, BODY)
        thread.join(PATIENCE_S)


# Answers that are none

BROKEN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", LOST),
    "cut-in-status": (b"HTTP/1.", "connection-lost bad-response"),
    "cut-in-headers": (answer()[:25], "connection-lost bad-response"),
    "cut-before-body": (answer()[: -len(BODY)], "bad-response"),
    "cut-in-body": (answer()[:-1], "bad-response"),
    "chunked-cut-before-chunk": (chunked(b""), "bad-response"),
    "chunked-cut-in-size": (chunked(b"3\r\nabc\r\n1"), "bad-response"),
    "chunked-cut-in-chunk": (chunked(b"3\r\nabc\r\n5\r\nde"), "bad-response"),
    "chunked-cut-after-chunk": (chunked(b"3\r\nabc\r\n"), "bad-response"),
    "chunked-bad": (chunked(b"3\r\nabc\r\nxyz\r\n"), "connection-lost bad-response"),
    "ssh": (b"SSH-2.0-OpenSSH_9.2\r\n", "bad-response"),
    "http-0.9": (BODY, "bad-response"),
    "http-2": (answer(version="2"), "bad-response"),
    "http-3.0": (answer(version="3.0"), "bad-response"),
    "no-code": (b"HTTP/1.1\r\n\r\n", "bad-response"),
    "length-text": (unbounded(BODY, "Content-Length: many"), "bad-response"),
    "length-negative": (unbounded(BODY, "Content-Length: -5"), "bad-response"),
    "length-overflow": (
        unbounded(BODY, "Content-Length: 18446744073709551617"),
        "bad-response response-too-large",
    ),
    "large-by-length": (answer(b"x" * (64 * KIB + 1)), "response-too-large"),
    "large-by-promise": (unbounded(b"", "Content-Length: 99999999999"), "response-too-large"),
    "large-to-the-end": (unbounded(b"x" * (64 * KIB + 1)), "response-too-large"),
    "large-in-chunks": (chunked((b"400\r\n" + b"x" * KIB + b"\r\n") * 65), "response-too-large"),
    "large-header": (answer(BODY, "X-Large: " + "x" * 80 * KIB), "response-too-large bad-response"),
    "many-headers": (answer(BODY, *["X-Many: " + "x" * 90] * KIB), "response-too-large bad-response"),
}


@pytest.mark.parametrize(("data", "statuses"), cases(BROKEN))
def test_broken(client: Client, serve: Serve, data: bytes, statuses: str) -> None:
    service = serve(sending(data))
    assert client.get(service.url) in [Reply(status) for status in statuses.split()]
    assert len(service.requests) == 1
    # The next request is none the worse for it.
    assert client.get(serve(sending(answer())).url) == Reply("ok", 200, BODY)


def test_reset_by_peer(client: Client, serve: Serve) -> None:
    assert client.get(serve(lambda wire, _: wire.reset()).url).status in LOST.split()


def test_reset_in_body(client: Client, serve: Serve) -> None:
    def script(wire: Wire, _request: Request) -> None:
        wire.send(answer()[:-5])
        wire.reset()

    assert client.get(serve(script).url).status in ("connection-lost", "bad-response")


def test_refused(client: Client) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        assert client.get(url) == Reply("unreachable")


def test_unknown_host(client: Client) -> None:
    """A name server may not answer at all."""
    assert client.get("http://no-such-host.invalid/") in (Reply("unreachable"), Reply("timed-out"))


@pytest.mark.parametrize("url", ["https://127.0.0.1:9/", "ftp://127.0.0.1:9/"])
def test_other_schemes(client: Client, url: str) -> None:
    assert client.get(url).status in ("bad-response", "internal-error")


# Time

SLOW: dict[str, tuple[bytes, bytes]] = {
    "before-headers": (b"", answer()),
    "in-headers": (answer()[:25], answer()[25:]),
    "before-body": (answer()[: -len(BODY)], BODY),
    "in-body": (answer()[:-5], BODY[-5:]),
}


@pytest.mark.parametrize(("first", "rest"), SLOW.values(), ids=SLOW.keys())
def test_slow(client: Client, serve: Serve, first: bytes, rest: bytes) -> None:
    def script(wire: Wire, _request: Request) -> None:
        wire.send(first)
        wire.pause(1)
        wire.send(rest)

    assert client.get(serve(script).url) == Reply("ok", 200, BODY)


@pytest.mark.parametrize(("first", "rest"), SLOW.values(), ids=SLOW.keys())
def test_too_slow_for_the_deadline(client: Client, serve: Serve, first: bytes, rest: bytes) -> None:
    def script(wire: Wire, _request: Request) -> None:
        wire.send(first)
        wire.pause(HTTP_REQUEST_TIMEOUT_S - 2)
        wire.send(rest)

    assert client.get(serve(script).url, timeout_ms=1000) == Reply("timed-out")
    assert client.get(serve(sending(answer())).url) == Reply("ok", 200, BODY)


DRIPPING = {
    "headers": (b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x"),
    "length": (unbounded(b"", "Content-Length: 60000"), b"x"),
    "chunked": (chunked(b""), b"1\r\nx\r\n"),
    "to-the-end": (unbounded(b""), b"x"),
}


@pytest.mark.parametrize(("first", "drop"), DRIPPING.values(), ids=DRIPPING.keys())
def test_dripping(client: Client, serve: Serve, first: bytes, drop: bytes) -> None:
    def script(wire: Wire, _request: Request) -> None:
        wire.send(first)
        while True:
            wire.send(drop)
            wire.pause(0.05)

    assert client.get(serve(script).url, timeout_ms=1000) == Reply("timed-out")


@pytest.mark.parametrize("timeout_ms", [0, -5])
def test_no_time_at_all(client: Client, serve: Serve, timeout_ms: int) -> None:
    service = serve(sending(answer()))
    assert client.get(service.url, timeout_ms=timeout_ms) == Reply("timed-out")
    assert service.connections == 0


def test_limits_of_request_and_connection(client: Client, serve: Serve) -> None:
    """However far the deadline is. Connecting has the lower limit."""
    with socket.socket() as black_hole, socket.socket() as first_guest:
        black_hole.bind(("127.0.0.1", 0))
        black_hole.listen(0)
        first_guest.connect(black_hole.getsockname())  # there is no room for a second
        assert client.get(f"http://127.0.0.1:{black_hole.getsockname()[1]}/", timeout_ms=600_000) == Reply("timed-out")
    seconds_to_connect = client.seconds
    assert client.get(serve(lambda wire, _: wire.hang()).url, timeout_ms=600_000) == Reply("timed-out")
    assert seconds_to_connect < client.seconds


# A stop


def test_stopped_before(client: Client, serve: Serve) -> None:
    before, after = serve(sending(answer())), serve(sending(answer()))
    client.become_stoppable()
    client.stop()
    wait_for(lambda: client.get(before.url).status != "ok")  # the signal has arrived
    assert client.get(after.url) == Reply("stopped")
    assert after.connections == 0


@pytest.mark.parametrize("first", [first for first, _ in SLOW.values()], ids=SLOW.keys())
def test_stopped_in_the_middle(client: Client, serve: Serve, first: bytes) -> None:
    def script(wire: Wire, _request: Request) -> None:
        wire.send(first)
        client.stop()
        wire.hang()

    client.become_stoppable()
    assert client.get(serve(script).url) == Reply("stopped")


# Whom it talks to, and what it says


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(client: Client, serve: Serve, code: int) -> None:
    trap = serve(sending(answer()))
    service = serve(sending(answer(BODY, f"Location: {trap.url}", status=f"{code} Elsewhere")))
    assert client.get(service.url) == Reply("ok", code, BODY)
    assert trap.connections == 0 and len(service.requests) == 1


@pytest.mark.parametrize("upper", [False, True])
def test_proxy_variables(launch: Callable[..., Client], serve: Serve, upper: bool) -> None:
    trap, service = serve(sending(answer())), serve(sending(answer()))
    names = ["http_proxy", "all_proxy"]
    client = launch(**{name.upper() if upper else name: trap.url for name in names}, no_proxy="")
    assert client.get(service.url).status == "ok"
    assert trap.connections == 0 and service.connections == 1


def test_cookies_are_not_kept(client: Client, serve: Serve) -> None:
    service = serve(keeping(answer(BODY, "Set-Cookie: a=b; Path=/")))
    for _ in range(2):
        assert client.get(service.url).status == "ok"
    assert [request.header("Cookie") for request in service.requests] == [None, None]


@pytest.mark.parametrize("scheme", ["Basic realm=x", "NTLM", "Negotiate", 'Digest realm="x", nonce="y"'])
def test_no_authentication(client: Client, serve: Serve, scheme: str) -> None:
    service = serve(keeping(answer(BODY, f"WWW-Authenticate: {scheme}", status="401 Unauthorized")))
    assert client.get(service.url) == Reply("ok", 401, BODY)
    assert [request.header("Authorization") for request in service.requests] == [None]


def test_no_authentication_to_a_proxy(client: Client, serve: Serve) -> None:
    service = serve(keeping(answer(BODY, "Proxy-Authenticate: NTLM", status="407 Who")))
    assert client.get(service.url).code in (407, -1)
    assert len(service.requests) == 1


# One connection


def test_connection_is_kept(client: Client, serve: Serve) -> None:
    service = serve(keeping(answer()))
    for _ in range(3):
        assert client.get(service.url) == Reply("ok", 200, BODY)
    assert client.post(service.url, "text/plain", "x").status == client.delete(service.url).status == "ok"
    assert len(service.requests) == 5 and service.connections == 1


def test_connection_that_the_service_closed(client: Client, serve: Serve) -> None:
    """It has closed before the next request is sent: one that meets the end on its way may be lost."""

    def script(wire: Wire, _request: Request) -> bool:
        wire.send(answer())
        wire.shut()
        return False

    service = serve(script)
    for _ in range(3):
        assert client.get(service.url) == Reply("ok", 200, BODY)
        assert service.answered.wait(PATIENCE_S)
        service.answered.clear()
    assert service.connections == 3


@pytest.mark.parametrize("is_reset", [False, True])
@pytest.mark.parametrize("ask", [Client.get, Client.delete, lambda client, url: client.post(url, "text/plain", "x")])
def test_no_request_is_repeated(
    client: Client, serve: Serve, ask: Callable[[Client, str], Reply], is_reset: bool
) -> None:
    """A kept connection breaks when the request has been read: whether it may be sent again is for others to say."""

    def script(wire: Wire, request: Request) -> bool:
        if len(service.requests) == 1:
            wire.send(answer())
        elif is_reset:
            wire.reset()
        return len(service.requests) == 1

    service = serve(script)
    assert client.get(service.url) == Reply("ok", 200, BODY)
    assert ask(client, service.url).status in LOST.split()
    assert len(service.requests) == 2
