# SPDX-License-Identifier: Apache-2.0
"""Blobs that are no password: nothing is set, nothing acknowledged, and each has a name of its own."""

from __future__ import annotations

import base64

import pytest

import runner
from cloud import encrypt, encrypt_blocks
from machine import UUID, Machine

OTHER_UUID = "11111111-2222-3333-4444-555555555555"
SALT = b"fixsalt!"
GOOD = encrypt(b"Fusion@123", UUID, SALT)
SALT_ONLY = GOOD[:12]


def sealed(blocks: bytes) -> str:
    """A blob of these blocks, padding and all."""
    return encrypt_blocks(blocks, UUID, SALT)


def cut(length: int) -> str:
    """A blob whose ciphertext has this many bytes."""
    return (
        SALT_ONLY
        + base64.b64encode(base64.b64decode(encrypt(b"x" * 40, UUID, SALT)[12:])[:length]).decode()
    )


BLOBS = {
    "wrong-uuid": (encrypt(b"Fusion@123", OTHER_UUID, SALT), "blob-padding"),
    "uuid-in-upper-case": (encrypt(b"Fusion@123", UUID.upper(), SALT), "blob-padding"),
    "padding-0": (sealed(b"x" * 15 + b"\0"), "blob-padding"),
    "padding-17": (sealed(b"x" * 15 + b"\x11"), "blob-padding"),
    "padding-17-twice": (sealed(b"\x11" * 32), "blob-padding"),
    "padding-255": (sealed(b"x" * 15 + b"\xff"), "blob-padding"),
    "padding-not-all-the-same": (sealed(b"x" * 12 + b"\x04\x03\x04\x04"), "blob-padding"),
    "padding-first-byte-wrong": (sealed(b"\x0f" + b"\x10" * 15), "blob-padding"),
    "one-character": ("x", "blob-too-short"),
    "11-characters": (GOOD[:11], "blob-too-short"),
    "white-space-only": ("    \n  \t      ", "blob-too-short"),
    "11-characters-and-white-space": (f" {GOOD[:11]}\n ", "blob-too-short"),
    "salt-only": (SALT_ONLY, "blob-empty"),
    "salt-and-white-space": (f"{SALT_ONLY} \n", "blob-empty"),
    "salt-not-base64": ("!" + GOOD[1:], "blob-not-base64"),
    "salt-of-9-bytes": (base64.b64encode(b"9 bytes..").decode() + GOOD[12:], "blob-not-base64"),
    "salt-of-7-bytes": (base64.b64encode(b"7 bytes").decode() + GOOD[12:], "blob-not-base64"),
    "ciphertext-not-base64": (GOOD[:20] + "*" + GOOD[21:], "blob-not-base64"),
    "url-safe-base64": (GOOD[:20] + "-_" + GOOD[22:], "blob-not-base64"),
    "unpadded-base64": (GOOD.rstrip("="), "blob-not-base64"),
    "too-much-padding": (GOOD + "=", "blob-not-base64"),
    "four-signs-too-many": (GOOD + "====", "blob-not-base64"),
    "text-after-the-end": (GOOD + "AAAA", "blob-not-base64"),
    "stray-bits": (GOOD[:-3] + chr(ord(GOOD[-3]) + 1) + "==", "blob-not-base64"),
    "quotes-in-it": (GOOD[:20] + "'\"" + GOOD[22:], "blob-not-base64"),
    "not-ascii": (GOOD[:20] + "ü" + GOOD[21:], "blob-not-base64"),
    "a-word": ("Please set my password to Fusion123", "blob-not-base64"),
    "1-byte": (cut(1), "blob-length"),
    "15-bytes": (cut(15), "blob-length"),
    "17-bytes": (cut(17), "blob-length"),
    "47-bytes": (cut(47), "blob-length"),
    "a-block-missing": (cut(32), "blob-padding"),
    "latin-1": (encrypt("Grüße".encode("latin-1"), UUID, SALT), "password-not-utf8"),
    "overlong": (encrypt(b"a\xc0\xafb", UUID, SALT), "password-not-utf8"),
    "surrogate": (encrypt(b"a\xed\xa0\x80b", UUID, SALT), "password-not-utf8"),
    "beyond-unicode": (encrypt(b"a\xf4\x90\x80\x80", UUID, SALT), "password-not-utf8"),
    "cut-character": (encrypt("密".encode()[:2], UUID, SALT), "password-not-utf8"),
    "not-utf8-with-control": (encrypt(b"a\nb\xff", UUID, SALT), "password-not-utf8"),
    "nul": (encrypt(b"Fusion\x00123", UUID, SALT), "password-control-character"),
    "nul-only": (encrypt(b"\0", UUID, SALT), "password-control-character"),
    "nul-at-the-end": (encrypt(b"Fusion@123\0", UUID, SALT), "password-control-character"),
    "newline": (encrypt(b"Fusion\n123", UUID, SALT), "password-control-character"),
    "newline-at-the-end": (encrypt(b"Fusion@123\n", UUID, SALT), "password-control-character"),
    "carriage-return": (encrypt(b"Fusion@123\r", UUID, SALT), "password-control-character"),
    "tab": (encrypt(b"Fusion\t123", UUID, SALT), "password-control-character"),
    "escape": (encrypt(b"\x1b[2J", UUID, SALT), "password-control-character"),
    "delete": (encrypt(b"Fusion\x7f123", UUID, SALT), "password-control-character"),
    "next-line": (encrypt("Fusion\u0085123".encode(), UUID, SALT), "password-control-character"),
    "control-and-too-long": (encrypt(b"x" * 600 + b"\n", UUID, SALT), "password-control-character"),
    "empty": (encrypt(b"", UUID, SALT), "password-empty"),
    "512-bytes": (encrypt(b"x" * 512, UUID, SALT), "password-too-long"),
    "513-bytes-of-chinese": (encrypt("密".encode() * 171, UUID, SALT), "password-too-long"),
    "2900-bytes": (encrypt(b"x" * 2900, UUID, SALT), "password-too-long"),
}


