# SPDX-License-Identifier: Apache-2.0
"""The way back: the service must forget the reset, and the agent must not forget that it was applied."""

from __future__ import annotations

from typing import Any, Dict, Sequence, Tuple

import pytest

import runner
from cloud import Request
from machine import Machine, Step

PASSWORD = "Fusion@123"
OWN = "chosen by the owner1"
NEXT = "the next reset's 1"
LOOK: Step = ("GET", "password")
DELETE: Step = ("DELETE", "password")

Params = Dict[str, Any]
FAULTS: Dict[str, Tuple[str, Params]] = {
    "ignored": ("delete-ignored", {}),
    "refused-403": ("delete-refused", {}),
    "refused-404": ("delete-refused", {"code": 404}),
    "refused-405": ("delete-refused", {"code": 405}),
    "refused-500": ("delete-refused", {"code": 500}),
    "redirected": ("redirect", {}),
    "dropped": ("delete-dropped", {}),
    "reset": ("reset", {}),
    "html": ("html", {}),
}
DONE_ALL_THE_SAME: Dict[str, Tuple[str, Params]] = {
    "lost": ("delete-lost", {}),
    "reset": ("reset", {"perform": True}),
    "500": ("status", {"code": 500, "perform": True}),
    "404": ("status", {"code": 404, "perform": True}),
    "204": ("status", {"code": 204, "perform": True}),
    "endless": ("endless-body", {}),
    "truncated": ("truncated", {}),
}


@pytest.mark.parametrize(("fault", "params"), FAULTS.values(), ids=FAULTS.keys())
def test_delete_fails_for_a_moment(machine: Machine, fault: str, params: Params) -> None:
    machine.cloud.misbehave("password", fault, times=2, method="DELETE", **params)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.count("DELETE", "password") == 3
    assert machine.cloud.count("GET", "metadata") == 1


@pytest.mark.hurried
@pytest.mark.parametrize(("fault", "params"), FAULTS.values(), ids=FAULTS.keys())
def test_delete_fails_for_good(machine: Machine, fault: str, params: Params) -> None:
    machine.cloud.misbehave("password", fault, method="DELETE", **params)
    machine.reset(PASSWORD)
    ended = machine.run("--deadline", runner.SOON)
    machine.assert_outcome(ended, "not-acknowledged")
    machine.assert_set(PASSWORD)
    assert machine.is_pending and machine.cloud.count("DELETE", "password") >= 2
    # At the next boot the owner has a password of their own.
    machine.root.owner_chooses("root", OWN)
    ended = machine.run("--deadline", runner.SOON)
    machine.assert_outcome(ended, "not-acknowledged")
    machine.assert_untouched()
    # And at the one after that the service is well.
    machine.cloud.behave()
    ended = machine.run()
    machine.assert_outcome(ended, "already-applied")
    machine.assert_untouched()
    machine.assert_acknowledged()
    machine.assert_reported("applied", "already-applied", "root")
    assert machine.root.verifies("root", OWN)


@pytest.mark.hurried
def test_failing_to_acknowledge_is_reported(machine: Machine) -> None:
    machine.cloud.misbehave("password", "delete-refused")
    machine.reset(PASSWORD)
    machine.run("--deadline", runner.SOON)
    machine.assert_reported("applied", "not-acknowledged", "root")


@pytest.mark.parametrize(
    ("fault", "params"), DONE_ALL_THE_SAME.values(), ids=DONE_ALL_THE_SAME.keys()
)
def test_delete_is_done_but_does_not_look_so(machine: Machine, fault: str, params: Params) -> None:
    machine.cloud.misbehave("password", fault, method="DELETE", **params)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.count("DELETE", "password") == 1


@pytest.mark.slow
@pytest.mark.parametrize("perform", [True, False])
def test_delete_hangs(machine: Machine, perform: bool) -> None:
    machine.cloud.misbehave(
        "password", "hang-before-headers", times=1, method="DELETE", perform=perform
    )
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
    assert machine.cloud.count("DELETE", "password") == (1 if perform else 2)


def test_service_goes_away_instead_of_taking_it(machine: Machine) -> None:
    machine.cloud.misbehave("password", "go-away", times=1, method="DELETE", seconds=1.0)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


def test_404_after_delete_is_no_other_cloud(machine: Machine) -> None:
    machine.cloud.nothing_spelled = "404"
    machine.cloud.misbehave("password", "delete-ignored", times=1)
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


