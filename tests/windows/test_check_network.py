# SPDX-License-Identifier: Apache-2.0
"""What `check` says of the way to the metadata service, in a network of our own."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from checking import check
from island import Island, island
from wine import Prefix, copy_of

from cloud import ReferenceCloud

SERVICE = "169.254.169.254"
URL = ("--metadata-url", f"http://{SERVICE}")
GATEWAY = "192.0.2.1"
LIMIT_S = 15  # for all checks together, whatever does not answer


@pytest.fixture(name="here")
def fixture_here(tmp_path: Path) -> Iterator[Island]:
    """An interface that all goes into, and nothing comes from; and a name server behind it."""
    with island() as here:
        (tmp_path / "resolv.conf").write_text(f"nameserver {GATEWAY}\n")
        here.command(f"mount --bind {tmp_path}/resolv.conf /etc/resolv.conf")
        here.command("ip link add hole type veth peer name bottom")
        here.command("ip link set bottom up")
        here.command("ip link set hole arp off up")
        here.command("ip address add 192.0.2.7/24 dev hole")
        yield here


@pytest.fixture(name="windows")
def fixture_windows(template: Prefix, here: Island) -> Iterator[Prefix]:
    """Nothing of it runs before the network is as the test has it."""
    with copy_of(template, here.words) as prefix:
        yield prefix


def test_no_route(windows: Prefix, here: Island) -> None:
    found = check(windows, *URL)
    assert found["route"].level == "FAIL" and found["route"].found.startswith("no route to ")
    assert found["connect"].level == "FAIL" and "no route" in found["connect"].found
    assert {found[name].level for name in ("flag", "pending", "uuid")} == {"SKIP"}
    here.command(f"ip route add default via {GATEWAY}")
    windows.stop()
    assert check(windows, *URL)["route"].found == f"hole, via {GATEWAY}"


def test_zeroconf(windows: Prefix, here: Island) -> None:
    """Linux does what wine's route, which it lacks, would do."""
    here.command(f"ip route add default via {GATEWAY}")
    here.command("ip route add 169.254.0.0/16 dev hole")
    found = check(windows, *URL)["route"]
    assert (found.level, found.mend) == ("WARN", f"route -p add {SERVICE} mask 255.255.255.255 {GATEWAY}")
    here.command(f"ip route add {SERVICE}/32 via {GATEWAY}")
    windows.stop()
    found = check(windows, *URL)["route"]
    assert (found.level, found.found) == ("OK", f"hole, via {GATEWAY}")


def test_zeroconf_without_a_gateway(windows: Prefix, here: Island) -> None:
    here.command("ip route add 169.254.0.0/16 dev hole")
    found = check(windows, *URL)["route"]
    assert (found.level, found.mend) == ("WARN", None)


def test_nobody_answers(windows: Prefix, here: Island) -> None:
    here.command(f"ip route add default via {GATEWAY}")
    check(windows)  # wine starts
    start_s = time.monotonic()
    found = check(windows, *URL)
    assert time.monotonic() - start_s < LIMIT_S
    assert found["connect"].level == "FAIL"
    assert found["connect"].found.startswith(f"{SERVICE}:80 is silent: a firewall drops")


def test_name_server_that_is_silent(windows: Prefix, here: Island) -> None:
    here.command(f"ip route add default via {GATEWAY}")
    check(windows)
    start_s = time.monotonic()
    found = check(windows, "--metadata-url", "http://metadata.invalid")
    assert time.monotonic() - start_s < LIMIT_S
    for name in ("route", "connect"):
        assert found[name].level == "FAIL"
        assert found[name].found == "the name metadata.invalid cannot be looked up: no name server answers"


def test_unknown_name(windows: Prefix, here: Island) -> None:
    here.command("umount /etc/resolv.conf")
    here.command("mount --bind /dev/null /etc/resolv.conf")
    found = check(windows, "--metadata-url", "http://metadata.invalid")
    assert found["connect"].level == "FAIL" and "the name metadata.invalid is not known" in found["connect"].found


def test_refused_and_not(prefix: Prefix, cloud: ReferenceCloud) -> None:
    found = check(prefix, "--metadata-url", cloud.metadata_url())["connect"]
    assert found.level == "OK" and re.fullmatch(r"127\.0\.0\.1:\d+, in \d+ ms", found.found)
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{nobody_listens.getsockname()[1]}"
        found = check(prefix, "--metadata-url", f"http://{place}")["connect"]
    assert found.level == "FAIL" and found.found.startswith(f"{place} refuses connections")


def test_ipv6(prefix: Prefix) -> None:
    found = check(prefix, "--metadata-url", "http://[::1]:1")
    assert (found["route"].level, found["route"].found) == ("SKIP", "[::1]:1 is no IPv4 address")
    assert found["connect"].found.startswith("[::1]:1 refuses connections")
