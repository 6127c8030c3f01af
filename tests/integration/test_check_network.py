# SPDX-License-Identifier: Apache-2.0
"""`check`: the way to the service, in networks where something is wrong with it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Iterator, List

import pytest

import runner
from checking import Check, Found, check, mend
from machine import Machine, as_nobody
from sandbox import ADDRESS, command, mounted
from two_hosts import ADDRESS6, GATEWAY, INSTANCE, TwoHosts

URL6 = f"http://[{ADDRESS6}]"
LIMIT_S = 15
TYPES = ["blackhole", "unreachable", "prohibit", "throw"]


@pytest.fixture(name="hosts")
def fixture_hosts() -> Iterator[TwoHosts]:
    """An instance without a network, and its cloud."""
    hosts = TwoHosts()
    try:
        yield hosts
    finally:
        hosts.close()


@pytest.fixture(name="plugged")
def fixture_plugged(hosts: TwoHosts) -> TwoHosts:
    """The same with a network in which all is well; nothing listens."""
    hosts.plug()
    return hosts


def route(*options: str) -> Found:
    """What `route` finds."""
    return check(None, *options).find("route")


def connect(*options: str) -> Found:
    """What `connect` finds."""
    return check(None, *options).find("connect")


def assert_found(found: Found, level: str, *texts: str) -> None:
    """It is of this level, and tells all of that."""
    assert found.level == level and all(text in found.found for text in texts), found


# The route


def test_a_route(plugged: TwoHosts) -> None:
    assert_found(route(), "OK", f"{ADDRESS} by eth0, via {GATEWAY}, from {INSTANCE}")
    assert_found(route("--metadata-url", f"http://{GATEWAY}"), "OK", f"{GATEWAY} by eth0, directly")
    assert_found(route("--metadata-url", URL6), "OK", f"{ADDRESS6} by eth0, via fd00::1")


def test_an_address_of_one_link(plugged: TwoHosts) -> None:
    """Its zone says which link; the others have the same route."""
    command("ip", "link", "add", "eth1", "type", "veth", "peer", "name", "other")
    command("ip", "link", "set", "other", "up")
    command("ip", "link", "set", "eth1", "up")
    for device in ("eth0", "eth1"):
        command("ip", "-6", "address", "add", "fe80::7/64", "dev", device, "nodad")
    for device in ("eth0", "eth1"):
        found = route("--metadata-url", f"http://[fe80::1%25{device}]")
        assert_found(found, "OK", f"fe80::1%{device} by {device}, directly")


def test_an_address_of_its_own() -> None:
    assert_found(route(), "OK", "an address of this machine")


def test_a_plain_user_may_ask(machine: Machine, plugged: TwoHosts) -> None:
    with as_nobody(machine) as before:
        assert_found(check(before=before).find("route"), "OK", f"via {GATEWAY}")


def test_no_interface(hosts: TwoHosts) -> None:
    command("ip", "link", "del", "eth0")
    assert_found(route(), "FAIL", "there is no network interface")


def test_interface_down(hosts: TwoHosts) -> None:
    command("ip", "address", "add", f"{INSTANCE}/24", "dev", "eth0")
    found = route("--metadata-url", f"http://{GATEWAY}")
    assert_found(found, "FAIL", "eth0 is down")
    mend(found)
    assert_found(route("--metadata-url", f"http://{GATEWAY}"), "OK")


def test_no_address(hosts: TwoHosts) -> None:
    command("ip", "link", "set", "eth0", "up")
    assert_found(route(), "FAIL", "no network interface has an address (DHCP?)")


def test_no_default_route(plugged: TwoHosts) -> None:
    command("ip", "route", "del", "default")
    assert_found(route(), "FAIL", "eth0 has an address: no default route")


def test_no_carrier(plugged: TwoHosts) -> None:
    plugged.in_cloud("ip", "link", "set", "cloud0", "down")
    assert_found(route(), "FAIL", "eth0", "no carrier")
    plugged.in_cloud("ip", "link", "set", "cloud0", "up")
    assert_found(route(), "OK")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("family", "prefix", "options"),
    [("-4", f"{ADDRESS}/32", []), ("-6", "fd01::/16", ["--metadata-url", URL6])],
    ids=["v4", "v6"],
)
def test_a_route_in_the_way(
    plugged: TwoHosts, kind: str, family: str, prefix: str, options: List[str]
) -> None:
    command("ip", family, "route", "add", kind, prefix, "metric", 7)
    found = route(*options)
    assert_found(found, "FAIL", f"the {kind} route {prefix} is in the way")
    mend(found)
    assert_found(route(*options), "OK")
    assert prefix not in command("ip", family, "route", "show", "type", kind)


@pytest.mark.rules
def test_the_culprit_alone_is_deleted(plugged: TwoHosts) -> None:
    """Others of its kind, which no packet to the service ever meets, stay."""
    command("ip", "route", "add", "blackhole", "default", "metric", 4000)
    command("ip", "route", "add", "blackhole", "default", "table", 99)  # which no rule names
    command("ip", "route", "add", "blackhole", "169.254.0.0/16", "table", 77)
    command("ip", "rule", "add", "pref", 100, "table", 77)
    before = command("ip", "route", "show", "table", "all", "type", "blackhole").splitlines()
    found = route()
    assert_found(found, "FAIL", "blackhole route 169.254.0.0/16")
    mend(found)
    assert_found(route(), "OK")
    after = command("ip", "route", "show", "table", "all", "type", "blackhole").splitlines()
    assert [line for line in before if line not in after] == [
        line for line in before if "169.254.0.0/16" in line
    ]


@pytest.mark.rules
@pytest.mark.parametrize("kind", ["blackhole", "unreachable", "prohibit"])
@pytest.mark.parametrize("to", ["169.254.0.0/16", "all"])
def test_a_rule_in_the_way(plugged: TwoHosts, kind: str, to: str) -> None:
    command("ip", "rule", "add", "pref", 90, "from", "198.51.100.0/24", kind)
    command("ip", "rule", "add", "pref", 100, "to", to, kind)
    found = route()
    assert_found(found, "FAIL", f"the {kind} rule")
    mend(found)
    assert_found(route(), "OK")
    assert "90:" in command("ip", "rule") and "100:" not in command("ip", "rule")


def test_none_is_blamed_without_cause(plugged: TwoHosts) -> None:
    """A route for marked packets is not met. A rule with conditions may be; the one behind it has another answer."""
    command("ip", "route", "add", "blackhole", ADDRESS, "tos", "0x10")
    command("ip", "route", "add", "blackhole", "169.254.0.0/16")
    found = route()
    assert_found(found, "FAIL", "blackhole route 169.254.0.0/16")
    mend(found)
    assert_found(route(), "OK", f"via {GATEWAY}")
    command("ip", "rule", "add", "pref", 90, "iif", "lo", "prohibit")
    command("ip", "rule", "add", "pref", 100, "blackhole")
    found = route()
    assert_found(found, "FAIL", f"no route to {ADDRESS}: Permission denied")
    assert found.mend is None


def test_zeroconf(plugged: TwoHosts) -> None:
    command("ip", "route", "add", "169.254.0.0/16", "dev", "eth0", "scope", "link", "metric", 1002)
    found = route()
    assert_found(found, "WARN", "zeroconf", "eth0")
    mend(found)
    assert_found(route(), "OK", f"via {GATEWAY}")


def test_zeroconf_alone_is_not_taken_away(plugged: TwoHosts) -> None:
    command("ip", "route", "add", "169.254.0.0/16", "dev", "eth0", "scope", "link")
    command("ip", "route", "del", "default")
    found = route()
    assert_found(found, "WARN", "zeroconf")
    assert found.mend is None


def test_a_gateway_of_the_other_family(plugged: TwoHosts) -> None:
    command("ip", "-4", "route", "replace", "default", "via", "inet6", "fd00::1", "dev", "eth0")
    assert_found(route(), "OK", f"{ADDRESS} by eth0, via fd00::1")


# Connecting


def test_it_is_connected(plugged: TwoHosts) -> None:
    plugged.serve()
    assert_found(connect(), "OK", f"{ADDRESS}:80 took it in ", " ms")
    plugged.serve(ADDRESS6)
    assert_found(connect("--metadata-url", URL6), "OK", f"[{ADDRESS6}]:80 took it in ")


def assert_asked_no_more(answer: Check) -> None:
    """What cannot be asked is said to be so."""
    assert [answer.find(name).level for name in ("flag", "pending", "uuid")] == ["SKIP"] * 3


def test_refused(plugged: TwoHosts) -> None:
    answer = check()
    assert_found(answer.find("connect"), "FAIL", f"{ADDRESS}:80 refuses", "nothing listens")
    assert_asked_no_more(answer)
    plugged.serve()
    assert_found(connect(), "OK")


FILTER = ["nft", "add", "table", "inet", "wall"]
OUTPUT = "{ type filter hook output priority 0 ; }"
INPUT = "{ type filter hook input priority 0 ; }"


def wall(what: str, hook: str) -> List[List[str]]:
    """Commands of nft(8) by which TCP to the service meets that."""
    rule = ["nft", "add", "rule", "inet", "wall", "gate", "tcp", "dport", "80", *what.split()]
    return [FILTER, ["nft", "add", "chain", "inet", "wall", "gate", hook], rule]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("drop", "timed out: a firewall or security group"),
        ("reject with icmp type admin-prohibited", "unreachable: no host answers there (ARP), or a firewall"),
        ("reject with icmp type net-unreachable", "unreachable: no route, here or further on"),
        ("reject with tcp reset", "refuses connections: nothing listens there, or a firewall"),
    ],
    ids=["drop", "prohibited", "net", "reset"],
)
@pytest.mark.parametrize("place", ["here", "there"])
def test_a_firewall(plugged: TwoHosts, place: str, what: str, text: str) -> None:
    plugged.serve()
    run = command if place == "here" else plugged.in_cloud
    for words in wall(what, OUTPUT if place == "here" else INPUT):
        run(*words)
    start = time.monotonic()
    answer = check()
    assert time.monotonic() - start < LIMIT_S * runner.STRETCH
    assert_found(answer.find("connect"), "FAIL", text)
    assert_asked_no_more(answer)
    run("nft", "delete", "table", "inet", "wall")
    assert_found(connect(), "OK")


def test_iptables(plugged: TwoHosts) -> None:
    words = ["OUTPUT", "-p", "tcp", "--dport", "80", "-j", "REJECT", "--reject-with", "icmp-admin-prohibited"]
    plugged.serve()
    command("iptables", "-A", *words)
    assert_found(connect(), "FAIL", "a firewall rejects (ICMP)")
    command("iptables", "-D", *words)
    assert_found(connect(), "OK")


def test_forbidden(plugged: TwoHosts) -> None:
    command("ip", "route", "add", "prohibit", ADDRESS)
    assert_found(connect(), "FAIL", "is forbidden")


def test_a_blackhole(plugged: TwoHosts) -> None:
    command("ip", "route", "add", "blackhole", ADDRESS)
    assert_found(connect(), "FAIL", "a blackhole route")


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_an_answer_cut_off(plugged: TwoHosts, reset: bool) -> None:
    """That is no fault of the way there: the check of the answer says so."""
    plugged.serve(reset=reset)
    answer = check()
    assert_found(answer.find("connect"), "OK")
    assert_found(answer.find("flag"), "FAIL", "connection")


# Names


def test_a_name(plugged: TwoHosts, tmp_path: Path) -> None:
    plugged.serve()
    hosts = tmp_path / "hosts"
    hosts.write_text(f"{ADDRESS} metadata.test\n")
    with mounted("--bind", hosts, "/etc/hosts"):
        answer = check(None, "--metadata-url", "http://metadata.test")
    assert_found(answer.find("route"), "OK", f"{ADDRESS} by eth0")
    assert_found(answer.find("connect"), "OK", f"{ADDRESS}:80 took it")


@pytest.mark.slow
def test_no_name_server_answers(plugged: TwoHosts, tmp_path: Path) -> None:
    """Within the limit, though all that is sent is lost."""
    for words in (FILTER, ["nft", "add", "chain", "inet", "wall", "gate", INPUT[:-1] + " policy drop ; }"]):
        plugged.in_cloud(*words)
    resolv = tmp_path / "resolv.conf"
    resolv.write_text(f"nameserver {GATEWAY}\n")
    start = time.monotonic()
    with mounted("--bind", resolv, "/etc/resolv.conf"):
        answer = check(None, "--metadata-url", "http://metadata.test")
    assert time.monotonic() - start < LIMIT_S * runner.STRETCH
    assert_found(answer.find("route"), "SKIP", "metadata.test has no address")
    assert_found(answer.find("connect"), "FAIL", "no name server answers for metadata.test")


def test_an_unknown_name(plugged: TwoHosts, tmp_path: Path) -> None:
    resolv = tmp_path / "nsswitch.conf"
    resolv.write_text("hosts: files\n")
    with mounted("--bind", resolv, "/etc/nsswitch.conf"):
        found = connect("--metadata-url", "http://metadata.test")
    assert_found(found, "FAIL", "metadata.test has no address: the name is not known")
