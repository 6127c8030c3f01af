# SPDX-License-Identifier: Apache-2.0
"""What whoever takes over the worker cannot do; and that each attempt would succeed where nothing is confined."""

from __future__ import annotations

import pytest
from conftest import NO_SECCOMP, Bench, Reply
from worker_process import assert_no_folder_stays, folders_left

REFUSED = Reply("ok", -1, "EPERM")
FULL = Reply("ok", -1, "ENOMEM")
# What the filter of system calls refuses, and how it ends in a process that has none; "" is success.
FILTERED: dict[str, str] = {
    "read-shadow": "",
    "open-root": "",
    "open-above": "",
    "create-in-root": "",
    "create-here": "",
    "make-folder": "",
    "write-memory-file": "",
    "mount": "",
    "chroot": "",
    "exec": "",
    "fork": "",
    "trace": "",
    "signal": "",
    "signal-thread": "",
    "read-memory-of-other": "",
    "limit-of-other": "",
    "setuid": "",
    "setgid": "",
    "dumpable": "",
    "survive": "",
    "namespace": "",
    "user-namespace": "",
    "personality": "",
    "ioctl": "ENOTTY",
    "map-code": "",
    "make-code": "",
    "keys": "",
    "bpf": "",
    "perf": "EFAULT",
    "io-uring": "EFAULT or ENOSYS or EPERM",  # a kernel may be built without it, or be told to offer none
    "socket-inet": "",
    "socket-inet6": " or EAFNOSUPPORT",
    "socket-datagram": "",
    "socket-unix": "",
    "socket-netlink": "",
    "socket-pair": "",
    "bind": "",
    "listen": "",
}
MEMORY = ["allocate", "map-private", "map-shared", "map-stack", "remap-stack"]
ELSEWHERE = ["connect-elsewhere", "sendto-elsewhere", "sendmsg-elsewhere"]
# What of it the rest of the confinement refuses, where the kernel has no filter.
UNFILTERED: dict[str, str] = {
    "read-shadow": "ENOENT or EACCES",
    "create-in-root": "ENOENT or EACCES",
    "create-here": "ENOENT or EACCES",
    "make-folder": "ENOENT or EACCES",
    "write-memory-file": "EFBIG",
    "mount": "EPERM or EACCES",
    "chroot": "EPERM or EACCES",
    "exec": "ENOENT or EACCES",
    "fork": "EAGAIN",
    "trace": "EPERM",
    "signal": "EPERM",
    "signal-thread": "EPERM",
    "read-memory-of-other": "EPERM",
    "limit-of-other": "EPERM",
    "setuid": "EPERM",
    "setgid": "EPERM",
    "namespace": "EPERM",
    "user-namespace": "EPERM",
}


@pytest.mark.parametrize("word", FILTERED)
def test_refused(bench: Bench, word: str) -> None:
    probed = bench.probe("worker", word)
    assert probed.reply == REFUSED, probed
    assert probed.log == [] and list(bench.folder.iterdir()) == []


@pytest.mark.parametrize(("word", "error"), FILTERED.items(), ids=FILTERED)
def test_not_refused_to_others(bench: Bench, word: str, error: str) -> None:
    """Else the test above would prove nothing."""
    reply = bench.probe("direct", word).reply
    assert reply.status == "ok" and reply.error in error.split(" or "), reply
    assert (reply.result >= 0) == (reply.error == ""), reply


@pytest.mark.native  # a sanitizer has an allocator of its own
@pytest.mark.parametrize("word", MEMORY)
def test_little_memory(bench: Bench, word: str) -> None:
    assert bench.probe("direct", word).reply == Reply("ok", 0, "")
    reply = bench.probe("worker", word).reply
    assert reply in (FULL, REFUSED), reply


@pytest.mark.parametrize("word", ELSEWHERE)
def test_no_way_elsewhere(bench: Bench, word: str) -> None:
    """Not by the connection that it is given, either."""
    probed = bench.probe("worker", word)
    assert bench.service.count() == 1
    assert bench.elsewhere.count() == 0, probed
    assert probed.reply.result == -1, probed


@pytest.mark.parametrize("word", ELSEWHERE)
def test_a_way_elsewhere_for_others(bench: Bench, word: str) -> None:
    bench.probe("direct", word)
    assert bench.elsewhere.count() == 1


def test_by_the_numbers_of_other_systems(bench: Bench) -> None:
    """Those are not looked up in the filter at all."""
    probed = bench.probe("worker", "old-numbers", "ping")
    assert probed.statuses == ["worker-lost", "ok"]
    assert probed.log == ["resetpwd-agent: warning: the process that speaks to the network died of signal 31"]


def test_open_descriptors(bench: Bench) -> None:
    """Three that lead nowhere, and the channel; others have what they were started with."""
    (bench.folder / "open").touch()
    words = ("sh", "-c", 'exec 9<>"$1"; shift; exec "$@"', "sh", str(bench.folder / "open"))
    assert bench.probe("worker", "descriptors", before=words).reply == Reply("ok", 0b1111, "")
    assert bench.probe("direct", "descriptors", before=words).reply.result & 1 << 9


def test_a_worker_of_later_is_as_confined(bench: Bench) -> None:
    words = ["read-shadow", "exit", "read-shadow", "crash", "socket-inet", "descriptors"]
    replies = [reply for _, reply in bench.probe("worker", *words).replies]
    assert [replies[at] for at in (0, 2, 4)] == [REFUSED] * 3
    assert [replies[at].status for at in (1, 3)] == ["worker-lost"] * 2
    assert replies[5].result == 0b1111


@pytest.mark.native  # a sanitizer has ends of its own for a process that cannot do what it wants
@pytest.mark.parametrize(("word", "error"), UNFILTERED.items(), ids=UNFILTERED)
def test_refused_without_a_filter(bench: Bench, word: str, error: str) -> None:
    """One wall behind the other."""
    probed = bench.probe("worker", word, before=NO_SECCOMP)
    assert probed.reply.result == -1 and probed.reply.error in error.split(" or "), probed
    assert len(probed.log) == 1 and probed.log[0].endswith("; missing: a filter of system calls")


def test_no_folder_is_left(bench: Bench) -> None:
    before = folders_left()
    bench.probe("worker", "ping", "exit", "ping")
    assert_no_folder_stays(before)
