# SPDX-License-Identifier: Apache-2.0
"""The process in its Windows: where DLLs come from, what its arguments are, how it is stopped."""

from __future__ import annotations

import shutil
import signal
import subprocess
from pathlib import Path

import pefile
from conftest import AGENT, UUID
from guest import Guest
from wine import PATIENCE_S

from cloud import ReferenceCloud

# Windows has these in memory from its start, and takes no other for them (KnownDLLs).
KNOWN_DLLS = set("advapi32 kernel32 msvcrt".split())
# What the C library and we have loaded. wine's own DLLs have others loaded from beside the program later.
AT_START = "bcrypt shell32".split()
IN_A_RESET = "iphlpapi netapi32 winhttp".split()
PLANTED = """
#include <windows.h>
BOOL WINAPI DllMain(HINSTANCE dll, DWORD reason, void *reserved)
{
    DWORD written;
    return WriteFile(GetStdHandle(STD_ERROR_HANDLE), "planted", 7, &written, NULL);
}
"""


def plant(folder: Path, dlls: list[str]) -> dict[str, str]:
    """DLLs beside the program; the environment in which wine prefers them to its own, if it looks there."""
    (folder / "planted.c").write_text(PLANTED)
    words = "x86_64-w64-mingw32-gcc -shared -o planted.dll planted.c"
    subprocess.run(words.split(), cwd=folder, check=True)
    for dll in dlls:
        shutil.copy(folder / "planted.dll", folder / f"{dll}.dll")
    shutil.copy(AGENT, folder)
    return {"WINEDLLOVERRIDES": f"mscoree,mshtml=;{','.join(dlls)}=n,b"}


def test_imports_only_what_windows_knows() -> None:
    """Others are loaded later, or one beside the program would be loaded before its first instruction."""
    imports = pefile.PE(AGENT).DIRECTORY_ENTRY_IMPORT
    assert {each.dll.decode().lower().removesuffix(".dll") for each in imports} <= KNOWN_DLLS


def test_starts_without_dlls_beside_the_program(guest: Guest, tmp_path: Path) -> None:
    environment = plant(tmp_path, AT_START)
    ended = guest.prefix.run(tmp_path / AGENT.name, "--version", env=environment)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_resets_without_dlls_beside_the_program(guest: Guest, tmp_path: Path) -> None:
    environment = plant(tmp_path, IN_A_RESET)
    guest.add_usual_accounts()
    guest.reset("Fusion@123")
    words = ("run", "--metadata-url", guest.cloud.metadata_url())
    ended = guest.prefix.run(tmp_path / AGENT.name, *words, env=environment)
    assert "planted" not in ended.stderr
    assert (ended.returncode, guest.accounts.password("Administrator")) == (0, "Fusion@123")


def test_arguments_are_unicode(guest: Guest) -> None:
    """Whatever the machine's code page."""
    for word in ("Jürgen Größe", "管理者", "\U0001f511", 'a "quoted" \\word\\'):
        ended = guest.prefix.run(AGENT, word, env={"LC_ALL": "C.UTF-8"})
        assert ended.returncode == 2
        assert f'"{word}" is not known here' in ended.stderr


def test_ctrl_c_ends_a_wait(guest: Guest, cloud: ReferenceCloud) -> None:
    """wine makes it of SIGINT."""
    cloud.misbehave("password", "status", code=500)
    with guest.prefix.start(AGENT, "run", "--metadata-url", cloud.metadata_url(UUID)) as process:
        assert cloud.wait_for(lambda requests: len(requests) > 1, PATIENCE_S)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, b"stopped: " in err) == (guest.codes["stopped"], True)