@pytest.mark.hurried
def test_unacknowledged_then_a_new_reset(machine: Machine) -> None:
    machine.cloud.misbehave("password", "delete-refused")
    machine.reset(PASSWORD)
    machine.run("--deadline", runner.SOON)
    machine.cloud.behave()
    machine.reset(NEXT)
    machine.assert_applied(machine.run(), NEXT)


@pytest.mark.hurried
def test_unacknowledged_then_a_new_reset_with_the_same_password(machine: Machine) -> None:
    machine.cloud.misbehave("password", "delete-refused")
    machine.reset(PASSWORD)
    machine.run("--deadline", runner.SOON)
    machine.root.owner_chooses("root", OWN)
    machine.cloud.behave()
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)


def come_behind(machine: Machine, steps: Sequence[Step], *passwords: str) -> None:
    """Behind these steps the next reset is there before the agent's next request is carried out; and so on."""
    coming = list(passwords)

    def watch(request: Request) -> None:
        if coming and request.endpoint == "password" and machine.cloud.steps[-len(steps) :] == steps:
            machine.reset(coming.pop(0))

    machine.cloud.watcher = watch


def test_another_reset_comes_with_the_acknowledgement(machine: Machine) -> None:
    """The new one is there when the agent looks whether the old one is gone."""
    come_behind(machine, [DELETE], NEXT)
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_outcome(ended, "applied")
    assert machine.root.verifies("root", NEXT) and not machine.is_pending
    assert machine.cloud.count("DELETE", "password") == 2
    assert machine.results[-1]["request"] == machine.request_shown
    assert {report["result"] for report in machine.results} == {"applied"}


def test_another_reset_comes_while_the_acknowledgement_is_refused(machine: Machine) -> None:
    """It must not be deleted unread: before DELETE is repeated the agent looks what is pending."""
    machine.cloud.misbehave("password", "delete-refused", times=1)
    come_behind(machine, [DELETE, LOOK], NEXT)  # in the pause
    machine.reset(PASSWORD)
    ended = machine.run()
    machine.assert_outcome(ended, "applied")
    assert machine.root.verifies("root", NEXT) and not machine.is_pending


def test_another_reset_comes_before_the_connection_breaks(machine: Machine) -> None:
    """DELETE is never repeated without a look between, by the HTTP library either."""
    machine.cloud.misbehave("password", "hang-before-headers", times=1, method="DELETE")
    machine.reset(PASSWORD)
    running = machine.start()
    machine.cloud.await_requests("DELETE", "password")
    machine.reset(NEXT)
    machine.cloud.hang_up()
    ended = running.end()
    machine.assert_outcome(ended, "applied")
    assert not machine.is_pending
    assert machine.root.verifies("root", NEXT), "the next reset was deleted unread"


@pytest.mark.slow
def test_another_reset_comes_while_delete_hangs(machine: Machine) -> None:
    machine.cloud.misbehave("password", "hang-before-headers", times=1, method="DELETE")
    machine.reset(PASSWORD)
    running = machine.start()
    machine.cloud.await_requests("DELETE", "password")
    machine.reset(NEXT)
    ended = running.end()
    machine.assert_outcome(ended, "applied")
    assert machine.root.verifies("root", NEXT) and not machine.is_pending


def test_two_superseded_resets(machine: Machine) -> None:
    come_behind(machine, [DELETE], "the second One1", "the third One11")
    machine.reset(PASSWORD)
    machine.assert_outcome(machine.run(), "applied")
    assert machine.root.verifies("root", "the third One11") and not machine.is_pending
    assert machine.cloud.count("DELETE", "password") == 3


def test_record_that_cannot_be_read(machine: Machine) -> None:
    machine.root.record.mkdir(parents=True)
    machine.reset(PASSWORD)
    ended = machine.run()
    assert ended.code == 0 and ended.warned("record")
    machine.assert_set(PASSWORD)
    machine.assert_acknowledged()


@pytest.mark.parametrize(
    "text", ["", "rubbish\n", "outcome = nonsense\napplied_request = xyz\n", "\0\0\0", "x" * 5000]
)
def test_record_of_rubbish(machine: Machine, text: str) -> None:
    machine.root.state.mkdir(parents=True, mode=0o700)
    machine.root.record.write_text(text)
    assert machine.status().code in (0, machine.codes["file-too-large"])
    machine.reset(PASSWORD)
    machine.assert_applied(machine.run(), PASSWORD)
