# SPDX-License-Identifier: Apache-2.0
"""What the documentation says is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
README = (TOP / "README.md").read_text()


def table_below(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading of the README, without its head."""
    text = README.split(f"### {heading}\n", 1)[1].split("\n#", 1)[0]
    rows = [line.strip("|").split("|") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in row] for row in rows[2:]]


def statuses() -> list[list[str]]:
    """Exit code, name and sentence of every status that a run can end with."""
    text = (TOP / "agent/status.h").read_text().split("#define STATUS_LIST(X)", 1)[1].split("#define", 1)[0]
    text = text.replace("\\\n", " ")
    rows = re.findall(r'X\((\w+),\s*"([^"]*)",\s*(\d+),\s*(true|false),\s*"((?:[^"\\]|\\.)*)"\)', text)
    assert len(rows) == text.count("X(")
    return [
        [code, name, sentence.replace('\\"', '"') + (" (tried again)" if transient == "true" else "")]
        for symbol, name, code, transient, sentence in rows
        if symbol != "OK"
    ]


def test_exit_codes() -> None:
    assert table_below("Exit codes") == statuses()


def defaults() -> dict[str, str]:
    """Key and default of every setting, as the code has them."""
    text = (TOP / "agent/config.c").read_text().split("} keys[] = {", 1)[1].split("};", 1)[0]
    return dict(re.findall(r'\{"(\w+)", \w+, "([^"]*)"\}', text))


def test_configuration() -> None:
    assert {row[0]: row[1] for row in table_below("Configuration")} == defaults()


def test_shipped_configuration_shows_the_defaults() -> None:
    text = (TOP / "packaging/resetpwd-agent.conf").read_text()
    assert dict(re.findall(r"^#(\w+) =[ ]?(.*)$", text, re.MULTILINE)) == defaults()
    assert all(line.startswith("#") or not line for line in text.splitlines())


def test_manual_exit_codes() -> None:
    """Code, name and sentence of each in resetpwd-agent(8), where "tried again" is told elsewhere."""
    text = (TOP / "packaging/man/resetpwd-agent.8").read_text().split(".Sh EXIT STATUS\n", 1)[1].split("\n.El\n", 1)[0]
    items = re.findall(r"^\.It (\d+) Pq (\S+)\n((?:[^.].*\n?)+)", text, re.MULTILINE)
    told = [[code, name, " ".join(body.split())] for code, name, body in items]
    plain = ([code, name, sentence.replace(" (tried again)", "")] for code, name, sentence in statuses())
    assert told == [[code, name, sentence[0].upper() + sentence[1:] + "."] for code, name, sentence in plain]


def test_manual_settings() -> None:
    text = (TOP / "packaging/man/resetpwd-agent.conf.5").read_text()
    told = dict(re.findall(r"^\.It Ic (\w+)\n(?:(?!\.It)(?!\.El).*\n)*?Default:(?:\n\.Li (\S+)| none)", text, re.MULTILINE))
    assert told == defaults()


def test_usage_names_every_command_and_option() -> None:
    """What the program's own help lists stands in the manual."""
    usage = (TOP / "agent/main.c").read_text().split("USAGE[] =", 1)[1].split(";\n", 1)[0]
    manual = (TOP / "packaging/man/resetpwd-agent.8").read_text()
    words = re.findall(r'"  (--)?([a-z-]+)', usage)
    assert len(words) > 8
    for dashes, word in words:
        assert (f".It Fl -{word}" if dashes else f".It Cm {word}\n") in manual, word
