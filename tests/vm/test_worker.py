# SPDX-License-Identifier: Apache-2.0
"""The agent's two processes in systemd's sandbox: stopped, killed, and without the rights to confine themselves."""

from __future__ import annotations

import json

from confinement import WORKER, assert_confined
from conftest import MachineOf
from image import OLD_PASSWORD
from service import Cloud
from test_debian import UNIT, debian, unit_of
from test_network import ICOUNT, journal

NEW = "New@1234567"
REQUEST_LIMIT_S = 10  # of the agent
# A new worker has all the time of its request before it.
STOP = f"""
set -eu
kill -KILL $({WORKER})
until {WORKER} >/dev/null; do sleep 0.1; done
start=$(date +%s)
systemctl stop {UNIT}
echo $(($(date +%s) - start))
pgrep -l resetpwd-agent || true
resetpwd-agent status --json
"""
RUN_WITHOUT_SETUID = f"""
mkdir /run/systemd/system/{UNIT}.d
printf '[Service]\\nCapabilityBoundingSet=~CAP_SETUID\\n' >/run/systemd/system/{UNIT}.d/vm.conf
systemctl daemon-reload
systemctl start --wait {UNIT}
"""


def test_worker(cloud: Cloud, machine_of: MachineOf) -> None:
    machine = machine_of(debian())
    cloud.reset(NEW)
    cloud.hold()
    machine.boot(*ICOUNT)
    cloud.await_step("GET flag")
    assert_confined(machine, OLD_PASSWORD)

    # Both end at once, not with the request.
    seconds, status = machine.ssh(OLD_PASSWORD, STOP).splitlines()
    assert int(seconds) < REQUEST_LIMIT_S / 2
    assert json.loads(status)["last_run"]["outcome"] == "stopped"
    assert unit_of(machine, OLD_PASSWORD) == {"ActiveState": "inactive", "Result": "success", "ExecMainStatus": "3"}

    cloud.forget_requests()
    machine.ssh(OLD_PASSWORD, f"systemctl start {UNIT}")
    cloud.await_step("GET flag")
    machine.ssh(OLD_PASSWORD, f"kill -KILL $({WORKER})")
    cloud.behave()
    cloud.await_acknowledgement()
    machine.await_outcome("applied: reset of root")

    machine.ssh(NEW, RUN_WITHOUT_SETUID, check=False)
    assert unit_of(machine, NEW) == {"ActiveState": "failed", "Result": "exit-code", "ExecMainStatus": "50"}
    log = journal(machine, NEW, f"-u {UNIT}")
    assert "died of signal 9" in log
    assert "cannot be confined; missing: a user of its own" in log
