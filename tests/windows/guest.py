# SPDX-License-Identifier: Apache-2.0
"""A Windows with accounts, the cloud it lives in, and the agent between them; and what must hold after a run."""

from __future__ import annotations

import configparser
import hashlib
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cloud import ReferenceCloud
from cloud.envelope import derive_key
from wine import Prefix

DOUBLE = Path(__file__).resolve().parent / "netapi32"
NORMAL = 0x10201  # UF_SCRIPT, UF_NORMAL_ACCOUNT, UF_DONT_EXPIRE_PASSWD
DISABLED = 0x2
LOCKED_OUT = 0x10
OLD = "the old One1"
SALT_CHARACTERS = 12
SHORTEST_SECRET = 6


def build_double(folder: Path) -> Path:
    """Our own netapi32.dll."""
    dll = folder / "netapi32.dll"
    words = "x86_64-w64-mingw32-gcc -std=c11 -O1 -Wall -Wextra -Werror -DUNICODE -D_WIN32_WINNT=0x0601 -static -shared"
    subprocess.run([*words.split(), "-o", dll, *DOUBLE.glob("*.c"), DOUBLE / "netapi32.def"], check=True)
    return dll


def use_double(prefix: Prefix, double: Path) -> None:
    """It becomes that of this Windows, which gets the key below which a real one has its accounts."""
    place = prefix.c / "windows/system32/netapi32.dll"
    place.unlink()
    shutil.copyfile(double, place)
    prefix.run("reg", "add", r"HKLM\SAM", "/f")


