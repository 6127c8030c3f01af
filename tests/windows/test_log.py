# SPDX-License-Identifier: Apache-2.0
"""What is said where, and the resources that Windows makes texts of."""

from __future__ import annotations

import struct
from pathlib import Path

import pefile
from conftest import AGENT, UUID
from guest import Guest
from services import configure, switched_on
from wine import Prefix

from cloud import ReferenceCloud

MESSAGES = {"information": 0x40000001, "warning": 0x80000002, "error": 0xC0000003}
MANIFEST, MESSAGE_TABLE, VERSION = 24, 11, 16


def resource(kind: int) -> bytes:
    """The only one of its kind."""
    pe = pefile.PE(AGENT)
    [kind_entry] = [each for each in pe.DIRECTORY_ENTRY_RESOURCE.entries if each.id == kind]
    [name] = kind_entry.directory.entries
    [language] = name.directory.entries
    place = language.data.struct
    return bytes(pe.get_data(place.OffsetToData, place.Size))


def message_table() -> dict[int, str]:
    """MESSAGE_RESOURCE_DATA, read."""
    data = resource(MESSAGE_TABLE)
    found = {}
    for block in range(struct.unpack_from("<L", data)[0]):
        low, high, at = struct.unpack_from("<LLL", data, 4 + 12 * block)
        for number in range(low, high + 1):
            size, flags = struct.unpack_from("<HH", data, at)
            assert flags == 1, "not UTF-16"
            found[number] = data[at + 4 : at + size].decode("utf-16-le").rstrip("\0")
            at += size
    return found


def test_each_message_is_its_line() -> None:
    assert {number: text.strip() for number, text in message_table().items()} == dict.fromkeys(MESSAGES.values(), "%1")


def test_version(prefix: Prefix) -> None:
    version = prefix.run(AGENT, "--version").stdout.split()[1]
    pe = pefile.PE(AGENT)
    [fixed] = pe.VS_FIXEDFILEINFO
    numbers = (fixed.ProductVersionMS >> 16, fixed.ProductVersionMS & 0xFFFF, fixed.ProductVersionLS >> 16)
    assert ".".join(map(str, numbers)) == version
    [strings] = [each for each in pe.FileInfo[0] if each.Key == b"StringFileInfo"]
    [texts] = [table.entries for table in strings.StringTable]
    assert (texts[b"ProductName"], texts[b"ProductVersion"]) == (b"resetpwd-agent", version.encode())


def test_manifest() -> None:
    manifest = resource(MANIFEST).decode()
    assert 'level="asInvoker"' in manifest and "<longPathAware" in manifest


def test_stderr(guest: Guest) -> None:
    """A line is its level and its text; a file gets UTF-8."""
    assert guest.prefix.run(AGENT, "walk").stderr == (
        'resetpwd-agent: error: "walk" is not known here; see resetpwd-agent --help\r\n'
    )
    guest.configure("user = J\u00fcrgen:\n")
    lines = guest.run("--verbose").stderr.splitlines()
    assert any(line.startswith("resetpwd-agent: warning: ") and "J\u00fcrgen:" in line for line in lines), lines
    assert any(line.startswith("resetpwd-agent: nothing-pending: ") for line in lines), lines


def test_event_log(prefix: Prefix, cloud: ReferenceCloud, tmp_path: Path) -> None:
    """Each level has its type and its message. Nothing in a line is taken for something to fill in."""
    configure(prefix, cloud.metadata_url(), "deadline_s = %1", "user = J\u00fcrgen:")
    cloud.set_raw_blob(UUID, "!" * 64)
    with switched_on(prefix, tmp_path / "said") as machine:
        machine.install(AGENT)
        machine.control("start")
        machine.wait_until_stopped()
        events = machine.events
    assert {(event.type, event.message) for event in events} <= set(MESSAGES.items())
    [percent] = [event for event in events if "deadline_s cannot be" in event.text]
    assert percent.type == "warning" and r"\ff051" in percent.text
    assert any(r"J\00fcrgen:" in event.text for event in events)
    assert [event.type for event in events if "blob-not-base64: " in event.text] == ["error"]
