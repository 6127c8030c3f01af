#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures programs in turn; started by `run` in a mount and a network namespace of its own."""

from __future__ import annotations

import ctypes
import operator
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cloud import Instance, ReferenceCloud  # noqa: E402

SCRIPT = str(Path(__file__).with_name("reset.sh"))


@dataclass
class Figures:
    """What one run cost."""

    wall_ms: float
    cpu_ms: float
    peak_mib: float


def shell(command: str) -> None:
    subprocess.run(["sh", "-euc", command], check=True)


def prepare(work: Path) -> None:
    """Gives this namespace the metadata address, and an /etc and a /var/lib of its own."""
    shell("ip link set lo up; ip addr add 169.254.169.254/32 dev lo")
    shell(f"mount --make-rprivate /; mount -t tmpfs none {work}")
    for folder in ("/etc", "/var/lib"):
        layers = work / folder.replace("/", "_")
        shell(f"mkdir -p {layers}/upper {layers}/work")
        shell(f"mount -t overlay none -o lowerdir={folder},upperdir={layers}/upper,workdir={layers}/work {folder}")


def inherit_orphans() -> None:
    """A process that nobody waited for is waited for here: its CPU time counts, too."""
    PR_SET_CHILD_SUBREAPER = 36
    if ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        sys.exit("prctl() does not let orphans be inherited")


def cpu_of_orphans() -> float:
    """Seconds; waits for all of them."""
    seconds = 0.0
    while True:
        try:
            _, _, usage = os.wait3(0)
        except ChildProcessError:
            return seconds
        seconds += usage.ru_utime + usage.ru_stime


def run(command: list[str], log: Path) -> tuple[float, float]:
    """Wall and CPU milliseconds of a process and its children."""
    with log.open("wb") as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command} ended with {process.returncode}:\n{log.read_text()}")
    return wall * 1000, (usage.ru_utime + usage.ru_stime + cpu_of_orphans()) * 1000


def peak_mib(command: list[str], log: Path) -> float:
    """Peak resident memory of the largest process, by time(1): a child of Python starts with Python's own peak."""
    report = log.with_suffix(".time")
    run(["/usr/bin/time", "-f", "%M", "-o", str(report), *command], log)
    return int(report.read_text().split()[-1]) / 1024


class Scenario:
    """Something to be done by both programs."""

    def __init__(self, title: str, cloud: ReferenceCloud, instance: Instance) -> None:
        self.title = title
        self.cloud = cloud
        self.instance = instance

    def arrange(self) -> None:
        raise NotImplementedError

    def verify(self) -> None:
        assert self.cloud.pending(self.instance.id) is None
        assert self.cloud.flag(self.instance.id)

    def measure(self, command: list[str], log: Path) -> Figures:
        self.arrange()
        wall_ms, cpu_ms = run(command, log)
        self.verify()
        self.arrange()
        peak = peak_mib(command, log)
        self.verify()
        return Figures(wall_ms, cpu_ms, peak)


class NothingPending(Scenario):
    def arrange(self) -> None:
        self.cloud.set_flag(self.instance.id, True)


class FirstBoot(Scenario):
    def arrange(self) -> None:
        self.cloud.set_flag(self.instance.id, False)


class Reset(Scenario):
    def arrange(self) -> None:
        self.cloud.set_flag(self.instance.id, True)
        self.cloud.request_reset(self.instance.id, "Fusion@123")


def paired(one: list[Figures], other: list[Figures], name: str, pair: Callable[[float, float], float]) -> float:
    """The median of what each pair of runs makes: they were measured one behind the other."""
    return statistics.median(pair(getattr(a, name), getattr(b, name)) for a, b in zip(one, other))


def report(scenario: Scenario, agent: list[Figures], script: list[Figures], unconfined: list[Figures]) -> None:
    print(f"\n{scenario.title} (median of {len(agent)}, in turn)")
    print(f"  {'':12} {'agent':>10} {'script':>10} {'agent/script':>14} {'unconfined':>12} {'agent-unconfined':>18}")
    for name in ("wall_ms", "cpu_ms", "peak_mib"):
        medians = [statistics.median(getattr(figure, name) for figure in runs) for runs in (agent, script, unconfined)]
        ratio = paired(agent, script, name, operator.truediv)
        cost = paired(agent, unconfined, name, operator.sub)
        print(f"  {name:12} {medians[0]:10.1f} {medians[1]:10.1f} {ratio:14.2f} {medians[2]:12.1f} {cost:18.1f}")


def family(pid: int) -> list[int]:
    """A process and its children."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def pss_mib(pid: int) -> float:
    """Resident memory, in which what processes share is divided among them: proc_pid_smaps(5)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:"))) / 1024


def held_mib(program: str, cloud: ReferenceCloud, instance: Instance) -> float:
    """What all processes of a run hold when the password is set and the acknowledgement is on its way."""
    cloud.set_flag(instance.id, True)
    cloud.request_reset(instance.id, "Fusion@123")
    cloud.forget_requests()
    cloud.misbehave("password", "hang-before-headers", method="DELETE", times=1)
    with subprocess.Popen([program, "run"], stderr=subprocess.DEVNULL) as process:
        assert cloud.wait_for(lambda seen: any(request.method == "DELETE" for request in seen), 60)
        mib = sum(map(pss_mib, family(process.pid)))
        process.kill()
    cloud.behave()
    return mib


def report_memory(programs: dict[str, str], cloud: ReferenceCloud, instance: Instance, runs: int) -> None:
    print(f"\nmemory of all processes, PSS, while a reset is acknowledged (median of {runs}, in turn)")
    rounds = [[held_mib(program, cloud, instance) for program in programs.values()] for _ in range(runs)]
    for name, column in zip(programs, zip(*rounds)):
        print(f"  {name:12} {statistics.median(column):10.1f} MiB")
    print(f"  {'difference':12} {statistics.median(a - b for a, b in rounds):10.1f} MiB")


def main(build: str, runs: int, work: Path) -> None:
    prepare(work)
    inherit_orphans()
    log = work / "log"
    programs = {"agent": f"{build}/resetpwd-agent", "unconfined": f"{build}/resetpwd-agent-unconfined"}
    commands = ([programs["agent"], "run"], ["sh", SCRIPT], [programs["unconfined"], "run"])
    with ReferenceCloud(address=("169.254.169.254", 80)) as cloud:
        instance = cloud.add_instance()
        for scenario in (
            NothingPending("a boot with nothing pending", cloud, instance),
            FirstBoot("the first boot: announced, nothing pending", cloud, instance),
            Reset("a reset, from exec to the acknowledged end", cloud, instance),
        ):
            for command in commands:
                scenario.measure(command, log)
            rounds = [[scenario.measure(command, log) for command in commands] for _ in range(runs)]
            report(scenario, *map(list, zip(*rounds)))
        report_memory(programs, cloud, instance, runs)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
