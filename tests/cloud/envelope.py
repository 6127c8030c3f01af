# SPDX-License-Identifier: Apache-2.0
"""The blob that carries a password: PBKDF2 of the instance id, AES-128-CBC, base64."""

from __future__ import annotations

import base64
import hashlib
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SALT_SIZE = 8
KEY_SIZE = 16
BLOCK_SIZE = 16
ITERATIONS = 5000


def derive_key(instance_id: str, salt: bytes) -> bytes:
    """The key, which is the IV too."""
    return hashlib.pbkdf2_hmac("sha1", instance_id.encode(), salt, ITERATIONS, KEY_SIZE)


def encrypt_blocks(blocks: bytes, instance_id: str, salt: bytes | None = None) -> str:
    """Seal whole blocks without padding them: what a test of bad padding needs."""
    if salt is None:
        salt = os.urandom(SALT_SIZE)
    key = derive_key(instance_id, salt)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key)).encryptor()
    ciphertext = encryptor.update(blocks) + encryptor.finalize()
    return base64.b64encode(salt).decode() + base64.b64encode(ciphertext).decode()


def encrypt(password: bytes, instance_id: str, salt: bytes | None = None) -> str:
    """Seal any bytes as a password; the salt is random unless given."""
    missing = BLOCK_SIZE - len(password) % BLOCK_SIZE
    return encrypt_blocks(password + bytes([missing]) * missing, instance_id, salt)
