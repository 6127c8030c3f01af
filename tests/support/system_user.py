# SPDX-License-Identifier: Apache-2.0
"""The user of the process that speaks to the network, as it should be in a system that is a tree of files."""

from __future__ import annotations

from pathlib import Path

USER = "_resetpwd-agent"
BOOKS = ("passwd", "group", "shadow", "gshadow")
SYSTEM_IDS = range(100, 1000)


def entries(root: Path, book: str) -> list[list[str]]:
    """The fields of each line of /etc/passwd or one like it."""
    return [line.split(":") for line in (root / "etc" / book).read_text().splitlines()]


def user_lines(root: Path) -> dict[str, list[str]]:
    """What there is of the user, by book; as a member, too."""
    lines = {book: [":".join(fields) for fields in entries(root, book)] for book in BOOKS}
    return {book: found for book, text in lines.items() if (found := [line for line in text if USER in line])}


def assert_user(root: Path) -> None:
    """An unprivileged user of its own, for nothing but its numbers."""
    found = user_lines(root)
    assert sorted(found) == sorted(BOOKS) and all(len(lines) == 1 for lines in found.values()), found
    _, _, uid, gid, _, home, shell = found["passwd"][0].split(":")
    assert int(uid) in SYSTEM_IDS and int(gid) in SYSTEM_IDS
    assert [fields[0] for fields in entries(root, "passwd") if fields[2] == uid] == [USER]
    assert [fields[0] for fields in entries(root, "passwd") if fields[3] == gid] == [USER]
    # Nobody is a member.
    assert [fields for fields in entries(root, "group") if fields[2] == gid] == [[USER, "x", gid, ""]]
    assert home == "/nonexistent" and not (root / "nonexistent").exists()
    assert shell in ("/usr/sbin/nologin", "/sbin/nologin") and (root / shell[1:]).exists()
    # Nothing hashes to these.
    assert found["shadow"][0].split(":")[1] in ("!", "!!", "*", "!*")
