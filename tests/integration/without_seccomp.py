# SPDX-License-Identifier: Apache-2.0
"""Runs a program as a kernel without seccomp would: `without_seccomp.py PROGRAM [ARGUMENT...]`. A filter refuses filters."""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from typing import Sequence

ALLOW = 0x7FFF0000
REFUSE = 0x00050000 | errno.EINVAL
CTL_NNP = 3  # libseccomp's name for setting no_new_privs, which is not ours to set
COMPARE_EQUAL = 4
PR_SET_SECCOMP = 22


class Comparison(ctypes.Structure):
    """struct scmp_arg_cmp."""

    _fields_ = [
        ("arg", ctypes.c_uint),
        ("op", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    ]


def refuse_seccomp() -> None:
    """From here on and in all children."""
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    add = library.seccomp_rule_add_array
    add.argtypes = [ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p]
    resolve = library.seccomp_syscall_resolve_name
    context = ctypes.c_void_p(library.seccomp_init(ALLOW))
    by_prctl = Comparison(0, COMPARE_EQUAL, PR_SET_SECCOMP, 0)
    assert library.seccomp_attr_set(context, CTL_NNP, 0) == 0
    assert add(context, REFUSE, resolve(b"seccomp"), 0, None) == 0
    assert add(context, REFUSE, resolve(b"prctl"), 1, ctypes.byref(by_prctl)) == 0
    assert library.seccomp_load(context) == 0


def main(words: Sequence[str]) -> None:
    """Become the program."""
    refuse_seccomp()
    os.execvp(words[0], list(words))


if __name__ == "__main__":
    main(sys.argv[1:])
