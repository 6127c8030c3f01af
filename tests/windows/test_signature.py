# SPDX-License-Identifier: Apache-2.0
"""Program and MSI signed with a certificate that is thrown away afterwards."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

import msi
from conftest import AGENT

PASSWORD = "throw-away"


@dataclass(frozen=True)
class Signer:
    certificate: Path
    pkcs12: Path
    password_file: Path


def make_signer(folder: Path) -> Signer:
    """A certificate for signing code, and its key."""
    signer = Signer(folder / "signer.pem", folder / "signer.p12", folder / "password")
    signer.password_file.write_text(PASSWORD)
    key = folder / "key.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:3072", "-noenc", "-days", "2", "-subj", "/CN=Throw-away"]
    usage = ["-addext", "keyUsage=critical,digitalSignature", "-addext", "extendedKeyUsage=codeSigning"]
    subprocess.run([*request, *usage, "-keyout", key, "-out", signer.certificate], check=True, capture_output=True)
    export = ("openssl", "pkcs12", "-export", "-inkey", key, "-in", signer.certificate)
    subprocess.run([*export, "-out", signer.pkcs12, "-passout", f"file:{signer.password_file}"], check=True)
    return signer


@pytest.fixture(name="signer", scope="session")
def fixture_signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return make_signer(tmp_path_factory.mktemp("signer"))


@pytest.fixture(name="signed", scope="session")
def fixture_signed(signer: Signer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    options = ("--sign", signer.pkcs12, "--password-file", signer.password_file)
    return msi.package(tmp_path_factory.mktemp("signed"), *options)


@pytest.fixture(name="program", scope="session")
def fixture_program(signed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that is in the signed MSI."""
    return msi.extract(signed, tmp_path_factory.mktemp("files")) / "resetpwd-agent.exe"


def verifies(file: Path, certificate: Path) -> bool:
    """Is that a signature by this certificate, with SHA-256, of all of the file? Both by code and by words."""
    command = ("osslsigncode", "verify", "-CAfile", certificate, "-in", file)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    words = (r"^Signature verification: ok$", r"^Message digest algorithm *: SHA256$")
    good = all(re.search(pattern, done.stdout, re.M) for pattern in words)
    assert good == (done.returncode == 0), done.stdout
    return good


def test_both_are_signed(signed: Path, program: Path, signer: Signer) -> None:
    assert verifies(signed, signer.certificate)
    assert verifies(program, signer.certificate)


def test_not_signed_without_a_certificate(tmp_path: Path, signer: Signer) -> None:
    assert not verifies(msi.package(tmp_path), signer.certificate)
    assert not verifies(AGENT, signer.certificate)


def test_not_another_certificate(signed: Path, tmp_path: Path) -> None:
    assert not verifies(signed, make_signer(tmp_path).certificate)


@pytest.mark.parametrize("which", ["msi", "program"])
def test_one_bit_changed(which: str, signed: Path, program: Path, signer: Signer, tmp_path: Path) -> None:
    """In the text that --help prints, which the MSI holds compressed: in the middle of the file there."""
    original = {"msi": signed, "program": program}[which].read_bytes()
    place = original.find(b"usage: resetpwd-agent") if which == "program" else len(original) // 2
    assert place > 0
    tampered = tmp_path / "tampered"
    tampered.write_bytes(original[:place] + bytes([original[place] ^ 1]) + original[place + 1 :])
    assert not verifies(tampered, signer.certificate)