@pytest.mark.parametrize(("blob", "name"), BLOBS.values(), ids=BLOBS.keys())
def test_malformed_blob(machine: Machine, blob: str, name: str) -> None:
    machine.pend(blob)
    machine.assert_refused(machine.run(), name)


def test_a_refused_reset_is_looked_at_once(machine: Machine) -> None:
    machine.pend(SALT_ONLY)
    machine.run()
    assert machine.cloud.count("GET", "password") == 1


def test_a_refused_reset_is_refused_again(machine: Machine) -> None:
    machine.pend(SALT_ONLY)
    for _ in range(2):
        machine.assert_refused(machine.run(), "blob-empty")


def test_a_good_reset_after_a_bad_one_is_applied(machine: Machine) -> None:
    machine.pend(SALT_ONLY)
    machine.run()
    machine.reset("Fusion@123")
    machine.assert_applied(machine.run(), "Fusion@123")


@pytest.mark.hurried
@pytest.mark.parametrize("size", [3100, 9000], ids=["over-4096-characters", "nearly-16-KiB"])
def test_blob_that_is_far_too_large(machine: Machine, size: int) -> None:
    machine.pend(encrypt(b"x" * size, UUID, SALT))
    ended = machine.run("--deadline", runner.SOON)
    assert ended.code not in (0, machine.codes["internal-error"])
    assert machine.status_json()["last_run"]["outcome"] in (
        "response-too-large",
        "password-too-long",
    )
    machine.assert_untouched()
    machine.assert_unacknowledged()


@pytest.mark.hurried
@pytest.mark.parametrize("value", [5, True, [GOOD], {"blob": GOOD}, 1.5], ids=str)
def test_reset_of_the_wrong_type(machine: Machine, value: object) -> None:
    machine.pend(value)
    machine.assert_unseen(machine.run("--deadline", runner.SOON), "bad-response")
