# SPDX-License-Identifier: Apache-2.0
"""`check`: settings for a proxy, which are not followed, and the clock."""

from __future__ import annotations

import os
import time
from typing import Iterator

import pytest

import runner
from checking import check
from test_network_manners import Trap
from throwaway import DAY_S, Root, lasting_today

VALUE = "http://user:Secret1@192.0.2.9:3128"
PLACES = [
    ("etc/environment", f'# http_proxy=no\nPATH=/bin\nhttp_proxy="{VALUE}"\n', "http_proxy", 3),
    ("etc/environment", f"export all_proxy={VALUE}", "all_proxy", 1),
    ("etc/systemd/system.conf", f'[Manager]\nDefaultEnvironment="A=b" "HTTP_PROXY={VALUE}"\n', "HTTP_PROXY", 2),
    ("etc/systemd/system.conf.d/proxy.conf", f"[Manager]\n\nDefaultEnvironment=ALL_PROXY={VALUE}\n", "ALL_PROXY", 3),
]


@pytest.fixture(name="trap")
def fixture_trap() -> Iterator[Trap]:
    """A proxy that must see nobody."""
    trap = Trap()
    try:
        yield trap
        assert not trap.has_visitor(), "the proxy was followed"
    finally:
        trap.close()


def test_no_proxy(root: Root) -> None:
    (root.etc / "environment").write_text("no_proxy=x\nmy_http_proxy=x\nhttps_proxy=x\n#http_proxy=x\n")
    assert check(root.path).find("proxy").found == "none set"


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_variable(trap: Trap, name: str) -> None:
    found = check(env=runner.environment({name: trap.url})).find("proxy")
    assert (found.level, found.found) == ("OK", f"{name} is set in the environment, and not followed")


@pytest.mark.parametrize(("path", "text", "name", "line"), PLACES, ids=["plain", "export", "manager", "folder"])
def test_a_setting(root: Root, path: str, text: str, name: str, line: int) -> None:
    place = root.path / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    found = check(root.path).find("proxy")
    assert (found.level, found.found) == ("OK", f"{name} is set in /{path}:{line}, and not followed")
    assert "Secret1" not in runner.run("check", "--root", root.path).out


# The clock: what has been cannot be later than now.


def test_clock(root: Root) -> None:
    lasting_today()
    found = check(root.path).find("clock")
    assert (found.level, found.found) == ("OK", time.strftime("%Y-%m-%d (UTC)", time.gmtime()))


def test_files_of_tomorrow(root: Root) -> None:
    root.state.mkdir(parents=True)
    root.record.write_text("")
    for path, what in ((root.shadow, "/etc/shadow was written"), (root.record, "this program ran")):
        later = time.time() + 2 * DAY_S
        os.utime(path, (later, later))
        found = check(root.path).find("clock")
        assert found.level == "WARN" and what in found.found, found
        os.utime(path)
        assert check(root.path).is_ok("clock")


def test_a_password_of_tomorrow(root: Root) -> None:
    text = root.shadow.read_text()
    root.write_shadow(text.replace(":19002:", f":{lasting_today() + 2}:"))
    found = check(root.path).find("clock")
    assert found.level == "WARN" and "a password was changed on" in found.found
    assert found.mend is None  # the clock is not the image's
    root.write_shadow(text)
    assert check(root.path).is_ok("clock")