class Accounts:
    """What the double of netapi32.dll knows; netapi32/store.h has the format."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "machine.ini"
        self._calls = folder / "calls"
        folder.mkdir()
        self._write({"machine": {"role": "2", "accounts": "0"}})

    def _read(self) -> configparser.ConfigParser:
        ini = configparser.ConfigParser(interpolation=None, strict=True)
        ini.optionxform = str  # type: ignore[assignment]
        ini.read(self._file, encoding="utf-16")
        return ini

    def _write(self, changes: dict[str, dict[str, str]]) -> None:
        ini = self._read()
        for section, values in changes.items():
            ini.read_dict({section: values})
        with self._file.open("w", encoding="utf-16", newline="\r\n") as file:
            ini.write(file, space_around_delimiters=False)

    def add(self, name: str, rid: int, flags: int = NORMAL) -> None:
        """Another account, with the old password."""
        count = int(self._read()["machine"]["accounts"])
        account = {"name": name, "rid": str(rid), "flags": str(flags), "password": OLD.encode("utf-16-be").hex()}
        self._write({f"account{count}": account, "machine": {"accounts": str(count + 1)}})

    def set(self, key: str, value: int) -> None:
        """Something about the machine: role, min_passwd_len, max_passwd_age."""
        self._write({"machine": {key: str(value)}})

    def set_account(self, name: str, key: str, value: int) -> None:
        """Something about an account: expires, must_change."""
        sections = self._read()
        [section] = [each for each in sections if sections[each].get("name") == name]
        self._write({section: {key: str(value)}})

    def fail(self, call: str, code: int, times: int = 0) -> None:
        """Let a call fail so often, or always."""
        self._write({"fail": {call: str(code)}, "times": {call: str(times)}})

    def _account(self, name: str) -> Mapping[str, str]:
        sections = self._read().values()
        (account,) = [section for section in sections if section.get("name", "").lower() == name.lower()]
        return account

    def password(self, name: str) -> str:
        """As Windows has it, unit by unit."""
        return bytes.fromhex(self._account(name)["password"]).decode("utf-16-be", "surrogatepass")

    def flags(self, name: str) -> int:
        """UF_ and so on."""
        return int(self._account(name)["flags"])

    @property
    def calls(self) -> list[str]:
        """All that was called, with the account that it was called for."""
        return self._calls.read_text().splitlines() if self._calls.is_file() else []

    def forget_calls(self) -> None:
        """Start the list anew."""
        self._calls.unlink(missing_ok=True)


class Guest:
    """One instance in the cloud."""

    def __init__(self, prefix: Prefix, agent: Path, cloud: ReferenceCloud, uuid: str, codes: dict[str, int]) -> None:
        self.prefix = prefix
        self.cloud = cloud
        self.codes = codes
        self._agent = agent
        self._uuid = uuid
        self.secrets = [uuid, OLD]  # and what else must be told to nobody
        self._blob: Any = None
        self.results: list[dict[str, Any]] = []  # what the last run reported
        self.home = prefix.c / "ProgramData/resetpwd-agent"
        for folder in (self.home, prefix.c / "netapi32"):
            shutil.rmtree(folder, ignore_errors=True)
        self.accounts = Accounts(prefix.c / "netapi32")

    # What happens

    def add_usual_accounts(self) -> None:
        """Those of a new Windows."""
        self.accounts.add("Guest", 501, NORMAL | DISABLED)
        self.accounts.add("Administrator", 500)
        self.accounts.add("cloud", 1000)

    def configure(self, text: str) -> None:
        """Write the configuration file."""
        self.home.mkdir(exist_ok=True)
        (self.home / "resetpwd-agent.conf").write_text(text)

    def reset(self, password: str | bytes, user_name: Any = None) -> None:
        """The owner asks for a reset."""
        plain = password if isinstance(password, bytes) else password.encode()
        salt = b"salt%04d" % len(self.secrets)
        self.secrets += [plain.decode(errors="replace"), derive_key(self._uuid, salt).hex()]
        self._blob = self.cloud.request_reset(self._uuid, password, user_name, salt)
        self.secrets.append(self._blob[SALT_CHARACTERS:])

    def pend(self, blob: Any) -> None:
        """Any value is the pending reset."""
        self._blob = blob
        if isinstance(blob, str):
            self.secrets.append(blob[SALT_CHARACTERS:])
        self.cloud.set_raw_blob(self._uuid, blob)

    def run(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`run` to its end."""
        self.cloud.forget_requests()
        self.accounts.forget_calls()
        before = len(self.cloud.results(self._uuid))
        ended = self.prefix.run(self._agent, "run", "--metadata-url", self.cloud.metadata_url(), *options)
        self.results = self.cloud.results(self._uuid)[before:]
        self._assert_discreet(ended)
        return ended

    def status(self) -> dict[str, Any]:
        """`status --json`."""
        ended = self.prefix.run(self._agent, "status", "--json")
        self._assert_discreet(ended)
        document: dict[str, Any] = json.loads(ended.stdout)
        return document

    @property
    def is_pending(self) -> bool:
        """Has nobody acknowledged the reset?"""
        return self.cloud.pending(self._uuid) is not None

    @property
    def changes(self) -> list[str]:
        """What of the calls changes an account."""
        return [call for call in self.accounts.calls if call.startswith("NetUserSetInfo")]

    # What must hold

    def _assert_discreet(self, ended: subprocess.CompletedProcess[str]) -> None:
        """Nothing secret was said, reported, or written to a file: those of the template have a second link."""
        said = [(ended.stdout + ended.stderr + json.dumps(self.results, ensure_ascii=False)).encode()]
        for path in self.prefix.path.rglob("*"):
            if path.is_file() and not path.is_symlink() and path.stat().st_nlink == 1:
                # A copy of the program has the known answer of `selftest` in it.
                if path.parent.name != "netapi32" and path.name != "netapi32.dll" and path.suffix != ".exe":
                    said.append(path.read_bytes())
        for secret in self.secrets:
            spelled = (secret.encode(), secret.encode("utf-16-le"))
            if len(secret) >= SHORTEST_SECRET:
                assert not any(spelling in text for spelling in spelled for text in said), f"{secret} was given away"

    def assert_outcome(self, ended: subprocess.CompletedProcess[str], name: str) -> None:
        """Exit code, log and record say the same."""
        assert (ended.returncode, name) == (self.codes[name], name), ended.stderr
        assert f"{name}: " in ended.stderr, ended.stderr
        assert self.status()["last_run"]["outcome"] == name, ended.stderr

    def assert_reported(self, result: str, reason: str, user: str | None = None) -> None:
        """The service was told once how it ended."""
        shown = hashlib.sha256(str(self._blob).encode()).hexdigest()[:16]
        assert [(r["result"], r["reason"], r["request"]) for r in self.results] == [(result, reason, shown)]
        assert user is None or self.results[0]["user"] == user

    def assert_applied(
        self, ended: subprocess.CompletedProcess[str], password: str, user: str = "Administrator"
    ) -> None:
        """All went well, whatever had to be overcome on the way."""
        self.assert_outcome(ended, "applied")
        assert self.accounts.password(user) == password
        assert not self.is_pending
        self.assert_reported("applied", "applied", user)

    def assert_refused(self, ended: subprocess.CompletedProcess[str], name: str) -> None:
        """The reset was seen and could not be applied: everything stands, everybody knows."""
        self.assert_outcome(ended, name)
        self.assert_nothing_set()
        assert self.is_pending
        assert not [request for request in self.cloud.requests if request.method == "DELETE"]
        self.assert_reported("failed", name)

    def assert_nothing_set(self, user: str = "Administrator") -> None:
        """The old password stands."""
        assert self.accounts.password(user) == OLD
