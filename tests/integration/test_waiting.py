# SPDX-License-Identifier: Apache-2.0
"""Waiting: for the network, for the lock; and being stopped meanwhile."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterator

import pytest

import runner
import sandbox
from machine import Machine
from runner import Ended, Running

PASSWORD = "Fusion@123"
STOPS = [signal.SIGTERM, signal.SIGINT]


def poll_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait for something that cannot be waited for otherwise."""
    end = time.monotonic() + runner.PATIENCE_S
    while not is_so():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)


@contextmanager
def lock_held(etc: Path) -> Iterator[None]:
    """The lock of lckpwdf(3), as another program holds it."""
    fd = os.open(etc / ".pwd.lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.lockf(fd, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(fd)


def wants_lock(running: Running) -> bool:
    """Has the agent the lock file open?"""
    names = []
    for link in Path(f"/proc/{running.pid}/fd").iterdir():
        try:
            names.append(os.readlink(link))
        except FileNotFoundError:
            pass
    return any(name.endswith("/.pwd.lock") for name in names)


def await_lock_wait(running: Running) -> None:
    """For as long as others hold it."""
    poll_until(lambda: wants_lock(running), "the agent opens .pwd.lock")


def assert_stopped(machine: Machine, ended: Ended, was_seen: bool = True) -> None:
    """Stopped, with nothing done."""
    machine.assert_discreet(ended)
    machine.assert_outcome(ended, "stopped")
    machine.assert_untouched()
    if was_seen:
        machine.assert_unacknowledged()
    # And the next run finds it all.
    machine.cloud.behave()
    machine.assert_applied(machine.run(), PASSWORD)


# The network


@pytest.fixture(name="no_network")
def fixture_no_network() -> Iterator[None]:
    """The address is not there; the test may add it."""
    sandbox.remove_address()
    yield
    if sandbox.ADDRESS not in sandbox.command("ip", "-4", "address", "show", "dev", "lo"):
        sandbox.add_address()


def longest_wait_has_begun(err: str) -> bool:
    """After six failures a delay is one of 2.5 to 5 s."""
    return err.count("; trying again") >= 6


@pytest.mark.slow
def test_network_comes_late(machine: Machine, no_network: None) -> None:
    machine.reset(PASSWORD)
    running = machine.start("--verbose")
    running.wait_for_log(longest_wait_has_begun)
    sandbox.add_address()
    failures = running.err.count("; trying again")
    ended = running.end()
    machine.assert_applied(ended, PASSWORD)
    after = ended.err.partition("the network changed")[2]
    assert after, "the clock woke it, not the network"
    # The address is told of an instant before its route is there: one more failure is the kernel's.
    assert after.count("; trying again") <= 1
    assert failures >= ended.err.partition("the network changed")[0].count("; trying again")


@pytest.mark.slow
def test_other_changes_of_the_network_do_no_harm(machine: Machine, no_network: None) -> None:
    machine.reset(PASSWORD)
    running = machine.start("--verbose")
    running.wait_for_log(longest_wait_has_begun)
    sandbox.command("ip", "address", "add", "192.0.2.1/32", "dev", "lo")
    try:
        running.wait_for_log(lambda err: "the network changed" in err)
        sandbox.add_address()
        machine.assert_applied(running.end(), PASSWORD)
    finally:
        sandbox.command("ip", "address", "del", "192.0.2.1/32", "dev", "lo")


@pytest.mark.hurried
def test_network_never_comes(machine: Machine, no_network: None) -> None:
    machine.reset(PASSWORD)
    ended = machine.run("--deadline", runner.SOON)
    machine.assert_unseen(ended, "unreachable")


def test_the_network_restarts_the_delays(machine: Machine, no_network: None) -> None:
    """A storm of changes must not become a storm of tries."""
    machine.reset(PASSWORD)
    running = machine.start("--deadline", runner.SOON, "--verbose")
    running.wait_for_log(lambda err: "; trying again" in err)
    changes = 0
    while running.process.poll() is None:
        for word in ("add", "del"):
            sandbox.command("ip", "address", word, "192.0.2.2/32", "dev", "lo")
        changes += 1
    machine.assert_unseen(running.end(), "unreachable")
    assert running.err.count("; trying again") <= int(runner.SOON) * 1000 / 50 + 5, changes


# The lock


@pytest.mark.slow
def test_lock_is_released(machine: Machine) -> None:
    machine.reset(PASSWORD)
    with lock_held(machine.root.etc):
        running = machine.start()
        await_lock_wait(running)
        changed = machine.root.shadow.read_bytes().replace(b"daemon:*", b"daemon:!")
        time.sleep(3)  # long enough for an agent that does not wait to be done
        assert running.process.poll() is None
        machine.assert_untouched()
        machine.root.write_shadow(changed)
        machine.note(
            forget=False
        )  # whoever holds the lock may change the file: that must not be lost
    machine.assert_applied(running.end(), PASSWORD)
    assert machine.root.hash_of("daemon") == "!"


@pytest.mark.slow
def test_lock_is_held_for_ever(machine: Machine) -> None:
    machine.reset(PASSWORD)
    with lock_held(machine.root.etc):
        machine.assert_refused(machine.run(), "lock-timeout")
    machine.assert_applied(machine.run(), PASSWORD)


@pytest.mark.hurried
def test_lock_does_not_outlast_the_deadline(machine: Machine) -> None:
    """One total deadline: waiting for the lock, which has a limit of 15 s, is no exception."""
    machine.reset(PASSWORD)
    with lock_held(machine.root.etc):
        start = time.monotonic()
        ended = machine.run("--deadline", runner.SOON)
        assert time.monotonic() - start < 15 * runner.STRETCH
        machine.assert_refused(ended, "lock-timeout", reported=False)


def test_a_lock_file_that_nobody_holds(machine: Machine) -> None:
    (machine.root.etc / ".pwd.lock").write_text("stale")
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


def test_lock_is_free_afterwards(machine: Machine) -> None:
    machine.reset(PASSWORD)
    machine.run()
    with lock_held(machine.root.etc):
        pass


# Being stopped


@pytest.mark.parametrize("number", STOPS)
def test_stop_while_waiting_for_the_service(machine: Machine, number: int) -> None:
    machine.cloud.misbehave("password", "503", method="GET")
    machine.reset(PASSWORD)
    running = machine.start("--verbose")
    running.wait_for_log(lambda err: err.count("; trying again") >= 3)
    running.send(number)
    assert_stopped(machine, running.end(10 * runner.STRETCH))


def test_stop_while_waiting_for_the_network(machine: Machine, no_network: None) -> None:
    machine.reset(PASSWORD)
    running = machine.start("--verbose")
    running.wait_for_log(lambda err: err.count("; trying again") >= 3)
    ended = running.terminate()
    machine.assert_unseen(ended, "stopped")


def test_stop_while_waiting_for_another_look(machine: Machine) -> None:
    machine.cloud.misbehave("*", "404")
    machine.reset(PASSWORD)
    running = machine.start()
    machine.cloud.await_requests("GET", "password")
    assert_stopped(machine, running.terminate())


@pytest.mark.parametrize(
    ("method", "endpoint"),
    [("GET", "flag"), ("POST", "flag"), ("GET", "password"), ("GET", "metadata")],
)
@pytest.mark.parametrize("fault", ["hang-before-headers", "hang-in-body"])
def test_stop_while_a_request_hangs(
    machine: Machine, method: str, endpoint: str, fault: str
) -> None:
    machine.cloud.misbehave(endpoint, fault, method=method)
    machine.reset(PASSWORD)
    running = machine.start()
    machine.cloud.await_requests(method, endpoint)
    assert_stopped(machine, running.terminate())


def test_stop_while_the_lock_is_awaited(machine: Machine) -> None:
    machine.reset(PASSWORD)
    with lock_held(machine.root.etc):
        running = machine.start()
        await_lock_wait(running)
        ended = running.terminate()
    assert_stopped(machine, ended)


def test_stop_after_the_password_is_set(machine: Machine) -> None:
    machine.cloud.misbehave("password", "hang-before-headers", method="DELETE")
    machine.reset(PASSWORD)
    running = machine.start()
    machine.cloud.await_requests("DELETE", "password")
    ended = running.terminate()
    machine.assert_outcome(ended, "not-acknowledged")
    machine.assert_set(PASSWORD)
    assert machine.is_pending
    machine.root.owner_chooses("root", "chosen by the owner1")
    machine.cloud.behave()
    machine.assert_outcome(machine.run(), "already-applied")
    machine.assert_untouched()
    machine.assert_acknowledged()


def test_stop_after_delete_before_it_is_confirmed(machine: Machine) -> None:
    machine.cloud.misbehave("password", "hang-before-body", method="DELETE")
    machine.reset(PASSWORD)
    running = machine.start()
    machine.cloud.await_requests("DELETE", "password")
    poll_until(lambda: not machine.is_pending, "the cloud deletes it")
    ended = running.terminate()
    machine.assert_outcome(ended, "not-acknowledged")
    machine.assert_set(PASSWORD)
    machine.cloud.behave()
    machine.assert_outcome(machine.run(), "nothing-pending")


def test_stop_in_the_middle_of_setting(machine: Machine) -> None:
    """Hashing takes a second here: the step is brought to its end, and the outcome tells the truth."""
    defs = machine.root.etc / "login.defs"
    rounds = 1000000 // runner.STRETCH**2
    defs.write_text(
        f"ENCRYPT_METHOD SHA512\nSHA_CRYPT_MIN_ROUNDS {rounds}\nSHA_CRYPT_MAX_ROUNDS {rounds}\n"
    )
    machine.cloud.misbehave("password", "hang-before-headers", method="DELETE")  # where the stop comes late
    machine.reset(PASSWORD)
    running = machine.start()
    poll_until(lambda: wants_lock(running) or machine.cloud.count("DELETE", "password") > 0, "the step begins")
    running.send(signal.SIGTERM)
    ended = running.end()
    if machine.root.recorded()["outcome"] == "stopped":
        machine.assert_untouched()
    else:
        machine.assert_outcome(ended, "not-acknowledged")
        machine.assert_set(PASSWORD)
    assert machine.is_pending


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGPIPE])
def test_other_signals_do_not_stop_it(machine: Machine, number: int) -> None:
    machine.cloud.misbehave("password", "hang-before-headers", times=1, method="GET", seconds=1.0)
    machine.reset(PASSWORD)
    running = machine.start()
    machine.cloud.await_requests("GET", "password")
    running.send(number)
    machine.assert_applied(running.end(), PASSWORD)


