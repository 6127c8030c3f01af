# SPDX-License-Identifier: Apache-2.0
"""Tencent's password rules, each at its borders."""

from __future__ import annotations

import pytest

from .apis.passwords_tencent import RULES, SPECIAL, weakness

LENGTH = "it must have"
SLASH = "it must not begin with a slash"
CHARACTER = "it has a character that is not allowed"
MIX = "it must mix"
NAME = "it must not contain the user name"
FINE = None

CASES = [
    # rules, system, account, password, what is wrong with it
    ("tencent", "linux", "root", "aB3" + 4 * "x", LENGTH),
    ("tencent", "linux", "root", "aB3" + 5 * "x", FINE),
    ("tencent", "linux", "root", "aB3" + 27 * "x", FINE),
    ("tencent", "linux", "root", "aB3" + 28 * "x", LENGTH),
    ("tencent", "windows", "Administrator", "aB3" + 8 * "x", LENGTH),
    ("tencent", "windows", "Administrator", "aB3" + 9 * "x", FINE),
    ("tencent", "windows", "Administrator", "aB3" + 27 * "x", FINE),
    ("tencent", "windows", "Administrator", "aB3" + 28 * "x", LENGTH),
    ("tencent-2018", "linux", "root", "ab34567", LENGTH),
    ("tencent-2018", "linux", "root", "ab345678", FINE),
    ("tencent-2018", "linux", "root", "ab34567890123456", FINE),
    ("tencent-2018", "linux", "root", "ab345678901234567", LENGTH),
    ("tencent-2018", "windows", "Administrator", "aB345678901", LENGTH),
    ("tencent-2018", "windows", "Administrator", "aB3456789012", FINE),
    ("tencent-2018", "windows", "Administrator", "aB34567890123456", FINE),
    ("tencent-2018", "windows", "Administrator", "aB345678901234567", LENGTH),
    # Characters are counted, not bytes: the length is all right, and the last character is not.
    ("tencent", "linux", "root", "aB3xxxxü", CHARACTER),
    ("tencent", "linux", "root", "aB3xxxü", LENGTH),
    ("tencent", "linux", "root", "/aB34567", SLASH),
    ("tencent", "windows", "Administrator", "/aB345678901", SLASH),
    ("tencent", "linux", "root", "a/B34567", FINE),
    ("tencent-2018", "linux", "root", "/ab34567", FINE),
    ("tencent-2018", "windows", "Administrator", "/aB345678901", FINE),
    *[
        ("tencent", "linux", "root", f"aB34567{character}", CHARACTER)
        for character in ' "\\\t\n\x00\x7füÄ٣密𝟗\u212a'
    ],
    # Three of four kinds, each pair of kinds and each three of them.
    ("tencent", "linux", "root", "abcdefgh", MIX),
    ("tencent", "linux", "root", "abcdEFGH", MIX),
    ("tencent", "linux", "root", "abcd5678", MIX),
    ("tencent", "linux", "root", "abcd!@#$", MIX),
    ("tencent", "linux", "root", "ABCD5678", MIX),
    ("tencent", "linux", "root", "ABCD!@#$", MIX),
    ("tencent", "linux", "root", "1234!@#$", MIX),
    ("tencent", "linux", "root", "abcDE678", FINE),
    ("tencent", "linux", "root", "abcDE!@#", FINE),
    ("tencent", "linux", "root", "abc123!@", FINE),
    ("tencent", "linux", "root", "ABC123!@", FINE),
    ("tencent", "linux", "root", "aB1!aB1!", FINE),
    ("tencent-2018", "windows", "Administrator", "abcd5678abcd", MIX),
    ("tencent-2018", "windows", "Administrator", "abcD5678abcd", FINE),
    # Two of three kinds: letters are one kind.
    ("tencent-2018", "linux", "root", "abcdEFGH", MIX),
    ("tencent-2018", "linux", "root", "12345678", MIX),
    ("tencent-2018", "linux", "root", "!@#$%^&*", MIX),
    ("tencent-2018", "linux", "root", "abcd5678", FINE),
    ("tencent-2018", "linux", "root", "ABCD5678", FINE),
    ("tencent-2018", "linux", "root", "abcd!@#$", FINE),
    ("tencent-2018", "linux", "root", "1234!@#$", FINE),
    # The user name, on Windows and today.
    ("tencent", "windows", "admin", "xxadminxx123A", NAME),
    ("tencent", "windows", "admin", "adMIN-1234567", NAME),
    ("tencent", "windows", "ADMIN", "1234567-admiN", NAME),
    ("tencent", "windows", "admin", "nimda-123456A", FINE),
    ("tencent", "windows", "admin", "admi-n123456A", FINE),
    ("tencent", "windows", "x", "aB3456789012x", NAME),
    ("tencent", "windows", "K", "aB3456789012k", NAME),
    ("tencent", "windows", "\u212a", "aB3456789012k", FINE),
    ("tencent", "windows", "jürgen", "aB-Jürgen-1234", CHARACTER),
    ("tencent", "windows", "", "aB3456789012", FINE),
    ("tencent", "linux", "root", "root-Root-1", FINE),
    ("tencent-2018", "windows", "admin", "admin-123456A", FINE),
]


@pytest.mark.parametrize(("rules", "system", "account", "password", "problem"), CASES)
def test_rule(rules: str, system: str, account: str, password: str, problem: str | None) -> None:
    said = weakness(password, account, RULES[rules, system])
    assert (said or "").startswith(problem or "") and (said is None) == (problem is None)
    assert said is None or password not in said


@pytest.mark.parametrize("character", SPECIAL)
def test_special_characters(character: str) -> None:
    for rules, system in RULES:
        assert weakness(f"aBcDeFgHiJk{character}1", "root", RULES[rules, system]) is None


def test_which_characters_are_special() -> None:
    """All of ASCII's punctuation but these two."""
    punctuation = {chr(code) for code in range(0x21, 0x7F) if not chr(code).isalnum()}
    assert punctuation - set(SPECIAL) == {'"', "\\"} and set(SPECIAL) < punctuation
