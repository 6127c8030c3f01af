# SPDX-License-Identifier: Apache-2.0
"""crypt(3) of the system; Python's own module for it is gone since 3.13."""

from __future__ import annotations

import ctypes
import threading
from typing import Union

_LIBRARY = ctypes.CDLL("libcrypt.so.1")
_LIBRARY.crypt.restype = ctypes.c_char_p
_LIBRARY.crypt.argtypes = [ctypes.c_char_p, ctypes.c_char_p]
_LOCK = threading.Lock()  # crypt(3) answers in one static buffer, and ctypes lets other threads run meanwhile


def crypt(password: Union[str, bytes], setting: str) -> str:
    """The hash of a password."""
    phrase = password if isinstance(password, bytes) else password.encode()
    with _LOCK:
        result: bytes = _LIBRARY.crypt(phrase, setting.encode()) or b"*0"
    return result.decode()


def verifies(password: Union[str, bytes], hashed: str) -> bool:
    """Is this the hash of that password?"""
    return not hashed.startswith("*") and crypt(password, hashed) == hashed
