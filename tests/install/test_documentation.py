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
