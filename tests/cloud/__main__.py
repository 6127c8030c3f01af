# SPDX-License-Identifier: Apache-2.0
"""The reference cloud from the command line: python3 tests/cloud --help."""

from __future__ import annotations

import argparse
import logging
import signal
import sqlite3
import sys
import textwrap
from pathlib import Path
from typing import List, Optional, Tuple

if not __package__:  # started as `python3 tests/cloud`
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from cloud import ReferenceCloud
from cloud.control import Control
from cloud.faults import parse, summaries
from cloud.guest import SPELLINGS

DESCRIPTION = """\
The reference cloud: a metadata service as the wire protocol records it, for any number of
instances, with the public API in front, and with every way to misbehave that the tests need.

It prints `listening on http://ADDRESS:PORT`, then for each instance
`instance ID project PROJECT metadata-url URL`, and serves until SIGTERM or SIGINT.
"""

EPILOG = """\
try it:
  python3 tests/cloud --listen 127.0.0.1:8775 --db /tmp/cloud.db \\
      --instance 8ae2549a-7b09-4787-8f25-4487d61be128
  # ask for a reset, as an owner does
  curl -X PUT http://127.0.0.1:8775/v2.1/p1/servers/8ae2549a-7b09-4787-8f25-4487d61be128/os-reset-password \\
      -d '{"reset-password": {"new_password": "Fusion@123", "is_check_password": true}}'
  # look at it as the guest
  curl http://127.0.0.1:8775/openstack/latest/reset_password

who asks:
  /openstack/latest/... belongs to the instance registered for the client's address, or to the
  only one there is; /instances/ID/openstack/latest/... to that one, wherever it asks from.

control over HTTP:
  PUT    /_control/faults     {"endpoint": "password", "fault": "hang-before-headers", "times": 1}
                              one object or a list; they queue up, one endpoint's in their order
  GET    /_control/faults     what is still to come
  DELETE /_control/faults     behave
  GET    /_control/requests   what guests asked, with headers and bodies (DELETE: forget)
  POST   /_control/instances  {"id": "...", "project": "p1", "guest_address": "...", "os_type": "linux"}
  GET    /_control/instances  all, with flag, pending (true or false) and results

  endpoint     flag, password, metadata, result, or * for all of them
  fault        a name from below; its parameters stand beside it; "503" is status code=503
  times        how often (default: until told otherwise)
  method       only for GET, POST or DELETE
  for_seconds  for that long, counted from its turn
  instance     only for this one

faults, with their parameters and defaults:
"""


def parse_address(text: str) -> Tuple[str, int]:
    """HOST:PORT."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def parse_arguments(arguments: Optional[List[str]] = None) -> argparse.Namespace:
    """The command line."""
    wrap = textwrap.TextWrapper(98, initial_indent="  ", subsequent_indent="      ")
    parser = argparse.ArgumentParser(
        prog="python3 tests/cloud",
        description=DESCRIPTION,
        epilog=EPILOG + "\n".join(wrap.fill(line) for line in summaries()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add(
        "--listen",
        type=parse_address,
        default=("127.0.0.1", 0),
        metavar="HOST:PORT",
        help="where to listen; port 0 takes a free one (default: 127.0.0.1:0)",
    )
    add(
        "--db",
        metavar="FILE",
        help="SQLite file that keeps instances and resets over a restart (default: memory)",
    )
    add(
        "--instance",
        action="append",
        default=[],
        metavar="UUID[=ADDRESS]",
        help="an instance, and the address it asks from; may be repeated (default: those in"
        " the database, else a new one)",
    )
    add("--project", default="p1", help="project of these instances (default: p1)")
    add(
        "--nothing",
        choices=SPELLINGS,
        default="empty",
        help="how to say that nothing is pending (default: empty)",
    )
    add("--no-result", action="store_true", help="answer reset_password_result with 404")
    add(
        "--fault",
        action="append",
        type=parse,
        default=[],
        metavar="'ENDPOINT FAULT [KEY=VALUE...]'",
        help="misbehave from the start, for instance 'password status code=503 times=2';"
        " may be repeated",
    )
    add("--verbose", action="store_true", help="log guest requests to stderr")
    return parser.parse_args(arguments)


def add_instances(cloud: ReferenceCloud, options: argparse.Namespace) -> None:
    """Those named, or at least one."""
    for text in options.instance:
        instance_id, _, address = text.partition("=")
        cloud.add_instance(instance_id, options.project, address or None)
    if not cloud.instances():
        cloud.add_instance(project=options.project)


def serve(options: argparse.Namespace) -> None:
    """Serve until told to stop."""
    if options.verbose:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    stop = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)
    with ReferenceCloud(options.listen, options.db) as cloud:
        cloud.nothing_spelled = options.nothing
        cloud.accept_results = not options.no_result
        add_instances(cloud, options)
        for order in options.fault:
            Control(cloud).misbehave(order)
        print(f"listening on {cloud.url}")
        for each in cloud.instances():
            print(
                f"instance {each.id} project {each.project} metadata-url {cloud.metadata_url(each.id)}"
            )
        sys.stdout.flush()
        signal.sigwait(stop)


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
