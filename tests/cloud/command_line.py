# SPDX-License-Identifier: Apache-2.0
"""The command line of the reference cloud; its --help is the reference for control and faults."""

from __future__ import annotations

import argparse
import textwrap
from pathlib import Path

from .apis.api import TENCENT_RULES
from .compute import REPORT_TIMEOUT_S
from .faults import parse, summaries
from .guest import SPELLINGS

TOP = Path(__file__).resolve().parents[2]
EXAMPLE = TOP / "build/example"
EXAMPLE_ADDRESS = ("127.0.0.1", 8775)
ANY_ADDRESS = ("127.0.0.1", 0)

DESCRIPTION = """\
The reference cloud: a metadata service as the wire protocol records it, for any number of
instances, with the public APIs of Huawei and Tencent in front, machines behind, and every way
to misbehave that the tests need. README.md beside it shows it at work.

It prints `listening on http://ADDRESS:PORT`, then for each instance
`instance ID project PROJECT metadata-url URL`, and serves until SIGTERM or SIGINT.
"""

EPILOG = """\
try it:
  python3 tests/cloud --example          then follow tests/cloud/README.md

who asks:
  /openstack/latest/... belongs to the instance registered for the client's address, or to the
  only one there is; /instances/ID/openstack/latest/... to that one, wherever it asks from.

what is behind an instance (--driver):
  none                                                  whoever asks, and no power switch
  {"kind": "folder", "root": DIR, "agent": PROGRAM}     boots by running the agent in DIR
  {"kind": "qemu", "folder": DIR, "command": [...]}     a QEMU; its socket, pid and log are in DIR

control over HTTP:
  PUT    /_control/faults     {"endpoint": "password", "fault": "hang-before-headers", "times": 1}
                              one object or a list; they queue up, one endpoint's in their order
  GET    /_control/faults     what is still to come
  DELETE /_control/faults     behave
  GET    /_control/requests   what guests asked, with headers and bodies (DELETE: forget)
  GET    /_control/audit      a line for each request of anybody, as long as the database lives
  GET    /_control/instances  all, with state, operation, flag, pending (true or false), results
  POST   /_control/instances  {"id": "...", "project": "p1"} adds one, or changes a known one; also
                              name, guest_address, os_type (linux or windows), os_name, supported,
                              mac, public_keys, user_data, vendor_data
  POST   /_control/instances/ID/start    likewise stop and reboot

  endpoint     flag, password, metadata, result, or * for all of them
  fault        a name from below; its parameters stand beside it; "503" is status code=503
  times        how often (default: until told otherwise)
  method       only for GET, POST or DELETE
  for_seconds  for that long, counted from its turn
  instance     only for this one

faults, with their parameters and defaults:
"""


def parse_address(text: str) -> tuple[str, int]:
    """HOST:PORT."""
    host, _, port = text.rpartition(":")
    return host, int(port)


def parse_seconds(text: str) -> float:
    """More than none."""
    seconds = float(text)
    if not 0 < seconds < float("inf"):
        raise ValueError(text)
    return seconds


def parse_pair(text: str, separator: str) -> tuple[str, str]:
    """Two texts, neither of them empty."""
    first, _, second = text.partition(separator)
    if not first or not second:
        raise ValueError(text)
    return first, second


def parse_key(text: str) -> tuple[str, str]:
    """ID:SECRET."""
    return parse_pair(text, ":")


def parse_driver(text: str) -> tuple[str, str]:
    """UUID=SPEC."""
    return parse_pair(text, "=")


def new_parser() -> argparse.ArgumentParser:
    """All options."""
    wrap = textwrap.TextWrapper(98, initial_indent="  ", subsequent_indent="      ")
    parser = argparse.ArgumentParser(
        prog="python3 tests/cloud",
        description=DESCRIPTION,
        epilog=EPILOG + "\n".join(wrap.fill(line) for line in summaries()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_places(parser)
    add_instances(parser)
    add_manners(parser)
    return parser


def add_places(parser: argparse.ArgumentParser) -> None:
    """Where it listens and what it keeps."""
    add = parser.add_argument
    add(
        "--example",
        nargs="?",
        const=str(EXAMPLE),
        metavar="DIR",
        help="two instances, a Debian and an Ubuntu, with throw-away systems in DIR; started again"
        " it goes on with them (default: build/example)",
    )
    add(
        "--agent",
        metavar="PROGRAM",
        help="what boots in them (default: what was built last below build, else the installed one)",
    )
    add(
        "--listen",
        type=parse_address,
        metavar="HOST:PORT",
        help="where to listen; port 0 takes a free one (default: 127.0.0.1:0; for the example"
        " 127.0.0.1:8775)",
    )
    add(
        "--db",
        metavar="FILE",
        help="SQLite file that keeps all state over a restart (default: memory; for the example"
        " DIR/cloud.db)",
    )


def add_instances(parser: argparse.ArgumentParser) -> None:
    """What there is."""
    add = parser.add_argument
    add(
        "--instance",
        action="append",
        default=[],
        metavar="UUID[=ADDRESS]",
        help="an instance, and the address it asks from; may be repeated (default: those in"
        " the database, else a new one)",
    )
    add(
        "--driver",
        action="append",
        type=parse_driver,
        default=[],
        metavar="UUID=SPEC",
        help="an instance, and what is behind it; may be repeated",
    )
    add("--project", default="p1", help="project of these instances (default: p1)")


def add_manners(parser: argparse.ArgumentParser) -> None:
    """How it behaves."""
    add = parser.add_argument
    add(
        "--key",
        action="append",
        type=parse_key,
        default=[],
        metavar="ID:SECRET",
        help="an access key; may be repeated. Then the APIs want signed calls",
    )
    add(
        "--tencent-rules",
        choices=TENCENT_RULES,
        default=TENCENT_RULES[0],
        help="password rules of today, or of 2018",
    )
    add(
        "--report-timeout",
        type=parse_seconds,
        default=REPORT_TIMEOUT_S,
        metavar="SECONDS",
        help="a reset of which no agent has reported by then has failed (default: %(default)g)",
    )
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


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line, with the example's defaults where that is asked for."""
    options = new_parser().parse_args(arguments)
    defaults: dict[str, object] = {"listen": ANY_ADDRESS}
    if options.example:
        defaults = {"listen": EXAMPLE_ADDRESS, "db": str(Path(options.example) / "cloud.db")}
    for name, value in defaults.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    return options
