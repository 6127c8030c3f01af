# SPDX-License-Identifier: Apache-2.0
"""Which passwords Tencent's CVM takes: today's rules, and those of 2018."""

from __future__ import annotations

import string
from dataclasses import dataclass

SPECIAL = "()`~!@#$%^&*-+=_|{}[]:;'<>,.?/"
ALLOWED = frozenset(string.ascii_letters + string.digits + SPECIAL)
FOUR_KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, SPECIAL)
THREE_KINDS = (string.ascii_letters, string.digits, SPECIAL)


@dataclass(frozen=True)
class Rule:
    """The rule for one kind of system."""

    shortest: int
    longest: int
    kinds: tuple[str, ...] = FOUR_KINDS
    kinds_needed: int = 3
    slash_may_lead: bool = False
    user_name_may_be_in_it: bool = True


RULES = {
    ("tencent", "linux"): Rule(8, 30),
    ("tencent", "windows"): Rule(12, 30, user_name_may_be_in_it=False),
    ("tencent-2018", "linux"): Rule(8, 16, THREE_KINDS, 2, slash_may_lead=True),
    ("tencent-2018", "windows"): Rule(12, 16, slash_may_lead=True),
}
"""By the name of the set of rules and the kind of system."""


def weakness(password: str, account: str, rule: Rule) -> str | None:
    """Why it is refused for this account, or None. Says which rule it breaks and nothing of the password."""
    if not rule.shortest <= len(password) <= rule.longest:
        return f"it must have {rule.shortest} to {rule.longest} characters"
    if password.startswith("/") and not rule.slash_may_lead:
        return "it must not begin with a slash"
    if set(password) - ALLOWED:
        return "it has a character that is not allowed"
    if sum(bool(set(password) & set(kind)) for kind in rule.kinds) < rule.kinds_needed:
        return f"it must mix {rule.kinds_needed} of {len(rule.kinds)} kinds of characters"
    # Without regard to case, of ASCII letters alone: another name cannot be in what is ASCII by now.
    is_in_it = account and account.isascii() and account.lower() in password.lower()
    if is_in_it and not rule.user_name_may_be_in_it:
        return "it must not contain the user name"
    return None