@pytest.mark.native  # valgrind itself cannot do without a standard error
def test_nobody_reads_what_it_says(machine: Machine) -> None:
    """A closed standard error is no reason to leave a reset half done."""
    machine.reset(PASSWORD)
    running = machine.start("--verbose", before=("sh", "-c", 'exec "$@" 2>&-', "sh"))
    assert running.end().code == 0
    machine.assert_set(PASSWORD)
    machine.assert_acknowledged()


@pytest.mark.slow  # the lock must be held for longer than a look at the service is believed
def test_another_reset_comes_while_the_lock_is_awaited(machine: Machine) -> None:
    """After such a wait the first DELETE would take away what nobody has read."""
    machine.reset(PASSWORD)
    with lock_held(machine.root.etc):
        running = machine.start()
        await_lock_wait(running)
        machine.reset("another Reset1")
        time.sleep(6)
    machine.assert_outcome(running.end(), "applied")
    assert machine.root.verifies("root", "another Reset1") and not machine.is_pending


def test_the_end_is_told_before_the_tidying(machine: Machine) -> None:
    """That may wait for others, and why a reset failed is not to be lost when the run is killed in it."""
    left = machine.root.etc / ".shadow.resetpwd-agent"
    left.write_text("half a f")
    machine.reset(PASSWORD, "no-such-user")
    with lock_held(machine.root.etc):
        running = machine.start()
        running.wait_for_log(lambda text: "account-unknown" in text)
        await_lock_wait(running)
        assert machine.status_json()["last_run"]["outcome"] == "account-unknown"
    machine.assert_outcome(running.end(), "account-unknown")
    assert not left.exists()


@pytest.mark.slow
def test_404_after_trouble_is_no_answer(machine: Machine) -> None:
    """Beside a working flag a 404 means that nothing is pending, but not from a service that has just stumbled."""
    machine.cloud.misbehave("password", "503", times=1)
    machine.cloud.misbehave("password", "404", times=1)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
