# SPDX-License-Identifier: Apache-2.0
"""The vendors' SDKs for Node: installed once as package-lock.json says, outside of the sources, and called."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.debian_tree import CACHE, command, locked

HERE = Path(__file__).resolve().parent
MANIFEST = ("package.json", "package-lock.json", ".npmrc")
PATIENCE_S = 120
OUTCOME = "outcome "


def install() -> Path:
    """The folder node_modules, of exactly these versions; it needs the network once."""
    name = f"clients-{hashlib.sha256((HERE / 'package-lock.json').read_bytes()).hexdigest()[:12]}"
    folder = CACHE / name
    CACHE.mkdir(parents=True, exist_ok=True)
    with locked(CACHE / f"{name}.lock"):
        if not folder.exists():
            with tempfile.TemporaryDirectory(prefix=f"{name}.part.", dir=CACHE) as place:
                part = Path(place) / name
                part.mkdir()
                for each in MANIFEST:
                    shutil.copyfile(HERE / each, part / each)
                options = ("--ignore-scripts", "--no-audit", "--no-fund", f"--cache={place}/cache")
                command("npm", "ci", *options, cwd=part)
                part.rename(folder)
    return folder / "node_modules"


@dataclass(eq=False)
class Refused(Exception):
    """The error that the SDK threw."""

    type: str
    """Its class."""
    code: str | None = None
    message: str | None = None
    requestId: str | None = None
    status: int | None = None


class Sdk:
    """One of the scripts here, running."""

    def __init__(self, modules: Path, script: str) -> None:
        self._process = subprocess.Popen(
            ["node", str(HERE / script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NODE_PATH": str(modules)},
        )

    def ask(self, wish: dict[str, Any]) -> Any:
        """What the SDK makes of the answer to one call; raises Refused."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin and stdout
        watchdog = threading.Timer(PATIENCE_S, self._process.kill)
        watchdog.start()
        try:
            print(json.dumps(wish), file=stdin, flush=True)
            line = next(line for line in stdout if line.startswith(OUTCOME))
        finally:
            watchdog.cancel()
        outcome = json.loads(line[len(OUTCOME) :])
        if "error" in outcome:
            raise Refused(**outcome["error"])
        return outcome["answer"]

    def close(self) -> None:
        """No more calls."""
        self._process.kill()
        self._process.communicate()


class Client:
    """An SDK with what it is always told."""

    def __init__(self, sdk: Sdk, **settings: Any) -> None:
        self._sdk = sdk
        self._settings = settings

    def call(self, action: str, parameters: Any = None, **settings: Any) -> Any:
        """One call; raises Refused."""
        return self._sdk.ask({"action": action, "parameters": parameters or {}, **self._settings, **settings})
