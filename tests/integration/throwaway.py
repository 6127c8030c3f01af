# SPDX-License-Identifier: Apache-2.0
"""A throw-away system: a folder with the files that a reset touches."""

from __future__ import annotations

import os
import stat
import time
from functools import lru_cache
from pathlib import Path
from typing import Dict, List, Tuple, Union

from crypt3 import crypt, verifies

OLD_PASSWORD = "the old Password1"
SHADOW_GROUP = 42
DAY_S = 86400
LOOK_S = 30  # in which a test has looked

PASSWD = """\
root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
ubuntu:x:1000:1000:Ubuntu:/home/ubuntu:/bin/bash
alice:x:1001:1001:Alice:/home/alice:/bin/bash
locked:x:1002:1002::/home/locked:/bin/bash
mustchange:x:1003:1003::/home/mustchange:/bin/bash
expired:x:1004:1004::/home/expired:/bin/bash
nopassword:x:1005:1005::/home/nopassword:/bin/bash
unshadowed:*:1006:1006::/home/unshadowed:/bin/bash
broken:x:1007:1007::/home/broken:/bin/bash
noshadow:x:1008:1008::/home/noshadow:/bin/bash
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
+::::::
"""
SHADOW = """\
root:{hash}:19000:0:99999:7:::
daemon:*:18000:0:99999:7:::
ubuntu:{hash}:19001:0:99999:7:::
this line is malformed

alice:{hash}:19002:1:90:14:30:60000:
short:{hash}:1
locked:!{hash}:19003:0:99999:7:::
mustchange:{hash}:0:0:99999:7:::
expired:{hash}:19004:0:99999:7::19005:
nopassword:*:19006:0:99999:7:::
unshadowed:{hash}:19006:0:99999:7:::
broken:{hash}:soon:0:99999:7:::
ghost:{hash}:19007:0:99999:7:::
nobody:*:18000:0:99999:7:::
+::::::::
"""
LOGIN_DEFS = """\
# A few rounds: tests hash often.
UMASK\t\t022
ENCRYPT_METHOD\tSHA512
SHA_CRYPT_MIN_ROUNDS 1000
SHA_CRYPT_MAX_ROUNDS 1000
"""
DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n'
UBUNTU = 'PRETTY_NAME="Ubuntu 24.04 LTS"\nID=ubuntu\nID_LIKE=debian\n'


@lru_cache(maxsize=None)
def old_hash() -> str:
    """The hash of OLD_PASSWORD."""
    return crypt(OLD_PASSWORD, "$6$rounds=1000$throwaway$")


class Root:
    """The folder, for --root."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.etc = path / "etc"
        self.state = path / "var/lib/resetpwd-agent"
        self.record = self.state / "record"
        self.config = self.etc / "resetpwd-agent.conf"
        self.shadow = self.etc / "shadow"
        self.etc.mkdir(parents=True)
        (self.etc / "os-release").write_text(DEBIAN)
        (self.etc / "passwd").write_text(PASSWD)
        (self.etc / "login.defs").write_text(LOGIN_DEFS)
        self.write_shadow(SHADOW.format(hash=old_hash()))

    def write_shadow(self, text: Union[str, bytes]) -> None:
        """The shadow file, with the owner and mode that Debian gives it."""
        self.shadow.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.shadow.chmod(0o640)
        os.chown(self.shadow, 0, SHADOW_GROUP)

    def be_ubuntu(self) -> None:
        """Say so in os-release."""
        (self.etc / "os-release").write_text(UBUNTU)

    def lines(self) -> List[bytes]:
        """The shadow file, line by line."""
        return self.shadow.read_bytes().split(b"\n")

    def fields(self, user: str) -> List[str]:
        """The fields of a user's line in the shadow file."""
        for line in self.lines():
            if line.startswith(user.encode() + b":"):
                return line.decode().split(":")
        raise LookupError(user)

    def hash_of(self, user: str) -> str:
        """The hash that stands in the shadow file."""
        return self.fields(user)[1]

    def verifies(self, user: str, password: Union[str, bytes]) -> bool:
        """Would logging in with this password work?"""
        return verifies(password, self.hash_of(user))

    def owner_chooses(self, user: str, password: str) -> None:
        """The owner sets a password of their own."""
        text = self.shadow.read_text()
        hashed = crypt(password, "$6$rounds=1000$byowner$")
        self.write_shadow(text.replace(self.hash_of(user), hashed, 1))

    def recorded(self) -> Dict[str, str]:
        """The record, as key and value."""
        lines = self.record.read_text().split("\n")[:-1]
        pairs = (line.partition(" = ") for line in lines if not line.startswith("#"))
        return {key: value for key, _, value in pairs}

    def snapshot(self) -> Dict[str, Tuple[object, ...]]:
        """All that can be seen of all that is there."""
        seen: Dict[str, Tuple[object, ...]] = {}
        for path in sorted([self.path, *self.path.rglob("*")]):
            at = path.lstat()
            body = path.read_bytes() if stat.S_ISREG(at.st_mode) else None
            seen[str(path)] = (at.st_mode, at.st_uid, at.st_gid, at.st_ino, at.st_mtime_ns, body)
        return seen


def today() -> int:
    """The day as shadow(5) counts."""
    return int(time.time()) // DAY_S


def lasting_today() -> int:
    """The same for who compares days: one that is nearly over is waited out."""
    while DAY_S - time.time() % DAY_S < LOOK_S:
        time.sleep(0.1)
    return today()
