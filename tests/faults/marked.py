# SPDX-License-Identifier: Apache-2.0
"""A reset whose secrets are found again, whole or in pieces."""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Dict, List, Optional, Set

from cloud.envelope import BLOCK_SIZE, ITERATIONS, SALT_SIZE, derive_key, encrypt, encrypt_blocks
from machine import UUID, Machine
from throwaway import old_hash

PIECE = 8  # whatever has 15 bytes in a row of a secret has one such piece of it
SALT_TEXT = 12


def pieces_of(secret: bytes) -> List[bytes]:
    """The secret in pieces, without what remains behind the last whole one."""
    return [secret[at : at + PIECE] for at in range(0, len(secret) - PIECE + 1, PIECE)]


def rounds(key: bytes, salt: bytes) -> List[bytes]:
    """The first and the last of the hashes that PBKDF2 adds up."""
    first = last = hmac.digest(key, salt + b"\0\0\0\1", "sha1")
    for _ in range(ITERATIONS - 1):
        last = hmac.digest(key, last, "sha1")
    return [first, last]


def digest_of(crypted: str) -> bytes:
    """That part of a hash which is made of the password."""
    return crypted.rpartition("$")[2].encode()


class Marked:
    """The reset, pending in the cloud; whole: in blocks that have no padding, which makes it a damaged one."""

    def __init__(
        self, machine: Machine, ending: str = "", user_name: Optional[str] = None, whole: bool = False
    ) -> None:
        self.password = f"Marker-{secrets.token_urlsafe(4 * BLOCK_SIZE)}"[: 4 * BLOCK_SIZE] + ending
        plain = self.password.encode()
        salt = secrets.token_bytes(SALT_SIZE)
        key = derive_key(UUID, salt)
        self.blob = encrypt_blocks(plain, UUID, salt) if whole else encrypt(plain, UUID, salt)
        machine.pend(self.blob, user_name)
        self.secrets: Dict[str, List[bytes]] = {
            "password": [plain],
            "password in base64": [base64.b64encode(plain)],
            "blob": [self.blob.encode(), base64.b64decode(self.blob[SALT_TEXT:]), salt],
            "key": [key, key.hex().encode(), base64.b64encode(key), *rounds(UUID.encode(), salt)],
            "uuid": [UUID.encode()],
            "old hash": [digest_of(old_hash())],
        }

    def learn_hash(self, crypted: str) -> None:
        """The hash of the password: only the agent can say which it has made."""
        self.secrets["hash"] = [digest_of(crypted)]

    def found_in(self, data: bytes) -> Set[str]:
        """Of which secrets is there a piece in it?"""
        return {
            name
            for name, forms in self.secrets.items()
            if any(piece in data for form in forms for piece in pieces_of(form))
        }
