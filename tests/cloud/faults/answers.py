# SPDX-License-Identifier: Apache-2.0
"""Other answers than the right one, on every endpoint or only to DELETE."""

from __future__ import annotations

import base64
import json

from ..exchange import Exchange
from ..wire import Answer
from .base import kind
from .connection import close


# Other answers


@kind("status")
def status(ex: Exchange, code: int = 500, body: str = "", perform: bool = False) -> None:
    """Answer with this status code; the request is carried out only with perform=true."""
    if perform:
        ex.perform()
    text = body or json.dumps({"error": f"status {code}, as told"})
    ex.reply(Answer(code, text.encode()))


@kind("redirect")
def redirect(ex: Exchange, location: str = "http://127.0.0.1:9/", code: int = 302) -> None:
    """Send the client elsewhere."""
    ex.reply(Answer(code, headers=(("Location", location),)))


@kind("html")
def html(ex: Exchange, code: int = 200) -> None:
    """Answer with an HTML page, as a captive portal does."""
    page = b"<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body>Log in</body></html>\n"
    ex.reply(Answer(code, page, "text/html; charset=utf-8"))


@kind("body")
def body(
    ex: Exchange,
    text: str | bytes = "",
    content_type: str = "application/json",
    code: int = 200,
) -> None:
    """Carry the request out, then answer with this body instead of the right one."""
    ex.perform()
    ex.reply(Answer(code, text if isinstance(text, bytes) else text.encode(), content_type))


@kind("raw")
def raw(ex: Exchange, data: str | bytes = "", encoded: str = "", close: bool = True) -> None:
    """Send these bytes as the whole answer, headers and all; `encoded` takes base64."""
    if encoded:
        data = base64.b64decode(encoded)
    ex.wire.send(data if isinstance(data, bytes) else data.encode())
    if close:
        ex.close_after()


# DELETE


@kind("delete-ignored", method="DELETE")
def delete_ignored(ex: Exchange) -> None:
    """DELETE is answered 200, but nothing is deleted."""
    ex.reply(Answer.json({}))


@kind("delete-refused", method="DELETE")
def delete_refused(ex: Exchange, code: int = 403) -> None:
    """DELETE is answered with this status, and nothing is deleted."""
    status(ex, code)


@kind("delete-lost", method="DELETE")
def delete_lost(ex: Exchange) -> None:
    """DELETE is carried out, but the connection closes without an answer."""
    close(ex, perform=True)


@kind("delete-dropped", method="DELETE")
def delete_dropped(ex: Exchange) -> None:
    """DELETE is not carried out, and the connection closes without an answer."""
    close(ex)
