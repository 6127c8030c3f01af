# SPDX-License-Identifier: Apache-2.0
"""The reference cloud from the command line: python3 tests/cloud --help."""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import sqlite3
import sys
from pathlib import Path

if not __package__:  # started as `python3 tests/cloud`
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from cloud import ReferenceCloud, example
from cloud.apis import Settings
from cloud.command_line import parse_arguments
from cloud.control import Control


class Stop:
    """SIGTERM and SIGINT. They are not blocked, or else the machines that are started would have them blocked, too."""

    def __init__(self) -> None:
        self._waker, self._woken = socket.socketpair()
        self._waker.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)

    def wait(self) -> None:
        """Until one comes, or has come."""
        self._woken.recv(1)


def add_instances(cloud: ReferenceCloud, options: argparse.Namespace) -> None:
    """Those named, or at least one."""
    for text in options.instance:
        instance_id, _, address = text.partition("=")
        where = {"address": address} if address else {}
        cloud.add_instance(instance_id, project=options.project, **where)
    for instance_id, driver in options.driver:
        cloud.add_instance(instance_id, project=options.project, driver=driver)
    if not cloud.instances():
        cloud.add_instance(project=options.project)


def serve(options: argparse.Namespace) -> None:
    """Serve until told to stop."""
    if options.verbose:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    agent = ""
    if options.example:
        agent = example.find_agent(options.agent)
        example.prepare(Path(options.example))
    settings = Settings(keys=dict(options.key), tencent_rules=options.tencent_rules)
    stop = Stop()
    with ReferenceCloud(
        options.listen, options.db, settings=settings, report_timeout_s=options.report_timeout
    ) as cloud:
        cloud.nothing_spelled = options.nothing
        cloud.accept_results = not options.no_result
        if options.example:
            example.add(cloud, Path(options.example), agent, options.project)
        add_instances(cloud, options)
        for order in options.fault:
            Control(cloud).misbehave(order)
        announce(cloud)
        stop.wait()


def announce(cloud: ReferenceCloud) -> None:
    """Say where it is, and what is in it."""
    print(f"listening on {cloud.url}")
    for each in cloud.instances():
        url = cloud.metadata_url(each.id)
        print(f"instance {each.id} project {each.project} metadata-url {url}")
    sys.stdout.flush()


def main() -> int:
    """Exit code 1 with a line on stderr if the cloud cannot start as told."""
    try:
        serve(parse_arguments())
    except (OSError, ValueError, sqlite3.Error) as error:
        print(f"reference cloud: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
