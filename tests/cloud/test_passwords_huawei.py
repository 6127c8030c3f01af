# SPDX-License-Identifier: Apache-2.0
"""Huawei's rules of passwords, each at its borders."""

from __future__ import annotations

import pytest

from .apis.passwords_huawei import SPECIAL, weakness

LENGTH = "it must have 8 to 26 characters"
CHARACTER = "it has a character that is not allowed"
MIX = "it must mix three of upper case, lower case, digits and special characters"
NAME = "it must not contain the user name, nor that reversed"
RUN = "it must not contain more than two consecutive characters of the user name"
# ASCII that is not among them, and what looks as if it were.
NOT_SPECIAL = " \"#&'()*;<>\\`|~\t\n\0\x7f"
NOT_ASCII = {"letter": "é", "digit": "٣", "wide letter": "Ａ", "kelvin": "\u212a", "dotless i": "ı", "key": "🔑"}

RULES = {
    "7 characters": ("aB3456!", LENGTH),
    "8 characters": ("aB34567!", None),
    "26 characters": ("aB3" + "x" * 23, None),
    "27 characters": ("aB3" + "x" * 24, LENGTH),
    "none": ("", LENGTH),
    "length comes before all else": ("é", LENGTH),
    "upper, lower": ("abcdefgH", MIX),
    "upper, digit": ("ABCDEF12", MIX),
    "upper, special": ("ABCDEF!!", MIX),
    "lower, digit": ("abcdef12", MIX),
    "lower, special": ("abcdef!!", MIX),
    "digit, special": ("123456!!", MIX),
    "one kind": ("abcdefgh", MIX),
    "upper, lower, digit": ("abcdefG1", None),
    "upper, lower, special": ("abcdefG!", None),
    "upper, digit, special": ("ABCDEF1!", None),
    "lower, digit, special": ("abcdef1!", None),
    "all kinds": ("Fusion@123", None),
    "the name": ("1234root!", NAME),
    "the name reversed": ("1234toor!", NAME),
    "the name in capitals": ("Root@12345", NAME),
    "reversed and mixed": ("tOoR@12345", NAME),
    "all but the name": ("1234roo!t", None),
    "character comes before mix": ("abcdefg#", CHARACTER),
    "mix comes before name": ("rootroot", MIX),
    "another's name": ("Administrator1", None),
}
ON_WINDOWS = {
    "the name": ("xAdministrator1", "Administrator", NAME),
    "reversed": ("rotartsinimdA1", "Administrator", NAME),
    "its first three": ("adm-45678", "Administrator", RUN),
    "its last three": ("1234-TOR", "Administrator", RUN),
    "three of its middle": ("1234-niS", "Administrator", RUN),
    "twice two of it": ("Ad.Mi.9876", "Administrator", None),
    "three of it reversed": ("mdA-45678", "Administrator", None),
    "a name of two": ("Ab-456789", "ab", NAME),
    "half a name of two": ("Ac-456789", "ab", None),
    "a name of three": ("aBc-45678", "abc", NAME),
    "no name": ("aBc-45678", "", None),
}


@pytest.mark.parametrize(("password", "problem"), RULES.values(), ids=RULES)
def test_rule(password: str, problem: str | None) -> None:
    assert weakness(password, "root") == problem


@pytest.mark.parametrize("character", SPECIAL)
def test_special_character(character: str) -> None:
    assert weakness(f"abcdef1{character}", "root") is None
    assert weakness(f"abcdefg{character}", "root") == MIX


@pytest.mark.parametrize("character", [*NOT_SPECIAL, *NOT_ASCII.values()], ids=ascii)
def test_no_character_of_a_password(character: str) -> None:
    assert weakness(f"abcdeF12{character}", "root") == CHARACTER


def test_special_characters_are_those_documented() -> None:
    printable = {chr(code) for code in range(0x20, 0x7F)}
    assert {each for each in printable if not each.isalnum()} == set(SPECIAL) | set(NOT_SPECIAL) & printable


@pytest.mark.parametrize(("password", "account", "problem"), ON_WINDOWS.values(), ids=ON_WINDOWS)
def test_rule_on_windows(password: str, account: str, problem: str | None) -> None:
    assert weakness(password, account, windows=True) == problem
    assert weakness(password, account) == (None if problem == RUN else problem)
