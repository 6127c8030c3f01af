# SPDX-License-Identifier: Apache-2.0
"""Which passwords Huawei's ECS takes."""

from __future__ import annotations

import string

LENGTHS = range(8, 26 + 1)
SPECIAL = "!@$%^-_=+[{}]:,./?"
CLASSES = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SPECIAL)
CLASSES_NEEDED = 3
RUN = 3


def weakness(password: str, account: str, windows: bool = False) -> str | None:
    """Why it is refused for this account, or None. Says which rule it breaks and nothing of the password."""
    if len(password) not in LENGTHS:
        return f"it must have {LENGTHS[0]} to {LENGTHS[-1]} characters"
    if set(password) - set("".join(CLASSES)):
        return "it has a character that is not allowed"
    if sum(bool(set(password) & set(each)) for each in CLASSES) < CLASSES_NEEDED:
        return "it must mix three of upper case, lower case, digits and special characters"
    text, name = password.lower(), account.lower()  # the password is ASCII by now
    if name and (name in text or name[::-1] in text):
        return "it must not contain the user name, nor that reversed"
    if windows and any(name[at : at + RUN] in text for at in range(len(name) - RUN + 1)):
        return "it must not contain more than two consecutive characters of the user name"
    return None
